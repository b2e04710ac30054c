"""What templates see of an article: sections laid flat, blocks in the shape they are shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from partwork.articles.lines import Form, form_of, split_definition
from partwork.articles.model import Block, Image, Kind, Line, Note, Section
from partwork.rendering.inline import Inline, read_cells, read_inline
from partwork.rendering.look import Picture, media_address
from partwork.rendering.personal import Authored

_DEEPEST_HEADING = 6
_PICTURE_MAX_WIDTH = 520  # of the text column

Words: TypeAlias = str | Inline


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list. `marked`: its text brings a bullet, tick or number of its own."""

    text: Words
    marked: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition: term + ' ' + rest is the source line. `rest` is empty where a line has no dash."""

    term: Words
    rest: Words


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell of a table. scope: `col` or `row` for a heading, None for any other."""

    text: Words
    scope: str | None


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block as templates see it: one of tag, paragraphs, items, definitions, quote, rows and picture.

    tag: a reader's condition, to be written as it stands
    ordered: items follow each other; counted: and the list numbers them, for they bear no number
    """

    lead_in: Words | None
    tag: Words | None = None
    paragraphs: tuple[Words, ...] = ()
    items: tuple[Item, ...] = ()
    definitions: tuple[Definition, ...] = ()
    ordered: bool = False
    counted: bool = False
    quote: tuple[Words, ...] = ()
    rows: tuple[tuple[ShownCell, ...], ...] = ()
    picture: Picture | None = None
    caption: tuple[Words, ...] = ()

    @property
    def all_marked(self) -> bool:
        return all(item.marked for item in self.items)


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section or sub-section as templates see it. `level`: 2 for a section, 3 for one below it."""

    level: int
    heading: Words | None
    blocks: tuple[ShownBlock, ...]


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A footnote: its mark and its lines."""

    mark: str
    lines: tuple[Words, ...]


def lay_flat(sections: Sequence[Section], *, media_base: str, level: int = 2) -> Iterator[ShownSection]:
    """Yield sections and their sub-sections in the order of the source."""
    for section in sections:
        yield ShownSection(
            level=level,
            heading=words_of(section.heading) if section.heading else None,
            blocks=tuple(_shown(block, media_base) for block in section.blocks),
        )
        yield from lay_flat(
            section.subsections, media_base=media_base, level=min(level + 1, _DEEPEST_HEADING)
        )


def shown_note(note: Note) -> ShownNote:
    """Return a footnote as templates see it."""
    return ShownNote(note.mark, tuple(words_of(line) for line in note.block.all_lines))


def words_of(line: Line) -> Words:
    """Return a line's text, with its tags and links where it has any; a personal one stays authored."""
    text = Authored(line.text) if line.is_personal else line.text
    if line.markup is None:
        return text
    inline = read_inline(line.markup, is_personal=line.is_personal)
    return inline if any(run.tags or run.text == "\n" for run in inline.runs) else text


def _shown(block: Block, media_base: str) -> ShownBlock:
    lead_in = words_of(block.lead_in) if block.lead_in else None
    lines = tuple(words_of(line) for line in block.lines)
    match block.kind:
        case Kind.CONDITION:
            return ShownBlock(None, tag=lines[0])
        case Kind.LIST:
            return _list(block, lead_in, lines)
        case Kind.DEFINITIONS:
            return ShownBlock(lead_in, definitions=tuple(map(_definition, block.lines)))
        case Kind.QUOTE:
            return ShownBlock(lead_in, quote=lines)
        case Kind.TABLE:
            return ShownBlock(lead_in, rows=tuple(_rows(block)))
        case Kind.IMAGE if block.image:
            return ShownBlock(lead_in, picture=_picture(block.image, media_base), caption=lines)
        case _:
            return ShownBlock(lead_in, paragraphs=lines)


def _list(block: Block, lead_in: Words | None, lines: Sequence[Words]) -> ShownBlock:
    forms = [form_of(line.text) for line in block.lines]
    return ShownBlock(
        lead_in,
        items=tuple(Item(words, form.is_marked) for words, form in zip(lines, forms, strict=True)),
        ordered=block.is_ordered or all(form is Form.NUMBERED for form in forms),
        counted=block.is_ordered,
    )


def _definition(line: Line) -> Definition:
    words = words_of(line)
    term, rest = split_definition(line.text) or (line.text, "")
    if isinstance(words, str):
        return Definition(term, rest)
    return Definition(*(words.split_after(term) or (words, "")))


def _rows(block: Block) -> Iterator[tuple[ShownCell, ...]]:
    for row, line in enumerate(block.lines):
        cells = read_cells(line.markup, is_personal=line.is_personal) if line.markup else ()
        scope = "row" if row else "col"
        yield tuple(ShownCell(cell.inline, scope if cell.is_heading else None) for cell in cells) or (
            ShownCell(line.text, None),
        )


def _picture(image: Image, media_base: str) -> Picture:
    scale = min(1.0, _PICTURE_MAX_WIDTH / image.width)
    return Picture(
        media_address(media_base, image.content_hash),
        round(image.width * scale),
        max(1, round(image.height * scale)),
        image.alt,
    )
