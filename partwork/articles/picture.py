"""A picture of coverage: an article's blocks down one side, and the part each one went to. Pure data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from partwork.articles.coverage import IN_NO_PART, OMITTED, Coverage, LineFate, Role
from partwork.articles.model import Article, Block

# Where something set aside shows after all, as its line's fate says: 'button of part 5'.
_SHOWN_IN = re.compile(r"\bpart (\d+)$")


class Fate(StrEnum):
    """What became of a block."""

    IN_PART = "in a part"
    SET_ASIDE = "set aside"
    OMITTED = "omitted on purpose"
    IN_NO_PART = "in no part"


@dataclass(frozen=True, slots=True)
class BlockFate:
    """A heading or a block and what became of it.

    first, last: its source lines, from 1
    has_lead_in: the first of its lines leads the others in
    kind:        a block's kind, or what a line by itself is: a title, a heading
    part:        the number of the part that tells it, or shows what was set aside; None for neither
    why:         why it is in no part's text; empty for what is
    """

    first: int
    last: int
    kind: str
    lines: tuple[str, ...]
    has_lead_in: bool
    section: str
    fate: Fate
    part: int | None
    why: str

    @property
    def word_count(self) -> int:
        return sum(len(line.split()) for line in self.lines)


@dataclass(frozen=True, slots=True)
class PartShown:
    """One part as the picture names it."""

    number: int
    slug: str
    subject: str
    preheader: str
    word_count: int
    reading_seconds: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Every block of an article in its order, and the parts of the series."""

    title: str
    blocks: tuple[BlockFate, ...]
    parts: tuple[PartShown, ...]

    def count(self, fate: Fate) -> int:
        """Return how many blocks and headings came to this."""
        return len([block for block in self.blocks if block.fate is fate])

    @property
    def bands(self) -> tuple[tuple[BlockFate, ...], ...]:
        """The blocks, together as long as they went the same way."""
        return tuple(
            tuple(band) for _, band in groupby(self.blocks, lambda block: (block.fate, block.part, block.why))
        )

    @property
    def parts_without_blocks(self) -> tuple[PartShown, ...]:
        """The parts that tell nothing of the article."""
        telling = {block.part for block in self.blocks if block.fate is Fate.IN_PART}
        return tuple(part for part in self.parts if part.number not in telling)


def picture(article: Article, covered: Coverage, subjects: Mapping[str, tuple[str, str]]) -> Picture:
    """Return the picture. subjects: subject and preheader of each part, by its slug."""
    by_line = {line.number: block for block in _blocks(article) for line in block.all_lines}
    blocks: list[BlockFate] = []
    for _, held in groupby(covered.lines, lambda fate: _block_or_line(fate, by_line)):
        lines = list(held)
        blocks += _block_fates(lines, by_line.get(lines[0].number))
    return Picture(
        title=article.title.text if article.title else "",
        blocks=tuple(blocks),
        parts=tuple(
            PartShown(
                part.number,
                part.slug,
                *subjects.get(part.slug, ("", "")),
                part.word_count,
                part.reading_seconds,
            )
            for part in covered.parts
        ),
    )


def _block_or_line(fate: LineFate, by_line: Mapping[int, Block]) -> str:
    """Return what a line is grouped by: its block, or itself alone."""
    return by_line[fate.number].id if fate.number in by_line else f"line {fate.number}"


def _blocks(article: Article) -> Iterator[Block]:
    for section in article.sections:
        yield from section.all_blocks
    if article.call_to_action:
        yield article.call_to_action
    yield from article.references
    yield from (note.block for note in article.notes)


def _block_fates(lines: Iterable[LineFate], block: Block | None) -> Iterator[BlockFate]:
    """Yield a block's fate; more than one only if its lines went different ways."""
    for (part, aside), held in groupby(lines, lambda line: (line.part, line.aside)):
        group = list(held)
        yield BlockFate(
            first=group[0].number,
            last=group[-1].number,
            kind=block.kind.value if block else group[0].role.value,
            lines=tuple(line.text for line in group),
            has_lead_in=group[0].role is Role.LEAD_IN,
            section=group[0].section,
            fate=_fate(part, aside),
            part=part or _shown_in(aside),
            why=aside,
        )


def _fate(part: int | None, aside: str) -> Fate:
    if part is not None:
        return Fate.IN_PART
    return {IN_NO_PART: Fate.IN_NO_PART, OMITTED: Fate.OMITTED}.get(aside, Fate.SET_ASIDE)


def _shown_in(aside: str) -> int | None:
    found = _SHOWN_IN.search(aside)
    return int(found[1]) if found else None


def reads_in(seconds: int) -> str:
    """Return a reading time as people say it."""
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02} s"
