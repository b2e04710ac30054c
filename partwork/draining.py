"""How a process ends when it is asked to: in time, whatever is still under way. Owns the process's end."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from partwork.sending.desk import Desk
from partwork.store.settling import expire_leases

DRAIN = timedelta(seconds=55)
"""So long may what is in flight take after the process was asked to end; a request may hang for longer."""
MARKING = timedelta(seconds=8)
"""So long may it take to write down what was left: the database may be held by another."""

log = structlog.get_logger()


@contextmanager
def ending_in_time(
    desk: Desk,
    stop: threading.Event,
    *,
    drain: timedelta = DRAIN,
    end: Callable[[], None] = lambda: _end_at_once(),
) -> Iterator[None]:
    """Run the block; should it not end within `drain` of `stop`, mark what is in flight and end the process.

    What was only claimed goes back to due, what a provider was being asked becomes uncertain. In the end
    the process says goodbye among the signs of life.
    """
    done = threading.Event()

    def watch() -> None:
        stop.wait()
        if done.wait(drain.total_seconds()):
            return
        marking = threading.Thread(target=_mark, args=(desk,), daemon=True)
        marking.start()
        marking.join(MARKING.total_seconds())
        end()

    # It has no other end than the process's where nobody asks it to stop; it holds nothing open.
    threading.Thread(target=watch, daemon=True, name="drain").start()
    try:
        yield
        desk.watch.end()
    finally:
        done.set()


def _mark(desk: Desk) -> None:
    with desk.store.write() as connection:
        given_back, doubted = expire_leases(connection, now=desk.clock.now(), dead_workers=[desk.worker.name])
    desk.watch.end()
    log.warning("what was in flight did not end in time", given_back=given_back, uncertain=doubted)


def _end_at_once() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # Threads that wait for an answer cannot be ended any other way.
    os._exit(0)
