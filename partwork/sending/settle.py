"""Settle: free what dead workers held, and let evidence decide what nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy import Connection

from partwork.sending.advance import Step, move_on
from partwork.sending.backoff import doubled, drawn
from partwork.sending.breaker import judge
from partwork.sending.desk import Desk
from partwork.sending.evidence import Fate, Known, Open, Unknowable, Verdict, find_out
from partwork.store import settling, waves

CHUNK = 100
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
FIRST_LOOK = timedelta(seconds=30)
MOST_COPIES = 3
"""After so many requests without an answer, even a campaign that resends waits for evidence."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settled:
    """How many messages went which way. `uncertain`: those nobody knows about still."""

    freed: int = 0
    accepted: int = 0
    due_again: int = 0
    uncertain: int = 0
    held: int = 0

    def __add__(self, other: Settled) -> Settled:
        return Settled(
            self.freed + other.freed,
            self.accepted + other.accepted,
            self.due_again + other.due_again,
            self.uncertain + other.uncertain,
            self.held + other.held,
        )


def settle(desk: Desk) -> Settled:
    """Take back what is lost and settle what can be known; what cannot stays uncertain, visibly."""
    total = Settled(freed=_expire(desk))
    after, seen = "", set[str]()
    while not desk.stopping():
        with desk.store.read() as connection:
            chunk, after = settling.open_waves(connection, now=desk.clock.now(), after=after, limit=CHUNK)
        if not chunk:
            break
        for wave_id in chunk:
            if wave_id not in seen and not desk.stopping():
                total += _settle_wave(desk, wave_id)
            seen.add(wave_id)
    return total


def _expire(desk: Desk) -> int:
    with desk.store.read() as connection:
        workers = settling.workers_at_work(connection)
    if not workers:
        return 0
    dead = [name for name in workers if desk.worker.is_dead(name)]
    with desk.store.write() as connection:
        freed, doubted = settling.expire_leases(connection, now=desk.clock.now(), dead_workers=dead)
    if freed or doubted:
        log.info("leases expired", freed=freed, uncertain=doubted)
    return freed


def _settle_wave(desk: Desk, wave_id: str) -> Settled:
    """Find out about one wave, and commit what was found: rows, enrollments that move on, evidence."""
    with desk.store.read() as connection:
        wave = settling.open_wave(connection, wave_id)
        looks = settling.looks_at(connection, wave_id)
    if wave is None:
        return Settled()
    finding = find_out(desk, wave, looks)
    now = desk.clock.now()
    with desk.store.write() as connection:
        waves.add_evidence(connection, finding.evidence, wave_id=wave_id, worker=desk.worker.name, now=now)
        total = Settled()
        for message in wave.messages:
            if message.is_uncertain:
                total += _record(connection, desk, wave, message, finding.fates[message.id], now=now)
        _look_later(connection, wave_id, finding.fates, tries=len(looks), now=now)
        if finding.answers:
            # Last, as `record` does: messages before accounts, so that no two wait for each other.
            judge(connection, desk.provider.name, finding.answers, now=now)
    return total


def _record(
    connection: Connection,
    desk: Desk,
    wave: settling.OpenWave,
    message: settling.AskedMessage,
    fate: Fate,
    *,
    now: datetime,
) -> Settled:
    match fate:
        case Open():
            return Settled(uncertain=1)
        case Known(Verdict.TAKEN, _, provider_id):
            return _record_taken(connection, desk, wave, message, provider_id, now=now)
        case Known(_, reason):
            settling.settle_attempts(
                connection, [message.id], wave_id=wave.id, outcome="absent", reason=reason, now=now
            )
            return _send_again(connection, wave, message, reason=reason, now=now)
        case Unknowable(reason, held_from, by_guard):
            prefers_copy = desk.frames.revision(message.revision_id).on_uncertain == "resend"
            if prefers_copy and not by_guard and message.doubt_count < MOST_COPIES:
                return _send_again(
                    connection,
                    wave,
                    message,
                    reason="sent again: the campaign prefers a second copy to none",
                    now=now,
                )
            if now < held_from:
                return Settled(uncertain=1)
            waves.set_aside(
                connection, message.id, wave_id=wave.id, reason=f"it may have been sent: {reason}"
            )
            return Settled(held=1)
        case _:
            assert_never(fate)


def _record_taken(
    connection: Connection,
    desk: Desk,
    wave: settling.OpenWave,
    message: settling.AskedMessage,
    provider_id: str,
    *,
    now: datetime,
) -> Settled:
    settling.settle_attempts(
        connection, [message.id], wave_id=wave.id, outcome="accepted", reason="", now=now
    )
    moved = waves.accept(connection, {message.id: provider_id}, wave_id=wave.id, sent_at=wave.started_at)
    if moved:
        revision = desk.frames.revision(message.revision_id)
        step = Step(message.enrollment_id, revision, message.part, message.timezone, wave.started_at)
        move_on(connection, [step], now=now)
    return Settled(accepted=1)


def _send_again(
    connection: Connection,
    wave: settling.OpenWave,
    message: settling.AskedMessage,
    *,
    reason: str,
    now: datetime,
) -> Settled:
    """Make a message due: at once, but after a wait that doubles where the provider keeps not answering.

    So it is not asked without end; a process that died says nothing about the provider.
    """
    wait = timedelta()
    if message.unanswered_count > 1:
        wait = doubled(FIRST_WAIT, times=message.unanswered_count - 2, most=LONGEST_WAIT)
    waves.give_back(connection, message.id, wave_id=wave.id, claimable_at=now + wait, reason=reason)
    return Settled(due_again=1)


def _look_later(
    connection: Connection, wave_id: str, fates: Mapping[str, Fate], *, tries: int, now: datetime
) -> None:
    """Leave what is open still, to be looked into when more may be known."""
    bound = doubled(FIRST_LOOK, times=tries, most=LONGEST_WAIT)
    soon = now + drawn(bound / 2, bound)
    instants = [fate.until or soon for fate in fates.values() if isinstance(fate, Open)]
    instants += [fate.held_from for fate in fates.values() if isinstance(fate, Unknowable)]
    if instants:
        settling.look_later(connection, wave_id, at=min(instants))
