"""What a wave's answers may change: its own messages, while they are still its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from partwork.sending.enroll import enroll
from partwork.sending.states import MessageState
from partwork.store import waves
from partwork.store.messages import claim, release_claimed
from tests.support.stage import NOW, Stage, a_revision

LEASE = NOW + timedelta(minutes=3)
Late = Callable[[Connection, str], object]


def ask(connection: Connection, message: str, wave: str) -> None:
    claim(connection, [message], worker="w", lease_until=LEASE)
    waves.begin_sending(
        connection,
        [waves.Attempt(message, 0, "hash", "")],
        wave_id=wave,
        provider="ledger",
        idempotency_key=wave,
        worker="w",
        now=NOW,
        lease_until=LEASE,
    )


@pytest.fixture
def message(stage: Stage) -> str:
    """A message that the wave `first` lost, and that the wave `second` is asking for now."""
    stage.readers("ann")
    stage.publish(a_revision())
    enroll(stage.desk())
    message = stage.message("ann").message
    with stage.store.write() as connection:
        ask(connection, message, "first")
        assert waves.doubt(connection, message, wave_id="first", reason="no answer")
        assert waves.give_back(connection, message, wave_id="first", claimable_at=NOW, reason="")
        ask(connection, message, "second")
    return message


LATE: dict[str, Late] = {
    "accepted": lambda connection, message: waves.accept(
        connection, {message: "p"}, wave_id="first", sent_at=NOW
    ),
    "refused": lambda connection, message: waves.reject(connection, message, wave_id="first", reason=""),
    "not taken": lambda connection, message: waves.give_back(
        connection, message, wave_id="first", claimable_at=NOW, reason=""
    ),
    "uncertain": lambda connection, message: waves.doubt(connection, message, wave_id="first", reason=""),
    "refused whole": lambda connection, message: waves.reclaim(
        connection, [message], wave_id="first", worker="other", lease_until=LEASE
    ),
    "set aside": lambda connection, message: waves.set_aside(connection, message, wave_id="first", reason=""),
    "given back": lambda connection, message: release_claimed(connection, [message], worker="w"),
}


@pytest.mark.parametrize("late", LATE)
def test_an_answer_to_an_earlier_wave_changes_nothing_of_a_later_one(
    stage: Stage, message: str, late: str
) -> None:
    with stage.store.write() as connection:
        assert not LATE[late](connection, message)
    row = stage.message("ann")
    assert row.state is MessageState.SENDING
    assert stage.column("SELECT worker || wave FROM messages") == ["wsecond"]


def test_a_wave_is_written_whole_or_not_at_all(stage: Stage) -> None:
    stage.readers("ann", "ben")
    stage.publish(a_revision())
    enroll(stage.desk())
    ann, ben = (stage.message(name).message for name in ("ann", "ben"))

    def begin_with_one_that_is_not_claimed() -> None:
        with stage.store.write() as connection:
            claim(connection, [ann], worker="w", lease_until=LEASE)
            waves.begin_sending(
                connection,
                [waves.Attempt(ann, 0, "hash", ""), waves.Attempt(ben, 1, "hash", "")],
                wave_id="first",
                provider="ledger",
                idempotency_key="key",
                worker="w",
                now=NOW,
                lease_until=LEASE,
            )

    with pytest.raises(RuntimeError, match="1 of 2 messages moved"):
        begin_with_one_that_is_not_claimed()
    assert set(stage.states().values()) == {MessageState.DUE}
    assert stage.column("SELECT id FROM attempts") == []


def test_nobody_claims_what_another_has_claimed(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    enroll(stage.desk())
    stage.claim(stage.desk())
    with pytest.raises(RuntimeError, match="0 of 1 messages moved"), stage.store.write() as connection:
        claim(connection, [stage.message("ann").message], worker="w", lease_until=LEASE)
