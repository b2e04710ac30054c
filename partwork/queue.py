"""The queue between dispatch and deliver: it is handed the function it runs. Adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol


class Queue(Protocol):
    """Takes chunks of claimed messages. The ledger is the database; the queue may lose nothing of it."""

    def put(self, chunk: Sequence[str]) -> None:
        """Hand over the ids of one chunk."""


class InlineQueue:
    """Runs each chunk at once, in this process: one machine needs no more."""

    def __init__(self, run: Callable[[Sequence[str]], None]) -> None:
        self._run = run

    def put(self, chunk: Sequence[str]) -> None:
        self._run(chunk)
