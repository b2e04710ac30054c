"""Reads a CSV file as spreadsheets save it: named cells, row by row. An adapter: it judges no value.

It takes UTF-8, UTF-16 with its mark and Windows-1252, and commas, semicolons or tabs. Memory stays
flat: one row is held at a time.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from partwork.audiences.cells import plain_cell
from partwork.errors import Problem, WorkspaceError

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_HINT = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
_WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_CHUNK_BYTES = 1 << 20
_STRAY_QUOTE = "a quote is not closed, or stands in a quoted value without being doubled"
_SAVE_AGAIN = "save it from the spreadsheet as 'CSV UTF-8'"

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Controls, line and paragraph separators, and the marks that turn the direction of text around."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its first and last line, and its cells by column, trimmed; '' where it ends early."""

    line: int
    last_line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """What cannot be taken apart into cells, by its first line, and why."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file whose header has been read.

    columns: from the header, lower-cased, underscores for spaces
    signs:   what in the file is a spreadsheet's way and not plain CSV, in words
    """

    columns: tuple[str, ...]
    header_line: int
    signs: tuple[str, ...]
    _separator: str
    _lines: _Lines

    def rows(self) -> Iterator[CsvRow | BrokenRow]:
        """Yield, once, what stands under the header; rows without any value are passed over."""
        reader = _parser(self._lines, self._separator)
        blank = dict.fromkeys(self.columns, "")
        while True:
            line = self._lines.begin_row()
            try:
                cells = [plain_cell(cell.strip()) for cell in next(reader)]
            except StopIteration:
                return
            except csv.Error:
                # A stray quote swallows the lines after it up to the next quote: those get their own say.
                self._lines.hand_back_all_but_the_first()
                yield BrokenRow(line, _STRAY_QUOTE)
                continue
            if any(cells[len(self.columns) :]):
                yield BrokenRow(line, self._too_wide(line, len(cells)))
            elif any(cells):
                values = blank | dict(zip(self.columns, cells, strict=False))
                yield CsvRow(line, self._lines.count, values)

    def _too_wide(self, line: int, width: int) -> str:
        last = self._lines.count
        span = f"goes on to line {last} and " if last > line else ""
        separators = _SEPARATORS.get(self._separator, f"'{self._separator}'")
        text = f"{span}has {width} values for {len(self.columns)} columns"
        return f"{text}: put values with {separators} in quotes"


@contextmanager
def open_csv(path: Path, *, name: str) -> Iterator[CsvTable]:
    """Open a file and read its header. Raises WorkspaceError, calling the file `name`, where that fails.

    Every column has a name, and no two have the same.
    """
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        raise WorkspaceError([Problem(name, 0, 0, "this file is missing")]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkspaceError([Problem(name, 0, 0, f"this file cannot be read: {reason}")]) from None
    with raw:
        codec, signs = _encoding(raw, name)
        raw.seek(0)
        with TextIOWrapper(raw, encoding=codec, newline="") as text:
            yield _table(_Lines(text), signs, name)


class _Lines:
    """The lines of a file, counted; those of the row being read can be handed back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._ahead: deque[str] = deque()
        self._row: list[str] = []
        self.count = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self._row.append(line)
        self.count += 1
        return line

    def begin_row(self) -> int:
        """Return the number of the line that comes next."""
        self._row.clear()
        return self.count + 1

    def hand_back_all_but_the_first(self) -> None:
        back = self._row[1:]
        self._ahead.extendleft(reversed(back))
        self.count -= len(back)


def _encoding(raw: BinaryIO, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the codec that reads the whole file, and what of it a spreadsheet is known by."""
    start = raw.read(4)
    if start.startswith(_WORKBOOK_STARTS):
        text = f"this is a workbook, not a CSV file: {_SAVE_AGAIN}"
        raise WorkspaceError([Problem(name, 0, 0, text)])
    choices: dict[str, tuple[str, ...]]
    if start.startswith(codecs.BOM_UTF8):
        choices = {"utf-8-sig": ("byte-order mark",)}
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        choices = {"utf-16": ("UTF-16",)}
    else:
        choices = {"utf-8": (), "cp1252": ("Windows-1252 letters",)}
    for codec, signs in choices.items():
        if _reads(raw, codec):
            return codec, signs
    text = f"this file holds bytes that are no text in any encoding it could have: {_SAVE_AGAIN}"
    raise WorkspaceError([Problem(name, 0, 0, text)])


def _reads(raw: BinaryIO, codec: str) -> bool:
    raw.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        while chunk := raw.read(_CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _parser(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    # Strict: otherwise a quote that is never closed would swallow the rest of the file without a word.
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)


def _table(lines: _Lines, signs: tuple[str, ...], name: str) -> CsvTable:
    line, hint = "", None
    for line in lines:
        if hint is None and (hint := _HINT.fullmatch(line)):
            continue
        if line.strip(" \t\r\n,;"):
            break
    else:
        raise WorkspaceError([Problem(name, 0, 0, "this file is empty: its first line names the columns")])
    unquoted = re.sub(r'"[^"]*"', "", line)
    separator = hint[1] if hint else max(_SEPARATORS, key=unquoted.count)
    if separator != ",":
        signs = (*signs, _SEPARATORS.get(separator, f"'{separator}' between values"))
    try:
        cells = next(_parser([line], separator))
    except csv.Error:
        text = "a quote in the names of the columns is not closed: each column has a name in one line"
        raise WorkspaceError([Problem(name, lines.count, 1, text)]) from None
    columns = ["_".join(plain_cell(cell.strip()).casefold().split()) for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    if faults := _faults_of_names(columns):
        raise WorkspaceError([Problem(name, lines.count, 1, text) for text in faults])
    return CsvTable(tuple(columns), lines.count, signs, separator, lines)


def _faults_of_names(columns: list[str]) -> list[str]:
    if any("@" in column for column in columns):
        return ["this line holds an address: the first line names the columns, and the rows follow it"]
    faults = []
    for number, column in enumerate(columns, start=1):
        if not column:
            faults.append(f"column {number} has no name: give it one, or take the column out")
        elif CONTROL.search(column):
            text = "has an invisible control character in its name"
            faults.append(f"column {number} {text}: {_SAVE_AGAIN}, or write the name anew")
        elif column in columns[: number - 1]:
            faults.append(f"two columns are called '{column}': keep one of them")
    return faults
