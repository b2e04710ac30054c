"""Dispatch: look at what is due, claim what may go in chunks, and queue each chunk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from partwork.providers.contract import Pace
from partwork.queue import Queue
from partwork.sending.advance import Step, move_on
from partwork.sending.desk import Desk, Frames
from partwork.sending.guard import Look, Verdict, look
from partwork.sending.pace import chunk_size
from partwork.sending.states import CampaignState, MessageState
from partwork.store.accounts import account, hold_account, pause_provider
from partwork.store.campaigns import all_campaigns
from partwork.store.enrollments import exit_enrollments
from partwork.store.listings import count_in_state
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
    elsewhere: set[str] = set()
    while not desk.stopping() and not desk.watch.reason_to_wait():
        campaigns, limit = _due_now(desk)
        campaigns = [slug for slug in campaigns if slug not in elsewhere]
        if not campaigns:
            break
        if not limit:
            _rest_for_the_day(desk)
            break
        with desk.store.write() as connection:
            # Campaigns take turns, so that a long queue of one does not hold up the others.
            slug = campaigns[turn % len(campaigns)]
            if desk.provider.pace != Pace():
                # Counted once more, and by one at a time: another may have claimed since.
                hold_account(connection, desk.provider.name)
                limit = min(limit, _room(connection, desk, now=desk.clock.now()))
            claimed, look_count = _claim_chunk(connection, desk, slug, limit=limit)
        if not look_count:
            # All that is due is in another scheduler's hands: this one looks again in its next tick.
            elsewhere.add(slug)
        turn += 1
        if claimed:
            queue.put(claimed)
            count += len(claimed)
    return count


def _due_now(desk: Desk) -> tuple[list[str], int]:
    """Return the campaigns with something due, and how many messages may be claimed now."""
    now, provider = desk.clock.now(), desk.provider
    with desk.store.read() as connection:
        standing = account(connection, provider.name)
        if standing.paused_until and standing.paused_until > now:
            return [], 0
        # A stopped one too: what comes back from its last requests is to be cancelled, not forgotten.
        moving = [row.slug for row in all_campaigns(connection) if row.state is not CampaignState.PAUSED]
        instants = {slug: next_due_at(connection, campaign=slug) for slug in moving}
        due = [slug for slug, instant in instants.items() if instant and instant <= now]
        limit = _room(connection, desk, now=now) if due else 0
    if standing.failure_count:
        # It failed when last asked: one request shows whether it answers again.
        limit = min(limit, provider.batch_limit)
    return due, limit


def _room(connection: Connection, desk: Desk, *, now: datetime) -> int:
    """Return how many messages the provider's pace leaves to claim.

    What others have claimed counts: all of them together never hold more than the pace's half minute.
    """
    pace = desk.provider.pace
    if pace == Pace():
        return CHUNK
    claimed = count_in_state(connection, MessageState.CLAIMED)
    room = chunk_size(pace, batch_limit=desk.provider.batch_limit, most=CHUNK) - claimed
    if pace.messages_per_day is not None:
        asked = count_asked(connection, desk.provider.name, since=now - DAY)
        room = min(room, pace.messages_per_day - asked - claimed)
    return max(0, room)


def _rest_for_the_day(desk: Desk) -> None:
    """Let the provider rest if the day's messages are used up, and say so."""
    most, now = desk.provider.pace.messages_per_day, desk.clock.now()
    if most is None:
        return
    with desk.store.write() as connection:
        if count_asked(connection, desk.provider.name, since=now - DAY) >= most:
            reason = f"its limit of {most} messages in 24 hours is reached"
            pause_provider(connection, desk.provider.name, reason=reason, until=now + CAP_REST)


def _claim_chunk(connection: Connection, desk: Desk, slug: str, *, limit: int) -> tuple[list[str], int]:
    """Claim what may go of a campaign; return that, and how many messages were looked at."""
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
    return going, len(looks)


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
