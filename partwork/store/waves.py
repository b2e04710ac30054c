"""Waves and attempts: what a provider was asked, written ahead of the wire, and its answers. Adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, case, func, insert, select, update

from partwork.sending.states import OPEN_STATES, AttemptPhase, EvidenceKind, MessageState
from partwork.store.messages import lock_messages, move_messages
from partwork.store.tables import attempts, evidence, messages

_ASKED = (MessageState.SENDING, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message's place in one request, written before the request leaves.

    frozen: all that was merged for its reader, so that the very same request can be made again
    """

    message_id: str
    wave_order: int
    request_hash: str
    frozen: str


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
                "frozen": attempt.frozen,
                "worker": worker,
                "lease_until": lease_until,
                "started_at": now,
            }
            for attempt in wave
        ],
    )


def end_attempts(
    connection: Connection,
    outcomes: Sequence[tuple[str, str, str, str]],
    *,
    wave_id: str,
    worker: str,
    now: datetime,
) -> None:
    """Write down what came back: (message id, outcome, reason, provider id) for each of a wave.

    What has been decided meanwhile stays as it is: an answer that comes after it is kept as evidence.
    """
    # The wave's messages first, in the order in which everybody takes them.
    lock_messages(connection, messages.c.id.in_([message_id for message_id, *_ in outcomes]))
    decided = {
        row.message_id: row.outcome
        for row in connection.execute(
            select(attempts.c.message_id, attempts.c.outcome).where(
                attempts.c.wave == wave_id, attempts.c.ended_at.is_not(None)
            )
        )
    }
    in_time = [outcome for outcome in outcomes if outcome[0] not in decided]
    if in_time:
        connection.execute(
            update(attempts)
            .where(attempts.c.wave == wave_id, attempts.c.message_id == bindparam("b_id"))
            .values(
                phase=AttemptPhase.ANSWERED,
                outcome=bindparam("b_outcome"),
                reason=bindparam("b_reason"),
                provider_id=bindparam("b_provider_id"),
                # An answer that leaves it open may yet need the same request again.
                frozen=case((bindparam("b_outcome") == "uncertain", attempts.c.frozen), else_=""),
                ended_at=now,
            ),
            [
                {"b_id": message_id, "b_outcome": outcome, "b_reason": reason, "b_provider_id": provider_id}
                for message_id, outcome, reason, provider_id in in_time
            ],
        )
    add_evidence(
        connection,
        [
            Evidence(EvidenceKind.LATE_ANSWER, outcome, message_id, reason, provider_id)
            for message_id, outcome, reason, provider_id in outcomes
            if decided.get(message_id, outcome) != outcome
        ],
        wave_id=wave_id,
        worker=worker,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact about a wave. message_id: None if it speaks for the whole of it."""

    kind: EvidenceKind
    outcome: str
    message_id: str | None = None
    reason: str = ""
    provider_id: str = ""


def add_evidence(
    connection: Connection, found: Sequence[Evidence], *, wave_id: str, worker: str, now: datetime
) -> None:
    """Keep what came to light about a wave; nothing is ever taken back."""
    if found:
        connection.execute(
            insert(evidence),
            [
                {
                    "wave": wave_id,
                    "message_id": one.message_id,
                    "kind": one.kind,
                    "outcome": one.outcome,
                    "reason": one.reason,
                    "provider_id": one.provider_id,
                    "worker": worker,
                    "recorded_at": now,
                }
                for one in found
            ],
        )


def accept(
    connection: Connection, provider_ids: Mapping[str, str], *, wave_id: str, sent_at: datetime
) -> set[str]:
    """Record that a provider took these messages of a wave; return those it moved.

    The answer is evidence, however late: also what has become uncertain or held of the same wave is
    accepted, and what is due again because of it does not go a second time. What has ended stays ended.
    """
    moved = set()
    for message_id, provider_id in provider_ids.items():
        result = connection.execute(
            update(messages)
            .where(
                messages.c.id == message_id,
                messages.c.wave == wave_id,
                messages.c.state.in_(OPEN_STATES),
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

    Also an uncertain message of the same wave: the answer, however late, is its evidence; so is a look,
    and the campaign that prefers a second copy to none.
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


def set_aside(connection: Connection, message_id: str, *, wave_id: str, reason: str) -> bool:
    """Hold an uncertain message for a person: no more can be learned of it."""
    return _leave_wave(
        connection,
        message_id,
        wave_id,
        {"state": MessageState.HELD, "reason": reason},
        states=(MessageState.UNCERTAIN,),
    )


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


def count_asked(connection: Connection, provider: str, *, since: datetime) -> int:
    """Return how many messages a provider was asked to take since an instant."""
    asked = select(func.count()).where(attempts.c.provider == provider, attempts.c.started_at > since)
    return int(connection.execute(asked).scalar_one())


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
