"""When a provider's account is to rest: one place that judges its answers, whoever asked.

Closed while it answers; open (paused) after a refusal of the account's, or after requests in a row
without an answer; then half open: `dispatch` lets one request go, and its answer decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from partwork.errors import Scope
from partwork.providers.contract import Answer, Refused, Unavailable, Uncertain
from partwork.sending.backoff import doubled, drawn
from partwork.store.accounts import note_failure, note_success, pause_provider

FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=15)
REST_WHEN_REFUSED = timedelta(minutes=15)
"""A person has to act: a key, a domain, a bill."""

DOUBTS_ALLOWED = 2
"""So many requests in a row may stay without an answer before the account rests."""

FAR_SCOPES = (Scope.ACCOUNT, Scope.DOMAIN)


@dataclass(frozen=True, slots=True)
class _Rest:
    reason: str
    duration: timedelta | None


def judge(connection: Connection, provider: str, answers: Sequence[Answer], *, now: datetime) -> bool:
    """Count what a request's answers say of the account; return False if it is to rest from now on."""
    rest = _rest_asked_for(answers)
    is_unanswered = all(isinstance(answer, Uncertain) for answer in answers)
    if rest is None and not is_unanswered:
        note_success(connection, provider)
        return True
    count = note_failure(connection, provider)
    if rest is None:
        count -= DOUBTS_ALLOWED
        rest = _Rest(f"{provider} left {count + DOUBTS_ALLOWED} requests in a row without an answer", None)
    if count < 1:
        return True
    duration = _growing(count) if rest.duration is None else rest.duration
    pause_provider(connection, provider, reason=rest.reason, until=now + duration)
    return False


def _rest_asked_for(answers: Sequence[Answer]) -> _Rest | None:
    for answer in answers:
        match answer:
            case Unavailable(reason, retry_after, scope) if scope in FAR_SCOPES:
                return _Rest(reason, retry_after)
            case Refused(reason, scope) if scope in FAR_SCOPES:
                return _Rest(reason, REST_WHEN_REFUSED)
            case _:
                pass
    return None


def _growing(count: int) -> timedelta:
    """Return a rest drawn evenly from the first to a bound that doubles with each failure in a row."""
    return drawn(FIRST_REST, doubled(FIRST_REST, times=count - 1, most=LONGEST_REST))
