"""Record what a wave came to: its rows, the enrollments that move on, a provider that rests. One commit."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import Connection

from partwork.errors import Scope
from partwork.providers.contract import Accepted, Answer, Refused, Unavailable, Uncertain
from partwork.sending.advance import Step, move_on
from partwork.sending.desk import Desk
from partwork.store import waves
from partwork.store.enrollments import exit_enrollments, pause_enrollment
from partwork.store.events import pause_provider
from partwork.store.messages import ClaimedMessage

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
REST_WHEN_UNAVAILABLE = timedelta(minutes=1)
REST_WHEN_REFUSED = timedelta(minutes=15)

_FAR_SCOPES = (Scope.ACCOUNT, Scope.DOMAIN)
_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Wave:
    """One request: its messages in order, and the instant it was written ahead of the wire."""

    id: str
    sent_at: datetime
    messages: tuple[ClaimedMessage, ...]


def record_answers(desk: Desk, wave: Wave, answers: Sequence[Answer]) -> bool:
    """Commit a wave's answers; return False if the provider is to rest.

    A row that this wave no longer holds is left alone: the answer stays in its attempt, as evidence.
    """
    now = desk.clock.now()
    with desk.store.write() as connection:
        waves.end_attempts(
            connection,
            [(message.id, *_outcome(answer)) for message, answer in zip(wave.messages, answers, strict=True)],
            wave_id=wave.id,
            now=now,
        )
        _record_accepted(connection, desk, wave, answers, now=now)
        rest: _Rest | None = None
        for message, answer in zip(wave.messages, answers, strict=True):
            rest = _record_other(connection, message, answer, wave_id=wave.id, now=now) or rest
        if rest:
            pause_provider(connection, desk.provider.name, reason=rest.reason, until=now + rest.duration)
    return rest is None


@dataclass(frozen=True, slots=True)
class _Rest:
    reason: str
    duration: timedelta


def _outcome(answer: Answer) -> tuple[str, str, str]:
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
) -> None:
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
    desk.tally.accepted_count += len(moved)


def _record_other(
    connection: Connection, message: ClaimedMessage, answer: Answer, *, wave_id: str, now: datetime
) -> _Rest | None:
    match answer:
        case Accepted():
            return None
        case Uncertain(reason):
            waves.doubt(connection, message.id, wave_id=wave_id, reason=reason)
            return None
        case Unavailable(reason, retry_after, scope):
            is_far = scope in _FAR_SCOPES
            wait = timedelta() if is_far else retry_after or _backoff(message.attempt_count)
            waves.give_back(connection, message.id, wave_id=wave_id, claimable_at=now + wait, reason=reason)
            return _Rest(reason, retry_after or REST_WHEN_UNAVAILABLE) if is_far else None
        case Refused(reason, scope) if scope in _FAR_SCOPES:
            waves.give_back(connection, message.id, wave_id=wave_id, claimable_at=now, reason=reason)
            return _Rest(reason, REST_WHEN_REFUSED)
        case Refused(reason, scope):
            if waves.reject(connection, message.id, wave_id=wave_id, reason=reason):
                if scope is Scope.RECIPIENT:
                    exits = {message.enrollment_id: f"the address was refused: {reason}"}
                    exit_enrollments(connection, exits, now=now)
                else:
                    pause_enrollment(connection, message.enrollment_id, reason=reason)
            else:
                # Too late for a verdict, not for its evidence: what is uncertain goes, and is judged, again.
                waves.give_back(connection, message.id, wave_id=wave_id, claimable_at=now, reason=reason)
            return None
        case _:
            assert_never(answer)


def _backoff(attempt_count: int) -> timedelta:
    """Return a wait drawn evenly from nought to a bound that doubles with each attempt (full jitter)."""
    doubled: int = 2 ** min(attempt_count, 10)
    return min(LONGEST_RETRY, FIRST_RETRY * doubled) * _random.random()
