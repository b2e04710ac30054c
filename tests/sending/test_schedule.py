"""What staff may write in a schedule, and what they are told when it cannot be read."""

from __future__ import annotations

import json
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partwork.sending.phrases import (
    EVERY_DAY,
    First,
    IfLate,
    Interval,
    Lateness,
    Quiet,
    Unit,
    Weekdays,
    parse_at,
    parse_days,
    parse_every,
    parse_first,
    parse_quiet,
    parse_too_late_after,
)
from partwork.sending.schedule import Schedule, in_words, read_schedule

SAMPLE = {
    "first": "next slot",
    "every": "3 days",
    "at": "09:00",
    "days": "mon-fri",
    "quiet": "20:00-08:00",
    "too_late_after": "36 hours, then wait",
}
SAMPLE_SCHEDULE = Schedule(
    every=Interval(3, Unit.DAYS),
    at=time(9),
    days=frozenset({0, 1, 2, 3, 4}),
    quiet=Quiet(time(20), time(8)),
)


@pytest.mark.parametrize(
    ("phrase", "meaning"),
    [
        ("3 days", Interval(3, Unit.DAYS)),
        ("1 day", Interval(1, Unit.DAYS)),
        ("  90   Minutes ", Interval(90, Unit.MINUTES)),
        ("1hour", Interval(1, Unit.HOURS)),
    ],
)
def test_an_interval_is_a_number_and_a_unit(phrase: str, meaning: Interval) -> None:
    assert parse_every(phrase) == meaning


@pytest.mark.parametrize(
    ("phrase", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("fri-mon", {4, 5, 6, 0}),
        ("mon,wed,fri", {0, 2, 4}),
        ("Monday – FRIDAY", {0, 1, 2, 3, 4}),
        ("tues, thurs and sun", {1, 3, 6}),
        ("Sat to Sun, wed", {5, 6, 2}),
        ("thu", {3}),
        ("mon-sun", set(range(7))),
        ("wed-tue", set(range(7))),
        ("mondays; Thu.", {0, 3}),
        (["mon", "Thu-Fri"], {0, 3, 4}),
    ],
)
def test_days_are_names_ranges_and_lists_in_any_case(phrase: object, days: set[int]) -> None:
    assert parse_days(phrase) == days


@pytest.mark.parametrize(
    ("phrase", "meaning"), [("09:00", time(9)), ("9:05", time(9, 5)), ("23:59", time(23, 59))]
)
def test_a_wall_time_has_hours_and_minutes(phrase: str, meaning: time) -> None:
    assert parse_at(phrase) == meaning


@pytest.mark.parametrize("phrase", ["20:00-08:00", "20:00 – 8:00", "20:00 to 08:00"])
def test_quiet_hours_are_a_span_that_may_cross_midnight(phrase: str) -> None:
    quiet = parse_quiet(phrase)
    assert quiet == Quiet(time(20), time(8))
    assert [quiet.covers(time(hour)) for hour in (19, 20, 23, 0, 7, 8)] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]


def test_quiet_hours_within_a_day_end_at_their_end() -> None:
    quiet = parse_quiet("12:00-14:00")
    assert [quiet.covers(time(hour)) for hour in (11, 12, 13, 14, 0)] == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("phrase", "meaning"),
    [
        ("36 hours, then wait", Lateness(Interval(36, Unit.HOURS), IfLate.WAIT)),
        ("2 days then Expire", Lateness(Interval(2, Unit.DAYS), IfLate.EXPIRE)),
    ],
)
def test_lateness_is_an_interval_and_what_then(phrase: str, meaning: Lateness) -> None:
    assert parse_too_late_after(phrase) == meaning


@pytest.mark.parametrize(("phrase", "meaning"), [("next slot", First.NEXT_SLOT), ("At once", First.AT_ONCE)])
def test_the_first_part_goes_at_the_next_slot_or_at_once(phrase: str, meaning: First) -> None:
    assert parse_first(phrase) is meaning


INTERVAL = "is no interval: write a number and minutes, hours or days, as in"
DAYS = "write names or ranges of days, as in 'mon-fri' or 'mon, wed, fri'"
TIME = "is no time of day: write hours and minutes in quotes, as in '09:00'"
SPAN = "is no span of hours: write start and end, as in '20:00-08:00'"
THEN = "does not say what then: write an interval and 'then wait' or 'then expire', as in"


@pytest.mark.parametrize(
    ("key", "phrase", "text"),
    [
        ("every", "3 dasy", f"'3 dasy' {INTERVAL} '3 days'"),
        ("every", "12 huors", f"'12 huors' {INTERVAL} '12 hours'"),
        ("every", "90 min", f"'90 min' {INTERVAL} '90 minutes'"),
        ("every", "2 weeks", f"'2 weeks' {INTERVAL} '14 days'"),
        ("every", "daily", f"'daily' {INTERVAL} '1 day'"),
        ("every", "three days", f"'three days' {INTERVAL} '3 days'"),
        ("every", 5, f"'5' {INTERVAL} '5 days'"),
        ("every", None, f"an empty value {INTERVAL} '3 days'"),
        ("every", "-3 days", f"'-3 days' {INTERVAL} '3 days'"),
        ("every", "0 days", "'0 days' cannot be kept: write 1 minute or more, 366 days at most"),
        ("every", "367 days", "'367 days' cannot be kept: write 1 minute or more, 366 days at most"),
        ("every", "mon, thu", "'mon, thu' names days: write 'weekdays: mon, thu' in place of 'every'"),
        (
            "every",
            "weekdays: tue",
            "'weekdays: tue' names days: write 'weekdays: mon, thu' in place of 'every'",
        ),
        ("days", "moday", "'moday' is no day of the week; did you mean monday?"),
        ("days", "mon-firday", "'firday' is no day of the week; did you mean friday?"),
        ("days", "xyz", f"'xyz' is no day of the week: {DAYS}"),
        ("days", "mon,,tue", f"an empty value is no day of the week: {DAYS}"),
        ("days", "mon-wed-fri", f"'mon-wed-fri' is no range of days: {DAYS}"),
        ("days", "weekdays", f"'weekdays' names no days: {DAYS}; did you mean mon-fri?"),
        ("days", None, f"an empty value names no days: {DAYS}"),
        ("days", [], f"an empty value names no days: {DAYS}"),
        ("days", 5, f"'5' is no day of the week: {DAYS}"),
        ("at", "9am", f"'9am' {TIME}; did you mean 09:00?"),
        ("at", "9.30 pm", f"'9.30 pm' {TIME}; did you mean 21:30?"),
        ("at", "12 a.m.", f"'12 a.m.' {TIME}; did you mean 00:00?"),
        ("at", "24:00", f"'24:00' {TIME}; did you mean 00:00?"),
        ("at", "09:00:00", f"'09:00:00' {TIME}; did you mean 09:00?"),
        ("at", 900, f"'900' {TIME}; did you mean 09:00?"),
        ("at", "25:00", f"'25:00' {TIME}"),
        ("at", "9:60", f"'9:60' {TIME}"),
        ("at", True, f"'True' {TIME}"),
        ("at", None, f"an empty value {TIME}"),
        ("quiet", "8pm-8am", f"'8pm-8am' {SPAN}; did you mean 20:00-08:00?"),
        ("quiet", "22:00-24:00", f"'22:00-24:00' {SPAN}; did you mean 22:00-00:00?"),
        ("quiet", "20:00", f"'20:00' {SPAN}"),
        ("quiet", "20:00-late", f"'20:00-late' {SPAN}"),
        ("quiet", None, f"an empty value {SPAN}"),
        ("too_late_after", "36 hours", f"'36 hours' {THEN} '36 hours, then wait'"),
        ("too_late_after", "2 days, then expier", f"'2 days, then expier' {THEN} '2 days, then expire'"),
        ("too_late_after", "36 huors, then wait", f"'36 huors, then wait' {INTERVAL} '36 hours'"),
        ("too_late_after", "then wait", f"'then wait' {THEN} '36 hours, then wait'"),
        ("too_late_after", 36, f"'36' {INTERVAL} '36 days'"),
        ("too_late_after", None, f"an empty value {THEN} '36 hours, then wait'"),
        ("first", "now", "'now' is no way to start: write 'next slot' or 'at once'; did you mean at once?"),
        (
            "first",
            "nxt slot",
            "'nxt slot' is no way to start: write 'next slot' or 'at once'; did you mean next slot?",
        ),
        ("first", None, "an empty value is no way to start: write 'next slot' or 'at once'"),
    ],
)
def test_a_phrase_that_cannot_be_read_is_answered_with_what_would_be_right(
    key: str, phrase: object, text: str
) -> None:
    assert read_schedule({**SAMPLE, key: phrase}) == (None, ((key, text),))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            {"every": "3 days", "at": "absent"},
            ("at", "the hour is missing: write it as the reader's clock shows it, as in '09:00'"),
        ),
        (
            {"every": "90 minutes"},
            (
                "at",
                "'every: 90 minutes' counts from the last part and has no wall time: "
                "leave 'at' out, or count in days",
            ),
        ),
        (
            {"at": "21:30"},
            ("at", "21:30 lies within the quiet hours 20:00-08:00: move one of them (08:00 would do)"),
        ),
        (
            {"every": "absent", "weekdays": "sat, sun"},
            (
                "weekdays",
                "'days' (mon, tue, wed, thu, fri) allows none of sat, sun: "
                "add one of them to 'days', or leave 'days' out",
            ),
        ),
        (
            {"quiet": "09:00-09:00"},
            ("quiet", "09:00-09:00 covers the whole day: leave some hours to send in"),
        ),
        ({"weekdays": "mon"}, ("weekdays", "'every' and 'weekdays' exclude each other: keep one of them")),
        (
            {"every": "absent"},
            ("every", "how often is missing: write 'every: 3 days' or 'weekdays: mon, thu'"),
        ),
        (
            {"dyas": "mon-fri"},
            (
                "dyas",
                "unknown key 'dyas'; did you mean 'days'? "
                "The keys here are: every, weekdays, at, first, days, quiet, too_late_after",
            ),
        ),
    ],
)
def test_phrases_that_contradict_each_other_are_answered_at_their_key(
    change: dict[str, str], fault: tuple[str, str]
) -> None:
    phrases = {key: phrase for key, phrase in (SAMPLE | change).items() if phrase != "absent"}
    assert read_schedule(phrases) == (None, (fault,))


def test_every_fault_is_told_at_once() -> None:
    schedule, faults = read_schedule(
        {"every": "3 dasy", "at": "9am", "days": "moday", "quiet": "08:00-08:00"}
    )
    assert schedule is None
    assert [key for key, _ in faults] == ["every", "at", "days", "quiet"]


@pytest.mark.parametrize("phrases", [{"evry": "3 days", "at": "09:00"}, {"weekdays": "moday", "at": "09:00"}])
def test_a_misspelt_rhythm_is_one_fault_and_not_also_a_missing_one(phrases: dict[str, str]) -> None:
    _, faults = read_schedule(phrases)
    assert len(faults) == 1


def test_the_sample_is_read_whole() -> None:
    assert read_schedule(SAMPLE) == (SAMPLE_SCHEDULE, ())


def test_what_is_left_out_means_every_day_no_quiet_and_waiting_after_thirty_six_hours() -> None:
    schedule, _ = read_schedule({"every": "1 day", "at": "9:00"})
    assert schedule == Schedule(
        every=Interval(1, Unit.DAYS),
        at=time(9),
        first=First.NEXT_SLOT,
        days=EVERY_DAY,
        quiet=None,
        too_late_after=Lateness(Interval(36, Unit.HOURS), IfLate.WAIT),
    )


def test_lateness_is_counted_in_hours_that_pass() -> None:
    assert SAMPLE_SCHEDULE.too_late_after.after.duration == timedelta(hours=36)


@pytest.mark.parametrize("weekdays", [None, frozenset[int]()])
def test_a_schedule_that_could_never_send_cannot_be_made(weekdays: Weekdays | None) -> None:
    with pytest.raises(ValueError, match="no day is left"):
        Schedule(
            every=None if weekdays is not None else Interval(1, Unit.DAYS),
            weekdays=weekdays,
            at=time(9),
            days=EVERY_DAY if weekdays is not None else frozenset(),
        )


@pytest.mark.parametrize(
    ("phrases", "words"),
    [
        (SAMPLE, "every 3 days at 09:00, Monday to Friday, never between 20:00 and 08:00"),
        ({"every": "1 day", "at": "07:30"}, "every day at 07:30"),
        ({"every": "1 hour"}, "every 1 hour"),
        ({"every": "90 minutes", "days": "fri-mon"}, "every 90 minutes, Friday to Monday"),
        (
            {"every": "2 days", "at": "09:00", "days": "mon,wed,fri"},
            "every 2 days at 09:00, Monday, Wednesday and Friday",
        ),
        ({"weekdays": "mon, thu", "at": "09:00"}, "on Mondays and Thursdays at 09:00"),
        ({"weekdays": "mon, sat", "at": "09:00", "days": "mon-fri"}, "on Mondays at 09:00"),
        (
            {"first": "at once", "weekdays": "mon, thu", "at": "09:00", "days": "mon-fri"},
            "the first at once, then on Mondays and Thursdays at 09:00, Monday to Friday",
        ),
    ],
)
def test_a_schedule_can_be_said_in_words(phrases: dict[str, str], words: str) -> None:
    schedule, _ = read_schedule(phrases)
    assert schedule is not None
    assert in_words(schedule) == words


def test_a_record_that_is_no_schedule_is_refused_with_its_key() -> None:
    with pytest.raises(ValueError, match="at: 'noon' is no time of day"):
        Schedule.from_record({"every": "1 day", "at": "noon"})


minutes_of_day = st.builds(time, st.integers(0, 23), st.integers(0, 59))
day_sets = st.frozensets(st.integers(0, 6), min_size=1)
spans = st.none() | st.builds(Quiet, minutes_of_day, minutes_of_day).filter(
    lambda each: each.start != each.end
)
latenesses = st.builds(
    Lateness, st.builds(Interval, st.integers(1, 366), st.sampled_from(Unit)), st.sampled_from(IfLate)
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    quiet, days, first, lateness = draw(spans), draw(day_sets), draw(st.sampled_from(First)), draw(latenesses)
    elapsed = st.builds(Interval, st.integers(1, 8000), st.sampled_from([Unit.MINUTES, Unit.HOURS]))
    every = draw(elapsed | st.builds(Interval, st.integers(1, 366), st.just(Unit.DAYS)) | st.none())
    weekdays = None if every else draw(day_sets.filter(lambda each: bool(each & days)))
    is_wall = every is None or every.unit is Unit.DAYS
    at = draw(minutes_of_day.filter(lambda each: not (quiet and quiet.covers(each)))) if is_wall else None
    return Schedule(
        every=every, weekdays=weekdays, at=at, first=first, days=days, quiet=quiet, too_late_after=lateness
    )


@settings(deadline=None, database=None)
@given(schedules())
def test_a_schedule_comes_back_from_its_record_through_json(schedule: Schedule) -> None:
    record = json.loads(json.dumps(schedule.to_record()))
    assert Schedule.from_record(record) == schedule
    assert in_words(schedule)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
nearly = st.text(alphabet="0123456789:-, andmonfrithe hours", max_size=25)


@settings(deadline=None, database=None, max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(["every", "weekdays", "at", "first", "days", "quiet", "too_late_after", "other"]),
        scalars | nearly | st.lists(scalars, max_size=3) | st.dictionaries(st.text(), scalars, max_size=2),
    )
)
def test_whatever_stands_in_a_file_is_a_schedule_or_a_fault_in_one_line(phrases: dict[str, object]) -> None:
    schedule, faults = read_schedule(phrases)
    assert (schedule is None) == bool(faults)
    assert all(text and "\n" not in text for _, text in faults)
