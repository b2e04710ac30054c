"""Lists and definitions: which lines in a row belong together. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from partwork.articles.lines import Form, has_round_bullet
from partwork.articles.model import Kind
from partwork.articles.page import Page, Row
from partwork.articles.sentences import sentences

_LONGEST_BARE_ITEM = 160
_SERIES_GOES_ON = re.compile(r"(?:[,;]|,?\s(?:and|or|und|oder))$")


@dataclass(frozen=True, slots=True)
class Run:
    """Rows `start` to `end` (exclusive) that make one block; its first row may be the lead-in."""

    kind: Kind
    start: int
    end: int
    has_lead_in: bool = False

    def is_inside(self, index: int) -> bool:
        """Whether the row at `index` is an item with another one after it."""
        return self.start + self.has_lead_in <= index < self.end - 1


def run_at(page: Page, start: int, *, under_heading: bool = False) -> Run | None:
    """Return the list or the definitions that begin at `start`, or None for any other line.

    A lead-in belongs to what it leads in; without lines of one form under it, it is no run.
    under_heading: the line above is a heading, where short open lines in a row need no lead-in.
    """
    if page.rows[start].leads_in:
        first = start + 1
        if not page.holds(first):
            return None
        run = _marked(page, first, least=1) or _definitions(page, first) or _plain(page, first)
        return run and Run(run.kind, start, run.end, has_lead_in=True)
    least = 1 if has_round_bullet(page.rows[start].text) else 2
    run = _marked(page, start, least=least) or _definitions(page, start)
    if run is None and under_heading:
        run = _bare(page, start)
    return run


def _marked(page: Page, start: int, *, least: int) -> Run | None:
    form = page.rows[start].form
    if form is Form.EMOJI:
        end = _emoji_end(page, start)
    elif form is Form.BULLETED:
        end = _bulleted_end(page, start)
    elif form is Form.NUMBERED:
        end = _numbered_end(page, start)
    else:
        return None
    return Run(Kind.LIST, start, end) if end - start >= least else None


def _emoji_end(page: Page, start: int) -> int:
    """Emoji lines in a row are items, the last included; one alone over text is a sub-heading."""
    end = start
    while page.holds(end) and page.rows[end].form is Form.EMOJI:
        end += 1
    alone_over_text = end == start + 1 and page.rows[start].could_head and page.holds(end)
    return start if alone_over_text else end


def _bulleted_end(page: Page, start: int) -> int:
    end = start
    while page.holds(end) and page.rows[end].form is Form.BULLETED and _goes_on(page, start, end):
        end += 1
    return end


def _numbered_end(page: Page, start: int) -> int:
    """Numbered lines in a row, up to a heading or to the start of another count.

    A line that carries the count on is an item whatever stands under it; any other may be a heading.
    """
    end = start
    while page.holds(end) and page.rows[end].form is Form.NUMBERED and _goes_on(page, start, end):
        number, previous = page.rows[end].number, page.rows[end - 1].number if end > start else None
        carries_on = number is not None and previous is not None and number == previous + 1
        restarts = end > start and number == 1 and previous != 1
        heads = page.rows[end].could_head and page.body_stands_under(end)
        if restarts or (heads and not carries_on):
            break
        end += 1
    return end


def _definitions(page: Page, start: int) -> Run | None:
    """Two or more `Term – explanation` lines in a row, all stopped or all open."""
    if not page.definitions_start_at(start):
        return None
    form = page.rows[start].form
    end = start
    while page.holds(end) and page.rows[end].is_definition and _goes_on(page, start, end):
        if page.rows[end].form is not form or (form is Form.UNSTOPPED and _is_heading_over_text(page, end)):
            break
        end += 1
    return Run(Kind.DEFINITIONS, start, end) if end - start >= 2 else None


def _plain(page: Page, start: int) -> Run | None:
    """Unmarked lines of one form under a lead-in: one or more open ones, two or more stopped ones."""
    form = page.rows[start].form
    end = start
    while page.holds(end) and _goes_on(page, start, end):
        row, items = page.rows[end], page.rows[start:end]
        if not _is_like(row, items, form) or _is_heading_over_text(page, end):
            break
        if _text_hangs_on(page, start, end):
            break
        end += 1
        if items and row.form is not form:
            break  # the stopped end of an open series: "…, and" / "the last."
    return Run(Kind.LIST, start, end) if end - start >= (1 if form is Form.UNSTOPPED else 2) else None


def _bare(page: Page, start: int) -> Run | None:
    """Two or more short open lines right under a heading, up to the next heading over text."""
    end = start
    while page.holds(end) and not (end > start and page.rows[end].after_blank):
        row = page.rows[end]
        if row.form is not Form.UNSTOPPED or row.reads_as_text or _is_heading_over_text(page, end):
            break
        end += 1
    return Run(Kind.LIST, start, end) if end - start >= 2 else None


def _goes_on(page: Page, start: int, index: int) -> bool:
    """Whether a list from `start` reaches `index`: a blank line ends it unless blank lines part its items."""
    if index == start or not page.rows[index].after_blank:
        return True
    return page.rows[start + 1].after_blank


def _text_hangs_on(page: Page, start: int, index: int) -> bool:
    """Whether, among lines set apart by blank ones, this one has text directly beneath: it heads it."""
    spaced = page.rows[index].after_blank and (index > start or page.rows[start - 1].leads_in)
    under = index + 1
    return (
        spaced
        and page.holds(under)
        and not page.rows[under].after_blank
        and page.rows[under].reads_as_text
        and page.rows[index].could_head
        and page.rows[index].form is Form.UNSTOPPED
    )


def _is_heading_over_text(page: Page, index: int) -> bool:
    row = page.rows[index]
    return row.is_title_case and row.could_head and page.body_stands_under(index)


def _is_like(row: Row, items: tuple[Row, ...], form: Form) -> bool:
    """Whether a row may be the next item of an unmarked list of this form."""
    if row.leads_in or row.form.is_marked or not _is_item_sized(row):
        return False
    if form is Form.UNSTOPPED:
        ends_series = bool(items) and _SERIES_GOES_ON.search(items[-1].text) is not None
        return row.form is form or (ends_series and len(sentences(row.text)) == 1)
    if row.form is not form:
        return False
    if not items:
        return True
    return not _changes_tone(row, items) and not _is_paragraph_after(row, items)


def _is_item_sized(row: Row) -> bool:
    """Whether an unmarked line is short enough for an item: what runs on and on is a paragraph."""
    if row.form is Form.UNSTOPPED:
        return len(row.text) <= _LONGEST_BARE_ITEM
    words = row.line.word_count
    if row.after_blank:
        return words <= 20 and len(sentences(row.text)) == 1
    return words <= 60 and (words <= 30 or len(sentences(row.text)) == 1)


def _changes_tone(row: Row, items: tuple[Row, ...]) -> bool:
    """Whether a statement follows two or more questions, or the first question could be a heading."""
    asked = sum(item.is_question for item in items)
    if row.is_question:
        return asked == 0 and row.could_head
    return asked == len(items) >= 2


def _is_paragraph_after(row: Row, items: tuple[Row, ...]) -> bool:
    longest = max(item.line.word_count for item in items)
    return row.line.word_count > 2 * longest and len(sentences(row.text)) > 1
