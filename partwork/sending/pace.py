"""How fast a provider may be asked. Pure; `pacing` keeps it for all who share a database."""

from __future__ import annotations

from datetime import datetime, timedelta

from partwork.providers.contract import Pace
from partwork.times import Clock

HORIZON = timedelta(seconds=30)
"""No more is claimed than the pace lets out in this time, so a claim is never old."""


class Pacer:
    """Spaces the requests of this process alone (a test send has no database of its own)."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._free_at: datetime | None = None

    def wait(self, clock: Clock, *, message_count: int) -> None:
        """Wait until a request of so many messages may leave, and take its place."""
        now = clock.now()
        # A clock that was set back must not make us wait for it to catch up.
        if self._free_at and now < self._free_at <= now + HORIZON:
            clock.sleep(self._free_at - now)
            now = self._free_at
        self._free_at = now + spacing(self._pace, message_count=message_count)


def spacing(pace: Pace, *, message_count: int) -> timedelta:
    """Return how long a request of so many messages takes up; nothing without a pace."""
    seconds = 0.0
    if pace.requests_per_second:
        seconds = 1 / pace.requests_per_second
    if pace.messages_per_second:
        seconds = max(seconds, message_count / pace.messages_per_second)
    return min(timedelta(seconds=seconds), HORIZON)


def chunk_size(pace: Pace, *, batch_limit: int, most: int) -> int:
    """Return how many messages may be claimed at once: at most `most`, at least one."""
    seconds = HORIZON.total_seconds()
    limits = [float(most)]
    if pace.requests_per_second:
        limits.append(pace.requests_per_second * seconds * batch_limit)
    if pace.messages_per_second:
        limits.append(pace.messages_per_second * seconds)
    return max(1, int(min(limits)))
