"""Writes down what links tell us, off the event loop: no reader waits long for the database.

A click is best effort: it waits its turn in memory while the database is busy. Leaving is a promise:
it counts as done once it is committed, and not before.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial

import structlog

from partwork.store.connect import Store
from partwork.tracking.ingest import record_click, unsubscribe

CLICK_PATIENCE_S = 0.5
CLICKS_KEPT = 1000
LEAVING_PATIENCE_S = 10.0
CLOSING_PATIENCE_S = 5.0
_LEAVING_THREADS = 4

log = structlog.get_logger()


class Recorder:
    """Two ways into the database, so that those who leave never queue behind those who click."""

    def __init__(
        self,
        store: Store,
        *,
        clicks_kept: int = CLICKS_KEPT,
        leaving_patience_s: float = LEAVING_PATIENCE_S,
    ) -> None:
        """clicks_kept: how many may wait in memory; leaving_patience_s: how long one who leaves may wait."""
        self._store = store
        self._room = threading.Semaphore(clicks_kept)
        self._leaving_patience_s = leaving_patience_s
        self._clicks = ThreadPoolExecutor(1, "clicks")
        self._leavings = ThreadPoolExecutor(_LEAVING_THREADS, "leavings")
        self._unfinished: set[Future[bool]] = set()

    async def click(self, *, message_id: str, link_id: int, now: datetime) -> None:
        """Record a click, before this returns if the database is free; never raises, never waits long."""
        if not self._room.acquire(blocking=False):
            log.warning("a click was not recorded: too many wait already", message=message_id)
            return
        written = self._submitted(self._clicks, partial(self._write_click, message_id, link_id, now))
        await asyncio.wait([asyncio.wrap_future(written)], timeout=CLICK_PATIENCE_S)

    async def leave(self, *, message_id: str, now: datetime) -> bool:
        """Unsubscribe a message's reader; return False for a message we do not know.

        Returns after the commit. Raises TimeoutError if that takes too long (it may still come),
        and whatever the database raises.
        """
        leaving = partial(unsubscribe, self._store, message_id=message_id, source="unsubscribe link", now=now)
        written = self._submitted(self._leavings, leaving)
        return await asyncio.wait_for(asyncio.wrap_future(written), self._leaving_patience_s)

    def close(self) -> None:
        """Write what waits, as far as the database takes it within seconds, and end the threads."""
        wait(self._unfinished.copy(), timeout=CLOSING_PATIENCE_S)
        for threads in (self._clicks, self._leavings):
            threads.shutdown(wait=False, cancel_futures=True)

    def _submitted(self, threads: ThreadPoolExecutor, write: Callable[[], bool]) -> Future[bool]:
        written = threads.submit(write)
        self._unfinished.add(written)
        written.add_done_callback(self._unfinished.discard)
        return written

    def _write_click(self, message_id: str, link_id: int, now: datetime) -> bool:
        try:
            return record_click(self._store, message_id=message_id, link_id=link_id, now=now)
        except Exception as error:
            log.warning("a click was not recorded", message=message_id, error=type(error).__name__)
            return False
        finally:
            self._room.release()
