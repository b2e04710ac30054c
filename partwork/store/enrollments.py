"""Enrollments: each subscriber's walk through a campaign. Adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from partwork.sending.states import EnrollmentState, MessageState
from partwork.store.messages import lock_messages, move_messages
from partwork.store.tables import campaigns, enrollments, messages

_OPEN = (EnrollmentState.ACTIVE, EnrollmentState.PAUSED)
_WAITING = (MessageState.DUE, MessageState.CLAIMED)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class EnrollmentRow:
    """One walk. `reason` says why it ended or rests; `ended_at` is None while it is open."""

    id: int
    campaign: str
    revision_id: str
    state: EnrollmentState
    reason: str
    enrolled_at: datetime
    ended_at: datetime | None


def add_enrollment(
    connection: Connection, *, campaign: str, subscriber_id: int, revision_id: str, now: datetime
) -> int:
    """Enroll one subscriber, a member of the campaign's audience as it is now, on one revision.

    Returns the id. The database refuses a second enrollment.
    """
    audience = select(campaigns.c.audience).where(campaigns.c.slug == campaign).scalar_subquery()
    new = insert(enrollments).values(
        campaign=campaign,
        subscriber_id=subscriber_id,
        audience=audience,
        revision_id=revision_id,
        state=EnrollmentState.ACTIVE,
        enrolled_at=now,
    )
    return int(connection.execute(new.returning(enrollments.c.id)).scalar_one())


def complete_enrollments(connection: Connection, ids: Sequence[int], *, now: datetime) -> None:
    """End walks that have reached their last part."""
    _end(connection, dict.fromkeys(ids, ""), state=EnrollmentState.COMPLETED, now=now)


def exit_enrollments(connection: Connection, reasons: Mapping[int, str], *, now: datetime) -> None:
    """End walks before their last part, each for its reason."""
    _end(connection, reasons, state=EnrollmentState.EXITED, now=now)


def pause_enrollment(connection: Connection, enrollment_id: int, *, reason: str) -> None:
    """Let an active walk rest until a person looks at it."""
    connection.execute(
        update(enrollments)
        .where(enrollments.c.id == enrollment_id, enrollments.c.state == EnrollmentState.ACTIVE)
        .values(state=EnrollmentState.PAUSED, reason=reason)
    )


def enrollments_of(connection: Connection, subscriber_id: int) -> list[EnrollmentRow]:
    """Return a subscriber's walks, the oldest first."""
    rows = connection.execute(
        select(enrollments).where(enrollments.c.subscriber_id == subscriber_id).order_by(enrollments.c.id)
    )
    return [
        EnrollmentRow(
            id=row.id,
            campaign=row.campaign,
            revision_id=row.revision_id,
            state=EnrollmentState(row.state),
            reason=row.reason,
            enrolled_at=row.enrolled_at,
            ended_at=row.ended_at,
        )
        for row in rows
    ]


def subscriber_of_message(connection: Connection, message_id: str) -> int | None:
    """Return whose message this is, None if there is no such message."""
    found: int | None = connection.execute(
        select(enrollments.c.subscriber_id)
        .join(messages, messages.c.enrollment_id == enrollments.c.id)
        .where(messages.c.id == message_id)
    ).scalar()
    return found


def leave(
    connection: Connection,
    subscriber_id: int,
    *,
    reason: str,
    now: datetime,
    audience: str | None = None,
) -> int:
    """End a subscriber's open walks (all, or those begun as a member of one audience); return how many.

    What has not begun to leave the machine is suppressed; what has is left to its answer.
    """
    walks = select(enrollments.c.id).where(
        enrollments.c.subscriber_id == subscriber_id, enrollments.c.state.in_(_OPEN)
    )
    if audience is not None:
        walks = walks.where(enrollments.c.audience == audience)
    ids = list(connection.execute(walks.order_by(enrollments.c.id)).scalars())
    _close_waiting_of(connection, ids, state=MessageState.SUPPRESSED, reason=reason)
    exit_enrollments(connection, dict.fromkeys(ids, reason), now=now)
    return len(ids)


def stop_all(connection: Connection, campaign: str, *, reason: str, now: datetime) -> int:
    """End every open walk through a campaign and cancel what is due; return how many walks."""
    waiting = select(messages.c.id).where(messages.c.campaign == campaign, messages.c.state.in_(_WAITING))
    # All of them before any walk, for that is the order in which everybody takes them.
    held = waiting.order_by(messages.c.id).with_for_update(key_share=True).subquery()
    connection.execute(select(func.count()).select_from(held))
    count = 0
    while ids := list(
        connection.execute(
            select(enrollments.c.id)
            .where(enrollments.c.campaign == campaign, enrollments.c.state.in_(_OPEN))
            .order_by(enrollments.c.id)
            .limit(_CHUNK)
        ).scalars()
    ):
        _close_waiting_of(connection, ids, state=MessageState.CANCELLED, reason=reason)
        exit_enrollments(connection, dict.fromkeys(ids, reason), now=now)
        count += len(ids)
    return count


def count_on_other_revisions(connection: Connection, campaign: str, revision_id: str) -> int:
    """Return how many walks under way are on another revision than this."""
    query = (
        select(func.count())
        .select_from(enrollments)
        .where(
            enrollments.c.campaign == campaign,
            enrollments.c.revision_id != revision_id,
            enrollments.c.state.in_(_OPEN),
        )
    )
    return int(connection.execute(query).scalar_one())


def active_among(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Return those of these enrollments that may move on, and keep others from ending them meanwhile."""
    return set(
        connection.execute(
            select(enrollments.c.id)
            .where(enrollments.c.id.in_(ids), enrollments.c.state == EnrollmentState.ACTIVE)
            .order_by(enrollments.c.id)
            .with_for_update(key_share=True)
        ).scalars()
    )


def _close_waiting_of(
    connection: Connection, ids: Sequence[int], *, state: MessageState, reason: str
) -> None:
    is_waiting = and_(messages.c.enrollment_id.in_(ids), messages.c.state.in_(_WAITING))
    held = lock_messages(connection, is_waiting)
    move_messages(
        connection,
        messages.c.id.in_(held),
        {"state": state, "reason": reason, "worker": "", "lease_until": None},
        expected=len(held),
    )


def _end(
    connection: Connection, reasons: Mapping[int, str], *, state: EnrollmentState, now: datetime
) -> None:
    if not reasons:
        return
    connection.execute(
        update(enrollments)
        .where(
            enrollments.c.id == bindparam("b_id"),
            # Spelled out: an IN cannot be part of a statement that runs once for each row.
            or_(*(enrollments.c.state == state for state in _OPEN)),
        )
        .values(state=state, reason=bindparam("b_reason"), ended_at=now),
        [{"b_id": enrollment_id, "b_reason": reason} for enrollment_id, reason in reasons.items()],
    )
