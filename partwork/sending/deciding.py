"""What a person decides of a message that nothing else can settle: send it again, sent, or drop it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from sqlalchemy import Connection

from partwork.sending.advance import Step, move_on
from partwork.sending.desk import Frames
from partwork.sending.states import EvidenceKind, MessageState
from partwork.store import deciding, settling, waves
from partwork.store.connect import Store
from partwork.store.deciding import WaitingForAPerson


class Decision(StrEnum):
    """What is to become of it."""

    RESEND = "resend"
    MARK_AS_SENT = "mark as sent"
    DROP = "drop"


def decide(
    store: Store, messages: Sequence[WaitingForAPerson], decision: Decision, *, now: datetime
) -> list[WaitingForAPerson]:
    """Carry a decision out, each message in a commit of its own; return those that were still waiting.

    Resent, a message goes only if the guard lets it. Marked as sent or dropped, its reader's walk goes on.
    """
    frames = Frames(store)
    done = []
    for message in messages:
        revision = frames.revision(message.revision_id)
        with store.write() as connection:
            if not deciding.decide(connection, message.id, _values(message, decision, now=now)):
                continue
            _keep(connection, message, decision, now=now)
            if decision is not Decision.RESEND:
                anchor = message.due_at if decision is Decision.DROP else message.asked_at or now
                step = Step(message.enrollment_id, revision, message.part, message.timezone, anchor)
                move_on(connection, [step], now=now)
        done.append(message)
    return done


def _values(message: WaitingForAPerson, decision: Decision, *, now: datetime) -> dict[str, object]:
    match decision:
        case Decision.RESEND:
            return {
                "state": MessageState.DUE,
                "claimable_at": now,
                "reason": "sent again: a person decided so",
            }
        case Decision.MARK_AS_SENT:
            return {
                "state": MessageState.ACCEPTED,
                "sent_at": message.asked_at or now,
                "reason": "sent, as a person has found out",
            }
        case Decision.DROP:
            return {"state": MessageState.CANCELLED, "reason": "dropped: a person decided so"}
        case _:
            assert_never(decision)


def _keep(connection: Connection, message: WaitingForAPerson, decision: Decision, *, now: datetime) -> None:
    if not message.wave:
        return
    found = waves.Evidence(EvidenceKind.PERSON, decision, message.id)
    waves.add_evidence(connection, [found], wave_id=message.wave, worker="", now=now)
    settling.settle_attempts(
        connection, [message.id], wave_id=message.wave, outcome=decision, reason="", now=now
    )
