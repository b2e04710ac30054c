"""Facts that came in later. Append-only, deduplicated. Adapter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from partwork.store.concurrency import insert_new
from partwork.store.tables import enrollments, events, messages


@dataclass(frozen=True, slots=True)
class EventRow:
    """One fact about one message."""

    kind: str
    message_id: str
    campaign: str
    part: str
    occurred_at: datetime


def record_event(
    connection: Connection,
    *,
    dedupe_key: str,
    kind: str,
    message_id: str,
    link_id: int | None,
    source: str,
    occurred_at: datetime,
) -> bool:
    """Write down a fact; return False if the same fact is already there."""
    return insert_new(
        connection,
        events,
        {
            "dedupe_key": dedupe_key,
            "kind": kind,
            "message_id": message_id,
            "link_id": link_id,
            "source": source,
            "occurred_at": occurred_at,
        },
    )


def events_of(connection: Connection, subscriber_id: int) -> list[EventRow]:
    """Return what came back from one subscriber's messages, the oldest first."""
    rows = connection.execute(
        select(events.c.kind, events.c.message_id, events.c.occurred_at, messages.c.campaign, messages.c.part)
        .join(messages, messages.c.id == events.c.message_id)
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .where(enrollments.c.subscriber_id == subscriber_id)
        .order_by(events.c.occurred_at, events.c.id)
    )
    return [
        EventRow(
            kind=row.kind,
            message_id=row.message_id,
            campaign=row.campaign,
            part=row.part,
            occurred_at=row.occurred_at,
        )
        for row in rows
    ]
