"""Mails to hand to providers in tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from partwork.ids import new_message_id
from partwork.sending.outgoing import Form, Mail, Outgoing

READER = "ann.onymous@example.org"
DATE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def an_outgoing(
    form: Form,
    *,
    message_id: str | None = None,
    sender: str = "The Back Room <hello@practice.example>",
    address: str = READER,
    reply_to: str | None = "desk@practice.example",
    subject: str = "The hidden culprit",
    text: str = "Good morning,\nthis is part one.\n",
    html: str = "<p>Good morning, this is part one: née – “tick” ✔</p>",
    headers: tuple[tuple[str, str], ...] = (),
) -> Outgoing:
    """Return one email ready for a provider of this form, new each time unless an id is given."""
    chosen = message_id or new_message_id()
    headers = headers or (
        ("List-Id", "<readers.practice.example>"),
        ("List-Unsubscribe", "<https://practice.example/u/token>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("X-Partwork-Id", chosen),
    )
    mail = Mail(chosen, sender, address, reply_to, subject, text, html, headers, DATE)
    plain = Outgoing(mail)
    return replace(plain, mime=_mime(mail)) if form is Form.MIME else plain


def some_outgoing(form: Form, count: int) -> list[Outgoing]:
    """Return emails to different readers."""
    return [an_outgoing(form, address=f"reader{number}@example.org") for number in range(count)]


def _mime(mail: Mail) -> bytes:
    lines = [
        f"From: {mail.sender}",
        f"To: {mail.address}",
        f"Subject: {mail.subject}",
        *(f"{name}: {value}" for name, value in mail.headers),
        "Content-Type: text/plain; charset=utf-8",
        "",
        *mail.text.splitlines(),
        "",
    ]
    return "\r\n".join(lines).encode("utf-8")
