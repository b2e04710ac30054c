"""Dispatch: look at what is due, claim what may go in chunks, and queue each chunk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from partwork.queue import Queue
from partwork.sending.advance import Step, move_on
from partwork.sending.desk import Desk, Frames
from partwork.sending.guard import Look, Verdict, look
from partwork.sending.pace import chunk_size
from partwork.sending.states import CampaignState, MessageState
from partwork.store.campaigns import all_campaigns
from partwork.store.enrollments import exit_enrollments
from partwork.store.events import pause_provider, provider_pause
from partwork.store.messages import (
    WaitingMessage,
    claim,
    close_waiting,
    due_messages,
    next_due_at,
    postpone,
)
from partwork.store.waves import count_asked

CHUNK = 500
CLAIM_LEASE = timedelta(minutes=5)
DAY = timedelta(days=1)
CAP_REST = timedelta(minutes=15)
"""The cap looks back over a moving day, so room comes back bit by bit."""


def dispatch(desk: Desk, queue: Queue) -> int:
    """Claim and queue until nothing is due or the provider rests; return how many were claimed."""
    count = turn = 0
    while not desk.stopping() and not desk.watch.reason_to_wait():
        campaigns, limit = _due_now(desk)
        if not campaigns:
            break
        if not limit:
            _rest_for_the_day(desk)
            break
        with desk.store.write() as connection:
            # Campaigns take turns, so that a long queue of one does not hold up the others.
            claimed = _claim_chunk(connection, desk, campaigns[turn % len(campaigns)], limit=limit)
        turn += 1
        if claimed:
            queue.put(claimed)
            count += len(claimed)
    return count


def _rest_for_the_day(desk: Desk) -> None:
    """Let the provider rest, and say why: the day's messages are used up."""
    reason = f"its limit of {desk.provider.pace.messages_per_day} messages in 24 hours is reached"
    with desk.store.write() as connection:
        pause_provider(connection, desk.provider.name, reason=reason, until=desk.clock.now() + CAP_REST)


def _due_now(desk: Desk) -> tuple[list[str], int]:
    """Return the campaigns with something due, and how many messages may be claimed now."""
    now, provider = desk.clock.now(), desk.provider
    limit = chunk_size(provider.pace, batch_limit=provider.batch_limit, most=CHUNK)
    with desk.store.read() as connection:
        if provider_pause(connection, provider.name, now=now):
            return [], 0
        if provider.pace.messages_per_day is not None:
            asked = count_asked(connection, provider.name, since=now - DAY)
            limit = min(limit, max(0, provider.pace.messages_per_day - asked))
        # A stopped one too: what comes back from its last requests is to be cancelled, not forgotten.
        moving = [row.slug for row in all_campaigns(connection) if row.state is not CampaignState.PAUSED]
        instants = {slug: next_due_at(connection, campaign=slug) for slug in moving}
    return [slug for slug, instant in instants.items() if instant and instant <= now], limit


def _claim_chunk(connection: Connection, desk: Desk, slug: str, *, limit: int) -> list[str]:
    now = desk.clock.now()
    candidates = due_messages(connection, campaign=slug, now=now, limit=limit)
    looks = [
        (message, look(message, desk.frames.revision(message.revision_id).schedule, now=now))
        for message in candidates
    ]
    going = [message.id for message, seen in looks if seen.verdict is Verdict.SEND]
    claim(connection, going, worker=desk.worker.name, lease_until=now + CLAIM_LEASE)
    close_by_verdict(connection, looks, frames=desk.frames, now=now)
    postpone(connection, {message.id: (seen.until, seen.reason) for message, seen in looks if seen.until})
    return going


def close_by_verdict(
    connection: Connection, looks: Sequence[tuple[WaitingMessage, Look]], *, frames: Frames, now: datetime
) -> None:
    """Carry out the guard's verdicts that end a message; an expired one lets its enrollment move on."""
    ends = {
        Verdict.SUPPRESS: MessageState.SUPPRESSED,
        Verdict.CANCEL: MessageState.CANCELLED,
        Verdict.EXPIRE: MessageState.EXPIRED,
    }
    for message, seen in looks:
        if seen.verdict not in ends:
            continue
        close_waiting(connection, [message.id], state=ends[seen.verdict], reason=seen.reason)
        if seen.verdict is Verdict.SUPPRESS:
            exit_enrollments(connection, {message.enrollment_id: seen.reason}, now=now)
    steps = [
        Step(
            message.enrollment_id,
            frames.revision(message.revision_id),
            message.part,
            message.timezone,
            message.due_at,
        )
        for message, seen in looks
        if seen.verdict is Verdict.EXPIRE
    ]
    if steps:
        move_on(connection, steps, now=now)
