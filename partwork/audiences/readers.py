"""Reads an audience's CSV file: rows, refusals and remarks. An adapter: it touches no database.

A file as spreadsheets save it is read all the same, whatever its encoding and its separators. A row
that cannot be used is refused by its line, never by its address, and the others load. One thing
outlives a refusal: whoever says `unsubscribed` leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from partwork.audiences.csvfile import CONTROL, BrokenRow, CsvRow, open_csv
from partwork.errors import Problem, WorkspaceError
from partwork.times import as_instant

_T = TypeVar("_T")

_REQUIRED = ("email", "consent_basis", "consent_on")
COLUMNS = ("email", "first_name", "timezone", "consent_basis", "consent_source", "consent_on", "status")
_LONGEST_NAME = 100
_LONGEST_SOURCE = 500
# A guess costs milliseconds: a million rows with their columns mixed up shall not take hours.
_GUESSES = 100
# The date that has begun anywhere on earth is at most 14 hours ahead of UTC (Pacific/Kiritimati).
_EARLIEST_ZONE = timedelta(hours=14)

_BREAKS = "\t\n\r"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


class ConsentBasis(StrEnum):
    """Why we may write to someone."""

    CONSENT = "consent"
    SOFT_OPT_IN = "soft_opt_in"
    EXISTING_RELATION = "existing_relation"


class Status(StrEnum):
    """What a row says about being written to."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"


_Word = TypeVar("_Word", ConsentBasis, Status)


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One reader as the file has it.

    address:     as it travels: the domain in its ASCII form, lower-cased
    address_key: what tells two readers apart
    first_name, consent_source: empty where the file has none
    timezone:    an IANA name, the default one where the file has none
    attributes:  the further columns that have a value, in the file's order
    """

    line: int
    address: str
    address_key: str
    first_name: str
    timezone: str
    consent_basis: ConsentBasis
    consent_source: str
    consent_on: date
    subscribed: bool
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken, by its first line in the file, and everything wrong with it."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ReadersFile:
    """What a file holds.

    name:    what the file is called in texts
    fields:  the further columns, as templates may name them
    rows:    one a reader, in the file's order
    left:    address keys of those who say `unsubscribed` in a refused row and stand in no other:
             they are not loaded, but whoever is known by such a key has left
    """

    name: str
    fields: tuple[str, ...]
    rows: tuple[ReaderRow, ...]
    refused: tuple[Refusal, ...]
    remarks: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def subscribed_count(self) -> int:
        return sum(row.subscribed for row in self.rows)


def normal_address(text: str) -> str:
    """Return an address in the form in which it travels. Raises ValueError, whose text names no address."""
    try:
        address = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(str(error).rstrip(".")) from None
    return address.ascii_email or address.normalized


def address_key(address: str) -> str:
    """Return what an address is known by: two spellings of one mailbox have the same key."""
    return address.casefold()


def read_readers(path: Path, *, default_zone: str, now: datetime, name: str | None = None) -> ReadersFile:
    """Return what the file holds: every row that can be used, and why the others cannot.

    default_zone: the IANA zone of readers who name none
    now:          the instant that consent may not be later than
    name:         what the file is called in texts; its bare name by default
    Raises WorkspaceError for a file that cannot be read as a whole, every problem in it at once.
    """
    shown = name or path.name
    latest_date = (as_instant(now) + _EARLIEST_ZONE).date()
    reader = _RowReader(default_zone=default_zone, latest_date=latest_date)
    collected = _Collection()
    with open_csv(path, name=shown) as table:
        if faults := _missing_columns(table.columns):
            raise WorkspaceError([Problem(shown, table.header_line, 1, text) for text in faults])
        for row in table.rows():
            if isinstance(row, BrokenRow):
                collected.refuse(row.line, row.text)
            else:
                reader.read(row, collected)
        signs = ", ".join(table.signs)
        fields = tuple(column for column in table.columns if column not in COLUMNS)
    remarks = (f"{shown}: saved by Excel ({signs}): read all the same",) if signs else ()
    return collected.finish(shown, fields, remarks)


@dataclass(slots=True)
class _Collection:
    """What has been read so far; a row is known by its address, and leaving is never forgotten."""

    rows: dict[str, ReaderRow] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    leaving: dict[str, None] = field(default_factory=dict)

    def refuse(self, line: int, text: str) -> None:
        self.refused.append(Refusal(line, text))

    def add(self, row: ReaderRow) -> None:
        if first := self.rows.get(row.address_key):
            counts = "" if row.subscribed else "; its 'unsubscribed' counts"
            self.refuse(
                row.line, f"email stands in line {first.line} already: keep one of the two rows{counts}"
            )
        else:
            self.rows[row.address_key] = row

    def finish(self, name: str, fields: tuple[str, ...], remarks: tuple[str, ...]) -> ReadersFile:
        for key in self.leaving:
            if key in self.rows:
                self.rows[key] = replace(self.rows[key], subscribed=False)
        left = tuple(key for key in self.leaving if key not in self.rows)
        return ReadersFile(name, fields, tuple(self.rows.values()), tuple(self.refused), remarks, left)


class _RowReader:
    """Turns cells into readers. Remembers what it has found out about zones: they repeat."""

    def __init__(self, *, default_zone: str, latest_date: date) -> None:
        self._default_zone = default_zone
        self._latest_date = latest_date
        # `localtime` and `Factory` are files a system may have beside the zones; they name no place.
        self._zones = {name.casefold(): name for name in available_timezones() - {"localtime", "Factory"}}
        by_name = sorted(self._zones.items(), reverse=True)
        self._cities = {key.rpartition("/")[2]: name for key, name in by_name}
        self._zone_faults: dict[str, str] = {}

    def read(self, row: CsvRow, collected: _Collection) -> None:
        """Add one row to what is collected: as a reader, or as a refusal that tells every fault."""
        faults: list[str] = []

        def take(column: str, parse: Callable[[str], _T], otherwise: _T) -> _T:
            try:
                return parse(row.cells.get(column, ""))
            except ValueError as error:
                faults.append(f"{column} {error}")
                return otherwise

        address = take("email", _address, "")
        further = ((column, take(column, _text, "")) for column in row.cells if column not in COLUMNS)
        reader = ReaderRow(
            line=row.line,
            address=address,
            address_key=address_key(address),
            first_name=take("first_name", _first_name, ""),
            timezone=take("timezone", self._zone, ""),
            consent_basis=take("consent_basis", _basis, ConsentBasis.CONSENT),
            consent_source=take("consent_source", _source, ""),
            consent_on=take("consent_on", self._consent_on, date.min),
            subscribed=take("status", _status, Status.SUBSCRIBED) is Status.SUBSCRIBED,
            attributes=tuple((column, value) for column, value in further if value),
        )
        if address and not reader.subscribed:
            collected.leaving[reader.address_key] = None
        if faults:
            # A value over several lines is rarely meant: two stray quotes have made one row of many.
            span = [f"goes on to line {row.last_line}"] if row.last_line > row.line else []
            collected.refuse(row.line, "; ".join(span + faults))
        else:
            collected.add(reader)

    def _zone(self, text: str) -> str:
        if not text:
            return self._default_zone
        if self._zones.get(text.casefold()) == text:
            return text
        if text not in self._zone_faults:
            self._zone_faults[text] = self._zone_fault(text)
        raise ValueError(self._zone_faults[text])

    def _zone_fault(self, text: str) -> str:
        key = "_".join(text.casefold().split())
        meant = self._zones.get(key) or self._cities.get(key)
        if meant is None and len(self._zone_faults) < _GUESSES:
            close = get_close_matches(key, self._zones, n=1, cutoff=0.75)
            close_city = get_close_matches(key, self._cities, n=1, cutoff=0.8)
            meant = self._zones[close[0]] if close else self._cities[close_city[0]] if close_city else None
        hint = f"; did you mean {meant}?" if meant else ": write a name such as Europe/London"
        return f"{_quoted(text)} is no time zone{hint}"

    def _consent_on(self, text: str) -> date:
        if not text:
            raise ValueError("is empty: write the day of the consent, as in 2026-03-25")
        if not (match := _DATE.fullmatch(text)):
            raise ValueError(f"{_quoted(text)} is no date: write year-month-day, as in {_iso_guess(text)}")
        try:
            day = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            raise ValueError(f"{_quoted(text)} is no day of the calendar") from None
        if day > self._latest_date:
            raise ValueError(f"{text} lies in the future: write the day on which consent was given")
        return day


def _address(text: str) -> str:
    if not text:
        raise ValueError("is empty: every row needs an address")
    try:
        return normal_address(text)
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from None


def _first_name(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("holds a line break or an invisible control character: write the name alone")
    if len(text) > _LONGEST_NAME:
        raise ValueError(f"is longer than {_LONGEST_NAME} characters: write the name alone")
    return text


def _text(text: str) -> str:
    if any(found[0] not in _BREAKS for found in CONTROL.finditer(text)):
        raise ValueError("holds an invisible control character: take it out")
    return text


def _source(text: str) -> str:
    if len(text) > _LONGEST_SOURCE:
        raise ValueError(f"is longer than {_LONGEST_SOURCE} characters: say in short where it was given")
    return _text(text)


def _basis(text: str) -> ConsentBasis:
    known = f"write {', '.join(list(ConsentBasis)[:-1])} or {list(ConsentBasis)[-1]}"
    if not text:
        raise ValueError(f"is empty, and without consent nobody is written to: {known}")
    return _word(text, ConsentBasis, f"is no basis: {known}")


def _status(text: str) -> Status:
    if not text:
        return Status.SUBSCRIBED
    return _word(text, Status, "is no status: write subscribed or unsubscribed")


def _word(text: str, words: type[_Word], right: str) -> _Word:
    plain = "_".join(re.split(r"[\s_-]+", text.casefold()))
    for word in words:
        if plain == word:
            return word
    close = get_close_matches(plain, [word.value for word in words], n=1)
    raise ValueError(f"{_quoted(text)} {right}{f'; did you mean {close[0]}?' if close else ''}")


def _iso_guess(text: str) -> str:
    """Return a date with dots, always day first, in its ISO form; an example for anything else."""
    if match := _DOTTED_DATE.fullmatch(text):
        return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    return "2026-03-25"


def _quoted(text: str) -> str:
    """Return a short value for a text. What could be an address is never shown: columns get mixed up."""
    return "this" if "@" in text else f"'{CONTROL.sub('?', text)[:40]}'"


def _missing_columns(columns: tuple[str, ...]) -> list[str]:
    """Return a fault for every needed column that is absent, and for every known one that is misspelt.

    A misspelt `status` or `timezone` taken for an attribute would write to those who left, or at night.
    """
    faults = []
    further = [column for column in columns if column not in COLUMNS]
    for column in COLUMNS:
        if column in columns:
            continue
        if close := get_close_matches(column, further, n=1, cutoff=0.8):
            faults.append(f"unknown column '{close[0]}'; did you mean '{column}'? If not, name it less alike")
        elif column in _REQUIRED:
            faults.append(f"the column '{column}' is missing: needed are {', '.join(_REQUIRED)}")
    return faults
