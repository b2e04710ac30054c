"""Lays a part out: the sections it names, with what is written by hand before and between them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from partwork.articles.handwriting import HandWriting, OwnHeading, Quotation
from partwork.articles.model import Block, Section

_OWN = ""
"""The slug of a section that is not the article's."""


def laid_out(
    text: HandWriting, named: Sequence[Section], *, select: Callable[[str], Section | None]
) -> tuple[Section, ...]:
    """Return what readers see: the text with its quotations, then the sections the part names beside it.

    select: what a name stands for; a name that stands for nothing is told elsewhere
    """
    return (*_told(text, select), *named)


@dataclass(slots=True)
class _Stretch:
    """What is being written by hand under one heading, and under the smaller headings below it."""

    sections: list[Section] = field(default_factory=list)

    def add(self, block: Block) -> None:
        if not self.sections:
            self.sections.append(Section(_OWN, None, ()))
        last = self.sections[-1]
        self.sections[-1] = replace(last, blocks=(*last.blocks, block))

    def end(self) -> Iterator[Section]:
        """Yield the whole as one section, if anything is there, and begin anew."""
        if self.sections:
            yield replace(self.sections[0], subsections=tuple(self.sections[1:]))
        self.sections = []


def _told(text: HandWriting, select: Callable[[str], Section | None]) -> Iterator[Section]:
    stretch = _Stretch()
    for piece in text.pieces:
        if isinstance(piece, Block):
            stretch.add(piece)
        elif isinstance(piece, Quotation):
            yield from stretch.end()
            if section := select(piece.name):
                yield section
        elif isinstance(piece, OwnHeading):
            if piece.is_sub_heading and not stretch.sections:
                stretch.sections.append(Section(_OWN, None, ()))
            if not piece.is_sub_heading:
                yield from stretch.end()
            stretch.sections.append(Section(_OWN, piece.line, ()))
    yield from stretch.end()
