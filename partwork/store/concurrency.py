"""What keeps transactions that run at once from crossing: locks, and inserts that may lose. Adapter.

SQLite has one writer at a time and needs none of the locks. On PostgreSQL they are held to the end of
the transaction. Where a transaction takes several, it takes them in the order in which they stand here,
before any row: so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from partwork.store.types import POSTGRES

_OURS = 0x70617274  # tells Partwork's advisory locks from others' in the same database
_SCHEMA, _PUBLISHING, _MEMBERSHIPS = 1, 2, 3


def lock_schema(connection: Connection) -> None:
    """Be the only one to bring the database to a schema."""
    _lock(connection, _SCHEMA)


def lock_publishing(connection: Connection) -> None:
    """Be the only one to publish, or to make links and pictures known."""
    _lock(connection, _PUBLISHING)


def lock_memberships(connection: Connection) -> None:
    """Be the only one to change memberships.

    So their serials are seen in the order in which they were drawn: whoever looks for changes after
    one serial has missed none before it.
    """
    _lock(connection, _MEMBERSHIPS)


def insert_new(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row; return False, and change nothing, if one of the same key is there already.

    If another transaction is inserting it, this waits to see whether that one is committed.
    """
    dialect = postgresql if connection.dialect.name == POSTGRES else sqlite
    new = dialect.insert(table).values(**values).on_conflict_do_nothing()
    # Asked for: the driver's count of an insert is gone once its cursor is closed.
    return connection.execute(new, execution_options={"preserve_rowcount": True}).rowcount == 1


def _lock(connection: Connection, number: int) -> None:
    if connection.dialect.name == POSTGRES:
        connection.execute(select(func.pg_advisory_xact_lock(_OURS, number)))
