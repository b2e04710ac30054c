"""The calendar, held against every zone's own clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partwork.sending.calendar import first_due, next_due, next_slot, postponed
from partwork.sending.phrases import EVERY_DAY, First, Interval, Quiet, Unit
from partwork.sending.schedule import Schedule

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))
NIGHT = Quiet(time(20), time(8))


@dataclass(frozen=True)
class Edge:
    """One change of a zone's clocks."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def gap(self) -> timedelta:
        """What the clocks skip; negative if they repeat."""
        return self.after - self.before


def offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    found = instant.astimezone(zone).utcoffset()
    assert found is not None
    return found


def wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


@cache
def edges(zone: ZoneInfo, start: datetime = START, end: datetime = END) -> tuple[Edge, ...]:
    """Every change between two instants, found by looking at the clocks once a week."""
    found = []
    left = start
    while left < end:
        right = left + 7 * DAY
        if offset(left, zone) != offset(right, zone):
            low, high = left, right
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle, zone) == offset(left, zone) else (low, middle)
            change = high.replace(microsecond=0)
            found.append(Edge(change, offset(left, zone), offset(right, zone)))
        left = right
    return tuple(found)


@cache
def zones_by_rules() -> dict[tuple[timedelta, tuple[Edge, ...]], list[str]]:
    """Every zone there is, those with the same ten years side by side."""
    groups: dict[tuple[timedelta, tuple[Edge, ...]], list[str]] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        groups.setdefault((offset(START, zone), edges(zone)), []).append(name)
    return groups


def showings(moment: datetime, zone: ZoneInfo) -> list[datetime]:
    """Every instant at which the clocks show this wall time, found without `fold`."""
    offsets = {offset(START, zone)} | {edge.after for edge in edges(zone)}
    candidates = (moment.replace(tzinfo=UTC) - each for each in offsets)
    return sorted(instant for instant in candidates if wall(instant, zone) == moment)


def is_open(schedule: Schedule, shown: datetime) -> bool:
    is_quiet = schedule.quiet is not None and schedule.quiet.covers(shown.time())
    return shown.weekday() in schedule.days and not is_quiet


def assert_is_the_first_slot(
    schedule: Schedule, zone: ZoneInfo, *, found: datetime, earliest: datetime
) -> None:
    assert found.tzinfo is UTC
    assert found >= earliest
    shown = wall(found, zone)
    assert schedule.at is not None
    assert shown.weekday() in schedule.slot_days
    assert is_open(schedule, shown)
    if shown.time() == schedule.at:
        assert found == showings(shown, zone)[0]
    else:
        assert_is_moved_by_a_gap(shown, schedule.at, zone)
    day = wall(earliest, zone).date()
    while day < shown.date():
        times = showings(datetime.combine(day, schedule.at), zone)
        if times and day.weekday() in schedule.slot_days:
            assert times[0] < earliest, f"{day} had a slot"
        day += DAY


def assert_is_moved_by_a_gap(shown: datetime, at: time, zone: ZoneInfo) -> None:
    wanted = [datetime.combine(shown.date() - days * DAY, at) for days in (0, 1)]
    assert any(
        moment + edge.gap == shown and not showings(moment, zone) for edge in edges(zone) for moment in wanted
    )


def every(count: int, unit: Unit = Unit.DAYS) -> Interval:
    return Interval(count, unit)


def daily(at: str = "09:00", *, days: frozenset[int] = EVERY_DAY, quiet: Quiet | None = None) -> Schedule:
    return Schedule(every=every(1), at=time.fromisoformat(at), days=days, quiet=quiet)


def local(text: str, zone: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def shown(instant: datetime | None, zone: str) -> str | None:
    return instant.astimezone(ZoneInfo(zone)).isoformat(" ", "minutes") if instant else None


def wall_times_around(edge: Edge) -> Iterator[time]:
    start = edge.at.replace(tzinfo=None) + min(edge.before, edge.after)
    for moment in (timedelta(minutes=-30), timedelta(), abs(edge.gap) / 2, abs(edge.gap)):
        yield (start + moment).time().replace(second=0, microsecond=0)


def test_every_zone_of_the_list_is_looked_at() -> None:
    groups = zones_by_rules()
    assert sum(map(len, groups.values())) == len(available_timezones()) > 500
    assert sum(len(changes) for _, changes in groups) > 500


def test_over_every_change_of_every_zone_a_daily_part_keeps_its_wall_time_and_comes_once_a_day() -> None:
    for (_, changes), (name, *_) in zones_by_rules().items():
        zone = ZoneInfo(name)
        for edge in changes:
            for at in wall_times_around(edge):
                schedule = Schedule(every=every(1), at=at)
                instant = next_slot(schedule, after=edge.at - 2 * DAY, zone=zone)
                for _ in range(4):
                    anchor, instant = instant, next_due(schedule, anchor=instant, zone=zone)
                    tomorrow = datetime.combine(wall(anchor, zone).date() + DAY, time(0))
                    earliest = showings(tomorrow, zone)[0] if showings(tomorrow, zone) else anchor + DAY / 2
                    assert_is_the_first_slot(schedule, zone, found=instant, earliest=earliest)
                    moved_past_midnight = wall(instant, zone).time() < at
                    assert wall(instant, zone).date() == wall(anchor, zone).date() + DAY * (
                        1 + moved_past_midnight
                    )


def test_over_every_change_of_every_zone_a_slot_is_the_first_one_allowed_and_never_in_the_second_pass() -> (
    None
):
    for (_, changes), (name, *_) in zones_by_rules().items():
        zone = ZoneInfo(name)
        for edge in changes:
            weekday = (edge.at + edge.after).weekday()
            for at in wall_times_around(edge):
                schedule = Schedule(weekdays=frozenset({weekday, (weekday + 3) % 7}), at=at)
                for minutes in (-150, -30, -1, 0, 1, 30, 150):
                    after = edge.at + timedelta(minutes=minutes)
                    found = next_slot(schedule, after=after, zone=zone)
                    assert_is_the_first_slot(schedule, zone, found=found, earliest=after)


zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
instants = st.datetimes(datetime(2020, 1, 2), datetime(2030, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
weekday_sets = st.frozensets(st.integers(0, 6), min_size=1)
wall_times = st.times().map(lambda each: each.replace(minute=each.minute // 5 * 5, second=0, microsecond=0))
quiets = st.none() | st.builds(Quiet, wall_times, wall_times).filter(lambda each: each.start != each.end)


@st.composite
def wall_schedules(draw: st.DrawFn) -> Schedule:
    quiet = draw(quiets)
    at = draw(wall_times.filter(lambda each: quiet is None or not quiet.covers(each)))
    days = draw(weekday_sets)
    first = draw(st.sampled_from(First))
    if draw(st.booleans()):
        return Schedule(every=every(draw(st.integers(1, 40))), at=at, first=first, days=days, quiet=quiet)
    weekdays = draw(weekday_sets.filter(lambda each: bool(each & days)))
    return Schedule(weekdays=weekdays, at=at, first=first, days=days, quiet=quiet)


@st.composite
def elapsed_schedules(draw: st.DrawFn) -> Schedule:
    interval = draw(st.builds(Interval, st.integers(1, 100), st.sampled_from([Unit.MINUTES, Unit.HOURS])))
    return Schedule(
        every=interval, first=draw(st.sampled_from(First)), days=draw(weekday_sets), quiet=draw(quiets)
    )


@st.composite
def moments(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """A zone and an instant, by preference within hours of a change of its clocks."""
    zone = draw(zones)
    changes = edges(zone)
    is_near = draw(st.integers(0, 3)) > 0
    if changes and is_near:
        edge: Edge = draw(st.sampled_from(changes))
        return zone, edge.at + timedelta(minutes=draw(st.integers(-1500, 1500)))
    return zone, draw(instants)


thoroughly = settings(max_examples=200, deadline=None, database=None)


@thoroughly
@given(schedule=wall_schedules(), moment=moments())
def test_the_next_part_comes_on_a_later_date_at_the_wall_time_of_the_first_allowed_day(
    schedule: Schedule, moment: tuple[ZoneInfo, datetime]
) -> None:
    zone, anchor = moment
    due = next_due(schedule, anchor=anchor, zone=zone)
    day = wall(anchor, zone).date() + schedule.pause
    assert wall(due, zone).date() >= day > wall(anchor, zone).date()
    midnights = showings(datetime.combine(day, time(0)), zone)
    assert_is_the_first_slot(schedule, zone, found=due, earliest=max([*midnights[:1], anchor]))


@thoroughly
@given(schedule=elapsed_schedules(), moment=moments())
def test_minutes_and_hours_pass_in_full_and_then_wait_for_the_first_open_minute(
    schedule: Schedule, moment: tuple[ZoneInfo, datetime]
) -> None:
    zone, anchor = moment
    due = next_due(schedule, anchor=anchor, zone=zone)
    assert_is_the_first_open_instant(schedule, zone, found=due, earliest=anchor + schedule.pause)


@thoroughly
@given(schedule=wall_schedules() | elapsed_schedules(), moment=moments())
def test_the_first_part_is_never_before_enrollment_and_never_later_than_it_must(
    schedule: Schedule, moment: tuple[ZoneInfo, datetime]
) -> None:
    zone, enrolled_at = moment
    due = first_due(schedule, enrolled_at=enrolled_at, zone=zone)
    if schedule.first is First.AT_ONCE or schedule.at is None:
        assert_is_the_first_open_instant(schedule, zone, found=due, earliest=enrolled_at)
    else:
        assert_is_the_first_slot(schedule, zone, found=due, earliest=enrolled_at)


@thoroughly
@given(schedule=wall_schedules() | elapsed_schedules(), moment=moments())
def test_a_claim_is_postponed_exactly_when_days_or_quiet_refuse_it_and_then_to_where_it_may_go(
    schedule: Schedule, moment: tuple[ZoneInfo, datetime]
) -> None:
    zone, now = moment
    due = postponed(schedule, now=now, zone=zone)
    assert (due is None) == is_open(schedule, wall(now, zone))
    if due is not None:
        assert due > now
        assert due == next_slot(schedule, after=now, zone=zone)
        assert postponed(schedule, now=due, zone=zone) is None


def assert_is_the_first_open_instant(
    schedule: Schedule, zone: ZoneInfo, *, found: datetime, earliest: datetime
) -> None:
    assert found.tzinfo is UTC
    assert found >= earliest
    assert is_open(schedule, wall(found, zone))
    # Quiet hours that end in skipped time end later by the gap: that much may be lost, no more.
    gap = next((edge for edge in edges(zone) if edge.at <= found < edge.at + edge.gap), None)
    until = gap.at if gap else found
    moment = earliest
    while moment < until:
        assert not is_open(schedule, wall(moment, zone)), f"{moment} was open"
        moment += timedelta(minutes=5)


@pytest.mark.parametrize(
    ("zone", "at", "anchor", "expected"),
    [
        pytest.param("America/New_York", "02:30", "2026-03-07 02:30", "2026-03-08 03:30-04:00", id="gap"),
        pytest.param("America/New_York", "01:30", "2026-10-31 01:30", "2026-11-01 01:30-04:00", id="fold"),
        pytest.param(
            "America/New_York", "09:00", "2026-03-07 09:00", "2026-03-08 09:00-04:00", id="23-hours"
        ),
        pytest.param(
            "America/New_York", "09:00", "2026-10-31 09:00", "2026-11-01 09:00-05:00", id="25-hours"
        ),
        pytest.param("Europe/London", "01:30", "2026-03-28 01:30", "2026-03-29 02:30+01:00", id="london-gap"),
        pytest.param(
            "Europe/London", "01:30", "2026-10-24 01:30", "2026-10-25 01:30+01:00", id="london-fold"
        ),
        pytest.param(
            "Australia/Lord_Howe", "02:15", "2026-10-03 02:15", "2026-10-04 02:45+11:00", id="half-hour"
        ),
        pytest.param(
            "Australia/Lord_Howe", "01:45", "2026-04-04 01:45", "2026-04-05 01:45+11:00", id="half-fold"
        ),
        pytest.param(
            "Africa/Casablanca", "02:30", "2026-02-14 02:30", "2026-02-15 02:30+01:00", id="ramadan-fold"
        ),
        pytest.param(
            "Africa/Casablanca", "02:30", "2026-03-21 02:30", "2026-03-22 03:30+01:00", id="ramadan-gap"
        ),
        pytest.param(
            "Africa/Cairo", "00:30", "2026-04-23 00:30", "2026-04-24 01:30+03:00", id="midnight-gap"
        ),
        pytest.param(
            "America/Havana", "00:30", "2026-03-07 00:30", "2026-03-08 01:30-04:00", id="havana-gap"
        ),
        pytest.param(
            "America/Havana", "00:30", "2026-10-31 00:30", "2026-11-01 00:30-04:00", id="havana-fold"
        ),
        pytest.param("Asia/Beirut", "00:00", "2026-03-28 00:00", "2026-03-29 01:00+03:00", id="no-midnight"),
        pytest.param("Asia/Beirut", "23:30", "2026-10-23 23:30", "2026-10-24 23:30+03:00", id="late-fold"),
        pytest.param(
            "America/Nuuk", "23:30", "2026-03-27 23:30", "2026-03-29 00:30-01:00", id="carried-over"
        ),
        pytest.param("Pacific/Apia", "09:00", "2011-12-29 09:00", "2011-12-31 09:00+14:00", id="day-skipped"),
        pytest.param(
            "Asia/Kathmandu", "09:00", "2026-02-27 09:00", "2026-02-28 09:00+05:45", id="quarter-hour"
        ),
        pytest.param("Europe/London", "09:00", "2028-02-28 09:00", "2028-02-29 09:00+00:00", id="leap-day"),
        pytest.param(
            "Europe/London", "09:00", "2027-02-28 09:00", "2027-03-01 09:00+00:00", id="no-leap-day"
        ),
        pytest.param(
            "Pacific/Auckland", "09:00", "2026-12-31 23:59", "2027-01-01 09:00+13:00", id="year-end"
        ),
    ],
)
def test_a_day_later_the_same_wall_time_is_shown_or_moved_on_by_the_gap(
    zone: str, at: str, anchor: str, expected: str
) -> None:
    due = next_due(daily(at), anchor=local(anchor, zone), zone=ZoneInfo(zone))
    assert shown(due, zone) == expected


@pytest.mark.parametrize(
    ("schedule", "zone", "anchor", "expected"),
    [
        pytest.param(
            Schedule(every=every(3), at=time(9), days=MONDAY_TO_FRIDAY),
            "Europe/London",
            "2026-11-25 09:00",
            "2026-11-30 09:00+00:00",
            id="three days from Wednesday is Saturday, so Monday",
        ),
        pytest.param(
            Schedule(every=every(3), at=time(9)),
            "Europe/London",
            "2026-11-25 19:59",
            "2026-11-28 09:00+00:00",
            id="a part sent late still counts by its date",
        ),
        pytest.param(
            Schedule(weekdays=frozenset({0, 3}), at=time(9)),
            "Asia/Tokyo",
            "2026-11-23 09:00",
            "2026-11-26 09:00+09:00",
            id="Monday, then Thursday",
        ),
        pytest.param(
            Schedule(weekdays=frozenset({0, 3}), at=time(9)),
            "Asia/Tokyo",
            "2026-11-26 08:00",
            "2026-11-30 09:00+09:00",
            id="sent on Thursday before nine: not twice on one date",
        ),
        pytest.param(
            Schedule(weekdays=frozenset({0, 5}), at=time(9), days=MONDAY_TO_FRIDAY),
            "Asia/Tokyo",
            "2026-11-23 09:00",
            "2026-11-30 09:00+09:00",
            id="a weekday that days refuses has no slot",
        ),
        pytest.param(
            Schedule(every=every(72, Unit.HOURS)),
            "America/New_York",
            "2026-03-06 09:00",
            "2026-03-09 10:00-04:00",
            id="72 hours are not three days",
        ),
        pytest.param(
            Schedule(every=every(90, Unit.MINUTES), quiet=NIGHT),
            "Europe/London",
            "2026-11-23 19:00",
            "2026-11-24 08:00+00:00",
            id="minutes wait until quiet ends",
        ),
        pytest.param(
            Schedule(every=every(2, Unit.HOURS), quiet=NIGHT, days=MONDAY_TO_FRIDAY),
            "Europe/London",
            "2026-11-27 19:00",
            "2026-11-30 08:00+00:00",
            id="hours wait until quiet ends on an allowed day",
        ),
        pytest.param(
            Schedule(every=every(1, Unit.HOURS), days=frozenset({6})),
            "Asia/Beirut",
            "2026-03-28 22:00",
            "2026-03-29 01:00+03:00",
            id="a day without a midnight begins at one",
        ),
        pytest.param(
            Schedule(every=every(2), at=time(9), days=MONDAY_TO_FRIDAY),
            "Pacific/Apia",
            "2011-12-28 09:00",
            "2012-01-02 09:00+14:00",
            id="the skipped Friday would be Saturday, so Monday",
        ),
        pytest.param(
            daily("23:30", days=frozenset({5})),
            "America/Nuuk",
            "2026-03-27 12:00",
            "2026-04-04 23:30-01:00",
            id="carried from Saturday into a Sunday that is not allowed",
        ),
        pytest.param(
            daily("02:30", quiet=Quiet(time(3), time(6))),
            "America/New_York",
            "2026-03-07 02:30",
            "2026-03-09 02:30-04:00",
            id="carried into the quiet hours",
        ),
    ],
)
def test_the_next_part_of_a_campaign(schedule: Schedule, zone: str, anchor: str, expected: str) -> None:
    due = next_due(schedule, anchor=local(anchor, zone), zone=ZoneInfo(zone))
    assert shown(due, zone) == expected


@pytest.mark.parametrize(
    ("first", "enrolled_at", "expected"),
    [
        (First.NEXT_SLOT, "2026-11-23 08:59", "2026-11-23 09:00+00:00"),
        (First.NEXT_SLOT, "2026-11-23 09:00", "2026-11-23 09:00+00:00"),
        (First.NEXT_SLOT, "2026-11-23 09:01", "2026-11-24 09:00+00:00"),
        (First.NEXT_SLOT, "2026-11-27 12:00", "2026-11-30 09:00+00:00"),
        (First.AT_ONCE, "2026-11-23 12:34", "2026-11-23 12:34+00:00"),
        (First.AT_ONCE, "2026-11-23 20:00", "2026-11-24 08:00+00:00"),
        (First.AT_ONCE, "2026-11-24 07:59", "2026-11-24 08:00+00:00"),
        (First.AT_ONCE, "2026-11-27 21:00", "2026-11-30 08:00+00:00"),
    ],
)
def test_the_first_part_goes_at_the_next_slot_or_at_once(
    first: First, enrolled_at: str, expected: str
) -> None:
    schedule = Schedule(every=every(3), at=time(9), first=first, days=MONDAY_TO_FRIDAY, quiet=NIGHT)
    zone = "Europe/London"
    due = first_due(schedule, enrolled_at=local(enrolled_at, zone), zone=ZoneInfo(zone))
    assert shown(due, zone) == expected


def test_who_enrolls_in_the_second_pass_of_a_repeated_hour_waits_for_tomorrow() -> None:
    zone = "America/New_York"
    enrolled_at = local("2026-11-01 01:15", zone, fold=1)
    due = first_due(daily("01:30"), enrolled_at=enrolled_at, zone=ZoneInfo(zone))
    assert shown(due, zone) == "2026-11-02 01:30-05:00"


def test_quiet_hours_that_end_in_a_repeated_hour_are_quiet_again_in_its_second_pass() -> None:
    zone = "America/New_York"
    schedule = Schedule(every=every(1, Unit.MINUTES), quiet=Quiet(time(20), time(1, 30)))
    first_pass = postponed(schedule, now=local("2026-11-01 01:15", zone), zone=ZoneInfo(zone))
    second_pass = postponed(schedule, now=local("2026-11-01 01:15", zone, fold=1), zone=ZoneInfo(zone))
    assert shown(first_pass, zone) == "2026-11-01 01:30-04:00"
    assert shown(second_pass, zone) == "2026-11-01 01:30-05:00"


@pytest.mark.parametrize(
    ("schedule", "now", "expected"),
    [
        (daily(days=MONDAY_TO_FRIDAY, quiet=NIGHT), "2026-11-23 19:59", None),
        (daily(days=MONDAY_TO_FRIDAY, quiet=NIGHT), "2026-11-23 20:00", "2026-11-24 09:00+13:00"),
        (daily(days=MONDAY_TO_FRIDAY, quiet=NIGHT), "2026-11-28 09:00", "2026-11-30 09:00+13:00"),
        (Schedule(every=every(1, Unit.HOURS), quiet=NIGHT), "2026-11-23 20:00", "2026-11-24 08:00+13:00"),
    ],
)
def test_what_the_claim_finds_closed_falls_due_at_the_next_slot_or_when_quiet_ends(
    schedule: Schedule, now: str, expected: str | None
) -> None:
    zone = "Pacific/Auckland"
    assert shown(postponed(schedule, now=local(now, zone), zone=ZoneInfo(zone)), zone) == expected


def test_a_part_too_late_for_its_slot_waits_for_the_next_allowed_day_at_its_hour() -> None:
    zone = "Asia/Kathmandu"
    after = local("2026-11-27 09:01", zone)
    found = next_slot(daily(days=MONDAY_TO_FRIDAY), after=after, zone=ZoneInfo(zone))
    assert shown(found, zone) == "2026-11-30 09:00+05:45"


def test_an_anchor_in_another_zone_is_the_same_instant() -> None:
    anchor = local("2026-11-23 09:00", "Europe/London")
    elsewhere = anchor.astimezone(ZoneInfo("Pacific/Auckland"))
    london = ZoneInfo("Europe/London")
    hourly = Schedule(every=every(1, Unit.HOURS))
    for schedule in (daily(), hourly):
        assert next_due(schedule, anchor=elsewhere, zone=london) == next_due(
            schedule, anchor=anchor, zone=london
        )


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 23, 9)  # noqa: DTZ001
    london = ZoneInfo("Europe/London")
    with pytest.raises(ValueError, match="not an instant"):
        first_due(daily(), enrolled_at=naive, zone=london)
    with pytest.raises(ValueError, match="not an instant"):
        next_due(daily(), anchor=naive, zone=london)
    with pytest.raises(ValueError, match="not an instant"):
        postponed(daily(), now=naive, zone=london)
    with pytest.raises(ValueError, match="not an instant"):
        next_slot(daily(), after=naive, zone=london)


def test_three_days_apart_for_a_year_is_a_hundred_and_twenty_two_dates_three_days_apart() -> None:
    zone = ZoneInfo("America/St_Johns")
    schedule = Schedule(every=every(3), at=time(9))
    due = first_due(schedule, enrolled_at=local("2026-01-01 00:00", zone.key), zone=zone)
    dates: list[date] = []
    while due < local("2027-01-01 00:00", zone.key):
        dates.append(due.astimezone(zone).date())
        due = next_due(schedule, anchor=due, zone=zone)
    assert dates == [date(2026, 1, 1) + 3 * step * DAY for step in range(122)]
