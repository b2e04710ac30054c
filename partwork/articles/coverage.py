"""Where every line of an article went in a series, and why what is in no part was set aside. Pure data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from partwork.articles.model import Article, Block, Kind, Line, Section
from partwork.articles.outline import Outline
from partwork.articles.split import Series

READING_WORDS_A_MINUTE = 200


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


def coverage(article: Article, series: Series) -> Coverage:
    """Return where every non-blank line of the article went in the series.

    The call to action is the button of the part that tells the line above it. A section that no part
    names is set aside as `in no part`.
    """
    contents = Outline(article).resolve([part.sections for part in series.parts])
    fates = {fate.number: fate for fate in _set_aside(article, len(series.parts))}
    button = article.call_to_action.lines[0] if article.call_to_action else None
    for section in article.sections:
        for line, role, slug in _roles(section):
            fates[line.number] = LineFate(line.number, line.text, role, section=slug, aside="in no part")
    parts: list[PartCoverage] = []
    for number, (part, sections) in enumerate(zip(series.parts, contents, strict=True), start=1):
        numbers: list[int] = []
        for section in sections:
            for line, role, slug in _roles(section):
                fates[line.number] = LineFate(line.number, line.text, role, number, part.slug, slug)
                numbers.append(line.number)
        words = sum(section.word_count for section in sections)
        seconds = round(words * 60 / READING_WORDS_A_MINUTE)
        ranges = _ranges(numbers, fates)
        parts.append(PartCoverage(number, part.slug, part.sections, ranges, words, seconds))
    if button:
        above = [fate.part for fate in fates.values() if fate.part and fate.number < button.number]
        aside = f"button of part {max(above, default=1)}"
        fates[button.number] = LineFate(button.number, button.text, Role.CALL_TO_ACTION, aside=aside)
    return Coverage(tuple(fates[number] for number in sorted(fates)), tuple(parts))


def _set_aside(article: Article, part_count: int) -> Iterator[LineFate]:
    if article.title:
        yield LineFate(article.title.number, article.title.text, Role.TITLE, aside="title of the series")
    closing = f"references: close part {part_count}"
    if article.references_heading:
        heading = article.references_heading
        yield LineFate(heading.number, heading.text, Role.REFERENCES_HEADING, aside=closing)
    for block in article.references:
        for line in block.lines:
            yield LineFate(line.number, line.text, Role.REFERENCE, aside=closing)


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
    if block.kind is Kind.LIST:
        return Role.ITEM
    return Role.DEFINITION if block.kind is Kind.DEFINITIONS else Role.PARAGRAPH


def _ranges(numbers: Sequence[int], known: dict[int, LineFate]) -> tuple[tuple[int, int], ...]:
    """Return runs of lines with nothing but blank lines between."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if ranges and not any(between in known for between in range(ranges[-1][1] + 1, number)):
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)
