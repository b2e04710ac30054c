"""An account that does not answer as it should rests, for ever longer, and is tried with one request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from partwork.errors import Scope
from partwork.providers.contract import Answer, Pace, Refused, Unavailable, Uncertain
from partwork.sending.deliver import deliver
from partwork.sending.enroll import enroll
from partwork.sending.outgoing import Outgoing
from partwork.sending.pacing import Pacing
from partwork.sending.states import MessageState
from partwork.store.accounts import account, provider_pause
from partwork.store.connect import Store
from tests.support.ledger import Behaviour, LedgerProvider
from tests.support.stage import NOW, Stage, a_revision

MINUTE = timedelta(minutes=1)


@pytest.fixture
def crowd(stage: Stage) -> Stage:
    """Twelve readers, so four waves of three, whose only part is due now."""
    stage.readers(*(f"r{number}" for number in range(12)))
    stage.publish(a_revision(parts=("one",)))
    enroll(stage.desk())
    return stage


def always(answer: Answer) -> Behaviour:
    return lambda batch: [answer for _ in batch]


def paused_until(stage: Stage) -> datetime | None:
    with stage.store.read() as connection:
        pause = provider_pause(connection, "ledger", now=stage.clock.now())
    return pause.paused_until if pause else None


def failures(stage: Stage) -> int:
    with stage.store.read() as connection:
        return account(connection, "ledger").failure_count


def test_requests_without_an_answer_stop_before_they_have_burnt_the_audience(crowd: Stage) -> None:
    crowd.provider.behave = always(Uncertain("no answer"))
    crowd.tick(crowd.desk())
    assert len(crowd.provider.requests) == 3
    assert paused_until(crowd) == NOW + MINUTE
    states = list(crowd.states().values())
    assert (states.count(MessageState.UNCERTAIN), states.count(MessageState.DUE)) == (9, 3)


def test_an_account_that_fails_again_and_again_rests_for_ever_longer_up_to_a_bound(crowd: Stage) -> None:
    crowd.provider.behave = always(Unavailable("overloaded", scope=Scope.ACCOUNT))
    desk = crowd.desk()
    rests = []
    for _ in range(8):
        crowd.tick(desk)
        until = paused_until(crowd)
        assert until is not None
        rests.append(until - crowd.clock.now())
        crowd.clock.jump_to(until)
    assert rests[0] == MINUTE
    assert all(MINUTE <= rest <= min(15 * MINUTE, MINUTE * 2**turn) for turn, rest in enumerate(rests))
    assert len(set(rests)) > 4
    # Each time one request was enough to see it.
    assert len(crowd.provider.requests) == 8


def test_an_account_that_answers_again_is_asked_at_full_speed_again(crowd: Stage) -> None:
    crowd.provider.behave = always(Unavailable("overloaded", scope=Scope.ACCOUNT))
    desk = crowd.desk()
    crowd.tick(desk)
    assert failures(crowd) == 1
    crowd.provider.behave = crowd.provider.take_all
    crowd.clock.sleep(MINUTE)
    crowd.tick(desk)
    assert failures(crowd) == 0
    assert set(crowd.states().values()) == {MessageState.ACCEPTED}


def test_after_a_rest_one_request_is_claimed_first(crowd: Stage) -> None:
    crowd.provider.behave = always(Unavailable("overloaded", scope=Scope.ACCOUNT))
    crowd.tick(crowd.desk())
    crowd.clock.sleep(MINUTE)
    (chunk, *_) = crowd.claim(crowd.desk())
    assert len(chunk) == crowd.provider.batch_limit


def test_answers_about_one_message_say_nothing_of_the_account(crowd: Stage) -> None:
    crowd.provider.behave = always(Refused("no such mailbox", Scope.RECIPIENT))
    crowd.tick(crowd.desk())
    assert (failures(crowd), paused_until(crowd)) == (0, None)
    assert len(crowd.provider.requests) == 4


def test_all_who_share_a_database_share_a_provider_s_pace(stage: Stage) -> None:
    provider = LedgerProvider(pace=Pace(requests_per_second=2))
    first, second = (Pacing(stage.store, provider, stage.clock) for _ in range(2))
    instants = []
    for pacing in (first, second, first, first, second):
        pacing.wait(message_count=1)
        instants.append((stage.clock.now() - NOW).total_seconds())
    assert instants == [0, 0.5, 1, 1.5, 2]


def test_a_place_reserved_by_a_clock_that_was_ahead_is_not_waited_for(stage: Stage) -> None:
    provider = LedgerProvider(pace=Pace(requests_per_second=2))
    with stage.store.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO provider_accounts (provider, free_at)"
            " VALUES ('ledger', '2026-11-24T09:00:00.000000Z')"
        )
    Pacing(stage.store, provider, stage.clock).wait(message_count=1)
    assert stage.clock.now() == NOW


# What was taken is recorded, even if the database cannot do it at once


class FailingStore(Store):
    """A store whose commits fail so many times from when it is told to."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._engine)
        self.failures_left = 0

    def write(self):  # type: ignore[no-untyped-def]
        if self.failures_left:
            self.failures_left -= 1
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))
        return super().write()


@pytest.mark.parametrize("failure_count", [1, 5])
def test_an_answer_is_kept_in_hand_until_the_database_takes_it(stage: Stage, failure_count: int) -> None:
    store = stage.store = FailingStore(stage.store)

    def take_and_break(batch: Sequence[Outgoing]) -> list[Answer]:
        store.failures_left = failure_count
        return stage.provider.take_all(batch)

    stage.readers("ann", "ben")
    stage.publish(a_revision(parts=("one",)))
    stage.provider.behave = take_and_break
    stage.tick(stage.desk())
    assert set(stage.states().values()) == {MessageState.ACCEPTED}
    assert len(stage.provider.taken) == 2


def test_a_database_that_takes_nothing_more_stops_the_sending_and_loses_nothing(stage: Stage) -> None:
    store = stage.store = FailingStore(stage.store)

    def take_and_break(batch: Sequence[Outgoing]) -> list[Answer]:
        store.failures_left = 1000
        return stage.provider.take_all(batch)

    stage.readers(*(f"r{number}" for number in range(9)))
    stage.publish(a_revision(parts=("one",)))
    stage.provider.behave = take_and_break
    with pytest.raises(OperationalError):
        stage.tick(stage.desk())
    assert len(stage.provider.requests) == 1
    store.failures_left = 0
    stage.provider.behave = stage.provider.take_all
    stage.clock.sleep(6 * MINUTE)
    stage.tick(stage.desk())
    assert set(stage.states().values()) == {MessageState.ACCEPTED}
    assert len(stage.provider.taken) == len(set(stage.provider.taken_ids())) == 9


class DeafStore(Store):
    """A store whose next commits are made and not heard of: the connection breaks just then."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._engine)
        self.unheard = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
        if self.unheard:
            self.unheard -= 1
            raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))


@pytest.mark.parametrize("unheard", [1, 3])
def test_an_answer_whose_commit_was_not_heard_of_is_recorded_once(stage: Stage, unheard: int) -> None:
    """Row 7 of the faults: whether it was committed is read again, never done again blindly."""
    store = stage.store = DeafStore(stage.store)

    def take_and_break(batch: Sequence[Outgoing]) -> list[Answer]:
        store.unheard = unheard
        return stage.provider.take_all(batch)

    stage.readers("ann", "ben")
    stage.publish(a_revision())
    stage.provider.behave = take_and_break
    stage.tick(stage.desk())
    assert set(stage.states().values()) == {MessageState.ACCEPTED}
    assert [row.part for row in stage.messages("ann")] == ["one", "two"]
    assert stage.column("SELECT count(*) FROM evidence") == [0]
    assert len(stage.provider.taken) == 2


def test_a_wave_whose_commit_was_not_heard_of_goes_back_and_is_sent_once(stage: Stage) -> None:
    store = stage.store = DeafStore(stage.store)
    stage.readers("ann", "ben")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    (chunk,) = stage.claim(desk)
    store.unheard = 1
    with pytest.raises(OperationalError):
        deliver(desk, chunk)
    assert stage.provider.requests == []
    assert stage.column("SELECT DISTINCT outcome FROM attempts") == ["unsent"]
    stage.clock.sleep(6 * MINUTE)
    stage.tick(stage.desk())
    assert set(stage.states().values()) == {MessageState.ACCEPTED}
    assert len(stage.provider.taken) == 2


def test_a_process_that_stood_still_before_its_request_sends_nothing(stage: Stage) -> None:
    """Others may have taken it for dead by then: the frozen host wakes up three minutes later."""
    stage.readers("ann")
    stage.publish(a_revision(parts=("one",)))
    desk = stage.desk()
    enroll(desk)
    (chunk,) = stage.claim(desk)
    asked = iter([NOW, NOW, NOW + 3 * MINUTE])
    real_now = stage.clock.now
    stage.clock.now = lambda: next(asked, real_now())  # type: ignore[method-assign]
    deliver(desk, chunk)
    stage.clock.now = real_now  # type: ignore[method-assign]
    assert stage.provider.requests == []
    assert stage.states() == {"ann": MessageState.DUE}
    stage.tick(stage.desk())
    assert stage.states() == {"ann": MessageState.ACCEPTED}
