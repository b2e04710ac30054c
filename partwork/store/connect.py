"""Open the database, make sure it is ours and current, and hand out transactions. Adapter."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError

from partwork.errors import CommandError, SettingsError
from partwork.store import postgres, sqlite
from partwork.store.concurrency import lock_schema
from partwork.store.tables import SCHEMA
from partwork.store.types import POSTGRES

DatabaseTrouble = DBAPIError
"""What a transaction raises when the database itself fails: it may or may not have been committed."""


DATABASE_FAILS = (OperationalError, InterfaceError, InternalError)
"""Of that, what is nobody's mistake here: it is down, full, busy, or ended the connection."""

BROKEN_OFF_AT_MOST = 5
"""So often a transaction is begun again before it is given up."""

_Done = TypeVar("_Done")
_random = secrets.SystemRandom()


class Store:
    """One database. Short transactions: `read` sees one moment, `write` is alone with its rows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment and changes nothing."""
        with self._engine.connect() as connection:
            connection.execution_options(**_read_options(self._engine))
            yield connection
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection inside one transaction: all of it is committed, or nothing."""
        with self._engine.begin() as connection:
            yield connection

    def transact(self, work: Callable[[Connection], _Done]) -> _Done:
        """Do `work` in one transaction; once more where the database broke it off for another's sake."""
        for attempt in range(1, BROKEN_OFF_AT_MOST):
            try:
                with self.write() as connection:
                    return work(connection)
            except DatabaseTrouble as trouble:
                if not postgres.was_broken_off(trouble):
                    raise
            # Not at once: the other must come through first, or both would meet again.
            time.sleep(_random.uniform(0.05, 0.1) * attempt)
        with self.write() as connection:
            return work(connection)

    def now(self) -> datetime:
        """Return the database's own time: all its processes then go by one clock. SQLite's is the host's."""
        if self._engine.dialect.name != POSTGRES:
            return datetime.now(UTC)
        with self._engine.connect() as connection:
            # Without a transaction around it: it is asked often, and nothing depends on it.
            connection.execution_options(isolation_level="AUTOCOMMIT")
            found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)

    def close(self) -> None:
        self._engine.dispose()


class _FollowingStore(Store):
    """A store that looks, before each transaction, whether its file is still the one it opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reopening = threading.Lock()
        # Read before the file is opened: should it be replaced in between, it is opened once more.
        self._opened = sqlite.identity(path)
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
                found = sqlite.identity(self._path)
            except FileNotFoundError:
                return  # It is being replaced: until the successor is there, the old one answers.
            if found == self._opened:
                return
            # The pool's connections keep the old file, and so its number, until here.
            old, self._engine = self._engine, _current_engine(f"sqlite:///{self._path}")
            self._opened = found
            old.dispose()


def open_store(url: str) -> Store:
    """Open the database at `url`, making what is missing: a SQLite file, the tables.

    Raises CommandError for a database that cannot be reached or is of another version, naming the
    command that mends it, and SettingsError for a url no engine stands behind.
    """
    return Store(_current_engine(url))


def follow_store(path: Path) -> Store:
    """Open the SQLite file that lies at `path`; where another takes its place, go on with that one.

    Raises as `open_store` does; so does the first transaction on a successor that cannot be used.
    """
    return _FollowingStore(path)


def open_existing_store(url: str) -> Store | None:
    """Open the database at `url` if there is one; nothing is made. Raises as `open_store` does."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != POSTGRES:
        return open_store(url) if Path(parsed.database or "").is_file() else None
    with _opening(url) as engine, engine.connect() as connection:
        is_empty = _schema_of(connection) is None
    engine.dispose()
    return None if is_empty else open_store(url)


def upgrade_database(url: str) -> tuple[str, str]:
    """Bring the database to this version's schema; return the versions before ('' if new) and after."""
    with _opening(url) as engine, engine.begin() as connection:
        lock_schema(connection)
        before = _schema_of(connection) or ""
        if before > SCHEMA:
            raise CommandError(_other_version(before))
        _migrate(connection)
    engine.dispose()
    return before, SCHEMA


def _current_engine(url: str) -> Engine:
    with _opening(url) as engine, engine.begin() as connection:
        current = _schema_of(connection)
        if current is None:
            # Several processes may find it empty at once: one makes the tables, the others see them.
            lock_schema(connection)
            current = _schema_of(connection)
        if current is None:
            _migrate(connection)
        elif current != SCHEMA:
            raise CommandError(_other_version(current))
    return engine


def trouble_in_words(trouble: DatabaseTrouble) -> str:
    """Return in a sentence why a transaction failed, for whoever ran the command."""
    return f"the database cannot be used: {postgres.fault_in_words(trouble)}"


@contextmanager
def _opening(url: str) -> Iterator[Engine]:
    """Yield an engine, closed again if the database cannot be used; that is told in a sentence."""
    parsed = _parsed(url)
    is_postgres = parsed.get_backend_name() == POSTGRES
    engine = postgres.postgres_engine(parsed) if is_postgres else sqlite.sqlite_engine(parsed)
    try:
        yield engine
    except DBAPIError as error:
        engine.dispose()
        place = postgres.place_of(parsed) if is_postgres else parsed.database
        raise CommandError(f"the database {place} cannot be used: {postgres.fault_in_words(error)}") from None
    except CommandError:
        engine.dispose()
        raise


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        backend = ""
    if backend == POSTGRES or (backend == "sqlite" and parsed.database):
        return parsed
    raise SettingsError(
        "database.url: name a SQLite file, as in sqlite:///.partwork/partwork.db, or a PostgreSQL"
        " database, as in postgresql://partwork@localhost/partwork"
    )


def _read_options(engine: Engine) -> dict[str, object]:
    options: dict[str, object] = {
        **(postgres.READ_OPTIONS if engine.dialect.name == POSTGRES else sqlite.READ_OPTIONS)
    }
    return options


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
