"""What templates see of an article: sections laid flat, blocks in the shape they are shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partwork.articles.lines import Form, form_of, split_definition
from partwork.articles.model import Block, Kind, Line, Section
from partwork.rendering.personal import HandWritten

_DEEPEST_HEADING = 6


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list. `marked`: its text brings a bullet, tick or number of its own."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition: term + ' ' + rest is the source line. `rest` is empty where a line has no dash."""

    term: str
    rest: str


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block as templates see it: exactly one of tag, paragraphs, items and definitions is filled.

    tag: a condition, to be written as it stands
    """

    lead_in: str | None
    tag: str | None = None
    paragraphs: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    definitions: tuple[Definition, ...] = ()
    ordered: bool = False

    @property
    def all_marked(self) -> bool:
        return all(item.marked for item in self.items)


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section or sub-section as templates see it. `level`: 2 for a section, 3 for one below it."""

    level: int
    heading: str | None
    blocks: tuple[ShownBlock, ...]


def lay_flat(sections: Sequence[Section], *, level: int = 2) -> Iterator[ShownSection]:
    """Yield sections and their sub-sections in the order of the source."""
    for section in sections:
        yield ShownSection(
            level=level,
            heading=_words(section.heading) if section.heading else None,
            blocks=tuple(_shown(block) for block in section.blocks),
        )
        yield from lay_flat(section.subsections, level=min(level + 1, _DEEPEST_HEADING))


def _shown(block: Block) -> ShownBlock:
    lead_in = _words(block.lead_in) if block.lead_in else None
    texts = tuple(_words(line) for line in block.lines)
    if block.kind is Kind.CONDITION:
        return ShownBlock(None, tag=texts[0])
    if block.kind is Kind.LIST:
        forms = [form_of(text) for text in texts]
        return ShownBlock(
            lead_in,
            items=tuple(Item(text, form.is_marked) for text, form in zip(texts, forms, strict=True)),
            ordered=all(form is Form.NUMBERED for form in forms),
        )
    if block.kind is Kind.DEFINITIONS:
        return ShownBlock(lead_in, definitions=tuple(_definition(text) for text in texts))
    return ShownBlock(lead_in, paragraphs=texts)


def _words(line: Line) -> str:
    """Return a line's text; one that is written by hand keeps its markup and its personal tags."""
    return HandWritten(line.text, line.markup) if line.is_personal else line.text


def _definition(text: str) -> Definition:
    term, rest = split_definition(text) or (text, "")
    return Definition(term, rest)
