"""Where every line of an article went in a series, and why what is in no part was set aside. Pure data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from partwork.articles.citations import closings
from partwork.articles.footnotes import notes_of
from partwork.articles.model import Article, Block, Kind, Line, Section
from partwork.articles.outline import Outline
from partwork.articles.split import READING_WORDS_A_MINUTE, PartDraft, Series

IN_NO_PART = "in no part"
OMITTED = "omitted on purpose"


class Role(StrEnum):
    """What a source line is in the article."""

    TITLE = "title"
    HEADING = "heading"
    SUBHEADING = "sub-heading"
    LEAD_IN = "lead-in"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    DEFINITION = "definition"
    CALL_TO_ACTION = "call to action"
    REFERENCES_HEADING = "references heading"
    REFERENCE = "reference"
    QUOTE = "quote"
    ROW = "table row"
    CAPTION = "caption"
    NOTE = "footnote"
    LEFT_OUT = "left out"


_ROLES = {
    Kind.LIST: Role.ITEM,
    Kind.DEFINITIONS: Role.DEFINITION,
    Kind.QUOTE: Role.QUOTE,
    Kind.TABLE: Role.ROW,
    Kind.IMAGE: Role.CAPTION,
}


@dataclass(frozen=True, slots=True)
class LineFate:
    """What became of one non-blank source line.

    part:    the number of the part it is told in, from 1; None for a line that was set aside
    section: the slug of the section or sub-section it stands in
    aside:   why it was set aside, and where it shows instead; empty for a line in a part
    """

    number: int
    text: str
    role: Role
    part: int | None = None
    part_slug: str = ""
    section: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class PartCoverage:
    """What one part holds. lines: the first and last source line of each unbroken run, from 1."""

    number: int
    slug: str
    sections: tuple[str, ...]
    lines: tuple[tuple[int, int], ...]
    word_count: int
    reading_seconds: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """A fate for each non-blank source line, in order, and a summary of each part."""

    lines: tuple[LineFate, ...]
    parts: tuple[PartCoverage, ...]


def coverage(article: Article, series: Series, *, omitted: Sequence[str] = ()) -> Coverage:
    """Return where every non-blank line of the article went in the series.

    omitted: the names of sections that are left out on purpose, which is then why they are set aside
    The call to action is the button of the part that tells the line above it. A section that no part
    names is set aside as `in no part`.
    """
    *contents, left_out = Outline(article).resolve([*(part.sections for part in series.parts), omitted])
    fates = {fate.number: fate for fate in _set_aside(article, contents)}
    for section in article.sections:
        for line, role, slug in _roles(section):
            fates[line.number] = LineFate(line.number, line.text, role, section=slug, aside=IN_NO_PART)
    for line, role, slug in (told for section in left_out for told in _roles(section)):
        fates[line.number] = LineFate(line.number, line.text, role, section=slug, aside=OMITTED)
    for number, (part, sections) in enumerate(zip(series.parts, contents, strict=True), start=1):
        for line, role, slug in (told for section in sections for told in _roles(section)):
            fates[line.number] = LineFate(line.number, line.text, role, number, part.slug, slug)
    in_order = tuple(fates[number] for number in sorted(fates))
    return Coverage(
        lines=in_order,
        parts=tuple(_part(number, part, in_order) for number, part in enumerate(series.parts, start=1)),
    )


def _part(number: int, part: PartDraft, fates: Sequence[LineFate]) -> PartCoverage:
    words = sum(len(fate.text.split()) for fate in fates if fate.part == number)
    runs = [
        [fate.number for fate in held]
        for of_part, held in groupby(fates, key=lambda fate: fate.part)
        if of_part == number
    ]
    return PartCoverage(
        number=number,
        slug=part.slug,
        sections=part.sections,
        lines=tuple((run[0], run[-1]) for run in runs),
        word_count=words,
        reading_seconds=round(words * 60 / READING_WORDS_A_MINUTE),
    )


def _set_aside(article: Article, contents: Sequence[Sequence[Section]]) -> Iterator[LineFate]:
    if article.title:
        yield LineFate(article.title.number, article.title.text, Role.TITLE, aside="title of the series")
    if article.call_to_action:
        asks = article.call_to_action.lines[0]
        aside = f"button of part {_last_part_above(asks, contents)}"
        yield LineFate(asks.number, asks.text, Role.CALL_TO_ACTION, aside=aside)
    closing = closings(article, contents)
    if article.references_heading:
        heading = article.references_heading
        aside = _closes(number for number, each in enumerate(closing, start=1) if each)
        yield LineFate(heading.number, heading.text, Role.REFERENCES_HEADING, aside=aside)
    for block in article.references:
        told = (number for number, each in enumerate(closing, start=1) if block in each)
        aside = _closes(told)
        yield from (LineFate(line.number, line.text, Role.REFERENCE, aside=aside) for line in block.lines)
    for number, sections in enumerate(contents, start=1):
        for note in notes_of(article, sections, is_last=number == len(contents)):
            for line in note.block.lines:
                yield LineFate(line.number, line.text, Role.NOTE, aside=f"footnote: closes part {number}")
    for left in article.unplaced:
        yield LineFate(left.line.number, left.line.text, Role.LEFT_OUT, aside=f"left out: {left.reason}")


def _closes(parts: Iterable[int]) -> str:
    """Return where references show: `references: close part 5`, `references: close parts 2 and 5`."""
    *others, last = [str(part) for part in parts] or ["1"]
    return (
        f"references: close parts {', '.join(others)} and {last}"
        if others
        else f"references: close part {last}"
    )


def _last_part_above(asks: Line, contents: Sequence[Sequence[Section]]) -> int:
    above = (
        number
        for number, sections in enumerate(contents, start=1)
        if any(line.number < asks.number for section in sections for line in section.all_lines)
    )
    return max(above, default=1)


def _roles(section: Section, heading: Role = Role.HEADING) -> Iterator[tuple[Line, Role, str]]:
    """Yield each line of a section with its role and the slug of the section it stands in."""
    if section.heading:
        yield section.heading, heading, section.slug
    for block in section.blocks:
        if block.lead_in:
            yield block.lead_in, Role.LEAD_IN, section.slug
        for line in block.lines:
            yield line, _role_in(block), section.slug
    for subsection in section.subsections:
        yield from _roles(subsection, Role.SUBHEADING)


def _role_in(block: Block) -> Role:
    return _ROLES.get(block.kind, Role.PARAGRAPH)
