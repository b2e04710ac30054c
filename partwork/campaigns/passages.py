"""What a part was made of, passage by passage, to be compared with what is there later. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partwork.articles.model import Article, Block, Line, Note, Section
from partwork.articles.slugs import Namer
from partwork.ids import content_hash

HEADING = "heading"
BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading, a block, or the button's words, as a part held it.

    id:   a block's own; it stays while the words stay, wherever they move
    kind: a block's kind, or `heading`, or `button`
    text: its lines, as they were read
    form: names what the words do not say (links, emphasis, an image); empty where they say it all
    """

    id: str
    kind: str
    text: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a whole revision was made of, beside its passages: what staff would name as changed.

    article: names the article's words, wherever they went
    look:    names the templates' contents
    """

    article: str
    template: str
    look: str
    postal_address: str
    website: str
    language: str
    booking_page: str
    button_label: str


def passages_of(
    sections: Sequence[Section],
    *,
    references_heading: Line | None,
    references: Sequence[Block],
    notes: Sequence[Note] = (),
    button: str,
) -> tuple[Passage, ...]:
    """Return what one part holds, in its order. button: empty if it is not the article's own."""
    namer = Namer()
    found = [passage for section in sections for passage in _of_section(section, namer)]
    if references_heading:
        found.append(_heading(references_heading, namer))
    found += (_of_block(block, namer) for block in (*references, *(note.block for note in notes)))
    if button:
        found.append(Passage(BUTTON, BUTTON, button))
    return tuple(found)


def words_hash(article: Article) -> str:
    """Return a name for an article's words, links and images, in their order, wherever they went."""
    blocks = (article.call_to_action, *article.references)
    passages = passages_of(
        article.sections,
        references_heading=article.references_heading,
        references=[block for block in blocks if block],
        notes=article.notes,
        button="",
    )
    title = article.title.text if article.title else ""
    return content_hash(title, *(piece for passage in passages for piece in (passage.text, passage.form)))


def _of_section(section: Section, namer: Namer) -> Iterator[Passage]:
    if section.heading:
        yield _heading(section.heading, namer)
    for block in section.blocks:
        yield _of_block(block, namer)
    for subsection in section.subsections:
        yield from _of_section(subsection, namer)


def _heading(line: Line, namer: Namer) -> Passage:
    form = content_hash(line.markup)[:12] if line.markup else ""
    return Passage(namer.name(f"heading-{content_hash(line.text)[:12]}"), HEADING, line.text, form)


def _of_block(block: Block, namer: Namer) -> Passage:
    text = "\n".join(line.text for line in block.all_lines)
    if block.image and block.image.alt:
        text = "\n".join(filter(None, (block.image.alt, text)))
    # What is written by hand has no id of its own.
    name = block.id or namer.name(f"own-{content_hash(text)[:12]}")
    return Passage(name, block.kind.value, text, _form(block))


def _form(block: Block) -> str:
    said = [line.markup for line in block.all_lines]
    image = block.image.content_hash if block.image else None
    if not (any(said) or block.is_ordered or image):
        return ""
    return content_hash(json.dumps([said, block.is_ordered, image]))[:12]
