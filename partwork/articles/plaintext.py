"""Reading an article from plain text as staff paste it, with blank lines or without. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from partwork.articles.asks import is_ask, is_one_step_of
from partwork.articles.headings import is_byline, is_heading, is_references_heading, is_subheading, is_title
from partwork.articles.leavings import ABOUT_THE_AUTHOR, why_left
from partwork.articles.lines import Form, without_marker
from partwork.articles.lists import Run, run_at
from partwork.articles.model import Article, Block, Kind, Line, Section, Unplaced
from partwork.articles.naming import BlockNames
from partwork.articles.page import Page, Row, rows_of, source_lines
from partwork.articles.slugs import Namer, slug_of
from partwork.errors import CommandError

INTRODUCTION = "introduction"

_BYLINE_WORDS = 6


def read_plain_text(text: str) -> Article:
    """Return the article that a pasted text holds.

    Every non-blank line stands in exactly one place of it, and at least one in a block of a section.
    Raises CommandError for a text without any.
    """
    source = source_lines(text)
    rows = rows_of(source)
    if not rows:
        raise CommandError("the article holds no text")
    rows, unplaced = _without_edges(rows)
    title = rows[0].line if is_title(rows) else None
    body = rows[1:] if title else rows
    if title:
        body, further = _without_bylines(body)
        unplaced += further
    references_at = _references_start(body)
    page = Page(body[:references_at])
    outline = _with_call_to_action(page)
    names = BlockNames()
    button = page.rows[outline.button].line if outline.button is not None else None
    references = body[references_at:]
    return Article(
        title=title,
        sections=_sections(outline, names),
        call_to_action=names.block(Kind.CALL_TO_ACTION, (button,)) if button else None,
        references_heading=references[0].line if references else None,
        references=tuple(names.block(Kind.REFERENCE, (row.line,)) for row in references[1:]),
        source=source,
        unplaced=unplaced,
    )


def _without_edges(rows: tuple[Row, ...]) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Set aside what stands at the top and the end of a page that was pasted whole: “Skip to content”."""
    start, end = 0, len(rows)
    while end - start > 2 and _is_furniture(rows[start]):
        start += 1
    while end - start > 2 and _is_furniture(rows[end - 1]):
        end -= 1
    return rows[start:end], _left((*rows[:start], *rows[end:]))


def _is_furniture(row: Row) -> bool:
    return bool(why_left(row.text)) and not is_byline(row.text)


def _without_bylines(body: tuple[Row, ...]) -> tuple[tuple[Row, ...], tuple[Unplaced, ...]]:
    """Set aside who wrote an article, and when, as it stands right under the title of a pasted page.

    There such lines often are items; with one of them go its neighbours, a name or a day.
    """
    start = 0
    while start < len(body) - 1 and why_left(body[start].text):
        start += 1
    end = start
    while end < len(body) and body[end].form is Form.BULLETED and body[end].line.word_count <= _BYLINE_WORDS:
        end += 1
    if any(is_byline(without_marker(row.text)) for row in body[start:end]) and end < len(body):
        start = end
    return body[start:], _left(body[:start])


def _left(rows: Sequence[Row]) -> tuple[Unplaced, ...]:
    return tuple(Unplaced(row.line, why_left(row.text) or ABOUT_THE_AUTHOR) for row in rows)


@dataclass(slots=True)
class _Stretch:
    """A heading with what stands under it, up to the next heading of its rank."""

    heading: Line | None
    bodies: list[Run] = field(default_factory=list)
    parts: list[_Stretch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Outline:
    """A reading of a page: its stretches in order, and the index of the button it was read with."""

    page: Page
    stretches: list[_Stretch]
    heading_indexes: tuple[int, ...]
    runs: tuple[Run, ...]

    @property
    def button(self) -> int | None:
        return self.page.button


def _references_start(rows: Sequence[Row]) -> int:
    """Return the index of the references' heading, or the number of rows if there is none.

    It is the last line that reads like one and has lines above and under it; an earlier one counts
    if no ordinary heading stands between.
    """
    candidates = [index for index in range(1, len(rows) - 1) if is_references_heading(rows[index].text)]
    if not candidates:
        return len(rows)
    start = candidates.pop()
    headings = set(_read(Page(tuple(rows[:start]))).heading_indexes) if candidates else set()
    while candidates and not any(index in headings for index in range(candidates[-1] + 1, start)):
        start = candidates.pop()
    return start


def _with_call_to_action(page: Page) -> _Outline:
    """Read a page with the last asking line of its last section as the button, if it has one."""
    plain = _read(page)
    for index in reversed(range(len(page.rows))):
        if not is_ask(page, index):
            continue
        if any(is_one_step_of(run, page, index) for run in plain.runs):
            continue
        outline = _read(page.with_button(index))
        if any(heading > index for heading in outline.heading_indexes):
            break
        if outline.runs:
            return outline
    return plain


def _read(page: Page) -> _Outline:
    """Find the headings, sub-headings, lists and paragraphs of a page, from top to bottom."""
    stretches = [_Stretch(None)]
    headings: list[int] = []
    runs: list[Run] = []
    under_heading = False
    index = 0
    while index < len(page.rows):
        if not page.holds(index):
            under_heading = False
            index += 1
            continue
        run = run_at(page, index, under_heading=under_heading)
        if len(runs) == index and is_byline(page.rows[index].text):
            run = Run(Kind.PARAGRAPH, index, index + 1)
        under_heading = run is None and (is_heading(page, index) or is_subheading(page, index))
        if under_heading:
            heading = _Stretch(page.rows[index].line)
            if is_heading(page, index):
                headings.append(index)
                stretches.append(heading)
            else:
                stretches[-1].parts.append(heading)
            index += 1
            continue
        run = run or Run(Kind.PARAGRAPH, index, index + 1)
        runs.append(run)
        innermost = stretches[-1].parts[-1] if stretches[-1].parts else stretches[-1]
        innermost.bodies.append(run)
        index = run.end
    return _Outline(page, _ranked(stretches), tuple(headings), tuple(runs))


def _ranked(stretches: list[_Stretch]) -> list[_Stretch]:
    """Drop an empty opening; where no plain heading stands, let the emoji lines be the sections."""
    opening, *headed = stretches
    if not headed:
        headed, opening.parts = opening.parts, []
    return [opening, *headed] if opening.bodies or opening.parts else headed


def _sections(outline: _Outline, names: BlockNames) -> tuple[Section, ...]:
    namer = Namer()
    rows = outline.page.rows
    return tuple(
        _section(stretch, rows, names, namer, ordinal=ordinal, under="")
        for ordinal, stretch in enumerate(outline.stretches, start=1)
    )


def _section(
    stretch: _Stretch, rows: Sequence[Row], names: BlockNames, namer: Namer, *, ordinal: int, under: str
) -> Section:
    wanted = slug_of(stretch.heading.text) if stretch.heading else INTRODUCTION
    slug = namer.name(under + (wanted or f"section-{ordinal}"))
    return Section(
        slug=slug,
        heading=stretch.heading,
        blocks=tuple(_block_of(run, rows, names) for run in stretch.bodies),
        subsections=tuple(
            _section(part, rows, names, namer, ordinal=number, under=f"{slug}/")
            for number, part in enumerate(stretch.parts, start=1)
        ),
    )


def _block_of(run: Run, rows: Sequence[Row], names: BlockNames) -> Block:
    lines = [row.line for row in rows[run.start : run.end]]
    if run.has_lead_in:
        return names.block(run.kind, lines[1:], lines[0])
    return names.block(run.kind, lines)
