"""PostgreSQL as the database: how it is opened, and what its faults say in a sentence. Adapter.

Transactions are READ COMMITTED: every statement sees what was committed before it. What must not
change between two statements is locked by the first, always messages before enrollments and each
in the order of their ids, so that two transactions wait for each other in one direction only.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from partwork.errors import CommandError, SettingsError
from partwork.store.types import POSTGRES

READ_OPTIONS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""For transactions that change nothing: they see one moment, and the database refuses a change."""

CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_MS = 60_000
IDLE_TIMEOUT_MS = 60_000

_BROKEN_OFF = ("40P01", "40001")  # deadlock_detected, serialization_failure

# A process that was stopped in the middle of a transaction must not keep its locks for ever. What a
# server keeps less safely than on disk is no write-ahead: a setting that is stricter still stands.
_PREPARE = f"""
SELECT set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', false),
       set_config('idle_in_transaction_session_timeout', '{IDLE_TIMEOUT_MS}', false),
       set_config('synchronous_commit',
                  CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
                       ELSE current_setting('synchronous_commit') END, false)
"""


def postgres_engine(url: URL) -> Engine:
    """Return an engine for a PostgreSQL database; nothing is asked of it yet. Raises SettingsError."""
    try:
        import psycopg
    except ImportError:
        raise SettingsError(
            "database.url names PostgreSQL, which needs one package more: pip install 'partwork[postgres]'"
        ) from None
    from psycopg.types.string import StrDumper

    class TextDumper(StrDumper):
        """PostgreSQL keeps no NUL in a text: it is shown as unreadable, and the rest is kept."""

        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)

    def prepare(connection: psycopg.Connection[Any], _entry: ConnectionPoolEntry) -> None:
        if connection.info.parameter_status("server_encoding") != "UTF8":
            raise CommandError("the database does not keep its texts as UTF-8: make it with ENCODING 'UTF8'")
        connection.adapters.register_dumper(str, TextDumper)
        connection.execute(_PREPARE)
        connection.commit()

    arguments: dict[str, Any] = {
        # Every statement is planned for the values it has: a plan for any value knows no partial index.
        "prepare_threshold": None,
        "application_name": "partwork",
    }
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = CONNECT_TIMEOUT_S
    try:
        engine = create_engine(
            url.set(drivername=f"{POSTGRES}+psycopg"),
            connect_args=arguments,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
            # A connection that the server has forgotten is noticed before it is used.
            pool_pre_ping=True,
        )
    except ArgumentError:
        raise SettingsError("database.url: this is no address of a PostgreSQL database") from None
    # Before SQLAlchemy asks the server anything: in another encoding it could not read the answers.
    event.listen(engine, "connect", prepare, insert=True)
    event.listen(engine, "handle_error", _keep_values_out)
    return engine


def place_of(url: URL) -> str:
    """Return where a database is, for people: without its password."""
    host = url.host or url.query.get("host") or "this machine"
    port = f", port {url.port}" if url.port else ""
    return f"'{url.database or url.username or ''}' at {host}{port}"


def fault_in_words(error: DBAPIError) -> str:
    """Return what the server or the driver says, in one line."""
    said = str(error.orig).strip() or type(error.orig).__name__
    line = said.splitlines()[0]
    if line.startswith("connection "):
        line = line.rpartition(" failed: ")[2]
    return line.rpartition("FATAL:")[2].strip()


def was_broken_off(error: DBAPIError) -> bool:
    """Say whether the server ended a transaction only because another was in its way."""
    return getattr(error.orig, "sqlstate", None) in _BROKEN_OFF


def _keep_values_out(context: ExceptionContext) -> None:
    """Keep the values of a row that is refused out of the error: PostgreSQL tells them in its details."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\nDETAIL:")[0], *error.args[1:])
