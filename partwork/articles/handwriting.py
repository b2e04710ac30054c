"""A part written by hand, as it was read: what it quotes, its headings and blocks, and its faults. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from partwork.articles.model import Block, Line, Note
from partwork.articles.tags import Flaw, Tag


@dataclass(frozen=True, slots=True)
class Quotation:
    """Something of the article, by the name it goes by in a campaign file.

    is_conditional: it stands between `{% if … %}` and `{% endif %}`, so that some readers miss it
    """

    name: str
    line: int
    column: int
    is_conditional: bool


@dataclass(frozen=True, slots=True)
class OwnHeading:
    """A heading of the text's own."""

    line: Line
    is_sub_heading: bool


Piece: TypeAlias = Quotation | OwnHeading | Block


@dataclass(frozen=True, slots=True)
class HandWriting:
    """One text, in order.

    name:   the file as problems show it; source: what stands in it, verbatim
    notes:  its own footnotes, marked with letters: numbers are the article's
    tags:   its personal tags, each at its place
    doubts: what is no fault, but for a person to weigh
    """

    name: str
    source: str
    pieces: tuple[Piece, ...]
    notes: tuple[Note, ...]
    tags: tuple[Tag, ...]
    flaws: tuple[Flaw, ...]
    doubts: tuple[Flaw, ...]

    @property
    def quotations(self) -> tuple[Quotation, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Quotation))
