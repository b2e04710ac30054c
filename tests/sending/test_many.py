"""Several schedulers on one PostgreSQL: none leads, none doubles, and none waits for another without end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from threading import Barrier, Event, Lock

import pytest
from sqlalchemy import Connection, text

from partwork.audiences.imports import import_readers
from partwork.audiences.readers import ReaderRow, ReadersFile
from partwork.campaigns.publish import pause, stop
from partwork.errors import OutcomeUncertain
from partwork.providers.contract import Answer, Pace, Uncertain
from partwork.queue import InlineQueue
from partwork.sending.deliver import deliver
from partwork.sending.desk import Desk
from partwork.sending.dispatch import dispatch
from partwork.sending.enroll import enroll
from partwork.sending.outgoing import Outgoing
from partwork.sending.settle import settle
from partwork.sending.states import MessageState
from partwork.store.audiences import add_membership, suppress
from partwork.store.campaigns import ensure_link, hold_campaign
from partwork.store.connect import DatabaseTrouble, Store
from partwork.store.events import record_event
from partwork.store.messages import claimed_to_guard, due_messages
from partwork.tracking.ingest import unsubscribe
from tests.support.ledger import LedgerProvider
from tests.support.stage import CAMPAIGN, NOW, HoldingQueue, Stage, a_revision, stage_on


@pytest.fixture
def stage(tmp_path: Path, postgres_url: str) -> Iterator[Stage]:
    stage = stage_on(tmp_path, postgres_url)
    yield stage
    stage.close()


@pytest.fixture
def other(stage: Stage) -> Iterator[Stage]:
    """The same database, clock and people as another process sees them, with a provider of its own."""
    with stage.outside() as store:
        yield Stage(
            stage.folder, store, stage.clock, LedgerProvider(batch_limit=50), stage.url, people=stage.people
        )


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do all at the same moment, each in a thread; return what they return."""
    barrier = Barrier(len(works))

    def start(work: Callable[[], object]) -> object:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return [future.result() for future in [threads.submit(start, work) for work in works]]


def names(count: int) -> list[str]:
    return [f"reader{number}" for number in range(count)]


def test_two_dispatchers_claim_each_of_five_hundred_due_messages_once(stage: Stage, other: Stage) -> None:
    stage.readers(*names(500))
    stage.publish(a_revision())
    enroll(stage.desk())
    queues = [HoldingQueue(), HoldingQueue()]
    desks = [stage.desk(), other.desk()]
    at_once(lambda: dispatch(desks[0], queues[0]), lambda: dispatch(desks[1], queues[1]))
    claimed = [message for queue in queues for chunk in queue.chunks for message in chunk]
    assert len(claimed) == len(set(claimed))
    # What one held while the other looked is the business of the next tick.
    for desk, queue in zip(desks, queues, strict=True):
        dispatch(desk, queue)
    claimed = [message for queue in queues for chunk in queue.chunks for message in chunk]
    assert sorted(claimed) == sorted(row.message for row in stage.messages())
    assert set(stage.states().values()) == {MessageState.CLAIMED}


def test_two_schedulers_send_everything_once(stage: Stage, other: Stage) -> None:
    stage.provider.batch_limit = 50
    stage.readers(*names(300))
    stage.publish(a_revision(parts=("one", "two")))

    def run(place: Stage) -> None:
        desk = place.desk()
        for _ in range(4):
            place.tick(desk)

    for _ in range(2):
        at_once(lambda: run(stage), lambda: run(other))
        run(stage)
        stage.clock.sleep(timedelta(days=1))
    taken = Counter(stage.provider.taken_ids() + other.provider.taken_ids())
    assert len(taken) == 600
    assert set(taken.values()) == {1}
    assert {row.state for row in stage.messages()} == {MessageState.ACCEPTED}


def test_two_schedulers_settle_what_was_lost_and_send_nothing_twice(stage: Stage, other: Stage) -> None:
    """Every third answer is lost after the provider took it, every fifth request before."""
    provider = stage.provider
    provider.batch_limit = 7
    stage.readers(*names(150))
    stage.publish(a_revision(parts=("one", "two")))
    numbers = count(1)

    def lose_some(batch: Sequence[Outgoing]) -> list[Answer]:
        number = next(numbers)
        if number % 5 == 0:
            raise OutcomeUncertain("no answer")
        answers = provider.take_all(batch)
        return [Uncertain("no answer") for _ in batch] if number % 3 == 0 else answers

    def run(place: Stage) -> None:
        desk = place.desk(provider)
        for _ in range(5):
            place.tick(desk)

    provider.behave = lose_some
    for _ in range(2):
        for _ in range(3):
            at_once(lambda: run(stage), lambda: run(other))
            stage.clock.sleep(timedelta(hours=1))
        stage.clock.sleep(timedelta(days=1))
    provider.behave = provider.take_all
    for _ in range(4):
        run(stage)
        stage.clock.sleep(timedelta(hours=2))
    assert {row.state for row in stage.messages()} == {MessageState.ACCEPTED}
    taken = Counter(provider.taken_ids())
    assert (len(taken), set(taken.values())) == (300, {1})


def test_two_dispatchers_together_claim_no_more_than_the_pace_allows(stage: Stage, other: Stage) -> None:
    pace = Pace(messages_per_day=10)
    stage.readers(*names(40))
    stage.publish(a_revision())
    enroll(stage.desk())
    desks = [place.desk(LedgerProvider(pace=pace)) for place in (stage, other)]
    at_once(lambda: dispatch(desks[0], HoldingQueue()), lambda: dispatch(desks[1], HoldingQueue()))
    assert Counter(stage.states().values()) == {MessageState.CLAIMED: 10, MessageState.DUE: 30}


def test_two_enrollers_enroll_each_member_once(stage: Stage, other: Stage) -> None:
    stage.readers(*names(700))
    stage.publish(a_revision())
    first, second = at_once(lambda: enroll(stage.desk()), lambda: enroll(other.desk()))
    left = enroll(stage.desk())
    assert (first + second + left, len(stage.messages())) == (700, 700)  # type: ignore[operator]


def test_who_enrolls_into_a_campaign_has_it_to_itself_and_others_do_not_wait(
    stage: Stage, other: Stage
) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    with stage.store.write() as connection:
        assert hold_campaign(connection, CAMPAIGN) is not None
        assert enroll(other.desk()) == 0
    assert enroll(other.desk()) == 1


def test_who_waits_for_a_chunk_of_another_goes_on_without_it(stage: Stage, other: Stage) -> None:
    stage.readers("ann", "ben")
    stage.publish(a_revision())
    enroll(stage.desk())
    with stage.store.write() as connection:
        assert len(due_messages(connection, campaign=CAMPAIGN, now=NOW, limit=500)) == 2
        assert dispatch(other.desk(), HoldingQueue()) == 0
    assert dispatch(other.desk(), HoldingQueue()) == 2


def test_leaving_waits_for_the_wave_that_looked_before_it_and_no_longer(stage: Stage, other: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    (chunk,) = stage.claim(desk)
    has_left = Event()

    def leave() -> None:
        unsubscribe(other.store, message_id=chunk[0], source="link", now=NOW)
        has_left.set()

    with ThreadPoolExecutor(1) as threads:
        with stage.store.write() as connection:
            (seen,) = claimed_to_guard(connection, chunk, worker=desk.worker.name)
            assert seen.suppressed_because is None
            leaving = threads.submit(leave)
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            with stage.outside() as outside:
                while not _first(outside, waits):
                    assert not has_left.is_set()
        leaving.result(timeout=30)
    with stage.store.write() as connection:
        assert claimed_to_guard(connection, chunk, worker=desk.worker.name) == []


def _first(store: Store, sql: str) -> object:
    with store.read() as connection:
        return connection.execute(text(sql)).scalar()


def test_no_request_whose_last_look_began_after_a_leaving_holds_that_reader(
    stage: Stage, other: Stage
) -> None:
    """Two hundred readers leave while two hundred waves are written ahead of the wire."""
    readers = names(200)
    stage.provider.batch_limit = 1
    stage.readers(*readers)
    stage.publish(a_revision())
    enroll(stage.desk())
    message_of = {row.address.partition("@")[0]: row.message for row in stage.messages()}
    gone: set[str] = set()
    guard = Lock()
    late: list[str] = []
    looks: dict[str, set[str]] = {}
    provider = stage.provider

    class Watching(LedgerProvider):
        def send(self, batch, *, idempotency_key):  # type: ignore[no-untyped-def]
            late.extend(one.message_id for one in batch if one.message_id in looks[one.message_id])
            return super().send(batch, idempotency_key=idempotency_key)

    watching = Watching(batch_limit=1)
    desk = stage.desk(watching)

    def leave_all() -> None:
        for name in readers:
            unsubscribe(other.store, message_id=message_of[name], source="link", now=NOW)
            with guard:
                gone.add(message_of[name])

    def send_all() -> None:
        for name in reversed(readers):
            (message,) = (message_of[name],)
            # Who had left by now must not be in the request whose last look begins hereafter.
            with guard:
                looks[message] = set(gone)
            if message in {one for chunk in claimed for one in chunk}:
                deliver(desk, [message])

    claimed = stage.claim(desk)
    at_once(leave_all, send_all)
    assert late == []
    states = set(stage.states().values())
    assert states == {MessageState.ACCEPTED, MessageState.SUPPRESSED}
    assert Counter(watching.taken_ids()).most_common(1)[0][1] == 1
    assert provider.taken == []


def test_leaving_and_sending_the_same_reader_two_hundred_times_loses_and_doubles_nothing(
    stage: Stage, other: Stage
) -> None:
    readers = names(200)
    stage.provider.batch_limit = 1
    stage.readers(*readers)
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    chunks = stage.claim(desk)
    for message in [one for chunk in chunks for one in chunk]:
        at_once(
            lambda message=message: deliver(desk, [message]),
            lambda message=message: unsubscribe(other.store, message_id=message, source="link", now=NOW),
        )
    taken = set(stage.provider.taken_ids())
    for row in stage.messages():
        expected = MessageState.ACCEPTED if row.message in taken else MessageState.SUPPRESSED
        assert (row.part, row.state) == ("one", expected) or row.part == "two"
    # Whoever left gets nothing more.
    stage.clock.sleep(timedelta(days=2))
    stage.tick(desk)
    assert len(stage.provider.taken) == len(taken)


def test_members_who_change_at_once_are_seen_in_the_order_of_their_serials(
    stage: Stage, other: Stage
) -> None:
    stage.publish(a_revision())
    may_commit = Event()

    def add_slowly() -> None:
        with other.store.write() as connection:
            add_membership(connection, "readers", person, is_subscribed=True)
            has_drawn.set()
            may_commit.wait(30)

    person = stage.add_reader("ann", audience="others")
    has_drawn = Event()
    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(add_slowly)
        assert has_drawn.wait(30)
        # The next number is not drawn before the first is there to be seen.
        quick = threads.submit(stage.add_reader, "ben")
        with stage.outside() as outside:
            while not _first(outside, "SELECT count(*) FROM pg_locks WHERE NOT granted"):
                assert not quick.done()
        assert enroll(stage.desk()) == 0
        may_commit.set()
        slow.result(timeout=30)
        quick.result(timeout=30)
    serials = stage.column("SELECT serial FROM memberships WHERE audience = 'readers' ORDER BY serial")
    assert serials == [2, 3]


def reader(name: str, *, subscribed: bool = True) -> ReaderRow:
    return ReaderRow(
        line=1,
        address=f"{name}@example.org",
        address_key=f"{name}@example.org",
        first_name=name.title(),
        timezone="Europe/London",
        consent_basis="consent",
        consent_source="a form",
        consent_on=date(2026, 1, 2),
        subscribed=subscribed,
        attributes=(),
    )


def test_two_imports_of_the_same_people_and_an_enroller_come_to_one_row_each(
    stage: Stage, other: Stage
) -> None:
    people = [reader(name) for name in names(600)]
    stage.publish(a_revision())

    def load(store: Store, rows: Sequence[ReaderRow]) -> None:
        import_readers(store, "readers", ReadersFile("readers.csv", (), tuple(rows), (), (), ()), now=NOW)

    at_once(
        lambda: load(stage.store, people),
        lambda: load(other.store, people[::-1]),
        lambda: enroll(stage.desk()),
    )
    enroll(stage.desk())
    counts = [
        stage.column(f"SELECT count(*) FROM {table}")[0]
        for table in ("subscribers", "memberships", "consents", "enrollments")
    ]
    assert counts == [600] * 4


def test_the_same_fact_from_two_sides_is_kept_once(stage: Stage, other: Stage) -> None:
    def facts(store: Store) -> list[object]:
        found: list[object] = []
        for number in range(40):
            with store.write() as connection:
                key = f"fact-{number}"
                found.append(
                    record_event(
                        connection,
                        dedupe_key=key,
                        kind="clicked",
                        message_id=None,  # type: ignore[arg-type]
                        link_id=None,
                        source="link",
                        occurred_at=NOW,
                    )
                )
                found.append(suppress(connection, f"{key}@example.org", reason="r", evidence="e", now=NOW))
                ensure_link(connection, f"https://example.org/{number}")
        return found

    first, second = at_once(lambda: facts(stage.store), lambda: facts(other.store))
    assert [one + two for one, two in zip(first, second, strict=True)] == [1] * 80  # type: ignore[call-overload]
    assert stage.column("SELECT count(*) FROM links") == [40]


def test_a_campaign_is_stopped_while_two_schedulers_are_at_it(stage: Stage, other: Stage) -> None:
    stage.provider.batch_limit = 20
    stage.readers(*names(400))
    stage.publish(a_revision())

    def run(place: Stage) -> None:
        desk: Desk = place.desk()
        for _ in range(3):
            settle(desk)
            enroll(desk)
            dispatch(desk, InlineQueue(lambda chunk: deliver(desk, chunk)))

    at_once(lambda: run(stage), lambda: run(other), lambda: stop(stage.store, CAMPAIGN, now=NOW))
    run(stage)
    stage.clock.sleep(timedelta(days=2))
    run(stage)
    taken = Counter(stage.provider.taken_ids() + other.provider.taken_ids())
    assert set(taken.values()) <= {1}
    assert {row.state for row in stage.messages()} <= {MessageState.ACCEPTED, MessageState.CANCELLED}
    assert stage.column("SELECT count(*) FROM enrollments WHERE state = 'active'") == [0]


def test_two_who_publish_at_once_both_succeed(stage: Stage, other: Stage) -> None:
    at_once(
        lambda: stage.publish(a_revision(campaign="a")),
        lambda: other.publish(a_revision(campaign="a")),
        lambda: other.publish(a_revision(campaign="b")),
    )
    assert stage.column("SELECT slug FROM campaigns ORDER BY slug") == ["a", "b"]
    assert pause(stage.store, "a")


def test_a_transaction_that_stands_still_does_not_keep_its_locks_for_ever(stage: Stage) -> None:
    """Its process may have been stopped; the server ends it, and what it held is free."""
    stage.readers("ann")

    def stand_still(connection: Connection) -> None:
        connection.execute(text("SET idle_in_transaction_session_timeout = 50"))
        connection.execute(text("SELECT * FROM subscribers FOR UPDATE"))
        while _first(stage.store, "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in tr%'"):
            pass
        connection.execute(text("SELECT 1"))

    with stage.outside() as outside:
        with pytest.raises(DatabaseTrouble, match="idle-in-transaction"), outside.write() as connection:
            stand_still(connection)
        with outside.write() as connection:
            connection.execute(text("SELECT * FROM subscribers FOR UPDATE NOWAIT"))
