"""Settle: free what dead workers held, and let evidence decide what nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from partwork.errors import PartworkError
from partwork.providers.contract import Absent, Found, Sighting, Unseen
from partwork.sending.advance import Step, move_on
from partwork.sending.desk import Desk
from partwork.store import waves

CHUNK = 200
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MOST_COPIES = 3
"""After so many requests without an answer, even a campaign that resends waits for evidence."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settled:
    """How many messages went which way. `uncertain`: those nobody knows about still."""

    freed: int
    accepted: int
    due_again: int
    uncertain: int


def settle(desk: Desk) -> Settled:
    """Take back what is lost and settle what can be known; what cannot stays uncertain, visibly."""
    freed = _expire(desk)
    accepted = due_again = uncertain = 0
    after = ""
    while not desk.stopping():
        with desk.store.read() as connection:
            chunk = waves.uncertain_messages(connection, after=after, limit=CHUNK)
        if not chunk:
            break
        after = chunk[-1].id
        found, absent, unseen = _settle_chunk(desk, chunk)
        accepted, due_again, uncertain = accepted + found, due_again + absent, uncertain + unseen
    return Settled(freed, accepted, due_again, uncertain)


def _expire(desk: Desk) -> int:
    with desk.store.read() as connection:
        workers = waves.workers_at_work(connection)
    if not workers:
        return 0
    dead = [name for name in workers if desk.worker.is_dead(name)]
    with desk.store.write() as connection:
        freed, doubted = waves.expire_leases(connection, now=desk.clock.now(), dead_workers=dead)
    if freed or doubted:
        log.info("leases expired", freed=freed, uncertain=doubted)
    return freed


def _settle_chunk(desk: Desk, chunk: Sequence[waves.AskedMessage]) -> tuple[int, int, int]:
    """Look each message up and record what was seen; return how many were found, absent, unseen."""
    sightings = [(message, _look_up(desk, message)) for message in chunk]
    found = absent = unseen = 0
    now = desk.clock.now()
    with desk.store.write() as connection:
        for message, sighting in sightings:
            revision = desk.frames.revision(message.revision_id)
            match sighting:
                case Found(provider_id):
                    moved = waves.accept(
                        connection,
                        {message.id: provider_id},
                        wave_id=message.wave,
                        sent_at=message.started_at,
                    )
                    if moved:
                        anchor = message.started_at
                        step = Step(message.enrollment_id, revision, message.part, message.timezone, anchor)
                        move_on(connection, [step], now=now)
                    found += 1
                case Absent():
                    reason = "looked up: the provider never took it"
                    _send_again(connection, message, now=now, reason=reason)
                    absent += 1
                case Unseen():
                    if revision.on_uncertain == "resend" and message.doubt_count < MOST_COPIES:
                        reason = "sent again: the campaign prefers a second copy to none"
                        _send_again(connection, message, now=now, reason=reason)
                        absent += 1
                    else:
                        unseen += 1
    return found, absent, unseen


def _send_again(connection: Connection, message: waves.AskedMessage, *, now: datetime, reason: str) -> None:
    """Make a message due: at once, but after a wait that doubles where the provider keeps not answering.

    So it is not asked without end; a process that died says nothing about the provider.
    """
    wait = timedelta()
    if message.unanswered_count > 1:
        doubled: int = 2 ** min(message.unanswered_count - 2, 10)
        wait = min(LONGEST_WAIT, FIRST_WAIT * doubled)
    waves.settle_resend(connection, message.id, wave_id=message.wave, claimable_at=now + wait, reason=reason)


def _look_up(desk: Desk, message: waves.AskedMessage) -> Sighting:
    if message.provider != desk.provider.name:
        return Unseen(f"it was sent through {message.provider}, which is not the provider now")
    try:
        return desk.provider.look_up(message.id)
    except PartworkError as fault:
        return Unseen(str(fault))
    except Exception as fault:
        # One message that an adapter trips over must not keep the others from being settled.
        log.exception("the provider's adapter failed", provider=desk.provider.name, message=message.id)
        return Unseen(f"the adapter failed ({type(fault).__name__})")
