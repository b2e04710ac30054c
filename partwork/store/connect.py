"""Open the database, make sure it is ours and current, and hand out transactions. Adapter."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from partwork.errors import CommandError, SettingsError
from partwork.store.tables import SCHEMA

BUSY_TIMEOUT_MS = 60_000

DatabaseTrouble = DBAPIError
"""What a transaction raises when the database itself fails: it may or may not have been committed."""


class Store:
    """One database. Short transactions: `read` sees one moment, `write` is alone with its rows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment and changes nothing."""
        with self._engine.connect() as connection:
            connection.execution_options(partwork_begin="BEGIN")
            yield connection
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection inside one transaction: all of it is committed, or nothing."""
        with self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()


class _FollowingStore(Store):
    """A store that looks, before each transaction, whether its file is still the one it opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reopening = threading.Lock()
        # Read before the file is opened: should it be replaced in between, it is opened once more.
        self._opened = _identity(path)
        super().__init__(_current_engine(f"sqlite:///{path}"))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._follow()
        with super().read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._follow()
        with super().write() as connection:
            yield connection

    def _follow(self) -> None:
        with self._reopening:
            try:
                found = _identity(self._path)
            except FileNotFoundError:
                return  # It is being replaced: until the successor is there, the old one answers.
            if found == self._opened:
                return
            # The pool's connections keep the old file, and so its number, until here.
            old, self._engine = self._engine, _current_engine(f"sqlite:///{self._path}")
            self._opened = found
            old.dispose()


def _identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from another of the same name."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def open_store(url: str) -> Store:
    """Open the database at `url`, creating it if it is missing.

    Raises CommandError for a database of another version, naming the command that mends it,
    and SettingsError for a url no engine stands behind.
    """
    return Store(_current_engine(url))


def follow_store(path: Path) -> Store:
    """Open the SQLite file that lies at `path`; where another takes its place, go on with that one.

    Raises as `open_store` does; so does the first transaction on a successor that cannot be used.
    """
    return _FollowingStore(path)


def _current_engine(url: str) -> Engine:
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            current = _schema_of(connection)
            if current is None:
                _migrate(connection)
            elif current != SCHEMA:
                raise CommandError(_other_version(current))
    except DatabaseError as error:
        engine.dispose()
        raise _unusable(url, error) from None
    except CommandError:
        engine.dispose()
        raise
    return engine


def open_existing_store(url: str) -> Store | None:
    """Open the database at `url` if there is one; nothing is made. Raises as `open_store` does."""
    database = make_url(url).database
    return open_store(url) if database and Path(database).is_file() else None


def upgrade_database(url: str) -> tuple[str, str]:
    """Bring the database to this version's schema; return the versions before ('' if new) and after."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            before = _schema_of(connection) or ""
            if before > SCHEMA:
                raise CommandError(_other_version(before))
            _migrate(connection)
        return before, SCHEMA
    except DatabaseError as error:
        raise _unusable(url, error) from None
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise SettingsError(
            "database.url: only a SQLite file is built yet, as in sqlite:///.partwork/partwork.db"
        )
    folder = Path(parsed.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"the folder {folder} cannot be made: {error.strerror}") from None
    # Parameters hold addresses: they stay out of errors, and so out of logs.
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling would open deferred transactions behind our back.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # IMMEDIATE: a writer waits at the start, never fails with "locked" half-way through.
    connection.exec_driver_sql(connection.get_execution_options().get("partwork_begin", "BEGIN IMMEDIATE"))


def _schema_of(connection: Connection) -> str | None:
    """Return the version of the schema that is there, None in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _migrate(connection: Connection) -> None:
    # Here and not above: it is needed once in a database's life, and every command would pay for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "partwork.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _other_version(current: str) -> str:
    if current < SCHEMA:
        return f"the database has an older schema ({current}): run 'partwork db upgrade', then try again"
    return (
        f"the database has a schema this version does not know ({current}): it was made by a newer "
        "Partwork; upgrade Partwork"
    )


def _unusable(url: str, error: DatabaseError) -> CommandError:
    return CommandError(f"the database {make_url(url).database} cannot be used: {error.orig}")
