"""What is due is claimed in chunks; the guard looks before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import chain

from sqlalchemy import select

from partwork.campaigns.publish import stop
from partwork.providers.contract import Answer, Pace, Unavailable
from partwork.queue import InlineQueue
from partwork.sending.deliver import deliver
from partwork.sending.dispatch import dispatch
from partwork.sending.enroll import enroll
from partwork.sending.outgoing import Outgoing
from partwork.sending.phrases import IfLate, Interval, Lateness, Quiet, Unit, parse_days
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.store.accounts import pause_provider, provider_pause
from partwork.store.audiences import suppress
from partwork.store.messages import next_due_at
from partwork.store.tables import messages
from tests.support.ledger import LedgerProvider
from tests.support.stage import CAMPAIGN, DAILY, NOW, Stage, a_revision, reason_of

HOUR = timedelta(hours=1)


def test_what_is_due_is_claimed_once_however_many_dispatch(stage: Stage) -> None:
    stage.readers("ann", "ben", "cat")
    stage.publish(a_revision())
    enroll(stage.desk())
    first, second = stage.claim(stage.desk()), stage.claim(stage.desk())
    assert sorted(chain.from_iterable(first)) == sorted(row.message for row in stage.messages())
    assert second == []
    assert set(stage.states().values()) == {MessageState.CLAIMED}


def test_nothing_is_claimed_before_it_is_due(stage: Stage) -> None:
    stage.readers("ann")
    stage.add_reader("tom", timezone="Asia/Tokyo")
    stage.publish(a_revision())
    enroll(stage.desk())
    stage.claim(stage.desk())
    assert stage.states() == {"ann": MessageState.CLAIMED, "tom": MessageState.DUE}


def test_a_claim_names_its_worker_and_ends_by_itself(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    stage.claim(desk)
    assert stage.column("SELECT worker FROM messages") == [desk.worker.name]
    with stage.store.read() as connection:
        assert connection.execute(select(messages.c.lease_until)).scalar() == NOW + timedelta(minutes=5)


def test_no_more_is_claimed_at_once_than_half_a_minute_of_the_pace(stage: Stage) -> None:
    stage.readers("ann", "ben", "cat", "dan")
    stage.publish(a_revision(parts=("one",)))
    desk = stage.desk(LedgerProvider(pace=Pace(messages_per_second=0.1)))
    enroll(desk)
    (chunk,) = stage.claim(desk)
    assert len(chunk) == 3
    # Nor by several processes together: what one of them has claimed counts for all.
    assert stage.claim(stage.desk(desk.provider)) == []
    deliver(desk, chunk)
    assert [len(chunk) for chunk in stage.claim(desk)] == [1]


def test_the_pace_of_a_day_is_kept_across_the_day(stage: Stage) -> None:
    stage.readers("ann", "ben", "cat")
    stage.publish(a_revision(parts=("one",)))
    provider = LedgerProvider(pace=Pace(messages_per_day=2))
    desk = stage.desk(provider)
    stage.tick(desk)
    assert len(provider.taken) == 2
    stage.clock.sleep(23 * HOUR)
    stage.tick(desk)
    assert len(provider.taken) == 2
    with stage.store.read() as connection:
        rest = provider_pause(connection, provider.name, now=stage.clock.now())
    assert rest is not None
    assert rest.reason == "its limit of 2 messages in 24 hours is reached"
    stage.clock.sleep(HOUR)
    stage.tick(desk)
    assert len(provider.taken) == 3


def test_campaigns_take_turns(stage: Stage) -> None:
    stage.readers(*(f"reader{number}" for number in range(4)))
    for slug in ("first-steps", "next-steps"):
        stage.publish(a_revision(campaign=slug))
    provider = LedgerProvider(pace=Pace(messages_per_second=1 / 15))
    desk = stage.desk(provider)
    enroll(desk)
    campaign_of = {row.message: row.campaign for row in stage.messages()}
    chunks: list[Sequence[str]] = []

    def deliver_and_note(chunk: Sequence[str]) -> None:
        chunks.append(chunk)
        deliver(desk, chunk)

    dispatch(desk, InlineQueue(deliver_and_note))
    turns = [{campaign_of[one] for one in chunk} for chunk in chunks]
    assert turns == [{"first-steps"}, {"next-steps"}] * 2


def test_a_paused_campaign_keeps_its_messages_and_goes_on_at_the_next_slot(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    stage.set_state(CampaignState.PAUSED)
    stage.tick(desk)
    assert stage.states() == {"ann": MessageState.DUE}
    stage.clock.sleep(50 * HOUR)
    stage.set_state(CampaignState.PUBLISHED, only_from=CampaignState.PAUSED)
    stage.tick(desk)
    message = stage.message("ann")
    assert stage.provider.taken == []
    assert message.due_at == datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert reason_of(message) == (MessageState.DUE, "too late for its slot: waits for the next")


def test_after_an_expired_part_the_next_counts_from_the_slot_it_missed(stage: Stage) -> None:
    schedule = replace(DAILY, too_late_after=Lateness(Interval(2, Unit.HOURS), IfLate.EXPIRE))
    stage.readers("ann")
    stage.publish(a_revision(schedule=schedule))
    desk = stage.desk()
    enroll(desk)
    # Tuesday at 15:00: Monday's part is late, and so is Tuesday's.
    stage.clock.sleep(30 * HOUR)
    stage.tick(desk)
    assert stage.provider.taken == []
    assert [(row.part, row.state, row.due_at) for row in stage.messages("ann")] == [
        ("one", MessageState.EXPIRED, NOW),
        ("two", MessageState.EXPIRED, NOW + 24 * HOUR),
        ("three", MessageState.DUE, NOW + 48 * HOUR),
    ]


def test_a_walk_whose_last_part_expires_is_completed(stage: Stage) -> None:
    schedule = replace(DAILY, too_late_after=Lateness(Interval(2, Unit.HOURS), IfLate.EXPIRE))
    stage.readers("ann")
    stage.publish(a_revision(parts=("one",), schedule=schedule))
    desk = stage.desk()
    enroll(desk)
    stage.clock.sleep(3 * HOUR)
    stage.tick(desk)
    assert stage.standing("ann") == (EnrollmentState.COMPLETED, "")


def test_quiet_hours_and_days_are_looked_at_again_at_the_claim(stage: Stage) -> None:
    schedule = replace(DAILY, quiet=Quiet(time(20), time(8)), days=parse_days("mon, wed"))
    stage.readers("ann")
    stage.publish(a_revision(schedule=schedule))
    desk = stage.desk()
    enroll(desk)
    stage.clock.sleep(12 * HOUR)
    stage.tick(desk)
    assert stage.provider.taken == []
    message = stage.message("ann")
    assert message.due_at == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert message.reason == "not an allowed day or hour: waits for the next slot"
    stage.clock.jump_to(message.due_at)
    stage.tick(desk)
    assert stage.provider.taken_ids() == [message.message]


def test_whoever_was_suppressed_before_the_claim_leaves_every_walk_it_stops(stage: Stage) -> None:
    stage.readers("ann", "ben")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    with stage.store.write() as connection:
        suppress(connection, "ann@example.org", reason="complained", evidence="", now=NOW)
    stage.tick(desk)
    assert reason_of(stage.message("ann")) == (MessageState.SUPPRESSED, "complained")
    assert stage.standing("ann") == (EnrollmentState.EXITED, "complained")
    assert [row.address for row in stage.messages() if row.state is MessageState.ACCEPTED] == [
        "ben@example.org"
    ]


def test_a_provider_that_rests_is_given_nothing_until_its_rest_is_over(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    with stage.store.write() as connection:
        pause_provider(connection, "ledger", reason="out of credit", until=NOW + HOUR)
    assert stage.claim(desk) == []
    stage.clock.sleep(HOUR)
    assert len(stage.claim(desk)) == 1


def test_what_comes_back_to_a_stopped_campaign_is_cancelled_not_forgotten(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()

    def stop_and_be_busy(batch: Sequence[Outgoing]) -> list[Answer]:
        stop(stage.store, CAMPAIGN, now=stage.clock.now())
        return [Unavailable("busy", timedelta(minutes=1)) for _ in batch]

    stage.provider.behave = stop_and_be_busy
    stage.tick(desk)
    assert reason_of(stage.message("ann")) == (MessageState.DUE, "busy")
    stage.clock.sleep(timedelta(minutes=1))
    stage.tick(desk)
    assert reason_of(stage.message("ann")) == (MessageState.CANCELLED, "the enrollment is exited")
    assert stage.provider.taken == []


def test_a_reader_stays_a_member_when_the_campaign_turns_to_another_audience(
    stage: Stage,
) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    stage.publish(a_revision(audience="others"))
    stage.tick(desk)
    assert stage.states() == {"ann": MessageState.ACCEPTED}
    assert stage.standing("ann") == (EnrollmentState.ACTIVE, "")


def test_the_next_due_instant_is_that_of_whatever_is_not_paused(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    with stage.store.read() as connection:
        assert next_due_at(connection) == next_due_at(connection, campaign="first-steps") == NOW
    stage.set_state(CampaignState.PAUSED)
    with stage.store.read() as connection:
        assert next_due_at(connection) is None


def test_a_clock_that_is_to_stop_claims_nothing_more(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    enroll(stage.desk())
    assert stage.claim(stage.desk(stopping=lambda: True)) == []
    assert stage.states() == {"ann": MessageState.DUE}


def test_a_chunk_that_is_delivered_twice_is_sent_once(stage: Stage) -> None:
    stage.readers("ann", "ben")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    (chunk,) = stage.claim(desk)
    deliver(desk, chunk)
    deliver(desk, chunk)
    assert sorted(stage.provider.taken_ids()) == sorted(chunk)
