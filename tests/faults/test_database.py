"""Rows 4 to 6 and 33: a disk that fails or is full, a database that is busy, a migration cut short."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from partwork.store.tables import SCHEMA
from tests.faults.invariants import check
from tests.faults.provider import running
from tests.faults.storm import drain, ledger_of, settle_in
from tests.journeys.place import PATIENCE, Place

READERS = 330


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("strace is missing: .ci/run installs it from Debian's packages")
        # A user's machine may be without it; CI never is.
        pytest.skip("needs strace: apt-get install strace")
    return found


FAULTS = {
    # Row 4: the disk reports an error once, at this call.
    "fdatasync fails": ("fdatasync", "fdatasync:error=EIO:when={}"),
    # Row 5: the disk is full from this call on.
    "the disk is full": ("pwrite64", "pwrite64:error=ENOSPC:when={}+"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_fails_stops_the_sending_and_loses_nothing(
    place: Place, strace: str, fault: str, tmp_path: Path
) -> None:
    calls, injection = FAULTS[fault]
    dice = random.SystemRandom()
    moments = [3, 7, 11, *(dice.randint(2, 40) for _ in range(3))]
    with running(tmp_path / "ledger") as double:
        settle_in(place, double, readers=READERS)
        ended = []
        for moment in moments:
            place.under = (strace, "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}")
            place.under += ("-e", f"inject={injection.format(moment)}")
            ran = place.run([sys.executable, str(place.folder / "scheduler.py"), "--once"])
            ended.append(ran.status)
            assert "@example.org" not in ran.said
        place.under = ()
        drain(place)
        report = check(f"sqlite:///{place.database}", ledger_of(place, double), now=datetime.now(UTC))
    told = f"{fault} at {moments}, {ended}: {report}"
    assert report.holds, told
    assert (report.accepted, report.uncertain, report.held) == (READERS, 0, 0), told


@pytest.mark.slow
def test_a_database_that_is_busy_is_waited_for(place: Place, tmp_path: Path) -> None:
    """Row 6, on SQLite: somebody holds the file's lock for a while, again and again."""
    with running(tmp_path / "ledger", latency=0.1) as double:
        settle_in(place, double, readers=READERS)
        clock = place.start_clock("--once")
        holder = sqlite3.connect(place.database, timeout=PATIENCE, isolation_level=None)
        for _ in range(4):
            holder.execute("BEGIN IMMEDIATE")
            time.sleep(1)  # the fault itself: nobody else may write so long
            holder.execute("ROLLBACK")
            time.sleep(0.05)  # room for one writer in between, and no more
        holder.close()
        out, err = clock.communicate(timeout=PATIENCE)
        assert clock.returncode == 0, out + err
        report = check(f"sqlite:///{place.database}", ledger_of(place, double), now=datetime.now(UTC))
    assert report.holds, str(report)
    assert report.accepted == READERS


@pytest.mark.slow
def test_an_upgrade_that_is_killed_is_whole_or_absent(place: Place) -> None:
    """Row 33: a database of the first version with much in it, upgraded, and killed in the middle."""
    place.state.mkdir(exist_ok=True)
    engine = create_engine(f"sqlite:///{place.database}")
    config = Config()
    config.set_main_option("script_location", "partwork.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    _fill(place.database)
    dice = random.SystemRandom()
    seen = set()
    for _ in range(8):
        upgrade = place.start([sys.executable, "-m", "partwork", "db", "upgrade"])
        # Some moment between the start of the process and the end of its upgrade: that is what is drawn.
        time.sleep(dice.uniform(0.3, 0.9))
        upgrade.kill()
        upgrade.communicate(timeout=PATIENCE)
        with sqlite3.connect(place.database) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (attempts,) = connection.execute("SELECT count(*) FROM attempts").fetchone()
        connection.close()
        seen.add(version)
        assert attempts == ROWS
    assert "schema" in place.must("db", "upgrade")
    with sqlite3.connect(place.database) as connection:
        phases = connection.execute("SELECT phase, count(*) FROM attempts GROUP BY phase").fetchall()
        pauses = connection.execute("SELECT provider, reason FROM provider_accounts").fetchall()
    connection.close()
    # Killed early or late, it is the old version or the new one, never something between.
    assert seen <= {"0001", SCHEMA}
    assert phases == [("answered", ROWS)]
    assert pauses == [("resend", "the quota")]


ROWS = 60_000
ONE_MESSAGE = (
    "INSERT INTO revisions VALUES ('r', 'c', '{}', '2026')",
    "INSERT INTO campaigns VALUES ('c', 'readers', 'published', 'r', 0, '2026')",
    "INSERT INTO subscribers VALUES (1, 'a@example.org', 'a@example.org', '', 'Europe/London', '{}', '2026')",
    "INSERT INTO enrollments VALUES (1, 'c', 1, 'readers', 'r', 'completed', '', '2026', '2026')",
    "INSERT INTO messages (id, enrollment_id, campaign, part, state, due_at, claimable_at, sent_at)"
    f" VALUES ('{'m' * 20}', 1, 'c', 'one', 'accepted', '2026', '2026', '2026')",
)


def _fill(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO provider_pauses VALUES ('resend', 'the quota', '2026-11-27T09:00:00Z')"
        )
        for statement in ONE_MESSAGE:
            connection.execute(statement)
        connection.executemany(
            "INSERT INTO attempts (message_id, wave, wave_order, provider, idempotency_key, request_hash,"
            " worker, started_at, outcome) VALUES (?, ?, 0, 'resend', 'k', 'h', 'w', '2026', 'accepted')",
            (("m" * 20, f"w{number}") for number in range(ROWS)),
        )
    connection.close()


def test_a_process_with_few_files_to_open_sends_all_the_same(place: Place, tmp_path: Path) -> None:
    """Row 29: `ulimit -n 64`."""
    with running(tmp_path / "ledger") as double:
        settle_in(place, double, readers=READERS)
        place.under = ("sh", "-c", 'ulimit -n 64; exec "$@"', "sh")
        place.tick()
        report = check(f"sqlite:///{place.database}", ledger_of(place, double), now=datetime.now(UTC))
    assert report.holds, str(report)
    assert report.accepted == READERS
