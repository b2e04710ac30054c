"""How an account at a provider stands: its pace, its failures, its rest. Adapter.

One row a provider, in the one place that every process shares: so many workers need no limiter
of their own, and what one of them learns holds for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from partwork.store.concurrency import insert_new
from partwork.store.tables import provider_accounts


@dataclass(frozen=True, slots=True)
class Account:
    """One account.

    free_at:       the next request may leave then; None if no pace was ever asked for
    failure_count: requests in a row that it did not answer as it should
    paused_until:  nothing goes out until then; it may have passed
    reason:        why it rests or last rested
    """

    provider: str
    free_at: datetime | None = None
    failure_count: int = 0
    paused_until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProviderPause:
    """Why nothing goes out through a provider, and until when."""

    provider: str
    reason: str
    paused_until: datetime


def account(connection: Connection, provider: str) -> Account:
    """Return how an account stands; one never heard of stands well."""
    row = connection.execute(
        select(provider_accounts).where(provider_accounts.c.provider == provider)
    ).first()
    return Account(provider) if row is None else _account(row)


def provider_pause(connection: Connection, provider: str, *, now: datetime) -> ProviderPause | None:
    """Return the pause in force, None if mail may go out."""
    found = account(connection, provider)
    if found.paused_until is None or found.paused_until <= now:
        return None
    return ProviderPause(provider, found.reason, found.paused_until)


def pause_provider(connection: Connection, provider: str, *, reason: str, until: datetime) -> None:
    """Let nothing out through a provider until an instant."""
    _change(connection, provider, {"reason": reason, "paused_until": until})


def resume_provider(connection: Connection, provider: str) -> None:
    """Forget a provider's pause, and its failures."""
    connection.execute(
        update(provider_accounts)
        .where(provider_accounts.c.provider == provider)
        .values(paused_until=None, reason="", failure_count=0)
    )


def note_failure(connection: Connection, provider: str) -> int:
    """Count a request that failed for the account's sake; return how many did in a row."""
    _change(connection, provider, {"failure_count": provider_accounts.c.failure_count + 1}, new=1)
    return account(connection, provider).failure_count


def note_success(connection: Connection, provider: str) -> None:
    """Forget the failures: the account answers again. Touches no row while all is well."""
    connection.execute(
        update(provider_accounts)
        .where(provider_accounts.c.provider == provider, provider_accounts.c.failure_count > 0)
        .values(failure_count=0)
    )


def hold_account(connection: Connection, provider: str) -> Account:
    """Return how an account stands, and keep others from changing that; its row is made if need be."""
    insert_new(connection, provider_accounts, {"provider": provider})
    row = connection.execute(
        select(provider_accounts).where(provider_accounts.c.provider == provider).with_for_update()
    ).one()
    return _account(row)


def reserve(
    connection: Connection, provider: str, *, takes: timedelta, now: datetime, farthest: timedelta
) -> datetime:
    """Take the account's next `takes` of pace; return the instant from which they may be used.

    The row is the queue: whoever comes next starts where this one ends. farthest: a start beyond it
    was reserved by a clock that was ahead, and is forgotten.
    """
    free_at = hold_account(connection, provider).free_at
    starts_at = free_at if free_at and now < free_at <= now + farthest else now
    _change(connection, provider, {"free_at": starts_at + takes})
    return starts_at


def _account(row: Row[Any]) -> Account:
    return Account(row.provider, row.free_at, row.failure_count, row.paused_until, row.reason)


def _change(
    connection: Connection, provider: str, values: dict[str, object], *, new: int | None = None
) -> None:
    """Change an account's row, or make it. new: the failures of one never heard of, where they change."""
    where = provider_accounts.c.provider == provider
    fresh = values if new is None else {"failure_count": new}
    if not insert_new(connection, provider_accounts, {"provider": provider, **fresh}):
        connection.execute(update(provider_accounts).where(where).values(**values))
