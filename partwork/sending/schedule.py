"""When the parts of a campaign may go. Pure: no clock, no zone, no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TypeVar

from partwork.sending.phrases import (
    DAY_NAMES,
    DAYS_RIGHT,
    DEFAULT_LATENESS,
    EVERY_DAY,
    First,
    Interval,
    Lateness,
    Quiet,
    Unit,
    Weekdays,
    closest,
    day_list,
    parse_at,
    parse_days,
    parse_every,
    parse_first,
    parse_quiet,
    parse_too_late_after,
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the parts of one campaign go. Raises ValueError for fields that contradict each other.

    every, weekdays: exactly one of them is set
    at:              the subscriber's own wall clock; None exactly when `every` is minutes or hours
    days:            the only days on which anything goes
    """

    every: Interval | None = None
    weekdays: Weekdays | None = None
    at: time | None = None
    first: First = First.NEXT_SLOT
    days: Weekdays = EVERY_DAY
    quiet: Quiet | None = None
    too_late_after: Lateness = DEFAULT_LATENESS

    def __post_init__(self) -> None:
        faults = contradictions(
            every=self.every, weekdays=self.weekdays, at=self.at, days=self.days, quiet=self.quiet
        )
        if faults:
            raise ValueError("; ".join(text for _, text in faults))

    @property
    def pause(self) -> timedelta:
        """What lies at least between two parts: wall-clock days if there is a wall time."""
        return self.every.duration if self.every else timedelta(days=1)

    @property
    def slot_days(self) -> Weekdays:
        """The days that have a slot at the wall time."""
        return self.days if self.weekdays is None else self.days & self.weekdays

    def to_record(self) -> dict[str, str]:
        """Return the schedule as phrases, keys as in a campaign file; `from_record` gives it back."""
        record = {
            "first": self.first.value,
            "days": day_list(self.days),
            "too_late_after": str(self.too_late_after),
        }
        if self.every:
            record["every"] = str(self.every)
        if self.weekdays:
            record["weekdays"] = day_list(self.weekdays)
        if self.at:
            record["at"] = f"{self.at:%H:%M}"
        if self.quiet:
            record["quiet"] = str(self.quiet)
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, str]) -> Schedule:
        """Return the schedule behind `to_record`. Raises ValueError for anything that is none."""
        schedule, faults = read_schedule(record)
        if schedule is None:
            raise ValueError("; ".join(f"{key}: {text}" for key, text in faults))
        return schedule


def read_schedule(phrases: Mapping[str, object]) -> tuple[Schedule | None, tuple[tuple[str, str], ...]]:
    """Return the schedule that `phrases` (a campaign file's, by key) say, and every fault as (key, text).

    The schedule is None exactly when there is a fault.
    """
    reading = _Reading(phrases)
    every = reading.take("every", parse_every)
    weekdays = reading.take("weekdays", parse_days)
    at = reading.take("at", parse_at)
    first = reading.take("first", parse_first) or First.NEXT_SLOT
    days = reading.take("days", parse_days) or EVERY_DAY
    quiet = reading.take("quiet", parse_quiet)
    lateness = reading.take("too_late_after", parse_too_late_after) or DEFAULT_LATENESS
    reading.refuse_the_rest()
    # What could not be read counts as absent here, and what follows from that is no second fault.
    unread = reading.unread | ({"every"} if "weekdays" in reading.unread else set())
    crossed = contradictions(every=every, weekdays=weekdays, at=at, days=days, quiet=quiet)
    faults = (*reading.faults, *(fault for fault in crossed if fault[0] not in unread))
    if faults:
        return None, faults
    schedule = Schedule(
        every=every,
        weekdays=weekdays,
        at=at,
        first=first,
        days=days,
        quiet=quiet,
        too_late_after=lateness,
    )
    return schedule, ()


def contradictions(
    *,
    every: Interval | None,
    weekdays: Weekdays | None,
    at: time | None,
    days: Weekdays,
    quiet: Quiet | None,
) -> list[tuple[str, str]]:
    """Return what is missing or does not go together, each as (key, what would be right)."""
    faults = []
    if every is None and weekdays is None:
        faults.append(("every", "how often is missing: write 'every: 3 days' or 'weekdays: mon, thu'"))
    elif every and weekdays is not None:
        faults.append(("weekdays", "'every' and 'weekdays' exclude each other: keep one of them"))
    elif every and every.unit is not Unit.DAYS:
        if at:
            text = f"'every: {every}' counts from the last part and has no wall time: leave 'at' out"
            faults.append(("at", f"{text}, or count in days"))
    elif at is None:
        faults.append(("at", "the hour is missing: write it as the reader's clock shows it, as in '09:00'"))
    if not days or weekdays == frozenset():
        faults.append(("days" if not days else "weekdays", f"no day is left: {DAYS_RIGHT}"))
    elif weekdays and not weekdays & days:
        text = f"'days' ({day_list(days)}) allows none of {day_list(weekdays)}"
        faults.append(("weekdays", f"{text}: add one of them to 'days', or leave 'days' out"))
    if quiet and quiet.start == quiet.end:
        faults.append(("quiet", f"{quiet} covers the whole day: leave some hours to send in"))
    elif quiet and at and quiet.covers(at):
        text = f"{at:%H:%M} lies within the quiet hours {quiet}"
        faults.append(("at", f"{text}: move one of them ({quiet.end:%H:%M} would do)"))
    return faults


def in_words(schedule: Schedule) -> str:
    """Return a person's reading: `every 3 days at 09:00, Monday to Friday, never between 20:00 and 08:00`."""
    if schedule.weekdays is None:
        rhythm = "every day" if schedule.every == Interval(1, Unit.DAYS) else f"every {schedule.every}"
    else:
        rhythm = f"on {_listed(f'{DAY_NAMES[day].title()}s' for day in sorted(schedule.slot_days))}"
    pieces = [f"{rhythm} at {schedule.at:%H:%M}" if schedule.at else rhythm]
    if schedule.first is First.AT_ONCE:
        pieces[0] = f"the first at once, then {pieces[0]}"
    # The days of the week named above lie within `days`; only a first part that goes at once does not.
    if schedule.days != EVERY_DAY and (schedule.weekdays is None or schedule.first is First.AT_ONCE):
        pieces.append(_days_in_words(schedule.days))
    if schedule.quiet:
        pieces.append(f"never between {schedule.quiet.start:%H:%M} and {schedule.quiet.end:%H:%M}")
    return ", ".join(pieces)


@dataclass(slots=True)
class _Reading:
    """Phrases read key by key, the faults found on the way, and the keys those leave without a value."""

    phrases: Mapping[str, object]
    faults: list[tuple[str, str]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    _asked: list[str] = field(default_factory=list)

    def take(self, key: str, parse: Callable[[object], _T]) -> _T | None:
        self._asked.append(key)
        if key not in self.phrases:
            return None
        try:
            return parse(self.phrases[key])
        except ValueError as error:
            self.faults.append((key, str(error)))
            self.unread.add(key)
            return None

    def refuse_the_rest(self) -> None:
        for key in self.phrases:
            if key in self._asked:
                continue
            hint = ""
            if meant := closest(key, self._asked):
                hint = f"; did you mean '{meant}'?"
                self.unread.add(meant)
            keys = ", ".join(self._asked)
            self.faults.append((key, f"unknown key '{key}'{hint or '.'} The keys here are: {keys}"))


def _days_in_words(days: Weekdays) -> str:
    """Return `Monday to Friday` where the days are three or more in a row, else their names."""
    starts = [day for day in sorted(days) if (day - 1) % 7 not in days]
    if len(starts) == 1 and len(days) > 2:
        last = (starts[0] + len(days) - 1) % 7
        return f"{DAY_NAMES[starts[0]].title()} to {DAY_NAMES[last].title()}"
    return _listed(DAY_NAMES[day].title() for day in sorted(days))


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
