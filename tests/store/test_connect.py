"""Opening a database: ours, current, whole, and safe with many at it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, InternalError

from partwork.errors import CommandError, SettingsError
from partwork.store.accounts import pause_provider, provider_pause, resume_provider
from partwork.store.campaigns import record_settings, recorded_settings
from partwork.store.concurrency import lock_publishing
from partwork.store.connect import (
    Store,
    follow_store,
    open_existing_store,
    open_store,
    upgrade_database,
)
from partwork.store.tables import SCHEMA
from tests.support.stage import Stage

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def tables_of(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    return {name for (name,) in rows}


def test_a_missing_database_is_made_with_the_folder_it_lies_in(file_store: Store, database: Path) -> None:
    assert {"messages", "enrollments", "alembic_version"} <= tables_of(database)


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 60_000)],
)
def test_every_connection_to_a_file_keeps_the_promises(
    file_store: Store, pragma: str, expected: object
) -> None:
    with file_store.read() as first, file_store.read() as second:
        for connection in (first, second):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == expected


def test_a_row_that_points_at_nothing_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), store.write() as connection:
        connection.execute(
            text("INSERT INTO memberships VALUES ('readers', 4711, 'subscribed', 1)"),
        )


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def break_off() -> None:
        with store.write() as connection:
            record_settings(connection, "{}", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with store.read() as connection:
        assert recorded_settings(connection) is None


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(store: Store) -> None:
    with store.read() as reader:
        assert recorded_settings(reader) is None
        with store.write() as writer:
            record_settings(writer, "{}", now=NOW)
        assert recorded_settings(reader) is None
    with store.read() as reader:
        assert recorded_settings(reader) == "{}"


def test_what_a_reader_writes_is_not_kept(store: Store, kind: str) -> None:
    # PostgreSQL refuses it at once.
    refused = pytest.raises(InternalError, match="read-only") if kind == "postgres" else nullcontext()
    with refused, store.read() as connection:
        record_settings(connection, "{}", now=NOW)
    with store.read() as connection:
        assert recorded_settings(connection) is None


def test_two_writers_wait_for_each_other_and_lose_nothing(store: Store) -> None:
    barrier = Barrier(8)

    def add_one(_number: int) -> None:
        barrier.wait()
        for _ in range(5):
            with store.write() as connection:
                lock_publishing(connection)
                count = int(recorded_settings(connection) or 0)
                record_settings(connection, str(count + 1), now=NOW)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_one, range(8)))
    with store.read() as connection:
        assert recorded_settings(connection) == "40"


def test_an_error_of_the_database_names_no_parameter(store: Store) -> None:
    with pytest.raises(IntegrityError) as fault, store.write() as connection:
        connection.execute(
            text("INSERT INTO consents (subscriber_id, audience) VALUES (1, :who)"),
            {"who": "ann@example.org"},
        )
    assert "ann@example.org" not in str(fault.value)


def test_an_error_about_a_row_that_is_there_already_does_not_tell_what_it_holds(stage: Stage) -> None:
    stage.readers("ann")
    with pytest.raises(IntegrityError) as fault:
        stage.readers("ann")
    assert "ann@example.org" not in "".join(traceback.format_exception(fault.value))


def test_threads_that_make_the_database_at_once_make_one(url: str) -> None:
    barrier = Barrier(5)

    def open_one(number: int) -> None:
        barrier.wait()
        store = open_store(url)
        with store.write() as connection:
            record_settings(connection, str(number), now=NOW)
        store.close()

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(open_one, range(5)))
    assert upgrade_database(url) == (SCHEMA, SCHEMA)


def test_processes_that_make_the_database_at_once_make_one(url: str) -> None:
    program = (
        "import sys\nfrom partwork.store.connect import open_store\n"
        "sys.stdin.readline()\nopen_store(sys.argv[1]).close()\n"
    )
    command = [sys.executable, "-c", program, url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(5)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert ended == [("", 0)] * 5
    assert upgrade_database(url) == (SCHEMA, SCHEMA)


def test_a_database_without_tables_is_no_database_yet(url: str) -> None:
    assert open_existing_store(url) is None
    open_store(url).close()
    store = open_existing_store(url)
    assert store is not None
    store.close()


def test_an_older_schema_is_refused_and_the_command_that_mends_it_named(url: str) -> None:
    _set_version(url, "0000")
    with pytest.raises(CommandError) as fault:
        open_store(url)
    assert str(fault.value) == (
        "the database has an older schema (0000): run 'partwork db upgrade', then try again"
    )


def test_a_newer_schema_is_refused_by_opening_and_by_upgrading(url: str) -> None:
    _set_version(url, "9999")
    for attempt in (open_store, upgrade_database):
        with pytest.raises(CommandError, match=r"does not know \(9999\).*newer Partwork; upgrade Partwork"):
            attempt(url)


def _set_version(url: str, version: str) -> None:
    store = open_store(url)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    store.close()


def test_upgrading_says_from_where_to_where(url: str) -> None:
    before, newest = upgrade_database(url)
    assert before == ""
    assert upgrade_database(url) == (newest, newest)


def test_the_databases_time_is_an_instant_that_moves_on(store: Store) -> None:
    first, second = store.now(), store.now()
    assert first.tzinfo is UTC
    assert first <= second
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_migration_that_fails_half_way_leaves_nothing(database: Path) -> None:
    database.parent.mkdir()
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE messages (of_someone_else)")
    connection.close()
    with pytest.raises(CommandError, match="cannot be used: table messages already exists"):
        open_store(f"sqlite:///{database}")
    assert tables_of(database) == {"messages"}


def test_a_file_that_is_no_database_is_refused(database: Path) -> None:
    database.parent.mkdir()
    database.write_text("a note somebody left here, long enough to be read as a header " * 20)
    with pytest.raises(CommandError, match="cannot be used: file is not a database"):
        open_store(f"sqlite:///{database}")


def test_a_folder_that_cannot_be_made_is_told(database: Path) -> None:
    database.parent.write_text("a file in the way")
    with pytest.raises(CommandError, match="cannot be made"):
        open_store(f"sqlite:///{database}")


@pytest.mark.parametrize("address", ["sqlite://", "mysql://x/y", "nothing", "postgresql://host:port/x"])
def test_what_no_engine_stands_behind_is_a_fault_of_the_settings(address: str) -> None:
    with pytest.raises(SettingsError, match="a SQLite file, as in sqlite:"):
        open_store(address)


def _put_anew(path: Path, reason: str) -> None:
    """Put a new database, whose provider rests for `reason`, in the place of the folder it lies in."""
    new, old = (path.parent.with_name(word) for word in ("new", "old"))
    store = open_store(f"sqlite:///{new / path.name}")
    with store.write() as connection:
        pause_provider(connection, "p", reason=reason, until=NOW + timedelta(days=1))
    store.close()
    if path.parent.exists():
        path.parent.rename(old)
    new.rename(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def _reason(store: Store) -> str | None:
    with store.read() as connection:
        pause = provider_pause(connection, "p", now=NOW)
    return pause.reason if pause else None


@pytest.fixture
def followed(database: Path) -> Iterator[Store]:
    _put_anew(database, "first")
    store = follow_store(database)
    yield store
    store.close()


def test_a_file_put_in_the_place_of_the_one_followed_is_gone_on_with(followed: Store, database: Path) -> None:
    assert _reason(followed) == "first"
    for reason in ("second", "third"):
        _put_anew(database, reason)
        assert _reason(followed) == reason
    _put_anew(database, "fourth")
    with followed.write() as connection:
        resume_provider(connection, "p")
    assert _reason(followed) is None


def test_while_the_new_file_is_not_there_yet_the_old_one_answers(followed: Store, database: Path) -> None:
    database.parent.rename(database.parent.with_name("away"))
    assert _reason(followed) == "first"
    _put_anew(database, "second")
    assert _reason(followed) == "second"


def test_many_at_once_all_see_the_new_file(followed: Store, database: Path) -> None:
    _put_anew(database, "second")
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: _reason(followed), range(32))) == {"second"}
