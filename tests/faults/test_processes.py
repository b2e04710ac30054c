"""Rows 20, 21, 25 and 34: processes that are stopped, resumed, late, or asked to end; readers who leave."""

from __future__ import annotations

import random
import signal
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from partwork.clock import HostClock
from partwork.queue import InlineQueue
from partwork.sending.deliver import deliver
from partwork.sending.dispatch import dispatch
from partwork.sending.enroll import enroll
from partwork.sending.phrases import First, Interval, Unit
from partwork.sending.schedule import Schedule
from partwork.sending.states import MessageState
from partwork.tracking.ingest import unsubscribe
from tests.faults.invariants import check
from tests.faults.provider import Provider, running
from tests.faults.storm import drain, ledger_of, settle_in
from tests.journeys.place import PATIENCE, Place
from tests.support.ledger import LedgerProvider
from tests.support.postgres import engine_of
from tests.support.stage import Stage, a_revision

READERS = 230
AT_ANY_HOUR = Schedule(every=Interval(5, Unit.HOURS), first=First.AT_ONCE)


def wait_for_the_wire(double: Provider, pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not double.wire().holds_of(pid):
        assert time.monotonic() < deadline, "no request came"
        time.sleep(0.005)


def let_leases_run_out(url: str, *, patience: float = PATIENCE) -> None:
    """Ten minutes pass, as far as the database can tell; not while a stopped process has it locked."""
    engine = engine_of(url)
    wait = f"PRAGMA busy_timeout = {int(patience * 1000)}"
    if engine.dialect.name == "postgresql":
        wait = f"SET lock_timeout = {int(patience * 1000)}"
    with suppress(OperationalError), engine.begin() as connection:
        connection.exec_driver_sql(wait)
        connection.exec_driver_sql(
            "UPDATE messages SET lease_until = '2026-01-01T00:00:00.000000Z' WHERE worker <> ''"
        )
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("is_expired", [False, True])
def test_a_clock_that_stood_still_in_the_middle_of_a_request_doubles_nothing(
    place: Place, url: str, is_expired: bool, tmp_path: Path
) -> None:
    """Row 20, and 21 with its lease run out: another finds out, and the late answer is evidence."""
    with running(tmp_path / "ledger", latency=1) as double:
        settle_in(place, double, readers=READERS)
        stopped = place.start_clock("--once")
        wait_for_the_wire(double, stopped.pid)
        stopped.send_signal(signal.SIGSTOP)
        if is_expired:
            let_leases_run_out(url)
        place.tick()
        states = {row["state"] for row in place.messages() if row["part"] == "the-hidden-muscle"}
        assert states == {"accepted"} if is_expired else {"accepted", "sending"}
        stopped.send_signal(signal.SIGCONT)
        _, err = stopped.communicate(timeout=PATIENCE)
        assert stopped.returncode == 0, err
        assert "Traceback" not in err
        drain(place)
        report = check(url, ledger_of(place, double), now=datetime.now(UTC))
    assert report.holds, str(report)
    assert (report.accepted, report.uncertain, report.held) == (READERS, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_clocks_that_are_stopped_and_resumed_at_random_double_nothing(
    place: Place, url: str, seed: int, tmp_path: Path
) -> None:
    """Row 20: three on one database, each stopped and resumed; the leases of the stopped run out."""
    dice = random.Random(seed)
    with running(tmp_path / "ledger", latency=0.05) as double:
        settle_in(place, double, readers=3 * READERS)
        clocks = [place.start_clock("--once") for _ in range(3)]
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline and any(clock.poll() is None for clock in clocks):
            clock = dice.choice(clocks)
            clock.send_signal(signal.SIGSTOP)
            time.sleep(dice.uniform(0.05, 0.4))
            if dice.random() < 0.5:
                let_leases_run_out(url, patience=0.05)
            clock.send_signal(signal.SIGCONT)
        for clock in clocks:
            clock.send_signal(signal.SIGCONT)
            _, err = clock.communicate(timeout=PATIENCE)
            assert "Traceback" not in err, err
        drain(place)
        report = check(url, ledger_of(place, double), now=datetime.now(UTC))
    assert report.holds, str(report)
    assert (report.accepted, report.uncertain, report.held) == (3 * READERS, 0, 0)


@pytest.mark.slow
def test_a_clock_that_is_asked_to_end_finishes_its_request_and_gives_back_the_rest(
    place: Place, url: str, tmp_path: Path
) -> None:
    """Row 34."""
    with running(tmp_path / "ledger", latency=1) as double:
        settle_in(place, double, readers=READERS)
        clock = place.start_clock()
        wait_for_the_wire(double, clock.pid)
        asked_at = time.monotonic()
        clock.send_signal(signal.SIGTERM)
        _, err = clock.communicate(timeout=PATIENCE)
        assert time.monotonic() - asked_at < PATIENCE
        assert clock.returncode == 0, err
        states = [row["state"] for row in place.messages() if row["part"] == "the-hidden-muscle"]
        assert {state: states.count(state) for state in sorted(set(states))} == {
            "accepted": 100,
            "due": READERS - 100,
        }
        drain(place)
        report = check(url, ledger_of(place, double), now=datetime.now(UTC))
    assert report.holds, str(report)
    assert report.accepted == READERS


@pytest.mark.slow
def test_a_thousand_readers_who_leave_while_they_are_written_to(stage: Stage) -> None:
    """Row 25, I4: no request whose last look began after a leaving was committed contains that reader."""
    names = [f"r{number}" for number in range(1000)]
    # What races is not to be turned by hand.
    stage.clock = HostClock(threading.Event())  # type: ignore[assignment]
    stage.readers(*names)
    stage.publish(a_revision(parts=("one",), schedule=AT_ANY_HOUR))
    provider = stage.provider = LedgerProvider(batch_limit=4)
    desk = stage.desk()
    enroll(desk)
    ids = {row.address: row.message for row in stage.messages()}
    dice = random.SystemRandom()
    order = dice.sample(sorted(ids), len(ids))
    left_at: dict[str, datetime] = {}
    sending = threading.Thread(target=dispatch, args=(desk, InlineQueue(lambda chunk: deliver(desk, chunk))))
    sending.start()
    for address in order:
        unsubscribe(stage.store, message_id=ids[address], source="link", now=datetime.now(UTC))
        left_at[address] = datetime.now(UTC)
        # Neither is to be over before the other has begun.
        time.sleep(dice.uniform(0, 0.004))
    sending.join()
    report = check(stage.url, provider.taken_ids(), now=datetime.now(UTC), left_at=left_at)
    assert report.holds, str(report)
    states = list(stage.states().values())
    assert set(states) == {MessageState.ACCEPTED, MessageState.SUPPRESSED}, "the two did not race"
    assert states.count(MessageState.ACCEPTED) == len(provider.taken)
