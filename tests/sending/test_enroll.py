"""Who begins a walk, on which revision, and when the first part falls due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from partwork.sending.enroll import CHUNK, enroll
from partwork.sending.phrases import First
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.store.audiences import suppress
from partwork.store.enrollments import add_enrollment
from tests.support.stage import AUDIENCE, CAMPAIGN, DAILY, NOW, Stage, a_revision


def test_a_member_is_enrolled_once_and_the_first_part_falls_due_at_their_own_hour(stage: Stage) -> None:
    stage.add_reader("ann", timezone="Asia/Tokyo")
    revision = stage.publish(a_revision())
    assert [enroll(stage.desk()), enroll(stage.desk())] == [1, 0]
    row = stage.enrollment("ann")
    assert (row.state, row.revision_id, row.enrolled_at) == (EnrollmentState.ACTIVE, revision, NOW)
    (message,) = stage.messages("ann")
    assert (message.part, message.state) == ("one", MessageState.DUE)
    # 09:00 on Tuesday in Tokyo: Monday's has gone by.
    assert message.due_at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


def test_a_first_part_at_once_falls_due_at_once(stage: Stage) -> None:
    stage.add_reader("ann", timezone="Asia/Tokyo")
    stage.publish(a_revision(schedule=replace(DAILY, first=First.AT_ONCE)))
    enroll(stage.desk())
    assert stage.message("ann").due_at == NOW


@pytest.mark.parametrize("kept_out", ["unsubscribed", "without consent", "suppressed", "of another audience"])
def test_nobody_is_enrolled_whom_we_may_not_write_to(stage: Stage, kept_out: str) -> None:
    stage.publish(a_revision())
    stage.add_reader(
        "ann",
        is_subscribed=kept_out != "unsubscribed",
        has_consent=kept_out != "without consent",
        audience="others" if kept_out == "of another audience" else AUDIENCE,
    )
    if kept_out == "suppressed":
        with stage.store.write() as connection:
            suppress(connection, "ann@example.org", reason="complained", evidence="", now=NOW)
    stage.readers("ben")
    assert enroll(stage.desk()) == 1
    assert stage.states() == {"ben": MessageState.DUE}


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.STOPPED])
def test_only_a_published_campaign_enrolls(stage: Stage, state: CampaignState) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    stage.set_state(state)
    assert enroll(stage.desk()) == 0
    stage.set_state(CampaignState.PUBLISHED, only_from=state)
    assert enroll(stage.desk()) == 1


def test_who_joins_later_is_enrolled_on_the_revision_of_that_day(stage: Stage) -> None:
    first = stage.publish(a_revision())
    stage.readers("ann")
    enroll(stage.desk())
    second = stage.publish(a_revision(parts=("one", "other")))
    stage.readers("ben")
    enroll(stage.desk())
    assert stage.enrollment("ann").revision_id == first
    assert stage.enrollment("ben").revision_id == second


def test_more_members_than_a_chunk_are_all_enrolled(stage: Stage) -> None:
    names = [f"reader{number}" for number in range(CHUNK + 2)]
    stage.readers(*names)
    stage.publish(a_revision())
    assert enroll(stage.desk()) == len(names)
    assert len(stage.messages()) == len(names)


def test_a_clock_that_is_to_stop_enrolls_nobody_more(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    assert enroll(stage.desk(stopping=lambda: True)) == 0
    assert stage.messages() == []


def test_members_looked_at_before_are_not_looked_at_again(stage: Stage) -> None:
    stage.readers("ann", "ben")
    stage.publish(a_revision())
    enroll(stage.desk())
    stage.readers("cat")
    asked: list[Sequence[object]] = []
    with stage.store.read() as connection:

        def listen(
            _connection: object,
            _cursor: object,
            statement: str,
            parameters: Sequence[object],
            *_rest: object,
        ) -> None:
            if "FROM suppressions" in statement:
                asked.append(parameters)

        event.listen(connection.engine, "before_cursor_execute", listen)
    enroll(stage.desk())
    # Once to see that someone waits, once to enroll: each for the one who is new, none for the others.
    assert [len(parameters) for parameters in asked if parameters] == [1, 1]


def test_the_database_itself_refuses_a_second_walk_through_a_campaign(stage: Stage) -> None:
    person = stage.add_reader("ann")
    revision = stage.publish(a_revision())
    enroll(stage.desk())
    with (
        pytest.raises(IntegrityError, match=r"UNIQUE|uq_enrollments"),
        stage.store.write() as connection,
    ):
        add_enrollment(connection, campaign=CAMPAIGN, subscriber_id=person, revision_id=revision, now=NOW)


def test_whoever_has_walked_is_not_enrolled_again_when_the_campaign_starts_anew(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    enroll(stage.desk())
    stage.set_state(CampaignState.STOPPED)
    stage.publish(a_revision(audience="others"))
    stage.add_reader("ben", audience="others")
    stage.publish(a_revision())
    assert enroll(stage.desk()) == 0
    assert [row.address for row in stage.messages()] == ["ann@example.org"]
