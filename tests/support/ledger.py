"""A provider that keeps its own ledger of what it took: a second true implementation of the contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from partwork.providers.contract import (
    Absent,
    Accepted,
    Answer,
    Found,
    Pace,
    Refused,
    Sighting,
    Sought,
    Unseen,
    check_request,
)
from partwork.sending.outgoing import Form, Outgoing

Behaviour = Callable[[Sequence[Outgoing]], list[Answer]]


class Killed(BaseException):
    """The process dies here: nothing that the code under test catches."""


class LedgerProvider:
    """Takes everything, unless `behave` says otherwise.

    taken:    every acceptance in order; a message that stands there twice was accepted twice
    requests: the ids of each request, in order
    sees:     whether a look-up can tell; if not, it answers Unseen
    """

    name = "ledger"
    form = Form.FIELDS
    is_whole = False
    keys_kept: timedelta | None = None
    looks: tuple[timedelta, ...] = (timedelta(),)

    def __init__(self, *, batch_limit: int = 3, pace: Pace | None = None, sees: bool = True) -> None:
        self.batch_limit = batch_limit
        self.pace = pace or Pace()
        self.sees = sees
        self.taken: list[Outgoing] = []
        self.requests: list[tuple[str, ...]] = []
        self.keys: list[str] = []
        self.behave: Behaviour = self.take_all

    def send(self, batch: Sequence[Outgoing], *, idempotency_key: str) -> list[Answer]:
        check_request(batch, idempotency_key=idempotency_key, form=self.form, batch_limit=self.batch_limit)
        self.requests.append(tuple(outgoing.message_id for outgoing in batch))
        self.keys.append(idempotency_key)
        return self.behave(batch)

    def take(self, outgoing: Outgoing) -> Accepted:
        self.taken.append(outgoing)
        return Accepted(f"provider-{outgoing.message_id}")

    def take_all(self, batch: Sequence[Outgoing]) -> list[Answer]:
        return [self.take(outgoing) for outgoing in batch]

    def taken_ids(self) -> list[str]:
        return [outgoing.message_id for outgoing in self.taken]

    def look_up(self, sought: Sequence[Sought]) -> list[Sighting]:
        return [self.look_for(one.message_id) for one in sought]

    def look_for(self, message_id: str) -> Sighting:
        if not self.sees:
            return Unseen("the ledger is closed", is_final=True)
        return Found(f"provider-{message_id}") if message_id in self.taken_ids() else Absent()

    def close(self) -> None:
        """Nothing is held open."""


class KeyLedger(LedgerProvider):
    """A ledger that keeps keys: the same request under its key is answered as the first one was.

    A batch is taken whole, and a look-up sees what was taken `lag` after it was.
    """

    name = "ledger"
    is_whole = True
    keys_kept: timedelta | None = timedelta(hours=20)
    looks: tuple[timedelta, ...] = (timedelta(minutes=2), timedelta(minutes=15))

    def __init__(self, *, batch_limit: int = 3, sees: bool = True) -> None:
        super().__init__(batch_limit=batch_limit, sees=sees)
        self.by_key: dict[str, list[Outgoing]] = {}

    def send(self, batch: Sequence[Outgoing], *, idempotency_key: str) -> list[Answer]:
        self.key = idempotency_key
        return super().send(batch, idempotency_key=idempotency_key)

    def take_all(self, batch: Sequence[Outgoing]) -> list[Answer]:
        first = self.by_key.setdefault(self.key, list(batch))
        if first != list(batch):
            return [Refused("another content under the same key")] * len(batch)
        for outgoing in batch:
            if outgoing not in self.taken:
                self.take(outgoing)
        return [Accepted(f"provider-{outgoing.message_id}") for outgoing in batch]
