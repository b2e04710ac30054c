"""What only PostgreSQL does: refuse a stranger, restart, break off one of two who wait for each other."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.engine import make_url

from partwork.clock import DatabaseClock
from partwork.errors import CommandError
from partwork.store.accounts import pause_provider, provider_pause
from partwork.store.connect import DatabaseTrouble, Store, open_store, trouble_in_words
from tests.support.postgres import Cluster, a_server, restart

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    store = open_store(postgres_url)
    yield store
    store.close()


@pytest.fixture(scope="module")
def own(postgres: Cluster) -> Iterator[Any]:
    """A server that no other test needs: it may be restarted, and who may come in may be changed."""
    with a_server(Path(tempfile.mkdtemp(prefix="partwork-postgres-own-"))) as server:
        yield server


def fault_of(url: str) -> str:
    with pytest.raises(CommandError) as fault:
        open_store(url)
    return str(fault.value)


def test_a_database_that_is_not_there_is_told_in_a_sentence(postgres: Cluster) -> None:
    assert fault_of(postgres.url_of("nowhere")).endswith('cannot be used: database "nowhere" does not exist')


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_host_that_refuses_is_told_without_the_password(host: str) -> None:
    assert fault_of(f"postgresql://ann:hidden@{host}:1/partwork") == (
        f"the database 'partwork' at {host}, port 1 cannot be used: Connection refused"
    )


def test_an_option_that_libpq_does_not_know_is_told(postgres_url: str) -> None:
    mark = "&" if "?" in postgres_url else "?"
    assert fault_of(f"{postgres_url}{mark}colour=red").endswith('invalid connection option "colour"')


def test_a_wrong_password_is_told_and_not_repeated(own: Any) -> None:
    cluster = Cluster(own.get_uri())
    cluster.run("CREATE ROLE ann LOGIN SUPERUSER PASSWORD 'right'")
    rules = own.pgdata / "pg_hba.conf"
    rules.write_text("local all ann scram-sha-256\n" + rules.read_text())
    cluster.run("SELECT pg_reload_conf()")
    url = make_url(cluster.url_of("postgres")).set(username="ann", password="wrong")
    fault = fault_of(url.render_as_string(hide_password=False))
    assert fault.endswith('cannot be used: password authentication failed for user "ann"')
    assert "wrong" not in fault
    open_store(url.set(password="right").render_as_string(hide_password=False)).close()


def test_a_database_in_another_encoding_is_refused(postgres: Cluster) -> None:
    name = postgres.make_empty(template="template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    assert "make it with ENCODING 'UTF8'" in fault_of(postgres.url_of(name))
    postgres.drop(postgres.url_of(name))


def test_the_package_that_is_missing_is_named() -> None:
    program = (
        "import sys\nsys.modules['psycopg'] = None\n"
        "from partwork.errors import SettingsError\n"
        "from partwork.store.connect import open_store\n"
        "try:\n    open_store('postgresql://db/partwork')\n"
        "except SettingsError as fault:\n    print(fault)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip().endswith("pip install 'partwork[postgres]'")


def test_after_a_restart_of_the_database_the_next_transaction_is_as_before(own: Any) -> None:
    store = open_store(own.get_uri())
    with store.write() as connection:
        pause_provider(connection, "p", reason="r", until=NOW + timedelta(days=1))

    def lose_the_server(connection: Connection) -> None:
        restart(own)
        connection.execute(text("SELECT 1"))

    with pytest.raises(DatabaseTrouble) as fault, store.write() as connection:
        lose_the_server(connection)
    assert trouble_in_words(fault.value).startswith("the database cannot be used: ")
    with store.read() as connection:
        pause = provider_pause(connection, "p", now=NOW)
    assert pause is not None
    assert store.now() > NOW - timedelta(days=36500)
    store.close()


def test_what_no_text_can_hold_is_kept_as_unreadable(store: Store) -> None:
    with store.write() as connection:
        pause_provider(connection, "p", reason="a\0b", until=NOW + timedelta(days=1))
        pause = provider_pause(connection, "p", now=NOW)
    assert pause is not None
    assert pause.reason == "a\ufffdb"


def test_of_two_who_wait_for_each_other_one_begins_again_and_both_are_done(store: Store) -> None:
    met = Barrier(2)
    tries: list[str] = []

    def change(order: tuple[str, str]) -> str:
        is_first = True

        def work(connection: Connection) -> str:
            nonlocal is_first
            tries.append(order[0])
            for provider in order:
                pause_provider(connection, provider, reason=order[0], until=NOW)
                if is_first:
                    is_first = False
                    met.wait(30)
            return order[0]

        return store.transact(work)

    with store.write() as connection:
        for provider in ("a", "b"):
            pause_provider(connection, provider, reason="", until=NOW)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(change, [("a", "b"), ("b", "a")])) == ["a", "b"]
    assert len(tries) >= 3


def test_any_other_fault_is_not_tried_again(store: Store) -> None:
    tries = []

    def work(connection: Connection) -> None:
        tries.append(1)
        connection.execute(text("SELECT 1 / 0"))

    with pytest.raises(DatabaseTrouble, match="division by zero"):
        store.transact(work)
    assert len(tries) == 1


def test_a_commit_is_on_disk_whatever_the_server_prefers(own: Any) -> None:
    Cluster(own.get_uri()).run("ALTER ROLE postgres SET synchronous_commit = off")
    store = open_store(own.get_uri())
    with store.read() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    store.close()


def test_the_live_clock_tells_the_databases_time(store: Store) -> None:
    before, now, after = store.now(), DatabaseClock(Event(), store).now(), store.now()
    assert before <= now <= after


def test_the_databases_time_goes_on_within_a_transaction(store: Store) -> None:
    with store.write() as connection:
        began = connection.execute(select(func.now())).scalar_one()
        assert store.now() > began
