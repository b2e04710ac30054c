"""How commands speak: sentences, tables or one JSON document on stdout; progress and complaints on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from partwork.times import iso

_WIDTH_WITHOUT_TERMINAL = 160
_LEAST_WRAPPED = 24
_BETWEEN_COLUMNS = 3

# A terminal, and COLUMNS, say how wide they are; a file or a pipe has room.
console = Console(
    highlight=False,
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_WITHOUT_TERMINAL,
)
errors = Console(stderr=True, highlight=False)


def say(sentence: str) -> None:
    """Print one sentence, as it is: nothing in it is markup."""
    console.print(sentence, markup=False, soft_wrap=True)


def complain(text: str) -> None:
    """Print on stderr, as it is."""
    errors.print(text, markup=False, soft_wrap=True)


def show_json(document: Any) -> None:
    """Print one JSON document; instants as ISO 8601 in UTC."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))


def show_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    narrow: Callable[[Sequence[str]], str],
    wrapping: Collection[str] = (),
    title: str | None = None,
) -> None:
    """Print a table; where it does not fit, print what `narrow` makes of each row. Cells are no markup.

    wrapping: the headings of columns whose text may run over several lines
    """
    if title:
        console.print(Text(title, style="bold"))
    columns = list(zip(headings, *rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    least = [
        min(width, _LEAST_WRAPPED) if heading in wrapping else width
        for heading, width in zip(headings, widths, strict=True)
    ]
    if sum(least) + _BETWEEN_COLUMNS * len(least) > console.width:
        for row in rows:
            say(narrow(row))
        return
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for heading, width in zip(headings, least, strict=True):
        table.add_column(heading, min_width=width, no_wrap=heading not in wrapping)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


@contextmanager
def progress(description: str, *, total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """Show progress on stderr while the block runs; it leaves no trace where there is no terminal."""
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=errors,
        transient=False,
        disable=not errors.is_terminal,
    ) as shown:
        yield shown, shown.add_task(description, total=total)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
