"""What columns are made of, on SQLite and on PostgreSQL. Shared by tables and migrations; no query."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

POSTGRES = "postgresql"


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: `timestamptz` on PostgreSQL, elsewhere fixed-width ISO text that sorts."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kept: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == POSTGRES else String(27)
        return dialect.type_descriptor(kept)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone is not an instant")
        instant = value.astimezone(UTC)
        return instant if dialect.name == POSTGRES else instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:
        if isinstance(value, datetime):
            return value.astimezone(UTC)  # it comes in the session's zone
        return None if value is None else datetime.fromisoformat(value)


# Sorted by code point on both: a locale of the host's would sort otherwise, and change with its upgrades.
_BY_CODE_POINT = "C"


def word(length: int) -> String:
    """Return the type of a key, a name or a state of at most `length` characters."""
    return String(length).with_variant(String(length, collation=_BY_CODE_POINT), POSTGRES)


WORDS = Text().with_variant(Text(collation=_BY_CODE_POINT), POSTGRES)
"""Text of any length."""

NUMBER = Integer().with_variant(BigInteger(), POSTGRES)
"""A row's number, or one that grows for ever: eight bytes on both."""
