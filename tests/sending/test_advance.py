"""How an enrollment comes from one part to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from partwork.sending.advance import Step, move_on
from partwork.sending.enroll import enroll
from partwork.sending.phrases import Interval, Unit
from partwork.sending.schedule import Schedule
from partwork.sending.states import EnrollmentState, MessageState
from partwork.store.enrollments import exit_enrollments, pause_enrollment
from partwork.store.messages import close_waiting
from tests.support.stage import DAILY, NOW, Stage, a_revision

EVERY_3_DAYS = replace(DAILY, every=Interval(3, Unit.DAYS))


def come_past(stage: Stage, part: str, schedule: Schedule, *, anchor: datetime = NOW) -> None:
    """End ann's open message and move her on from it."""
    row = stage.message("ann", part)
    step = Step(row.enrollment_id, a_revision(schedule=schedule), part, row.timezone, anchor)
    with stage.store.write() as connection:
        close_waiting(connection, [row.message], state=MessageState.EXPIRED, reason="")
        move_on(connection, [step], now=stage.clock.now())


def begin(stage: Stage, schedule: Schedule, *, timezone: str = "Europe/London") -> None:
    stage.add_reader("ann", timezone=timezone)
    stage.publish(a_revision(schedule=schedule))
    enroll(stage.desk())


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        (NOW, datetime(2026, 11, 26, 0, tzinfo=UTC)),
        # 15:30 UTC is half past midnight of the next day in Tokyo.
        (NOW + timedelta(hours=6.5), datetime(2026, 11, 27, 0, tzinfo=UTC)),
    ],
)
def test_days_are_counted_on_the_reader_s_own_calendar(
    stage: Stage, anchor: datetime, expected: datetime
) -> None:
    begin(stage, EVERY_3_DAYS, timezone="Asia/Tokyo")
    come_past(stage, "one", EVERY_3_DAYS, anchor=anchor)
    assert stage.message("ann", "two").due_at == expected


def test_hours_are_counted_on_no_calendar(stage: Stage) -> None:
    schedule = Schedule(every=Interval(36, Unit.HOURS))
    begin(stage, schedule)
    come_past(stage, "one", schedule)
    assert stage.message("ann", "two").due_at == NOW + timedelta(hours=36)


def test_after_the_last_part_the_walk_is_completed(stage: Stage) -> None:
    begin(stage, DAILY)
    for part in ("one", "two", "three"):
        come_past(stage, part, DAILY)
    row = stage.enrollment("ann")
    assert (row.state, row.ended_at) == (EnrollmentState.COMPLETED, NOW)
    assert len(stage.messages("ann")) == 3


@pytest.mark.parametrize("state", [EnrollmentState.EXITED, EnrollmentState.PAUSED])
def test_a_walk_that_is_not_active_does_not_move_on(stage: Stage, state: EnrollmentState) -> None:
    begin(stage, DAILY)
    walk = stage.enrollment("ann").id
    with stage.store.write() as connection:
        if state is EnrollmentState.EXITED:
            exit_enrollments(connection, {walk: "unsubscribed"}, now=NOW)
        else:
            pause_enrollment(connection, walk, reason="refused")
    come_past(stage, "one", DAILY)
    assert [row.part for row in stage.messages("ann")] == ["one"]
    assert stage.enrollment("ann").state is state


def test_a_walk_never_has_two_open_messages(stage: Stage) -> None:
    begin(stage, DAILY)
    row = stage.message("ann")
    step = Step(row.enrollment_id, a_revision(), "one", row.timezone, NOW)
    with (
        pytest.raises(IntegrityError, match=r"UNIQUE|uq_messages_one_open"),
        stage.store.write() as connection,
    ):
        move_on(connection, [step], now=NOW)
    assert [row.part for row in stage.messages("ann")] == ["one"]
