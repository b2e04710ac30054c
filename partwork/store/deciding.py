"""What waits for a person, and what a person makes of it. Adapter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from partwork.sending.states import MessageState
from partwork.store.messages import move_messages
from partwork.store.tables import IS_UNSETTLED, attempts, enrollments, messages, subscribers


@dataclass(frozen=True, slots=True)
class WaitingForAPerson:
    """A message that only a person can settle. asked_at: when a provider was last asked to take it."""

    id: str
    enrollment_id: int
    campaign: str
    part: str
    revision_id: str
    address: str
    timezone: str
    state: MessageState
    reason: str
    due_at: datetime
    asked_at: datetime | None
    wave: str


def waiting_for_a_person(connection: Connection, *, campaign: str | None = None) -> list[WaitingForAPerson]:
    """Return held and uncertain messages, all or one campaign's, in the order they were due."""
    asked_at = (
        select(func.max(attempts.c.started_at, type_=attempts.c.started_at.type))
        .where(attempts.c.message_id == messages.c.id)
        .scalar_subquery()
    )
    query = (
        select(
            messages,
            enrollments.c.revision_id,
            subscribers.c.address,
            subscribers.c.timezone,
            asked_at.label("asked_at"),
        )
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .join(subscribers, subscribers.c.id == enrollments.c.subscriber_id)
        .where(messages.c.state.in_([MessageState.HELD, MessageState.UNCERTAIN]), IS_UNSETTLED)
    )
    if campaign is not None:
        query = query.where(messages.c.campaign == campaign)
    found = [
        WaitingForAPerson(
            id=row.id,
            enrollment_id=row.enrollment_id,
            campaign=row.campaign,
            part=row.part,
            revision_id=row.revision_id,
            address=row.address,
            timezone=row.timezone,
            state=MessageState(row.state),
            reason=row.reason,
            due_at=row.due_at,
            asked_at=row.asked_at,
            wave=row.wave,
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda row: (row.due_at, row.id))


def decide(connection: Connection, message_id: str, values: dict[str, object]) -> bool:
    """Move a held or uncertain message as a person says; return False if it is neither any more."""
    return bool(
        move_messages(
            connection,
            and_(
                messages.c.id == message_id,
                messages.c.state.in_([MessageState.HELD, MessageState.UNCERTAIN]),
            ),
            {**values, "worker": "", "lease_until": None},
        )
    )
