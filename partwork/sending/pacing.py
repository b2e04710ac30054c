"""A provider's pace, kept in the database: one queue for all who send, and no limiter of their own."""

from __future__ import annotations

from partwork.providers.contract import Provider
from partwork.sending.pace import HORIZON, spacing
from partwork.store.accounts import reserve
from partwork.store.connect import Store
from partwork.times import Clock


class Pacing:
    """Spaces the requests of every process that shares a database, as the provider's pace asks."""

    def __init__(self, store: Store, provider: Provider, clock: Clock) -> None:
        self._store = store
        self._provider = provider
        self._clock = clock

    def wait(self, *, message_count: int) -> None:
        """Take the account's next place for a request of so many messages, and wait for it."""
        takes = spacing(self._provider.pace, message_count=message_count)
        if not takes:
            return
        now = self._clock.now()
        with self._store.write() as connection:
            starts_at = reserve(connection, self._provider.name, takes=takes, now=now, farthest=2 * HORIZON)
        if starts_at > now:
            self._clock.sleep(starts_at - now)
