"""Find out what became of a wave whose answer was lost: ask again under its key, or look it up.

It asks the provider and touches no row: `settle` records what is found here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from partwork.errors import PartworkError
from partwork.providers.contract import (
    Absent,
    Accepted,
    Answer,
    Found,
    Refused,
    Sighting,
    Sought,
    Unavailable,
    Uncertain,
    Unseen,
)
from partwork.sending.breaker import FAR_SCOPES
from partwork.sending.desk import Desk
from partwork.sending.frozen import ReaderValues
from partwork.sending.replay import Answered, Barred, NotNow, replay
from partwork.sending.states import EvidenceKind, MessageState
from partwork.store.accounts import provider_pause
from partwork.store.settling import AskedMessage, LookedUp, OpenWave
from partwork.store.waves import Evidence

GIVES_UP_AFTER = timedelta(hours=24)
"""What cannot be asked about for so long is a person's to settle."""

BETWEEN_LOOKS = timedelta(minutes=1)

log = structlog.get_logger()


class Verdict(StrEnum):
    """What is known of a message once something is."""

    TAKEN = "taken"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Known:
    """Evidence has decided."""

    verdict: Verdict
    reason: str = ""
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """More may be known later. until: when to look again; None: when it seems fit."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unknowable:
    """No more can be learned by asking: the campaign's policy decides, or a person.

    held_from: until then a late answer may still tell, so that no person need be asked
    by_guard:  the guard refused it, so no policy may send it again
    """

    reason: str
    held_from: datetime
    by_guard: bool = False


Fate = Known | Open | Unknowable


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about a wave.

    fates:    message id → its fate, for every message that was uncertain
    evidence: what is to be kept of it
    answers:  what the provider said to a replay, for its account; empty if it was not asked
    """

    fates: Mapping[str, Fate]
    evidence: tuple[Evidence, ...] = ()
    answers: tuple[Answer, ...] = ()


def find_out(desk: Desk, wave: OpenWave, looks: Sequence[LookedUp]) -> Finding:
    """Return what can be known of a wave now."""
    now = desk.clock.now()
    if wave.provider != desk.provider.name:
        reason = f"it was sent through {wave.provider}, which is not the provider now"
        return _all(wave, _open_for_a_while(wave, reason, now=now))
    if desk.provider.is_whole and any(message.state is MessageState.ACCEPTED for message in wave.messages):
        return _all(wave, Known(Verdict.TAKEN))
    with desk.store.read() as connection:
        pause = provider_pause(connection, wave.provider, now=now)
    if pause and desk.provider.keys_kept:
        return _all(wave, Open(f"{wave.provider} rests: {pause.reason}", pause.paused_until))
    replayed = replay(desk, wave, looks, now=now)
    match replayed:
        case NotNow(until, reason):
            return _all(wave, Open(reason, until))
        case Barred():
            return _look_up(desk, wave, looks, replayed, now=now)
        case Answered(answers):
            return _replayed(desk, wave, answers, looks, now=now)


def _all(wave: OpenWave, fate: Fate) -> Finding:
    return Finding({message.id: fate for message in _uncertain(wave)})


def _uncertain(wave: OpenWave) -> list[AskedMessage]:
    return [message for message in wave.messages if message.is_uncertain]


def _open_for_a_while(wave: OpenWave, reason: str, *, now: datetime) -> Open | Unknowable:
    if now >= wave.started_at + GIVES_UP_AFTER:
        return Unknowable(reason, now)
    return Open(reason)


def _unknowable(wave: OpenWave, reason: str, why: Barred, *, now: datetime) -> Unknowable:
    return Unknowable(reason, now if why.by_guard else wave.started_at + GIVES_UP_AFTER, why.by_guard)


def _replayed(
    desk: Desk, wave: OpenWave, answers: Sequence[Answer], looks: Sequence[LookedUp], *, now: datetime
) -> Finding:
    """Read the answers to a replay: only acceptance is proof."""
    others = [answer for answer in answers if not isinstance(answer, Accepted)]
    if not others:
        fates: dict[str, Fate] = {
            message.id: Known(Verdict.TAKEN, provider_id=answer.provider_id)
            for message, answer in zip(wave.messages, answers, strict=True)
            if isinstance(answer, Accepted)
        }
        kept = Evidence(EvidenceKind.REPLAY, "accepted")
        return Finding(fates, (kept,), tuple(answers))
    first = others[0]
    if isinstance(first, Refused) and first.scope not in FAR_SCOPES:
        # What it refuses now it may have taken before: no proof, and no use in asking again.
        refused = Evidence(EvidenceKind.REPLAY, "refused", reason=first.reason)
        found = _look_up(desk, wave, looks, Barred(first.reason), now=now)
        return Finding(found.fates, (refused, *found.evidence), tuple(answers))
    outcome = {Unavailable: "unavailable", Refused: "refused account", Uncertain: "uncertain"}
    kept = Evidence(EvidenceKind.REPLAY, outcome.get(type(first), "unknown"), reason=first.reason)
    wait = first.retry_after if isinstance(first, Unavailable) else None
    fate = Open(first.reason, now + wait if wait else None)
    return Finding(_all(wave, fate).fates, (kept,), tuple(answers))


def _look_up(desk: Desk, wave: OpenWave, looks: Sequence[LookedUp], why: Barred, *, now: datetime) -> Finding:
    """Ask the provider what it took. why: what kept the request from being made again."""
    asked = _uncertain(wave)
    if not desk.provider.looks:
        return _all(wave, _unknowable(wave, why.reason, why, now=now))
    keeps_keys = desk.provider.keys_kept is not None
    fates: dict[str, Fate] = {}
    kept: list[Evidence] = []
    for message, sighting in zip(asked, _sightings(desk, wave, asked), strict=True):
        match sighting:
            case Found(provider_id):
                fates[message.id] = Known(Verdict.TAKEN, provider_id=provider_id)
                kept.append(Evidence(EvidenceKind.LOOK_UP, "found", message.id, provider_id=provider_id))
            case Absent():
                kept.append(Evidence(EvidenceKind.LOOK_UP, "absent", message.id))
                fates[message.id] = _missed(desk, wave, message, looks, now=now)
            case Unseen(reason, is_final):
                fates[message.id] = (
                    _unknowable(wave, f"{why.reason}; {reason}" if keeps_keys else reason, why, now=now)
                    if is_final
                    else _open_for_a_while(wave, reason, now=now)
                )
                kept.append(Evidence(EvidenceKind.LOOK_UP, "unseen", message.id, reason))
    if desk.provider.is_whole and any(one.outcome == "found" for one in kept):
        # Taken whole or not at all: one of them speaks for all.
        for message_id, fate in fates.items():
            if not isinstance(fate, Known) or fate.verdict is Verdict.ABSENT:
                fates[message_id] = Known(Verdict.TAKEN)
    return Finding(fates, tuple(kept))


_ABSENT = Known(Verdict.ABSENT, "looked up: the provider never took it")


def _missed(
    desk: Desk, wave: OpenWave, message: AskedMessage, looks: Sequence[LookedUp], *, now: datetime
) -> Fate:
    """Judge by all the looks that missed a message whether it is proven absent."""
    missed_at = [
        look.recorded_at
        for look in looks
        if look.kind is EvidenceKind.LOOK_UP and look.outcome == "absent" and look.message_id == message.id
    ]
    waiting = [wave.started_at + wait for wait in desk.provider.looks]
    for instant in [*missed_at, now]:
        if waiting and instant >= waiting[0]:
            waiting.pop(0)
    if not waiting:
        return _ABSENT
    return Open("looked up and not there yet: it may show up late", max(waiting[0], now + BETWEEN_LOOKS))


def _sightings(desk: Desk, wave: OpenWave, asked: Sequence[AskedMessage]) -> list[Sighting]:
    sought = [Sought(message.id, _address(message), wave.started_at) for message in asked]
    try:
        return desk.provider.look_up(sought)
    except PartworkError as fault:
        return [Unseen(str(fault))] * len(sought)
    except Exception as fault:
        # An adapter that trips over one message must not keep the others from being settled.
        if len(sought) > 1:
            return [sighting for one in asked for sighting in _sightings(desk, wave, [one])]
        log.exception(
            "the provider's adapter failed", provider=desk.provider.name, message=sought[0].message_id
        )
        return [Unseen(f"the adapter failed ({type(fault).__name__})")]


def _address(message: AskedMessage) -> str:
    """Return where it was sent: the reader's address then, which may have changed."""
    return ReaderValues.from_json(message.frozen).address if message.frozen else message.address
