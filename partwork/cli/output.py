"""How commands speak: sentences, tables or one JSON document on stdout; progress and complaints on stderr."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from partwork.times import iso

_WIDTH_WITHOUT_TERMINAL = 160

console = Console(
    highlight=False,
    soft_wrap=False,
    width=None if sys.stdout.isatty() else max(_WIDTH_WITHOUT_TERMINAL, shutil.get_terminal_size().columns),
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


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """Print a table; cells are shown as they are."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
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
