"""Ask a provider once; whatever becomes of it, each message has one of the four answers."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from partwork.errors import MessageRefused, OutcomeUncertain, PartworkError, ProviderUnavailable, Scope
from partwork.providers.contract import Answer, Provider, Refused, Unavailable, Uncertain
from partwork.sending.outgoing import Outgoing

log = structlog.get_logger()


class NotTaken(PartworkError):  # noqa: N818 - an answer, not an error
    """A request was refused as a whole for the fault of one message: nothing of it was taken."""


def ask(provider: Provider, batch: Sequence[Outgoing], *, idempotency_key: str) -> list[Answer]:
    """Return one answer a message. Raises NotTaken where some message of the batch is to blame."""
    count = len(batch)
    try:
        return provider.send(batch, idempotency_key=idempotency_key)
    except ProviderUnavailable as fault:
        return [Unavailable(fault.reason, fault.retry_after, fault.scope)] * count
    except OutcomeUncertain as fault:
        return [Uncertain(fault.reason)] * count
    except MessageRefused as fault:
        if count > 1 and fault.scope not in (Scope.ACCOUNT, Scope.DOMAIN):
            raise NotTaken(fault.reason) from fault
        return [Refused(fault.reason, fault.scope)] * count
    except ValueError as fault:
        raise NotTaken(f"it cannot be said to {provider.name}: {fault}") from fault
    except Exception as fault:
        # Whatever went wrong, the request may have left: only evidence may clear it.
        log.exception("the provider's adapter failed", provider=provider.name, key=idempotency_key)
        return [Uncertain(f"the adapter failed ({type(fault).__name__})")] * count
