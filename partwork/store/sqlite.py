"""A SQLite file as the database: how it is opened, and how a file that is replaced is noticed. Adapter."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import ConnectionPoolEntry

from partwork.errors import CommandError

BUSY_TIMEOUT_MS = 60_000
READ_OPTIONS = {"partwork_begin": "BEGIN"}
"""For transactions that change nothing; all others wait for their turn at the start."""


def sqlite_engine(url: URL) -> Engine:
    """Return an engine for the file that `url` names; its folder is made. Raises CommandError."""
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"the folder {folder} cannot be made: {error.strerror}") from None
    # Parameters hold addresses: they stay out of errors, and so out of logs.
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from another of the same name."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling would open deferred transactions behind our back.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # IMMEDIATE: a writer waits at the start, never fails with "locked" half-way through.
    connection.exec_driver_sql(connection.get_execution_options().get("partwork_begin", "BEGIN IMMEDIATE"))
