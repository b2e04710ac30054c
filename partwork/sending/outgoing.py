"""What travels to a provider: one email for one person. Pure records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Form(StrEnum):
    """What a provider wants handed to it."""

    MIME = "mime"
    FIELDS = "fields"


@dataclass(frozen=True, slots=True)
class Mail:
    """One email, merged and ready.

    sender, reply_to: as in a header, `Name <address>` or an address
    address:          the one recipient, a bare address
    headers:          further headers in their order (List-Id, List-Unsubscribe, X-Partwork-Id, …)
    date:             UTC instant for the Date header
    """

    message_id: str
    sender: str
    address: str
    reply_to: str | None
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    date: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail in the form its provider wants: `mime` is there exactly when that form is MIME."""

    mail: Mail
    mime: bytes | None = None

    @property
    def message_id(self) -> str:
        return self.mail.message_id

    def parts_of_request(self) -> Iterator[str]:
        """Yield, in a fixed order, all that decides what the provider is asked to send."""
        mail = self.mail
        yield from (mail.message_id, mail.sender, mail.address, mail.reply_to or "", mail.subject)
        yield from (mail.text, mail.html)
        for name, value in mail.headers:
            yield f"{name}: {value}"
