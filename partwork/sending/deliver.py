"""Deliver: build the messages of a claimed chunk, write each wave ahead of the wire, ask, record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from partwork.errors import PartworkError
from partwork.ids import content_hash, new_message_id
from partwork.sending.asking import NotTaken, ask
from partwork.sending.desk import Desk
from partwork.sending.dispatch import CLAIM_LEASE, close_by_verdict
from partwork.sending.frozen import ReaderValues, build
from partwork.sending.guard import Verdict, look_at_leaving
from partwork.sending.outgoing import Outgoing
from partwork.sending.record import Wave, persistently, record_answers, take_back
from partwork.store.connect import DatabaseTrouble
from partwork.store.messages import (
    ClaimedMessage,
    claimed_messages,
    claimed_to_guard,
    hold,
    release_claimed,
)
from partwork.store.waves import Attempt, begin_sending, end_attempts, reclaim

SENDING_LEASE = timedelta(minutes=3)
"""Longer than any request may take (connect, write and read time-outs together), with slack."""

LATEST_START = SENDING_LEASE - timedelta(minutes=1)
"""No request starts later than this after it was written ahead of the wire."""

log = structlog.get_logger()

_Built = dict[str, tuple[ClaimedMessage, Outgoing]]


def deliver(desk: Desk, chunk: Sequence[str]) -> None:
    """Send a claimed chunk, wave by wave; what is not sent in the end is given back."""
    size = desk.provider.batch_limit
    waves = [chunk[start : start + size] for start in range(0, len(chunk), size)]
    try:
        while waves and not desk.stopping():
            # A wave that is refused for one message's sake comes back as two halves, to be sent first.
            halves = _send_wave(desk, waves.pop(0))
            if halves is None:
                break
            waves[:0] = halves
    finally:
        # A database that fails in the middle is waited for: this worker lives, so nobody else frees them.
        persistently(desk, lambda: _release(desk, chunk))


def _release(desk: Desk, chunk: Sequence[str]) -> None:
    with desk.store.write() as connection:
        release_claimed(connection, chunk, worker=desk.worker.name)


def _send_wave(desk: Desk, ids: Sequence[str]) -> list[Sequence[str]] | None:
    """Send one wave; return the halves still to be sent, None if the provider is to rest."""
    built = _build(desk, ids)
    if not built:
        return []
    desk.pacing.wait(message_count=len(built))
    if desk.stopping():
        return None
    wave = _write_ahead(desk, built)
    if not wave.messages:
        return []
    if desk.clock.now() >= wave.sent_at + LATEST_START:
        # This process stood still meanwhile: others may take it for dead, and it has sent nothing.
        take_back(desk, wave.id, [message.id for message in wave.messages])
        return None
    going = [message.id for message in wave.messages]
    try:
        batch = [built[message_id][1] for message_id in going]
        answers = ask(desk.provider, batch, idempotency_key=_idempotency_key(wave.id))
    except NotTaken as fault:
        return _halve(desk, wave, str(fault))
    return [] if record_answers(desk, wave, answers) else None


def _build(desk: Desk, ids: Sequence[str]) -> _Built:
    """Merge what this worker holds of a wave; what cannot be built is held, alone and with its reason."""
    with desk.store.read() as connection:
        claimed = claimed_messages(connection, ids, worker=desk.worker.name)
    now = desk.clock.now()
    built = {}
    for message in claimed:
        try:
            built[message.id] = (message, _outgoing(desk, message, now=now))
        except PartworkError as fault:
            _set_aside(desk, message.id, f"it cannot be built: {fault}")
        except Exception as fault:
            # One message must not hold up the others, whatever is wrong with it.
            log.exception("a message cannot be built", message=message.id)
            _set_aside(desk, message.id, f"it cannot be built ({type(fault).__name__})")
    return built


def _outgoing(desk: Desk, message: ClaimedMessage, *, now: datetime) -> Outgoing:
    return build(
        desk,
        ReaderValues.of(message),
        message_id=message.id,
        revision_id=message.revision_id,
        part=message.part,
        date=now,
    )


def _write_ahead(desk: Desk, built: _Built) -> Wave:
    """Commit `sending` for those whom leaving, read once more, still lets go."""
    wave_id = new_message_id()
    try:
        return _commit_sending(desk, built, wave_id=wave_id)
    except (DatabaseTrouble, OSError):
        # Committed or not, nobody knows; but nothing has left, so it goes back to what it was.
        take_back(desk, wave_id, list(built))
        raise


def _commit_sending(desk: Desk, built: _Built, *, wave_id: str) -> Wave:
    now = desk.clock.now()
    with desk.watch.writing_ahead() as connection:
        looks = [
            (message, look_at_leaving(message))
            for message in claimed_to_guard(connection, list(built), worker=desk.worker.name)
        ]
        close_by_verdict(connection, looks, frames=desk.frames, now=now)
        still_going = {message.id for message, seen in looks if seen.verdict is Verdict.SEND}
        going = [message_id for message_id in built if message_id in still_going]
        if going:
            begin_sending(
                connection,
                [
                    Attempt(
                        message_id,
                        order,
                        content_hash(*built[message_id][1].parts_of_request()),
                        ReaderValues.of(built[message_id][0]).to_json(),
                    )
                    for order, message_id in enumerate(going)
                ],
                wave_id=wave_id,
                provider=desk.provider.name,
                idempotency_key=_idempotency_key(wave_id),
                worker=desk.worker.name,
                now=now,
                lease_until=now + SENDING_LEASE,
            )
    return Wave(wave_id, now, tuple(built[message_id][0] for message_id in going))


def _idempotency_key(wave_id: str) -> str:
    return f"partwork-{wave_id}"


def _halve(desk: Desk, wave: Wave, reason: str) -> list[Sequence[str]]:
    """Take a wave back that was provably not taken: two halves, or a single message held."""
    now = desk.clock.now()
    ids = [message.id for message in wave.messages]
    with desk.store.write() as connection:
        end_attempts(
            connection,
            [(message_id, "refused", reason, "") for message_id in ids],
            wave_id=wave.id,
            worker=desk.worker.name,
            now=now,
        )
        reclaim(
            connection,
            ids,
            wave_id=wave.id,
            worker=desk.worker.name,
            lease_until=now + CLAIM_LEASE,
        )
    if len(ids) == 1:
        _set_aside(desk, ids[0], reason)
        return []
    middle = len(ids) // 2
    return [ids[:middle], ids[middle:]]


def _set_aside(desk: Desk, message_id: str, reason: str) -> None:
    with desk.store.write() as connection:
        hold(connection, message_id, worker=desk.worker.name, reason=reason)
    log.warning("message held", message=message_id)
