"""Which processes run, and does a guard stop them? Derived from rows; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from partwork.sending.identity import EpochFile
from partwork.sending.restored import reasons_to_wait
from partwork.store.connect import Store
from partwork.store.installation import ProcessRow, list_processes


@dataclass(frozen=True, slots=True)
class Signs:
    """Each process's last sign of life, the latest first, and why nothing is sent (none if it is)."""

    processes: tuple[ProcessRow, ...]
    nothing_is_sent_because: tuple[str, ...]


def signs(store: Store, epoch: EpochFile, *, now: datetime) -> Signs:
    """Return the signs of life in the database."""
    reasons = reasons_to_wait(store, epoch, now=now)
    with store.read() as connection:
        return Signs(tuple(list_processes(connection)), reasons)
