"""What every email provider answers. The contract alone; adapters hold only what differs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from partwork.errors import Scope
from partwork.ids import message_id_bytes
from partwork.sending.outgoing import Form, Outgoing


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message. `provider_id` is its own id, empty if it gave none."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Provably not taken; asking again later is safe."""

    reason: str
    retry_after: timedelta | None = None
    scope: Scope = Scope.MESSAGE


@dataclass(frozen=True, slots=True)
class Refused:
    """Not taken, and never will be as it stands."""

    reason: str
    scope: Scope = Scope.MESSAGE


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Taken or not: nobody knows yet."""

    reason: str


Answer = Accepted | Unavailable | Refused | Uncertain


@dataclass(frozen=True, slots=True)
class Sought:
    """A message to look up: whom it was for, and the instant before which nobody was asked to take it."""

    message_id: str
    address: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A look-up saw the message at the provider."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A look-up went through all there is, and the message was not there (see `Provider.looks`)."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A look-up cannot tell, and why. is_final: nor could a later one."""

    reason: str
    is_final: bool = False


Sighting = Found | Absent | Unseen


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a provider may be asked. None: no limit. A batch is one request."""

    requests_per_second: float | None = None
    messages_per_second: float | None = None
    messages_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Which provider to open, and how. None: the provider's own default.

    base_url: for regions, and for tests
    api_key:  a secret, never shown
    """

    name: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    pace: Pace | None = None


class Provider(Protocol):
    """One email API.

    name:        the word used in settings, rows and logs
    form:        what `Outgoing` must carry
    batch_limit: the most messages one request may hold, 1 or more
    is_whole:    whether a batch is taken whole or not at all
    keys_kept:   how long the very same request may be made again under its key, to be answered as
                 the first one was and taken once; None: keys are not kept
    looks:       a message is proven absent once a look-up has missed it after each of these waits,
                 counted from the instant it was asked for: what was taken may show up late
    """

    name: str
    form: Form
    batch_limit: int
    pace: Pace
    is_whole: bool
    keys_kept: timedelta | None
    looks: tuple[timedelta, ...]

    def send(self, batch: Sequence[Outgoing], *, idempotency_key: str) -> list[Answer]:
        """Make one request for 1 to `batch_limit` messages; return one answer an item, in order.

        idempotency_key: 1 to 256 visible ASCII characters; the same key only for the same batch
        Raises ProviderUnavailable, MessageRefused or OutcomeUncertain when the answer speaks for
        the whole request. A scope of DOMAIN or ACCOUNT says that other messages would fare alike;
        a narrower one, in a batch, that some message of it is to blame.
        Raises ValueError, before anything is sent, for what cannot be said exactly to this
        provider; its text names the message, where it is one message's fault.
        """

    def look_up(self, sought: Sequence[Sought]) -> list[Sighting]:
        """Ask whether the provider took these messages; return one sighting each, in order.

        Changes nothing there. Raises ValueError for what is no message id.
        """

    def close(self) -> None:
        """Let go of connections."""


def check_request(batch: Sequence[Outgoing], *, idempotency_key: str, form: Form, batch_limit: int) -> None:
    """Raise ValueError for a request that no adapter may send, whatever its provider."""
    if not 1 <= len(batch) <= batch_limit:
        raise ValueError(f"a request holds 1 to {batch_limit} messages, not {len(batch)}")
    if not re.fullmatch(r"[!-~]{1,256}", idempotency_key):
        raise ValueError("an idempotency key has 1 to 256 visible ASCII characters")
    for outgoing in batch:
        message_id_bytes(outgoing.message_id)
        if (outgoing.mime is not None) != (form is Form.MIME):
            raise ValueError(f"message {outgoing.message_id} is not in the form {form}")
    if len({outgoing.message_id for outgoing in batch}) < len(batch):
        raise ValueError("a message stands twice in one request")
