"""Waves and attempts: what a provider was asked, written ahead of the wire, and its answers. Adapter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from partwork.sending.states import MessageState
from partwork.store.messages import move_messages
from partwork.store.tables import (
    IS_UNSETTLED,
    attempts,
    enrollments,
    messages,
    subscribers,
)

_ASKED = (MessageState.SENDING, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """A message that a provider was, or may have been, asked to take.

    started_at:  the instant `sending` was committed
    doubt_count: how many requests for it ended without an answer, this one included
    unanswered_count: those of them that the provider left unanswered; the others died with their process
    """

    id: str
    enrollment_id: int
    part: str
    revision_id: str
    timezone: str
    wave: str
    provider: str
    started_at: datetime
    doubt_count: int
    unanswered_count: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message's place in one request, written before the request leaves."""

    message_id: str
    wave_order: int
    request_hash: str


def begin_sending(
    connection: Connection,
    wave: Sequence[Attempt],
    *,
    wave_id: str,
    provider: str,
    idempotency_key: str,
    worker: str,
    now: datetime,
    lease_until: datetime,
) -> None:
    """Write a wave ahead of the wire: claimed → sending, with one attempt a message."""
    ids = [attempt.message_id for attempt in wave]
    move_messages(
        connection,
        and_(messages.c.id.in_(ids), messages.c.state == MessageState.CLAIMED, messages.c.worker == worker),
        {"state": MessageState.SENDING, "wave": wave_id, "provider": provider, "lease_until": lease_until},
        expected=len(ids),
    )
    connection.execute(
        insert(attempts),
        [
            {
                "message_id": attempt.message_id,
                "wave": wave_id,
                "wave_order": attempt.wave_order,
                "provider": provider,
                "idempotency_key": idempotency_key,
                "request_hash": attempt.request_hash,
                "worker": worker,
                "started_at": now,
            }
            for attempt in wave
        ],
    )


def end_attempts(
    connection: Connection,
    outcomes: Iterable[tuple[str, str, str, str]],
    *,
    wave_id: str,
    now: datetime,
) -> None:
    """Write down what came back: (message id, outcome, reason, provider id) for each of a wave.

    A result that comes late is kept all the same: it is evidence.
    """
    connection.execute(
        update(attempts)
        .where(attempts.c.wave == wave_id, attempts.c.message_id == bindparam("b_id"))
        .values(
            outcome=bindparam("b_outcome"),
            reason=bindparam("b_reason"),
            provider_id=bindparam("b_provider_id"),
            ended_at=now,
        ),
        [
            {"b_id": message_id, "b_outcome": outcome, "b_reason": reason, "b_provider_id": provider_id}
            for message_id, outcome, reason, provider_id in outcomes
        ],
    )


def accept(
    connection: Connection, provider_ids: Mapping[str, str], *, wave_id: str, sent_at: datetime
) -> set[str]:
    """Record that a provider took these messages of a wave; return those it moved.

    Also an uncertain message of the same wave becomes accepted: the answer is its evidence.
    """
    moved = set()
    for message_id, provider_id in provider_ids.items():
        result = connection.execute(
            update(messages)
            .where(
                messages.c.id == message_id,
                messages.c.wave == wave_id,
                messages.c.state.in_(_ASKED),
            )
            .values(
                state=MessageState.ACCEPTED,
                reason="",
                provider_id=provider_id,
                sent_at=sent_at,
                worker="",
                lease_until=None,
            )
        )
        if result.rowcount:
            moved.add(message_id)
    return moved


def reject(connection: Connection, message_id: str, *, wave_id: str, reason: str) -> bool:
    """Record that a provider refused a message for good; return False if the wave lost it."""
    return _leave_wave(connection, message_id, wave_id, {"state": MessageState.REJECTED, "reason": reason})


def give_back(
    connection: Connection, message_id: str, *, wave_id: str, claimable_at: datetime, reason: str
) -> bool:
    """Return a message that was provably not taken: sending → due, to be claimed from then on.

    Also an uncertain message of the same wave: the answer, however late, is its evidence.
    """
    return _leave_wave(
        connection,
        message_id,
        wave_id,
        {"state": MessageState.DUE, "claimable_at": claimable_at, "reason": reason},
        states=_ASKED,
    )


def doubt(connection: Connection, message_id: str, *, wave_id: str, reason: str) -> bool:
    """Record that nobody knows whether a message was taken: sending → uncertain."""
    return _leave_wave(connection, message_id, wave_id, {"state": MessageState.UNCERTAIN, "reason": reason})


def reclaim(
    connection: Connection, ids: Sequence[str], *, wave_id: str, worker: str, lease_until: datetime
) -> None:
    """Take a wave that was provably not taken up again at once: sending → due → claimed, in one step.

    Also what became uncertain meanwhile: the refusal of the whole is its evidence.
    """
    move_messages(
        connection,
        and_(messages.c.id.in_(ids), messages.c.wave == wave_id, messages.c.state.in_(_ASKED)),
        {"state": MessageState.CLAIMED, "worker": worker, "lease_until": lease_until, "wave": ""},
    )


def settle_resend(
    connection: Connection, message_id: str, *, wave_id: str, claimable_at: datetime, reason: str
) -> bool:
    """Make an uncertain message due again: provably not taken, or the campaign accepts a second copy."""
    moved = move_messages(
        connection,
        and_(
            messages.c.id == message_id,
            messages.c.wave == wave_id,
            messages.c.state == MessageState.UNCERTAIN,
        ),
        {
            "state": MessageState.DUE,
            "claimable_at": claimable_at,
            "reason": reason,
            "worker": "",
            "lease_until": None,
        },
    )
    return bool(moved)


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
    freed = move_messages(
        connection,
        and_(messages.c.state == MessageState.CLAIMED, is_lost),
        {"state": MessageState.DUE, "worker": "", "lease_until": None},
    )
    doubted = move_messages(
        connection,
        and_(messages.c.state == MessageState.SENDING, is_lost),
        {
            "state": MessageState.UNCERTAIN,
            "reason": "the process that was sending it stopped before the answer was recorded",
            "worker": "",
            "lease_until": None,
        },
    )
    return freed, doubted


def count_asked(connection: Connection, provider: str, *, since: datetime) -> int:
    """Return how many messages a provider was asked to take since an instant."""
    asked = select(func.count()).where(attempts.c.provider == provider, attempts.c.started_at > since)
    return int(connection.execute(asked).scalar_one())


def uncertain_messages(connection: Connection, *, after: str, limit: int) -> list[AskedMessage]:
    """Return messages nobody knows the fate of, by id from `after` on."""
    return _asked(
        connection,
        and_(messages.c.state == MessageState.UNCERTAIN, messages.c.id > after, IS_UNSETTLED),
        limit=limit,
    )


def _asked(
    connection: Connection, condition: ColumnElement[bool], *, limit: int | None = None
) -> list[AskedMessage]:
    earlier = attempts.alias()

    def how_many(*outcomes: str) -> ScalarSelect[int]:
        return (
            select(func.count())
            .where(earlier.c.message_id == messages.c.id, earlier.c.outcome.in_(outcomes))
            .scalar_subquery()
        )

    rows = connection.execute(
        select(
            messages.c.id,
            messages.c.enrollment_id,
            messages.c.part,
            messages.c.wave,
            messages.c.provider,
            enrollments.c.revision_id,
            subscribers.c.timezone,
            attempts.c.started_at,
            how_many("", "uncertain").label("doubt_count"),
            how_many("uncertain").label("unanswered_count"),
        )
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id)
        .join(subscribers, subscribers.c.id == enrollments.c.subscriber_id)
        .join(attempts, and_(attempts.c.message_id == messages.c.id, attempts.c.wave == messages.c.wave))
        .where(condition)
        .order_by(messages.c.id)
        .limit(limit)
    )
    return [
        AskedMessage(
            id=row.id,
            enrollment_id=row.enrollment_id,
            part=row.part,
            revision_id=row.revision_id,
            timezone=row.timezone,
            wave=row.wave,
            provider=row.provider,
            started_at=row.started_at,
            doubt_count=row.doubt_count,
            unanswered_count=row.unanswered_count,
        )
        for row in rows
    ]


def _leave_wave(
    connection: Connection,
    message_id: str,
    wave_id: str,
    values: Mapping[str, object],
    *,
    states: Sequence[MessageState] = (MessageState.SENDING,),
) -> bool:
    condition = and_(messages.c.id == message_id, messages.c.wave == wave_id, messages.c.state.in_(states))
    return bool(move_messages(connection, condition, {**values, "worker": "", "lease_until": None}))
