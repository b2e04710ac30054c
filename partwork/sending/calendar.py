"""When is a part due? Pure calendar arithmetic: no clock is read, no row is touched.

Wall times become instants in one place, with fold=0, which does both things wanted: Python takes
the offset from before the change (PEP 495), so a wall time that the clocks skip moves on by the
length of the gap, and one they show twice means the first (RFC 5545, section 3.3.5). Instants come
in aware and in any zone, and go out in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from partwork.sending.phrases import First
from partwork.sending.schedule import Schedule
from partwork.times import as_instant

_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


def first_due(schedule: Schedule, *, enrolled_at: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant the first part falls due: never before `enrolled_at`."""
    if schedule.first is First.AT_ONCE:
        return _next_open(schedule, as_instant(enrolled_at), zone)
    return next_slot(schedule, after=enrolled_at, zone=zone)


def next_due(schedule: Schedule, *, anchor: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant a part falls due after the one before it.

    anchor: the instant the last part was sent, or would have been
    For days and weekdays the local date is after the anchor's: N days on, then the next allowed
    day. Minutes and hours are absolute, then the next instant that days and quiet allow.
    """
    sent_at = as_instant(anchor)
    if schedule.at is None:
        return _next_open(schedule, sent_at + schedule.pause, zone)
    day = sent_at.astimezone(zone).date() + schedule.pause
    return _slot(schedule, schedule.at, day, zone, not_before=sent_at)


def postponed(schedule: Schedule, *, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when a part falls due instead of now, None if days and quiet allow it now.

    The next slot; for minutes and hours the end of the quiet hours, on an allowed day.
    """
    moment = as_instant(now)
    if _is_open(schedule, moment.astimezone(zone)):
        return None
    return next_slot(schedule, after=moment, zone=zone)


def next_slot(schedule: Schedule, *, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first slot at or after an instant: an allowed day at the wall time.

    For minutes and hours, which have no wall time, any instant that days and quiet allow is one.
    """
    moment = as_instant(after)
    if schedule.at is None:
        return _next_open(schedule, moment, zone)
    return _slot(schedule, schedule.at, moment.astimezone(zone).date(), zone, not_before=moment)


def _slot(schedule: Schedule, at: time, day: date, zone: ZoneInfo, *, not_before: datetime) -> datetime:
    """Return the first slot of `day` or a later one.

    What counts is where the clocks let the wall time land: a gap, or a whole day that the zone
    skips, may carry it to a day that is not allowed or into the quiet hours. Then a later day has it.
    """
    slot_days, quiet = schedule.slot_days, schedule.quiet
    while True:
        if day.weekday() in slot_days:
            instant = datetime.combine(day, at, zone).astimezone(UTC)
            landed = instant.astimezone(zone)
            is_free = landed.weekday() in slot_days and not (quiet and quiet.covers(landed.time()))
            if is_free and instant >= not_before:
                return instant
        day += _DAY


def _next_open(schedule: Schedule, moment: datetime, zone: ZoneInfo) -> datetime:
    """Return `moment`, or the next instant on an allowed day outside the quiet hours."""
    while not _is_open(schedule, local := moment.astimezone(zone)):
        quiet = schedule.quiet
        if local.weekday() not in schedule.days or quiet is None:
            moment = _wall_after(moment, local.date() + _DAY, _MIDNIGHT, zone)
        else:
            is_past_end = local.time() >= quiet.end
            moment = _wall_after(moment, local.date() + _DAY * is_past_end, quiet.end, zone)
    return moment


def _is_open(schedule: Schedule, local: datetime) -> bool:
    if local.weekday() not in schedule.days:
        return False
    return schedule.quiet is None or not schedule.quiet.covers(local.time())


def _wall_after(moment: datetime, day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the first instant after `moment` at which the clocks show `at` on `day`.

    The second showing counts only if the first is over: then `moment` lies in the repeated hour.
    """
    first = datetime.combine(day, at, zone).astimezone(UTC)
    if first > moment:
        return first
    return datetime.combine(day, at.replace(fold=1), zone).astimezone(UTC)
