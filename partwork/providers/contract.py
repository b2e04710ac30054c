"""What every email provider answers. The contract alone; adapters hold only what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from partwork.errors import Scope
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
class Found:
    """A look-up saw the message at the provider."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A look-up proves that the provider never took the message."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A look-up cannot tell, and why."""

    reason: str


Sighting = Found | Absent | Unseen


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a provider may be asked. None: no limit. A batch is one request."""

    requests_per_second: float | None = None
    messages_per_second: float | None = None
    messages_per_day: int | None = None


class Provider(Protocol):
    """One email API.

    name:        the word used in settings, rows and logs
    form:        what `Outgoing` must carry
    batch_limit: the most messages one request may hold, 1 or more
    """

    name: str
    form: Form
    batch_limit: int
    pace: Pace

    def send(self, batch: Sequence[Outgoing], *, idempotency_key: str) -> list[Answer]:
        """Make one request for 1 to `batch_limit` messages; return one answer an item, in order.

        Raises ProviderUnavailable, MessageRefused or OutcomeUncertain when the answer speaks for
        the whole request. Raises ValueError, before anything is sent, for what cannot be said
        exactly to this provider.
        """

    def look_up(self, message_id: str) -> Sighting:
        """Ask whether the provider took the message."""

    def close(self) -> None:
        """Let go of connections."""
