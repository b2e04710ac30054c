"""Move enrollments on: after a part was sent (or would have been), the next falls due, or the walk ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from partwork.campaigns.revision import Revision
from partwork.ids import new_message_id
from partwork.sending import calendar
from partwork.store.enrollments import active_among, complete_enrollments
from partwork.store.messages import NewMessage, add_messages


@dataclass(frozen=True, slots=True)
class Step:
    """One enrollment that has come past a part. anchor: the instant it was sent, or would have been."""

    enrollment_id: int
    revision: Revision
    part: str
    timezone: str
    anchor: datetime


def move_on(connection: Connection, steps: Sequence[Step], *, now: datetime) -> None:
    """Make each active enrollment's next message, or complete the walk. The caller's transaction."""
    active = active_among(connection, [step.enrollment_id for step in steps])
    new: list[NewMessage] = []
    finished: list[int] = []
    for step in steps:
        if step.enrollment_id not in active:
            continue
        following = step.revision.part_after(step.part)
        if following is None:
            finished.append(step.enrollment_id)
            continue
        due_at = calendar.next_due(step.revision.schedule, anchor=step.anchor, zone=ZoneInfo(step.timezone))
        new.append(
            NewMessage(new_message_id(), step.enrollment_id, step.revision.campaign, following.slug, due_at)
        )
    add_messages(connection, new)
    complete_enrollments(connection, finished, now=now)
