"""The last look before a message goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from partwork.sending.guard import Look, Verdict, look, look_at_leaving
from partwork.sending.phrases import IfLate, Interval, Lateness, Quiet, Unit, parse_days
from partwork.sending.schedule import Schedule
from partwork.sending.states import CampaignState, EnrollmentState
from partwork.store.messages import WaitingMessage

# A Monday, 09:00 in London.
DUE = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

MESSAGE = WaitingMessage(
    id="a" * 20,
    enrollment_id=1,
    campaign="first-steps",
    part="one",
    revision_id="r",
    due_at=DUE,
    timezone="Europe/London",
    campaign_state=CampaignState.PUBLISHED,
    enrollment_state=EnrollmentState.ACTIVE,
    is_member=True,
    has_consent=True,
    suppressed_because=None,
    attempt_count=0,
)
DAILY = Schedule(every=Interval(1, Unit.DAYS), at=time(9))


def late(hours: int, then: IfLate) -> Lateness:
    return Lateness(Interval(hours, Unit.HOURS), then)


LEAVING = [
    (replace(MESSAGE, suppressed_because="complained"), Look(Verdict.SUPPRESS, "complained")),
    (replace(MESSAGE, is_member=False), Look(Verdict.SUPPRESS, "unsubscribed")),
    (replace(MESSAGE, has_consent=False), Look(Verdict.SUPPRESS, "no consent on record")),
    (
        replace(MESSAGE, enrollment_state=EnrollmentState.EXITED),
        Look(Verdict.CANCEL, "the enrollment is exited"),
    ),
    (
        replace(MESSAGE, enrollment_state=EnrollmentState.PAUSED),
        Look(Verdict.CANCEL, "the enrollment is paused"),
    ),
    (
        replace(MESSAGE, campaign_state=CampaignState.STOPPED),
        Look(Verdict.CANCEL, "the campaign was stopped"),
    ),
    (
        replace(MESSAGE, campaign_state=CampaignState.PAUSED),
        Look(Verdict.KEEP, "the campaign is paused"),
    ),
    # Who has left a campaign that is paused too has left.
    (
        replace(MESSAGE, campaign_state=CampaignState.PAUSED, suppressed_because="unsubscribed"),
        Look(Verdict.SUPPRESS, "unsubscribed"),
    ),
    (MESSAGE, Look(Verdict.SEND)),
]


@pytest.mark.parametrize(("message", "expected"), LEAVING)
def test_whoever_has_left_is_seen_at_both_looks(message: WaitingMessage, expected: Look) -> None:
    assert look_at_leaving(message) == expected
    assert look(message, DAILY, now=DUE) == expected


def test_leaving_counts_before_lateness() -> None:
    schedule = replace(DAILY, too_late_after=late(1, IfLate.EXPIRE))
    gone = replace(MESSAGE, suppressed_because="unsubscribed")
    assert look(gone, schedule, now=DUE + 9 * HOUR).verdict is Verdict.SUPPRESS


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (2, Look(Verdict.SEND)),
        (
            3,
            Look(Verdict.WAIT, "too late for its slot: waits for the next", DUE + 24 * HOUR),
        ),
    ],
)
def test_a_part_too_late_waits_for_the_next_slot(hours: int, expected: Look) -> None:
    schedule = replace(DAILY, too_late_after=late(2, IfLate.WAIT))
    assert look(MESSAGE, schedule, now=DUE + hours * HOUR) == expected


def test_a_part_too_late_that_finds_itself_at_a_slot_goes() -> None:
    schedule = replace(DAILY, too_late_after=late(2, IfLate.WAIT))
    assert look(MESSAGE, schedule, now=DUE + 48 * HOUR) == Look(Verdict.SEND)


def test_a_part_too_late_expires_where_the_campaign_says_so() -> None:
    schedule = replace(DAILY, too_late_after=late(2, IfLate.EXPIRE))
    at_the_limit, past_it = DUE + 2 * HOUR, DUE + 2 * HOUR + timedelta(seconds=1)
    assert look(MESSAGE, schedule, now=at_the_limit) == Look(Verdict.SEND)
    assert look(MESSAGE, schedule, now=past_it) == Look(Verdict.EXPIRE, "too late for its slot")


def test_quiet_hours_are_those_of_the_reader() -> None:
    schedule = replace(DAILY, quiet=Quiet(time(20), time(8)))
    # 12:00 in London is 21:00 in Tokyo; the next slot there is 00:00 UTC.
    noon = DUE + 3 * HOUR
    waits = Look(
        Verdict.WAIT,
        "not an allowed day or hour: waits for the next slot",
        datetime(2026, 11, 24, 0, tzinfo=UTC),
    )
    assert look(MESSAGE, schedule, now=noon) == Look(Verdict.SEND)
    assert look(replace(MESSAGE, timezone="Asia/Tokyo"), schedule, now=noon) == waits


def test_a_day_that_is_not_allowed_waits_for_one_that_is() -> None:
    schedule = replace(DAILY, days=parse_days("tue-fri"))
    seen = look(MESSAGE, schedule, now=DUE)
    assert (seen.verdict, seen.until) == (Verdict.WAIT, DUE + 24 * HOUR)


def test_minutes_and_hours_wait_for_the_end_of_the_quiet_hours() -> None:
    schedule = Schedule(every=Interval(2, Unit.HOURS), quiet=Quiet(time(20), time(8)))
    seen = look(replace(MESSAGE, due_at=DUE + 12 * HOUR), schedule, now=DUE + 12 * HOUR)
    assert (seen.verdict, seen.until) == (Verdict.WAIT, DUE + 23 * HOUR)


def test_minutes_and_hours_have_no_slot_to_wait_for_when_they_are_late() -> None:
    schedule = Schedule(every=Interval(2, Unit.HOURS), too_late_after=late(1, IfLate.WAIT))
    assert look(MESSAGE, schedule, now=DUE + 5 * HOUR) == Look(Verdict.SEND)
