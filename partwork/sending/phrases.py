"""The words of a schedule, as staff write them: days, intervals, hours. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from typing import TypeAlias

Weekdays: TypeAlias = frozenset[int]
"""Days of the week as `date.weekday()` numbers them: Monday is 0."""

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_NAMES = tuple(name[:3] for name in DAY_NAMES)
_DAY_HINTS = {
    "weekdays": "mon-fri",
    "workdays": "mon-fri",
    "working days": "mon-fri",
    "weekend": "sat, sun",
    "weekends": "sat, sun",
    "daily": "mon-sun",
    "every day": "mon-sun",
    "all": "mon-sun",
}
_LONGEST = timedelta(days=366)

_INTERVAL = re.compile(r"(\d{1,6}) ?([a-z]+)")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_ALMOST_TIME = re.compile(r"(\d{1,2})(?:[.:h ]?([0-5]\d))?(?::00)? ?(?:([ap])\.?m\.?|h|uhr)?")
_DASH = re.compile(r" ?[-\u2010-\u2015] ?| to ")
_COMMA = re.compile(r" ?[,;&] ?| and ")
_THEN = re.compile(r" ?,? ?\bthen\b ?")

DAYS_RIGHT = "write names or ranges of days, as in 'mon-fri' or 'mon, wed, fri'"


class First(StrEnum):
    """When the first part goes: at the first slot, or as soon as `days` and `quiet` allow."""

    NEXT_SLOT = "next slot"
    AT_ONCE = "at once"


class Unit(StrEnum):
    """What an interval counts. Days between parts are wall-clock days; the others are absolute."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


class IfLate(StrEnum):
    """What becomes of a part too late for its slot."""

    WAIT = "wait"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Interval:
    """A number of minutes, hours or days, 1 or more. Its text is the phrase staff would write."""

    count: int
    unit: Unit

    @property
    def duration(self) -> timedelta:
        match self.unit:
            case Unit.MINUTES:
                return timedelta(minutes=self.count)
            case Unit.HOURS:
                return timedelta(hours=self.count)
            case Unit.DAYS:
                return timedelta(days=self.count)

    def __str__(self) -> str:
        return f"{self.count} {self.unit.removesuffix('s') if self.count == 1 else self.unit}"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Wall times at which nothing goes: from `start` up to, but not including, `end`.

    An end before the start lies on the next day; an end at the start covers the whole day.
    """

    start: time
    end: time

    def covers(self, wall_time: time) -> bool:
        if self.start < self.end:
            return self.start <= wall_time < self.end
        return wall_time >= self.start or wall_time < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long after its due instant a part may still go, and what becomes of it then."""

    after: Interval
    then: IfLate

    def __str__(self) -> str:
        return f"{self.after}, then {self.then}"


EVERY_DAY: Weekdays = frozenset(range(7))
DEFAULT_LATENESS = Lateness(Interval(36, Unit.HOURS), IfLate.WAIT)


def parse_first(phrase: object) -> First:
    """Read `next slot` or `at once`. Raises ValueError saying what would be right."""
    text = _plain(phrase)
    for first in First:
        if text == first.value:
            return first
    meant = "at once" if text in ("now", "immediately", "today") else closest(text, First)
    raise _refusal(phrase, "is no way to start: write 'next slot' or 'at once'", meant)


def parse_every(phrase: object) -> Interval:
    """Read `3 days`, `90 minutes`, `1 hour`. Raises ValueError saying what would be right."""
    text = _plain(phrase)
    if "weekdays" in text or _names_days(text):
        days = text if _names_days(text) else "mon, thu"
        raise _refusal(phrase, f"names days: write 'weekdays: {days}' in place of 'every'")
    return _interval(phrase, text)


def parse_at(phrase: object) -> time:
    """Read a wall time, `09:00` or `9:00`. Raises ValueError saying what would be right."""
    text = _plain(phrase)
    if match := _TIME.fullmatch(text):
        return time(int(match[1]), int(match[2]))
    right = "is no time of day: write hours and minutes in quotes, as in '09:00'"
    raise _refusal(phrase, right, _almost_time(text))


def parse_days(phrase: object) -> Weekdays:
    """Read days of the week: `mon-fri`, `fri-mon`, `mon, wed, fri`, or a list of such.

    Names may be short or full, in any case. Raises ValueError saying what would be right.
    """
    if isinstance(phrase, list | tuple):
        phrase = ", ".join(str(item) for item in phrase)
    text = _plain(phrase)
    if not text or text in _DAY_HINTS:
        raise _refusal(phrase, f"names no days: {DAYS_RIGHT}", _DAY_HINTS.get(text))
    found: set[int] = set()
    for piece in _COMMA.split(text):
        start, *rest = (_day(name) for name in _DASH.split(piece))
        if len(rest) > 1:
            raise _refusal(piece, f"is no range of days: {DAYS_RIGHT}")
        last = rest[0] if rest else start
        found.update((start + step) % 7 for step in range((last - start) % 7 + 1))
    return frozenset(found)


def parse_quiet(phrase: object) -> Quiet:
    """Read `20:00-08:00`. Raises ValueError saying what would be right."""
    right = "is no span of hours: write start and end, as in '20:00-08:00'"
    pieces = _DASH.split(_plain(phrase))
    if len(pieces) != 2:
        raise _refusal(phrase, right)
    start, end = (_TIME.fullmatch(piece) for piece in pieces)
    if start and end:
        return Quiet(time(int(start[1]), int(start[2])), time(int(end[1]), int(end[2])))
    guesses = [_almost_time(piece) for piece in pieces]
    raise _refusal(phrase, right, "-".join(guess for guess in guesses if guess) if all(guesses) else None)


def parse_too_late_after(phrase: object) -> Lateness:
    """Read `36 hours, then wait` or `…, then expire`. Raises ValueError saying what would be right."""
    interval, *rest = _THEN.split(_plain(phrase))
    right = "does not say what then: write an interval and 'then wait' or 'then expire'"
    if not interval:
        raise _refusal(phrase, f"{right}, as in '{DEFAULT_LATENESS}'")
    after = _interval(phrase, interval)
    if len(rest) == 1 and rest[0] in list(IfLate):
        return Lateness(after, IfLate(rest[0]))
    meant = closest(" ".join(rest), IfLate) or IfLate.WAIT
    raise _refusal(phrase, f"{right}, as in '{after}, then {meant}'")


def day_list(days: Weekdays) -> str:
    """Return the days as `parse_days` reads them."""
    return ", ".join(_SHORT_NAMES[day] for day in sorted(days))


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` that was probably meant, None without an idea."""
    return next(iter(difflib.get_close_matches(word, [str(each) for each in words], n=1)), None)


def _plain(phrase: object) -> str:
    """Return a phrase lower-cased with single spaces, '' for nothing; numbers as they were written."""
    return " ".join(str(phrase).split()).casefold() if phrase is not None else ""


def _refusal(phrase: object, right: str, meant: str | None = None) -> ValueError:
    said = "an empty value" if not _plain(phrase) else f"'{' '.join(str(phrase).split())[:60]}'"
    return ValueError(f"{said} {right}{f'; did you mean {meant}?' if meant else ''}")


def _interval(phrase: object, text: str) -> Interval:
    match = _INTERVAL.fullmatch(text)
    unit = next((unit for unit in Unit if match and match[2] in (unit, unit.removesuffix("s"))), None)
    if not match or unit is None:
        right = "is no interval: write a number and minutes, hours or days"
        raise _refusal(phrase, f"{right}, as in '{_almost_interval(text)}'")
    interval = Interval(int(match[1]), unit)
    if not timedelta() < interval.duration <= _LONGEST:
        raise _refusal(phrase, f"cannot be kept: write 1 minute or more, {_LONGEST.days} days at most")
    return interval


def _almost_interval(text: str) -> Interval:
    """Return what was probably meant by a phrase that is no interval; three days for want of an idea."""
    match = re.fullmatch(r"(\d{1,3})? ?([a-z]*)", text)
    if not match:
        return Interval(3, Unit.DAYS)
    count, word = int(match[1] or 1) or 1, match[2]
    if word.startswith("week"):
        return Interval(min(7 * count, _LONGEST.days), Unit.DAYS)
    for unit in Unit:
        if word and unit.startswith(word):
            return Interval(count, unit)
    meant = closest(word, Unit)
    return Interval(count, Unit(meant)) if meant else Interval(count if match[1] else 3, Unit.DAYS)


def _almost_time(text: str) -> str | None:
    """Return the wall time probably meant by `9am`, `9.00`, `0900` or `24:00`, None without an idea."""
    if not (match := _ALMOST_TIME.fullmatch(text)):
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    if (hour, minute) == (24, 0):
        hour = 0
    return f"{hour:02}:{minute:02}" if hour < 24 else None


def _day(name: str) -> int:
    word = name.rstrip(".")
    singular = word.removesuffix("s") if word.endswith("days") else word
    for day, full in enumerate(DAY_NAMES):
        if len(singular) >= 3 and full.startswith(singular):
            return day
    meant = closest(word, (*DAY_NAMES, *_SHORT_NAMES))
    right = "is no day of the week"
    raise _refusal(name, right, meant) if meant else _refusal(name, f"{right}: {DAYS_RIGHT}")


def _names_days(text: str) -> bool:
    try:
        return bool(parse_days(text))
    except ValueError:
        return False
