"""A part's frame, made once, and the merge of one reader into it, made thousands of times.

What is the same for every reader is prepared in `Frame`; `merge` fills in what is one reader's. A
later frame may encode only values behind the same two steps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from urllib.parse import quote

from jinja2 import Template, TemplateSyntaxError, UndefinedError

from partwork.rendering.compile import CompiledPart
from partwork.rendering.headers import CannotBuild as CannotBuild
from partwork.rendering.headers import guard
from partwork.rendering.mime import to_mime
from partwork.rendering.personal import PersonalEnvironment
from partwork.sending.outgoing import Form, Mail, Outgoing

SUBJECT_VALUE_LIMIT = 200

# Controls, line and paragraph separators, halves of surrogate pairs, and what turns the direction
# of all the text behind it (RLO and its kin). Marks within a word, as in Arabic, stay.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every message of a campaign says of its sender.

    sender, reply_to:    `Name <address>` or an address
    list_id:             an opaque name in the sender's domain, without angle brackets (RFC 2919)
    unsubscribe_mailbox: an address that someone reads, or None: then List-Unsubscribe has no mailto
    """

    sender: str
    reply_to: str | None
    list_id: str
    unsubscribe_mailbox: str | None


@dataclass(frozen=True, slots=True)
class Links:
    """One message's own links. The last path segment of `unsubscribe` is its token.

    to: addresses of the article's links, by their ids
    """

    book: str
    unsubscribe: str
    website: str | None
    to: Mapping[int, str] = field(default_factory=dict)


class Frame:
    """A compiled part and its letterhead, ready for any number of readers."""

    def __init__(self, compiled: CompiledPart, letterhead: Letterhead) -> None:
        """Raises CannotBuild if a template of `compiled` is none."""
        self._letterhead = letterhead
        self._subject = _template(compiled.subject, autoescape=False)
        self._text = _template(compiled.text, autoescape=False)
        self._html = _template(compiled.html, autoescape=True)

    def merge(
        self,
        reader: Mapping[str, str],
        *,
        message_id: str,
        address: str,
        links: Links,
        date: datetime,
        form: Form,
    ) -> Outgoing:
        """Return the message for one reader, in the form its provider wants.

        reader: first_name and further attributes; an empty value counts as absent
        Raises CannotBuild, naming the field or the header and never a value.
        """
        values = _clean(reader)
        addresses = _named(links)
        subject = _fill(self._subject, "subject", _for_subject(values), addresses)
        mail = Mail(
            message_id=message_id,
            sender=self._letterhead.sender,
            address=address,
            reply_to=self._letterhead.reply_to,
            subject=" ".join(subject.split()),
            text=_fill(self._text, "text", values, addresses),
            html=_fill(self._html, "HTML", values, addresses),
            headers=self._headers(message_id, links.unsubscribe),
            date=date,
        )
        if not mail.subject:
            raise CannotBuild("the subject comes out empty for this reader")
        return in_form(mail, form)

    def _headers(self, message_id: str, unsubscribe: str) -> tuple[tuple[str, str], ...]:
        leave = f"<{unsubscribe}>"
        if mailbox := self._letterhead.unsubscribe_mailbox:
            token = unsubscribe.rstrip("/").rpartition("/")[2]
            leave += f", <mailto:{quote(mailbox, safe='@+')}?subject={quote(f'unsubscribe {token}')}>"
        return (
            ("List-Id", f"<{self._letterhead.list_id}>"),
            ("List-Unsubscribe", leave),
            # RFC 8058, section 3.1: this pair and nothing else
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("X-Partwork-Id", message_id),
        )


def in_form(mail: Mail, form: Form) -> Outgoing:
    """Return a mail as its provider wants it. Raises CannotBuild for what may not stand in a header."""
    if form is Form.MIME:
        return Outgoing(mail, to_mime(mail))
    if form is Form.FIELDS:
        guard(mail)
        return Outgoing(mail)
    assert_never(form)


def _template(source: str, *, autoescape: bool) -> Template:
    try:
        return PersonalEnvironment(autoescape=autoescape).from_string(source)
    except TemplateSyntaxError as error:
        raise CannotBuild(f"line {error.lineno} of a compiled template: {error.message}") from None


def _clean(reader: Mapping[str, str]) -> dict[str, str]:
    cleaned = {name: _UNWANTED.sub(" ", value).strip() for name, value in reader.items()}
    return {name: value for name, value in cleaned.items() if value}


def _for_subject(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values a header may hold: none that could be an encoded word, none overlong."""
    return {name: value[:SUBJECT_VALUE_LIMIT] for name, value in values.items() if "=?" not in value}


def _named(links: Links) -> Mapping[str, object]:
    named: dict[str, object] = {"book": links.book, "unsubscribe": links.unsubscribe, "to": links.to}
    return named | {"website": links.website} if links.website else named


def _fill(template: Template, what: str, values: Mapping[str, str], links: Mapping[str, object]) -> str:
    try:
        # Last, so that no column of an audience takes the name.
        return template.render(values, links=links)
    except UndefinedError as error:
        raise CannotBuild(f"{what}: {error.message}") from None
    # A template is a program of its author's and may raise anything; its text could hold a value.
    except Exception as error:
        raise CannotBuild(f"{what}: a personal tag fails for this reader ({type(error).__name__})") from None
