"""Messages as they wait: made, found due, looked at by the guard, claimed. Adapter.

Every change of state puts its precondition into the WHERE and reports what it really moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    insert,
    select,
    update,
)

from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.store.audiences import suppression_reasons
from partwork.store.tables import (
    attempts,
    campaigns,
    consents,
    enrollments,
    memberships,
    messages,
    subscribers,
)
from partwork.store.types import POSTGRES


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A due or claimed message with all that the guard reads."""

    id: str
    enrollment_id: int
    campaign: str
    part: str
    revision_id: str
    due_at: datetime
    timezone: str
    campaign_state: CampaignState
    enrollment_state: EnrollmentState
    is_member: bool
    has_consent: bool
    suppressed_because: str | None
    attempt_count: int


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A claimed message with all that its merge needs. `attributes` hold no first name."""

    id: str
    enrollment_id: int
    part: str
    revision_id: str
    address: str
    first_name: str
    timezone: str
    attributes: tuple[tuple[str, str], ...]
    attempt_count: int


@dataclass(frozen=True, slots=True)
class NewMessage:
    """The next message of an enrollment."""

    id: str
    enrollment_id: int
    campaign: str
    part: str
    due_at: datetime


def add_messages(connection: Connection, new: Sequence[NewMessage]) -> None:
    """Make messages that fall due. One open message an enrollment: the database refuses a second."""
    if new:
        connection.execute(
            insert(messages),
            [
                {
                    "id": message.id,
                    "enrollment_id": message.enrollment_id,
                    "campaign": message.campaign,
                    "part": message.part,
                    "state": MessageState.DUE,
                    "due_at": message.due_at,
                    "claimable_at": message.due_at,
                }
                for message in new
            ],
        )


def due_messages(connection: Connection, *, campaign: str, now: datetime, limit: int) -> list[WaitingMessage]:
    """Return the earliest messages of a campaign that may be claimed now, and keep others from them.

    What another transaction holds is left to it. Cost: `limit` rows through the partial index on due
    rows, whatever the table holds.
    """
    held = connection.execute(
        select(messages.c.id)
        .where(
            messages.c.campaign == campaign,
            messages.c.state == MessageState.DUE,
            messages.c.claimable_at <= now,
        )
        .order_by(messages.c.claimable_at)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    # Looked at only now that nobody else can move them: the statement that locks may have seen less.
    return waiting_messages(connection, held.scalars().all())


def claimed_to_guard(connection: Connection, ids: Sequence[str], *, worker: str) -> list[WaitingMessage]:
    """Return those of a wave that `worker` still holds, as the guard wants to see them.

    They are locked before they are looked at: a leaving is committed before and seen, or waits for this.
    """
    held = lock_messages(
        connection,
        and_(messages.c.id.in_(ids), messages.c.state == MessageState.CLAIMED, messages.c.worker == worker),
    )
    return waiting_messages(connection, held)


def waiting_messages(connection: Connection, ids: Sequence[str]) -> list[WaitingMessage]:
    """Return these messages, whatever their state, as the guard wants to see them, in the order of `ids`."""
    if not ids:
        return []
    rows = connection.execute(_waiting().where(messages.c.id.in_(ids))).all()
    found = {message.id: message for message in _waiting_messages(connection, rows)}
    return [found[message_id] for message_id in ids if message_id in found]


def next_due_at(connection: Connection, *, campaign: str | None = None) -> datetime | None:
    """Return when the earliest due message may be claimed, None if there is none.

    Of one campaign, or of all that are not paused. Cost: one row a campaign through the partial
    index on due rows.
    """
    instant = func.min(messages.c.claimable_at, type_=messages.c.claimable_at.type)
    is_due = messages.c.state == MessageState.DUE
    if campaign is not None:
        query = select(instant).where(is_due, messages.c.campaign == campaign)
    else:
        earliest = select(instant).where(is_due, messages.c.campaign == campaigns.c.slug).scalar_subquery()
        query = select(func.min(earliest, type_=messages.c.claimable_at.type)).where(
            campaigns.c.state != CampaignState.PAUSED
        )
    found: datetime | None = connection.execute(query).scalar()
    return found


def claim(connection: Connection, ids: Sequence[str], *, worker: str, lease_until: datetime) -> None:
    """Take due messages for one worker."""
    move_messages(
        connection,
        messages.c.id.in_(ids) & (messages.c.state == MessageState.DUE),
        {"state": MessageState.CLAIMED, "worker": worker, "lease_until": lease_until},
        expected=len(ids),
    )


def postpone(connection: Connection, later: Mapping[str, tuple[datetime, str]]) -> None:
    """Give due messages a later slot: id → (when it falls due, why)."""
    for message_id, (due_at, reason) in later.items():
        move_messages(
            connection,
            and_(messages.c.id == message_id, messages.c.state == MessageState.DUE),
            {"due_at": due_at, "claimable_at": due_at, "reason": reason},
            expected=1,
        )


def close_waiting(connection: Connection, ids: Sequence[str], *, state: MessageState, reason: str) -> None:
    """End due or claimed messages as cancelled, suppressed or expired; others are left as they are."""
    move_messages(
        connection,
        and_(messages.c.id.in_(ids), messages.c.state.in_([MessageState.DUE, MessageState.CLAIMED])),
        {"state": state, "reason": reason, "worker": "", "lease_until": None},
    )


def hold(connection: Connection, message_id: str, *, worker: str, reason: str) -> None:
    """Set a claimed message aside that cannot be built, for a person to see."""
    move_messages(
        connection,
        and_(
            messages.c.id == message_id,
            messages.c.state == MessageState.CLAIMED,
            messages.c.worker == worker,
        ),
        {"state": MessageState.HELD, "reason": reason, "worker": "", "lease_until": None},
    )


def claimed_messages(connection: Connection, ids: Sequence[str], *, worker: str) -> list[ClaimedMessage]:
    """Return what `worker` has claimed, ready to merge, in the order of `ids`."""
    rows = connection.execute(
        select(
            messages.c.id,
            messages.c.enrollment_id,
            messages.c.part,
            enrollments.c.revision_id,
            subscribers.c.address,
            subscribers.c.first_name,
            subscribers.c.timezone,
            subscribers.c.attributes,
            _attempt_count().label("attempt_count"),
        )
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .join(subscribers, subscribers.c.id == enrollments.c.subscriber_id)
        .where(messages.c.id.in_(ids), messages.c.state == MessageState.CLAIMED, messages.c.worker == worker)
    )
    found = {
        row.id: ClaimedMessage(
            id=row.id,
            enrollment_id=row.enrollment_id,
            part=row.part,
            revision_id=row.revision_id,
            address=row.address,
            first_name=row.first_name,
            timezone=row.timezone,
            attributes=tuple(sorted(json.loads(row.attributes).items())),
            attempt_count=row.attempt_count,
        )
        for row in rows
    }
    return [found[message_id] for message_id in ids if message_id in found]


def release_claimed(connection: Connection, ids: Sequence[str], *, worker: str) -> int:
    """Give back what a worker has claimed of a chunk and not begun to send; return how many."""
    return move_messages(
        connection,
        and_(messages.c.id.in_(ids), messages.c.state == MessageState.CLAIMED, messages.c.worker == worker),
        {"state": MessageState.DUE, "worker": "", "lease_until": None},
    )


def _attempt_count() -> ColumnElement[int]:
    return select(func.count()).where(attempts.c.message_id == messages.c.id).scalar_subquery()


def _waiting() -> Select[Any]:
    is_member = (
        select(memberships.c.subscriber_id)
        .where(
            memberships.c.audience == enrollments.c.audience,
            memberships.c.subscriber_id == enrollments.c.subscriber_id,
            memberships.c.status == "subscribed",
        )
        .exists()
    )
    has_consent = (
        select(consents.c.id)
        .where(
            consents.c.audience == enrollments.c.audience,
            consents.c.subscriber_id == enrollments.c.subscriber_id,
        )
        .exists()
    )
    return (
        select(
            messages.c.id,
            messages.c.enrollment_id,
            messages.c.campaign,
            messages.c.part,
            messages.c.due_at,
            enrollments.c.revision_id,
            campaigns.c.state.label("campaign_state"),
            enrollments.c.state.label("enrollment_state"),
            subscribers.c.timezone,
            subscribers.c.address_key,
            is_member.label("is_member"),
            has_consent.label("has_consent"),
            _attempt_count().label("attempt_count"),
        )
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .join(campaigns, campaigns.c.slug == messages.c.campaign)
        .join(subscribers, subscribers.c.id == enrollments.c.subscriber_id)
    )


def _waiting_messages(connection: Connection, rows: Sequence[Row[Any]]) -> list[WaitingMessage]:
    barred = suppression_reasons(connection, [row.address_key for row in rows])
    return [
        WaitingMessage(
            id=row.id,
            enrollment_id=row.enrollment_id,
            campaign=row.campaign,
            part=row.part,
            revision_id=row.revision_id,
            due_at=row.due_at,
            timezone=row.timezone,
            campaign_state=CampaignState(row.campaign_state),
            enrollment_state=EnrollmentState(row.enrollment_state),
            is_member=bool(row.is_member),
            has_consent=bool(row.has_consent),
            suppressed_because=barred.get(row.address_key),
            attempt_count=row.attempt_count,
        )
        for row in rows
    ]


def lock_messages(connection: Connection, condition: ColumnElement[bool]) -> list[str]:
    """Keep others from moving the messages for which the condition holds; return their ids."""
    query = select(messages.c.id).where(condition)
    if connection.dialect.name == POSTGRES:
        # In one order, so that two who want the same ones wait in one direction only.
        query = query.order_by(messages.c.id).with_for_update(key_share=True)
    return list(connection.execute(query).scalars())


def move_messages(
    connection: Connection,
    condition: ColumnElement[bool],
    values: Mapping[str, object],
    *,
    expected: int | None = None,
) -> int:
    """Change states where the precondition holds. A caller that holds the rows says how many it expects."""
    moved = connection.execute(update(messages).where(condition).values(**values)).rowcount
    if expected is not None and moved != expected:
        raise RuntimeError(
            f"{moved} of {expected} messages moved: their state changed inside one transaction"
        )
    return moved
