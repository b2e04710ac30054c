"""A wave whose answer was lost is asked for again under its key, or looked up; time alone decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import text

from partwork.campaigns.publish import pause
from partwork.errors import MessageRefused, ProviderUnavailable, Scope
from partwork.providers.contract import Answer, Uncertain
from partwork.sending.outgoing import Outgoing
from partwork.sending.pacing import Pacing
from partwork.sending.phrases import Quiet
from partwork.sending.settle import Settled, settle
from partwork.sending.states import EnrollmentState, MessageState
from partwork.store.accounts import provider_pause
from partwork.tracking.ingest import unsubscribe
from tests.support.ledger import Behaviour, KeyLedger
from tests.support.stage import CAMPAIGN, DAILY, NOW, Stage, a_revision, reason_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NAMES = ("ann", "ben", "cat")


@pytest.fixture
def keys(stage: Stage) -> KeyLedger:
    stage.provider = keys = KeyLedger()
    return keys


def lose_the_answer(stage: Stage, keys: KeyLedger, *, is_taken: bool, names: Sequence[str] = NAMES) -> None:
    """Ask for everyone's first part in one request, and let its answer get lost."""

    def behave(batch: Sequence[Outgoing]) -> list[Answer]:
        if is_taken:
            keys.take_all(batch)
        return [Uncertain("no answer") for _ in batch]

    stage.readers(*names)
    stage.publish(a_revision())
    keys.behave = behave
    stage.tick(stage.desk())
    assert set(stage.states().values()) == {MessageState.UNCERTAIN}
    assert len(keys.requests) == 1
    keys.behave = keys.take_all


def raising(fault: Exception) -> Behaviour:
    def behave(_batch: Sequence[Outgoing]) -> list[Answer]:
        raise fault

    return behave


def leave(stage: Stage, name: str) -> None:
    unsubscribe(stage.store, message_id=stage.message(name).message, source="link", now=stage.clock.now())


# The same request again


@pytest.mark.parametrize("is_taken", [True, False])
def test_the_very_same_request_under_its_key_tells_what_was_taken(
    stage: Stage, keys: KeyLedger, is_taken: bool
) -> None:
    lose_the_answer(stage, keys, is_taken=is_taken)
    stage.clock.sleep(HOUR)
    assert settle(stage.desk()) == Settled(accepted=3)
    assert len(keys.taken) == 3
    assert keys.keys[0] == keys.keys[1]
    assert keys.requests[0] == keys.requests[1]
    ann = stage.message("ann")
    assert (ann.state, ann.sent_at, ann.reason) == (MessageState.ACCEPTED, NOW, "")
    assert ann.provider_id == f"provider-{ann.message}"
    assert stage.message("ann", "two").due_at == NOW + timedelta(days=1)


def test_a_reader_s_values_are_those_of_the_first_time_whatever_has_changed_since(
    stage: Stage, keys: KeyLedger
) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    with stage.store.write() as connection:
        connection.exec_driver_sql("UPDATE subscribers SET first_name = 'Anne', address = 'new@example.org'")
    assert settle(stage.desk()) == Settled(accepted=3)
    assert len(keys.taken) == 3


def test_what_does_not_come_out_as_it_was_is_not_sent_under_the_same_key(
    stage: Stage, keys: KeyLedger
) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    with stage.store.write() as connection:
        connection.exec_driver_sql("UPDATE attempts SET request_hash = 'another'")
    assert settle(stage.desk()).uncertain == 0
    assert len(keys.requests) == 1
    # The look-up told.
    assert set(stage.states().values()) == {MessageState.ACCEPTED}


def test_what_a_reader_s_merge_was_made_of_is_forgotten_once_all_is_known(
    stage: Stage, keys: KeyLedger
) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    assert "" not in stage.column("SELECT frozen FROM attempts")
    settle(stage.desk())
    assert set(stage.column("SELECT frozen FROM attempts")) == {""}
    stage.tick(stage.desk())
    assert set(stage.column("SELECT frozen FROM attempts")) == {""}


def test_a_provider_that_does_not_answer_again_is_asked_ever_more_seldom(
    stage: Stage, keys: KeyLedger
) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    keys.behave = lambda batch: [Uncertain("no answer") for _ in batch]
    for _ in range(300):
        settle(stage.desk())
        stage.clock.sleep(MINUTE)
    assert 5 <= len(keys.requests) <= 30
    assert set(stage.states().values()) == {MessageState.UNCERTAIN}
    keys.behave = keys.take_all
    stage.clock.sleep(2 * HOUR)
    settle(stage.desk())
    assert set(stage.states().values()) == {MessageState.ACCEPTED}
    assert len(keys.taken) == 3


def test_an_account_that_is_refused_meanwhile_rests_and_is_asked_again_later(
    stage: Stage, keys: KeyLedger
) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    keys.behave = raising(MessageRefused("the key is wrong", scope=Scope.ACCOUNT))
    settle(stage.desk())
    with stage.store.read() as connection:
        assert provider_pause(connection, "ledger", now=stage.clock.now()) is not None
    for _ in range(10):
        settle(stage.desk())
        stage.clock.sleep(MINUTE)
    assert len(keys.requests) == 2
    keys.behave = keys.take_all
    stage.clock.sleep(10 * MINUTE)
    settle(stage.desk())
    assert set(stage.states().values()) == {MessageState.ACCEPTED}


def test_a_wait_the_provider_asks_for_is_kept(stage: Stage, keys: KeyLedger) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    keys.behave = raising(ProviderUnavailable("busy", retry_after=7 * MINUTE))
    settle(stage.desk())
    keys.behave = keys.take_all
    stage.clock.sleep(7 * MINUTE - timedelta(seconds=1))
    assert settle(stage.desk()) == Settled()
    stage.clock.sleep(timedelta(seconds=1))
    assert settle(stage.desk()) == Settled(accepted=3)


# It is a send, so the guard looks first


def test_a_request_is_not_made_again_for_one_who_has_left(stage: Stage, keys: KeyLedger) -> None:
    keys.sees = False
    lose_the_answer(stage, keys, is_taken=False, names=("ann",))
    leave(stage, "ann")
    assert settle(stage.desk()) == Settled(held=1)
    assert len(keys.requests) == 1
    state, reason = reason_of(stage.message("ann"))
    assert (state, reason) == (
        MessageState.HELD,
        "it may have been sent: it may not be sent again: unsubscribed; the ledger is closed",
    )


def test_who_leaves_while_a_request_waits_for_its_turn_is_not_asked_for_again(
    stage: Stage, keys: KeyLedger
) -> None:
    class LongTurn(Pacing):
        """A turn so long that a reader leaves meanwhile."""

        def wait(self, *, message_count: int) -> None:
            leave(stage, "ann")

    keys.sees = False
    lose_the_answer(stage, keys, is_taken=False, names=("ann",))
    desk = stage.desk()
    # The desk makes its own, and is frozen; only here must something happen exactly while it waits.
    object.__setattr__(desk, "pacing", LongTurn(stage.store, keys, stage.clock))
    assert settle(desk) == Settled(held=1)
    assert len(keys.requests) == 1


def test_a_batch_with_one_who_has_left_is_looked_up_instead(stage: Stage, keys: KeyLedger) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    leave(stage, "ben")
    assert settle(stage.desk()) == Settled(accepted=3)
    assert len(keys.requests) == 1
    assert stage.standing("ben") == (EnrollmentState.EXITED, "unsubscribed")


def test_a_batch_with_one_who_has_left_goes_again_without_him_once_it_is_proven_absent(
    stage: Stage, keys: KeyLedger
) -> None:
    lose_the_answer(stage, keys, is_taken=False)
    leave(stage, "ben")
    desk = stage.desk()
    assert settle(desk) == Settled(uncertain=3)
    for _ in range(16):
        stage.clock.sleep(MINUTE)
        stage.tick(desk)
    assert stage.states() == {
        "ann": MessageState.ACCEPTED,
        "ben": MessageState.SUPPRESSED,
        "cat": MessageState.ACCEPTED,
    }
    assert sorted(outgoing.mail.address for outgoing in keys.taken) == ["ann@example.org", "cat@example.org"]
    assert len(set(keys.keys)) == 2


def test_no_absence_is_proven_by_a_single_look(stage: Stage, keys: KeyLedger) -> None:
    """What the provider took may show up late."""
    lose_the_answer(stage, keys, is_taken=True)
    leave(stage, "ben")
    keys.taken, late = [], keys.taken
    desk = stage.desk()
    for _ in range(14):
        settle(desk)
        stage.clock.sleep(MINUTE)
    assert set(stage.states().values()) == {MessageState.UNCERTAIN}
    keys.taken = late
    stage.clock.sleep(2 * MINUTE)
    settle(desk)
    assert set(stage.states().values()) == {MessageState.ACCEPTED}


def test_quiet_hours_are_waited_for_before_a_request_is_made_again(stage: Stage, keys: KeyLedger) -> None:
    lose_the_answer(stage, keys, is_taken=False)
    # The same revision for those under way: so their quiet hours are put into it here.
    quiet = a_revision(schedule=replace(DAILY, quiet=Quiet(time(20), time(8))))
    with stage.store.write() as connection:
        connection.execute(text("UPDATE revisions SET compiled = :compiled"), {"compiled": quiet.to_json()})
    stage.clock.jump_to(NOW + 12 * HOUR)
    assert settle(stage.desk()) == Settled(uncertain=3)
    assert len(keys.requests) == 1


def test_a_paused_campaign_asks_for_nothing_again(stage: Stage, keys: KeyLedger) -> None:
    lose_the_answer(stage, keys, is_taken=False)
    pause(stage.store, CAMPAIGN)
    assert settle(stage.desk()) == Settled(uncertain=3)
    assert len(keys.requests) == 1


# After the keys


def test_keys_that_are_kept_no_more_are_not_used(stage: Stage, keys: KeyLedger) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    stage.clock.sleep(20 * HOUR)
    assert settle(stage.desk()) == Settled(accepted=3)
    assert len(keys.requests) == 1


def test_without_key_or_sight_it_waits_a_day_for_evidence_and_then_for_a_person(
    stage: Stage, keys: KeyLedger
) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    keys.sees = False
    stage.clock.sleep(23 * HOUR)
    assert settle(stage.desk()) == Settled(uncertain=3)
    stage.clock.sleep(HOUR)
    assert settle(stage.desk()) == Settled(held=3)
    assert stage.message("ann").reason == (
        "it may have been sent: ledger keeps its keys no longer than 20 hours; the ledger is closed"
    )
    assert len(keys.requests) == 1


# Late answers


def test_a_late_acceptance_keeps_what_is_due_again_from_going_a_second_time(
    stage: Stage, keys: KeyLedger
) -> None:
    """Looked up and proven absent, by a list that was wrong; then the slow worker's answer comes in."""
    keys.keys_kept = None

    def behave(batch: Sequence[Outgoing]) -> list[Answer]:
        stage.clock.sleep(4 * MINUTE)
        for _ in range(20):
            settle(stage.desk())
            stage.clock.sleep(MINUTE)
        assert set(stage.states().values()) == {MessageState.DUE}
        return keys.take_all(batch)

    stage.readers("ann")
    stage.publish(a_revision())
    keys.behave = behave
    stage.tick(stage.desk())
    keys.behave = keys.take_all
    stage.tick(stage.desk())
    assert stage.states() == {"ann": MessageState.ACCEPTED}
    assert len(keys.taken) == 1
    assert stage.message("ann", "two").due_at == NOW + timedelta(days=1)
    assert stage.column("SELECT kind || ': ' || outcome FROM evidence WHERE outcome <> 'absent'") == [
        "late answer: accepted"
    ]


def test_a_late_acceptance_settles_what_is_held_for_a_person(stage: Stage, keys: KeyLedger) -> None:
    keys.sees = False
    keys.keys_kept = None

    def behave(batch: Sequence[Outgoing]) -> list[Answer]:
        stage.clock.sleep(25 * HOUR)
        settle(stage.desk())
        assert stage.states() == {"ann": MessageState.HELD}
        return keys.take_all(batch)

    stage.readers("ann")
    stage.publish(a_revision())
    keys.behave = behave
    stage.tick(stage.desk())
    assert stage.states() == {"ann": MessageState.ACCEPTED}


def test_two_who_settle_at_once_do_it_once(stage: Stage, keys: KeyLedger) -> None:
    lose_the_answer(stage, keys, is_taken=True)
    other = stage.desk()

    def behave(batch: Sequence[Outgoing]) -> list[Answer]:
        keys.behave = keys.take_all
        assert settle(other) == Settled(accepted=3)
        return keys.take_all(batch)

    keys.behave = behave
    settle(stage.desk())
    assert set(stage.states().values()) == {MessageState.ACCEPTED}
    assert len(keys.taken) == 3
    assert len(stage.messages("ann")) == 2
