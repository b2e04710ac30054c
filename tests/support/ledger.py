"""A provider that keeps its own ledger of what it took: a second true implementation of the contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from partwork.providers.contract import (
    Absent,
    Accepted,
    Answer,
    Found,
    Pace,
    Sighting,
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

    def look_up(self, message_id: str) -> Sighting:
        if not self.sees:
            return Unseen("the ledger is closed")
        return Found(f"provider-{message_id}") if message_id in self.taken_ids() else Absent()

    def close(self) -> None:
        """Nothing is held open."""
