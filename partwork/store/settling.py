"""What was left open: leases that ran out, waves nobody knows the fate of, messages held. Adapter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    update,
)

from partwork.sending.states import AttemptPhase, EvidenceKind, MessageState
from partwork.store.messages import move_messages
from partwork.store.tables import (
    IS_UNSETTLED,
    attempts,
    enrollments,
    evidence,
    messages,
    subscribers,
)

_TAKEN_AT_ONCE = 5000
LOST = "the process that was sending it stopped before the answer was recorded"


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """A message in a wave whose request may or may not have been taken.

    state:            where it is now; None once it belongs to another wave
    request_hash:     what it was when it was asked for
    frozen:           what was merged for its reader then; '' if that is known no more
    doubt_count:      how many requests for it are without an answer, this one included
    unanswered_count: those of them that the provider left unanswered; the others died with their process
    """

    id: str
    enrollment_id: int
    part: str
    revision_id: str
    timezone: str
    address: str
    due_at: datetime
    state: MessageState | None
    request_hash: str
    frozen: str
    doubt_count: int
    unanswered_count: int

    @property
    def is_uncertain(self) -> bool:
        return self.state is MessageState.UNCERTAIN


@dataclass(frozen=True, slots=True)
class OpenWave:
    """One request nobody knows the fate of, with all its messages in their order."""

    id: str
    provider: str
    idempotency_key: str
    started_at: datetime
    messages: tuple[AskedMessage, ...]


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What one earlier look came to. message_id: None if it spoke for the whole wave."""

    message_id: str | None
    kind: EvidenceKind
    outcome: str
    recorded_at: datetime


def workers_at_work(connection: Connection) -> list[str]:
    """Return the names of the workers that hold claimed or sending messages."""
    rows = connection.execute(
        select(messages.c.worker)
        .where(messages.c.state.in_([MessageState.CLAIMED, MessageState.SENDING]), IS_UNSETTLED)
        .distinct()
    )
    return [row.worker for row in rows]


def expire_leases(connection: Connection, *, now: datetime, dead_workers: Collection[str]) -> tuple[int, int]:
    """Take messages from workers that are dead or whose lease has run out.

    claimed → due (nothing left the machine), sending → uncertain (it may have). Returns both counts.
    """
    is_lost = and_(
        IS_UNSETTLED, or_(messages.c.lease_until <= now, messages.c.worker.in_(list(dead_workers)))
    )
    freed = _take(connection, and_(messages.c.state == MessageState.CLAIMED, is_lost))
    move_messages(
        connection,
        messages.c.id.in_(list(freed)),
        {"state": MessageState.DUE, "worker": "", "lease_until": None},
        expected=len(freed),
    )
    doubted = _take(connection, and_(messages.c.state == MessageState.SENDING, is_lost))
    move_messages(
        connection,
        messages.c.id.in_(list(doubted)),
        {
            "state": MessageState.UNCERTAIN,
            # May be looked into from now on.
            "claimable_at": now,
            "reason": LOST,
            "worker": "",
            "lease_until": None,
        },
        expected=len(doubted),
    )
    connection.execute(
        update(attempts)
        .where(attempts.c.wave.in_(set(doubted.values())), attempts.c.phase == AttemptPhase.WRITTEN)
        .values(phase=AttemptPhase.LOST)
    )
    return len(freed), len(doubted)


def _take(connection: Connection, condition: ColumnElement[bool]) -> dict[str, str]:
    """Keep others from moving some thousand messages of which a condition holds; return id → wave.

    What somebody is moving at this very moment is not lost.
    """
    rows = connection.execute(
        select(messages.c.id, messages.c.wave)
        .where(condition)
        .order_by(messages.c.id)
        .limit(_TAKEN_AT_ONCE)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return {row.id: row.wave for row in rows}


def open_waves(connection: Connection, *, now: datetime, after: str, limit: int) -> tuple[list[str], str]:
    """Return waves with uncertain messages that may be looked into now, and the last message's id.

    By id of their messages from `after` on; the id is '' once there are no more.
    """
    rows = connection.execute(
        select(messages.c.id, messages.c.wave)
        .where(
            messages.c.state == MessageState.UNCERTAIN,
            messages.c.claimable_at <= now,
            messages.c.id > after,
            IS_UNSETTLED,
        )
        .order_by(messages.c.id)
        .limit(limit)
    ).all()
    return list(dict.fromkeys(row.wave for row in rows)), rows[-1].id if rows else ""


def open_wave(connection: Connection, wave_id: str) -> OpenWave | None:
    """Return a wave as it was asked for, with where each of its messages is now; None if there is none."""
    earlier = attempts.alias()

    def how_many(*outcomes: str) -> Any:
        return (
            select(func.count())
            .where(earlier.c.message_id == messages.c.id, earlier.c.outcome.in_(outcomes))
            .scalar_subquery()
        )

    rows = connection.execute(
        select(
            attempts,
            messages.c.enrollment_id,
            messages.c.part,
            messages.c.state,
            messages.c.due_at,
            messages.c.wave.label("wave_now"),
            enrollments.c.revision_id,
            subscribers.c.timezone,
            subscribers.c.address,
            how_many("", "uncertain").label("doubt_count"),
            how_many("uncertain", "unanswered").label("unanswered_count"),
        )
        .join(messages, messages.c.id == attempts.c.message_id)
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .join(subscribers, subscribers.c.id == enrollments.c.subscriber_id)
        .where(attempts.c.wave == wave_id)
        .order_by(attempts.c.wave_order)
    ).all()
    if not rows:
        return None
    first = rows[0]
    return OpenWave(
        id=wave_id,
        provider=first.provider,
        idempotency_key=first.idempotency_key,
        started_at=first.started_at,
        messages=tuple(_asked(row) for row in rows),
    )


def _asked(row: Row[Any]) -> AskedMessage:
    return AskedMessage(
        id=row.message_id,
        enrollment_id=row.enrollment_id,
        part=row.part,
        revision_id=row.revision_id,
        timezone=row.timezone,
        address=row.address,
        due_at=row.due_at,
        state=MessageState(row.state) if row.wave_now == row.wave else None,
        request_hash=row.request_hash,
        frozen=row.frozen,
        doubt_count=row.doubt_count,
        unanswered_count=row.unanswered_count,
    )


def looks_at(connection: Connection, wave_id: str) -> list[LookedUp]:
    """Return what came of asking about a wave before, the earliest first."""
    rows = connection.execute(select(evidence).where(evidence.c.wave == wave_id).order_by(evidence.c.id))
    return [LookedUp(row.message_id, EvidenceKind(row.kind), row.outcome, row.recorded_at) for row in rows]


def settle_attempts(
    connection: Connection, ids: Sequence[str], *, wave_id: str, outcome: str, reason: str, now: datetime
) -> None:
    """Write down what evidence, or a person, made of a wave's attempts; nothing needs to be kept of them.

    An attempt that has ended otherwise stays as it ended.
    """
    connection.execute(
        update(attempts)
        .where(
            attempts.c.wave == wave_id,
            attempts.c.message_id.in_(ids),
            attempts.c.outcome.in_(("", "uncertain")),
        )
        .values(
            phase=AttemptPhase.SETTLED,
            outcome=case(
                # It tells apart who is to blame: a process that died says nothing about the provider.
                (and_(attempts.c.outcome == "uncertain", literal(outcome) == "absent"), "unanswered"),
                else_=outcome,
            ),
            reason=reason,
            frozen="",
            ended_at=func.coalesce(attempts.c.ended_at, now, type_=attempts.c.ended_at.type),
        )
    )


def look_later(connection: Connection, wave_id: str, *, at: datetime) -> None:
    """Leave a wave's uncertain messages as they are, to be looked into again from an instant on."""
    move_messages(
        connection,
        and_(messages.c.wave == wave_id, messages.c.state == MessageState.UNCERTAIN),
        {"claimable_at": at},
    )
