"""After a restore: what may have been sent unknown to the database is held, until evidence tells. Adapter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select

from partwork.sending.states import MessageState
from partwork.store.messages import move_messages
from partwork.store.tables import IS_UNSETTLED, campaigns, enrollments, messages, subscribers


@dataclass(frozen=True, slots=True)
class ShadowedMessage:
    """A message that is held because it may have been sent before the restore."""

    id: str
    enrollment_id: int
    part: str
    revision_id: str
    address: str
    timezone: str
    due_at: datetime


def _may_have_gone(until: datetime) -> ColumnElement[bool]:
    # By campaign, or the index on due rows would be read from end to end.
    return and_(
        messages.c.campaign.in_(select(campaigns.c.slug)),
        messages.c.state == MessageState.DUE,
        messages.c.claimable_at <= until,
    )


def is_any_due_by(connection: Connection, until: datetime) -> bool:
    """Return whether any message might have been claimed by an instant. Cost: a look into an index."""
    return connection.execute(select(messages.c.id).where(_may_have_gone(until)).limit(1)).first() is not None


def count_due_by(connection: Connection, until: datetime) -> int:
    """Return how many messages might have been claimed by an instant."""
    query = select(func.count()).select_from(messages).where(_may_have_gone(until))
    return int(connection.execute(query).scalar_one())


def hold_due(connection: Connection, *, until: datetime, reason: str) -> int:
    """Set aside, for a person to see, what might have been claimed by an instant; return how many.

    due → held: the only way there that leads past a claim, since after a restore none may be made.
    """
    return move_messages(connection, _may_have_gone(until), {"state": MessageState.HELD, "reason": reason})


def hold_newcomers(connection: Connection, *, since: datetime | None, reason: str) -> int:
    """Set aside the first messages of walks that began after an instant (None: all); return how many."""
    began = select(enrollments.c.id)
    if since is not None:
        began = began.where(enrollments.c.enrolled_at > since)
    return move_messages(
        connection,
        and_(messages.c.enrollment_id.in_(began), messages.c.state == MessageState.DUE),
        {"state": MessageState.HELD, "reason": reason},
    )


def held_because(connection: Connection, reason: str, *, after: str, limit: int) -> list[ShadowedMessage]:
    """Return messages that are held for this very reason, by id from `after` on."""
    rows = connection.execute(
        select(
            messages.c.id,
            messages.c.enrollment_id,
            messages.c.part,
            enrollments.c.revision_id,
            subscribers.c.address,
            subscribers.c.timezone,
            messages.c.due_at,
        )
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .join(subscribers, subscribers.c.id == enrollments.c.subscriber_id)
        .where(
            messages.c.state == MessageState.HELD,
            IS_UNSETTLED,
            messages.c.id > after,
            messages.c.reason == reason,
        )
        .order_by(messages.c.id)
        .limit(limit)
    )
    return [
        ShadowedMessage(
            id=row.id,
            enrollment_id=row.enrollment_id,
            part=row.part,
            revision_id=row.revision_id,
            address=row.address,
            timezone=row.timezone,
            due_at=row.due_at,
        )
        for row in rows
    ]


def free_held(connection: Connection, message_id: str, *, reason: str, now: datetime) -> bool:
    """Make a message due again that a restore held for this reason: it was provably never taken.

    From just after `now` on: what may be claimed up to a restore's own instant is held.
    """
    is_held = and_(
        messages.c.id == message_id, messages.c.state == MessageState.HELD, messages.c.reason == reason
    )
    return bool(
        move_messages(
            connection,
            is_held,
            {"state": MessageState.DUE, "reason": "", "claimable_at": now + timedelta.resolution},
        )
    )


def accept_held(
    connection: Connection,
    message_id: str,
    *,
    reason: str,
    provider: str,
    provider_id: str,
    sent_at: datetime,
) -> bool:
    """Record that a message which a restore held for this reason had been taken: held → accepted."""
    is_held = and_(
        messages.c.id == message_id, messages.c.state == MessageState.HELD, messages.c.reason == reason
    )
    values = {
        "state": MessageState.ACCEPTED,
        "reason": "",
        "provider": provider,
        "provider_id": provider_id,
        "sent_at": sent_at,
    }
    return bool(move_messages(connection, is_held, values))
