"""Make the very same request again, under its key: a provider that keeps keys then tells what it took.

It is a send, so the guard looks first. Nothing here decides what becomes of a message: `settle` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from partwork.errors import PartworkError
from partwork.ids import content_hash
from partwork.providers.contract import Answer, Refused
from partwork.sending.asking import NotTaken, ask
from partwork.sending.desk import Desk
from partwork.sending.frozen import ReaderValues, build
from partwork.sending.guard import Verdict, look
from partwork.sending.outgoing import Outgoing
from partwork.sending.states import EvidenceKind
from partwork.store.messages import waiting_messages
from partwork.store.settling import AskedMessage, LookedUp, OpenWave


@dataclass(frozen=True, slots=True)
class Barred:
    """The request may not, or cannot, be made again; a look-up or a person has to tell.

    by_guard: someone in it may not be written to any more
    """

    reason: str
    by_guard: bool = False


@dataclass(frozen=True, slots=True)
class NotNow:
    """The request may be made again, from an instant on."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What the provider said to the same request, one answer a message."""

    answers: list[Answer]


Replayed = Barred | NotNow | Answered

REST_WHILE_PAUSED = timedelta(minutes=5)
LATEST_START = timedelta(minutes=2)
"""No request is made again later than this after the guard first looked."""


def replay(desk: Desk, wave: OpenWave, looks: Sequence[LookedUp], *, now: datetime) -> Replayed:
    """Ask once more for a wave that nobody knows the fate of, if it may and can be asked for."""
    kept = desk.provider.keys_kept
    if kept is None:
        return Barred(f"{desk.provider.name} keeps no keys")
    if now >= wave.started_at + kept:
        return Barred(f"{desk.provider.name} keeps its keys no longer than {_hours(kept)}")
    if any(look.kind is EvidenceKind.REPLAY and look.outcome == "refused" for look in looks):
        return Barred("the provider refused the same request under its key")
    if not all(message.is_uncertain for message in wave.messages):
        return Barred("some of its messages have been settled otherwise")
    # First, so that nobody waits for a turn in vain; and again once the turn has come.
    if (guarded := _guard(desk, wave, now=now)) is not None:
        return guarded
    try:
        batch = [_same(desk, message, wave) for message in wave.messages]
    except PartworkError as fault:
        return Barred(str(fault))
    desk.pacing.wait(message_count=len(batch))
    if (guarded := _guard(desk, wave, now=desk.clock.now())) is not None:
        return guarded
    if desk.stopping() or desk.clock.now() >= now + LATEST_START:
        # What the guard saw may be old, and so may be the key: this process stood still meanwhile.
        return NotNow(desk.clock.now(), "it was not asked for again in time")
    try:
        return Answered(ask(desk.provider, batch, idempotency_key=wave.idempotency_key))
    except NotTaken as fault:
        return Answered([Refused(str(fault))] * len(batch))


def _guard(desk: Desk, wave: OpenWave, *, now: datetime) -> Barred | NotNow | None:
    """Look at everyone in the wave: who has left keeps the whole request from being made again."""
    with desk.store.read() as connection:
        readers = waiting_messages(connection, [message.id for message in wave.messages])
    looks = [look(reader, desk.frames.revision(reader.revision_id).schedule, now=now) for reader in readers]
    for seen in looks:
        if seen.verdict in (Verdict.SUPPRESS, Verdict.CANCEL, Verdict.EXPIRE):
            return Barred(f"it may not be sent again: {seen.reason}", by_guard=True)
    for seen in looks:
        if seen.until is not None:
            return NotNow(seen.until, seen.reason)
        if seen.verdict is not Verdict.SEND:
            return NotNow(now + REST_WHILE_PAUSED, seen.reason)
    return None


def _same(desk: Desk, message: AskedMessage, wave: OpenWave) -> Outgoing:
    """Build a message as it was. Raises PartworkError if it does not come out the same."""
    if not message.frozen:
        raise PartworkError("what it said is not on record any more")
    outgoing = build(
        desk,
        ReaderValues.from_json(message.frozen),
        message_id=message.id,
        revision_id=message.revision_id,
        part=message.part,
        date=wave.started_at,
    )
    if content_hash(*outgoing.parts_of_request()) != message.request_hash:
        raise PartworkError("it does not come out as it was: another version or another secret built it")
    return outgoing


def _hours(duration: timedelta) -> str:
    return f"{duration.total_seconds() / 3600:g} hours"
