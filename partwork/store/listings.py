"""What is shown to people: messages and counts, joined with whom they are for. Adapter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from partwork.sending.states import EnrollmentState, MessageState
from partwork.store.tables import (
    IS_UNSETTLED,
    UNSETTLED_STATES,
    enrollments,
    memberships,
    messages,
    subscribers,
)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message and its reader."""

    message: str
    enrollment_id: int
    campaign: str
    part: str
    address: str
    timezone: str
    state: MessageState
    reason: str
    due_at: datetime
    sent_at: datetime | None
    provider: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many messages of a campaign's part are in a state."""

    campaign: str
    part: str
    state: MessageState
    count: int


def list_messages(
    connection: Connection,
    *,
    campaign: str | None = None,
    subscriber_id: int | None = None,
    states: Collection[MessageState] | None = None,
) -> list[MessageRow]:
    """Return messages (all, or those that fit) in the order they are or were due."""
    query = (
        select(
            messages,
            subscribers.c.address,
            subscribers.c.timezone,
        )
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .join(subscribers, subscribers.c.id == enrollments.c.subscriber_id)
        .order_by(messages.c.due_at, messages.c.id)
    )
    if campaign is not None:
        query = query.where(messages.c.campaign == campaign)
    if states is not None:
        query = query.where(messages.c.state.in_(states))
    if subscriber_id is not None:
        query = query.where(enrollments.c.subscriber_id == subscriber_id)
    return [
        MessageRow(
            message=row.id,
            enrollment_id=row.enrollment_id,
            campaign=row.campaign,
            part=row.part,
            address=row.address,
            timezone=row.timezone,
            state=MessageState(row.state),
            reason=row.reason,
            due_at=row.due_at,
            sent_at=row.sent_at,
            provider=row.provider,
            provider_id=row.provider_id,
        )
        for row in connection.execute(query)
    ]


def count_messages(connection: Connection, campaign: str) -> list[StateCount]:
    """Return the messages of one campaign, counted by part and state."""
    rows = connection.execute(
        select(messages.c.part, messages.c.state, func.count().label("many"))
        .where(messages.c.campaign == campaign)
        .group_by(messages.c.part, messages.c.state)
    )
    return [StateCount(campaign, row.part, MessageState(row.state), row.many) for row in rows]


def count_in_state(connection: Connection, state: MessageState) -> int:
    """Return how many messages of all campaigns are claimed, held, sending or uncertain.

    Cost: those messages alone, by index. Raises ValueError for any other state.
    """
    if state not in UNSETTLED_STATES:
        raise ValueError(f"messages are not counted by the state {state}")
    query = select(func.count()).select_from(messages).where(messages.c.state == state, IS_UNSETTLED)
    return int(connection.execute(query).scalar_one())


def count_enrollments(connection: Connection, campaign: str) -> dict[EnrollmentState, int]:
    """Return the enrollments of one campaign, counted by state."""
    rows = connection.execute(
        select(enrollments.c.state, func.count().label("many"))
        .where(enrollments.c.campaign == campaign)
        .group_by(enrollments.c.state)
    )
    return {EnrollmentState(row.state): row.many for row in rows}


def count_members(connection: Connection, audience: str) -> tuple[int, int]:
    """Return how many of an audience are subscribed, and how many are not."""
    rows = connection.execute(
        select(memberships.c.status, func.count().label("many"))
        .where(memberships.c.audience == audience)
        .group_by(memberships.c.status)
    )
    counts = {row.status: int(row.many) for row in rows}
    return counts.get("subscribed", 0), counts.get("unsubscribed", 0)
