"""Record what a wave came to: its rows, the enrollments that move on, a provider that rests. One commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

import structlog
from sqlalchemy import Connection

from partwork.errors import Scope
from partwork.providers.contract import Accepted, Answer, Refused, Unavailable, Uncertain
from partwork.sending.advance import Step, move_on
from partwork.sending.backoff import doubled, drawn
from partwork.sending.breaker import FAR_SCOPES, judge
from partwork.sending.desk import Desk
from partwork.store import waves
from partwork.store.connect import DatabaseTrouble
from partwork.store.enrollments import exit_enrollments, pause_enrollment
from partwork.store.messages import ClaimedMessage

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
"""Between two attempts at one message."""

RECORD_WAITS = tuple(timedelta(seconds=seconds) for seconds in (0.1, 0.5, 1, 2, 5, 10, 20, 20))
"""How long an answer is kept in hand while the database cannot take it."""

log = structlog.get_logger()

_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Wave:
    """One request: its messages in order, and the instant it was written ahead of the wire."""

    id: str
    sent_at: datetime
    messages: tuple[ClaimedMessage, ...]


def record_answers(desk: Desk, wave: Wave, answers: Sequence[Answer]) -> bool:
    """Commit a wave's answers; return False if the provider is to rest.

    A row that this wave no longer holds is left alone: the answer is kept as evidence. While the
    database cannot take them, the answers are kept in hand: what the provider took must not be lost.
    """
    is_going, accepted_count = persistently(desk, lambda: _commit(desk, wave, answers))
    desk.tally.accepted_count += accepted_count
    return is_going


def take_back(desk: Desk, wave_id: str, ids: Sequence[str]) -> None:
    """Return a wave that was written ahead of the wire and never left: sending → due."""
    persistently(desk, lambda: _commit_unsent(desk, wave_id, ids))


def persistently(desk: Desk, commit: Callable[[], _Done]) -> _Done:
    """Do what must be written down, again and again while the database fails. Raises what it last raised."""
    for wait in RECORD_WAITS:
        try:
            return commit()
        except DatabaseTrouble as fault:
            log.warning("the database cannot take an answer: trying again", error=type(fault).__name__)
            desk.clock.sleep(wait)
            if desk.stopping():
                break
    return commit()


def _commit(desk: Desk, wave: Wave, answers: Sequence[Answer]) -> tuple[bool, int]:
    now = desk.clock.now()
    with desk.store.write() as connection:
        waves.end_attempts(
            connection,
            [
                (message.id, *outcome_of(answer))
                for message, answer in zip(wave.messages, answers, strict=True)
            ],
            wave_id=wave.id,
            worker=desk.worker.name,
            now=now,
        )
        accepted_count = _record_accepted(connection, desk, wave, answers, now=now)
        for message, answer in zip(wave.messages, answers, strict=True):
            _record_other(connection, message, answer, wave_id=wave.id, now=now)
        return judge(connection, desk.provider.name, answers, now=now), accepted_count


def _commit_unsent(desk: Desk, wave_id: str, ids: Sequence[str]) -> None:
    now, reason = desk.clock.now(), "it had not left yet"
    with desk.store.write() as connection:
        waves.end_attempts(
            connection,
            [(message_id, "unsent", reason, "") for message_id in ids],
            wave_id=wave_id,
            worker=desk.worker.name,
            now=now,
        )
        for message_id in ids:
            waves.give_back(connection, message_id, wave_id=wave_id, claimable_at=now, reason=reason)


def outcome_of(answer: Answer) -> tuple[str, str, str]:
    """Return outcome, reason and the provider's id, as an attempt keeps them."""
    match answer:
        case Accepted(provider_id):
            return "accepted", "", provider_id
        case Unavailable(reason):
            return "unavailable", reason, ""
        case Refused(reason):
            return "refused", reason, ""
        case Uncertain(reason):
            return "uncertain", reason, ""
        case _:
            assert_never(answer)


def _record_accepted(
    connection: Connection, desk: Desk, wave: Wave, answers: Sequence[Answer], *, now: datetime
) -> int:
    taken = {
        message.id: answer.provider_id
        for message, answer in zip(wave.messages, answers, strict=True)
        if isinstance(answer, Accepted)
    }
    moved = waves.accept(connection, taken, wave_id=wave.id, sent_at=wave.sent_at)
    steps = [
        Step(
            message.enrollment_id,
            desk.frames.revision(message.revision_id),
            message.part,
            message.timezone,
            wave.sent_at,
        )
        for message in wave.messages
        if message.id in moved
    ]
    move_on(connection, steps, now=now)
    return len(moved)


def _record_other(
    connection: Connection, message: ClaimedMessage, answer: Answer, *, wave_id: str, now: datetime
) -> None:
    match answer:
        case Accepted():
            pass
        case Uncertain(reason):
            waves.doubt(connection, message.id, wave_id=wave_id, reason=reason)
        case Unavailable(reason, retry_after, scope):
            # The account's rest is the wait of all: see `breaker`.
            is_far = scope in FAR_SCOPES
            wait = timedelta() if is_far else retry_after or _backoff(message.attempt_count)
            waves.give_back(connection, message.id, wave_id=wave_id, claimable_at=now + wait, reason=reason)
        case Refused(reason, scope) if scope in FAR_SCOPES:
            waves.give_back(connection, message.id, wave_id=wave_id, claimable_at=now, reason=reason)
        case Refused(reason, scope):
            _record_refused(connection, message, reason, scope, wave_id=wave_id, now=now)
        case _:
            assert_never(answer)


def _record_refused(
    connection: Connection, message: ClaimedMessage, reason: str, scope: Scope, *, wave_id: str, now: datetime
) -> None:
    if not waves.reject(connection, message.id, wave_id=wave_id, reason=reason):
        # Too late for a verdict, not for its evidence: what is uncertain goes, and is judged, again.
        waves.give_back(connection, message.id, wave_id=wave_id, claimable_at=now, reason=reason)
    elif scope is Scope.RECIPIENT:
        exits = {message.enrollment_id: f"the address was refused: {reason}"}
        exit_enrollments(connection, exits, now=now)
    else:
        pause_enrollment(connection, message.enrollment_id, reason=reason)


def _backoff(attempt_count: int) -> timedelta:
    """Return a wait drawn evenly from nought to a bound that doubles with each attempt (full jitter)."""
    return drawn(timedelta(), doubled(FIRST_RETRY, times=attempt_count, most=LONGEST_RETRY))
