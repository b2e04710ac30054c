"""What an article is. Pure records, in the order of the source; nothing of a line is ever changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    DEFINITIONS = "definitions"
    QUOTE = "quote"
    TABLE = "table"
    IMAGE = "image"
    CALL_TO_ACTION = "call to action"
    REFERENCE = "reference"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Line:
    """One non-blank source line: its number (from 1) and its text, outer white space trimmed.

    markup: the same text as inline HTML where the source says more than text does (links, emphasis,
            code, breaks; a table's row as th and td); made of allowed tags alone, and escaped
    is_personal: written by hand for a part: `{{ … }}` and `{% … %}` in it are tags, filled for each
            reader (in the markup they are escaped as any text); a condition's block is one such tag
    """

    number: int
    text: str
    markup: str | None = None
    is_personal: bool = False

    @property
    def word_count(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, named by its content. alt: what it says to those who do not see it, empty for decoration."""

    content_hash: str
    media_type: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a picture as readers get it. image.alt is empty: what it says differs by place."""

    image: Image
    data: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote: its mark as the text shows it, and its words.

    marked_on: the numbers of the lines that bear the mark
    """

    mark: str
    block: Block
    marked_on: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Unplaced:
    """What of the source is in no section, and why: navigation, an advertisement, a hidden text."""

    line: Line
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """One or more lines that belong together and are never parted.

    id:      stable while the block's own text stays the same, wherever it moves
    lead_in: the line over a list, definitions, a quote or a table that leads it in, where there is one
    lines:   the paragraph, the items, the definitions, the quote, the table's rows, the image's
             caption (none where it has none), the reference or the call to action
    is_ordered: whether a list is counted by the list itself, its items bearing no number of their own
    image:   there exactly for an image
    """

    id: str
    kind: Kind
    lines: tuple[Line, ...]
    lead_in: Line | None = None
    is_ordered: bool = False
    image: Image | None = None

    @property
    def all_lines(self) -> tuple[Line, ...]:
        return (self.lead_in, *self.lines) if self.lead_in else self.lines

    @property
    def word_count(self) -> int:
        return sum(line.word_count for line in self.all_lines)


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading (`introduction` has none). Sub-sections follow its own blocks.

    slug: lower-case ASCII; a sub-section's is `section/sub`; a piece of a divided section keeps
          the section's slug, and only its first piece the heading.
    """

    slug: str
    heading: Line | None
    blocks: tuple[Block, ...]
    subsections: tuple[Section, ...] = ()

    @property
    def all_blocks(self) -> tuple[Block, ...]:
        return (*self.blocks, *(block for sub in self.subsections for block in sub.all_blocks))

    @property
    def all_lines(self) -> tuple[Line, ...]:
        """Every line of the section in source order, headings included."""
        return tuple(self._lines())

    @property
    def word_count(self) -> int:
        return sum(line.word_count for line in self.all_lines)

    def _lines(self) -> Iterator[Line]:
        if self.heading:
            yield self.heading
        for block in self.blocks:
            yield from block.all_lines
        for sub in self.subsections:
            yield from sub.all_lines


@dataclass(frozen=True, slots=True)
class Article:
    """A whole article, each non-blank source line in exactly one place.

    source:  the source's lines: verbatim of a plain text, as they are read of any other source
    remarks: what is worth knowing of how it was read: a picture that says nothing, a link that was dropped
    """

    title: Line | None
    sections: tuple[Section, ...]
    call_to_action: Block | None
    references_heading: Line | None
    references: tuple[Block, ...]
    source: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    remarks: tuple[str, ...] = ()
