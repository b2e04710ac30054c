"""The lines of an article, and what stands above and under each of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from partwork.articles.lines import (
    HEADING_LENGTH,
    Form,
    could_head,
    ends_in_colon,
    form_of,
    is_question,
    is_title_case,
    number_of,
    split_definition,
    trimmed,
)
from partwork.articles.model import Line

_LINE_END = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True)
class Row:
    """One non-blank line and whether a blank line stands above it. What it looks like is read once."""

    line: Line
    after_blank: bool

    @property
    def text(self) -> str:
        return self.line.text

    @cached_property
    def form(self) -> Form:
        return form_of(self.text)

    @cached_property
    def number(self) -> int | None:
        return number_of(self.text)

    @cached_property
    def is_title_case(self) -> bool:
        return is_title_case(self.text)

    @cached_property
    def could_head(self) -> bool:
        return could_head(self.text)

    @cached_property
    def is_question(self) -> bool:
        return is_question(self.text)

    @cached_property
    def leads_in(self) -> bool:
        return ends_in_colon(self.text)

    @cached_property
    def is_definition(self) -> bool:
        return split_definition(self.text) is not None

    @cached_property
    def reads_as_text(self) -> bool:
        """Whether the line is no heading and no bare item: it is stopped, leads in, or is long."""
        return not self.form.is_marked and (
            self.form is Form.STOPPED or not self.could_head or len(self.text) > HEADING_LENGTH
        )


@dataclass(frozen=True, slots=True)
class Page:
    """The body of an article: its rows without title and references.

    button: the index of the call to action. It is nobody's item and nobody's paragraph.
    """

    rows: tuple[Row, ...]
    button: int | None = None

    def with_button(self, index: int) -> Page:
        return replace(self, button=index)

    def holds(self, index: int) -> bool:
        """Whether a body line stands at `index` (the call to action is none)."""
        return 0 <= index < len(self.rows) and index != self.button

    def text_stands_under(self, index: int) -> bool:
        """Whether the next line is a paragraph, a lead-in, or the first of several definitions."""
        under = index + 1
        if not self.holds(under):
            return False
        return self.rows[under].reads_as_text or self.definitions_start_at(under)

    def body_stands_under(self, index: int) -> bool:
        """Whether text stands under the line, or a marked line of another form than its own."""
        if not self.holds(index + 1):
            return False
        form = self.rows[index + 1].form
        return self.text_stands_under(index) or (form.is_marked and form is not self.rows[index].form)

    def definitions_start_at(self, index: int) -> bool:
        """Whether this line and the next are both `Term – explanation`."""
        return all(self.holds(at) and self.rows[at].is_definition for at in (index, index + 1))


def source_lines(text: str) -> tuple[str, ...]:
    """Return the lines of a pasted text, verbatim but for a byte order mark before the first."""
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    return tuple(lines if lines[-1] else lines[:-1])


def rows_of(source: Iterable[str]) -> tuple[Row, ...]:
    """Return the non-blank lines, numbered from 1 as they stand in the source."""
    rows: list[Row] = []
    after_blank = False
    for number, raw in enumerate(source, start=1):
        if text := trimmed(raw):
            rows.append(Row(Line(number, text), after_blank))
        after_blank = not text
    return tuple(rows)
