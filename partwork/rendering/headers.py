"""What may stand in a header, and how it is written there. Pure.

Headers are written by hand, because CPython's `EmailMessage` decodes encoded words at assignment:
on 3.11.7 and 3.12.1 among others, a subject that holds one with a line break in it grows a header
of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.header import Header
from functools import lru_cache

from partwork.errors import PartworkError
from partwork.sending.outgoing import Mail

# Characters, the line end not counted. RFC 5322, section 2.1.1.
_LINE_LIMIT = 998
# C0 and C1 controls, the two Unicode line ends, and halves of surrogate pairs.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_NAMED_MAILBOX = re.compile(r"\s*(.*?)\s*<([^<>]*)>\s*")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_ENCODED_WORD = "=?"
_PLAIN_TEXT_LIMIT = 900

_WRITTEN_BY_US = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")


class CannotBuild(PartworkError):  # noqa: N818 - the design's words: a message that cannot be built
    """This message cannot be built as it stands. The text names the fault, never a value."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, or none, and an ASCII address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def written(self, header: str) -> str:
        """Return the mailbox as it stands in the header of that name."""
        if not self.name:
            return self.address
        if _ENCODED_WORD in self.name or not self.name.isascii():
            return f"{_encoded(self.name, header)} <{self.address}>"
        if _PLAIN_PHRASE.fullmatch(self.name):
            return f"{self.name} <{self.address}>"
        quoted = self.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{self.address}>'


@lru_cache(maxsize=256)
def read_mailbox(text: str, header: str) -> Mailbox:
    """Read `Name <address>` or an address. Raises CannotBuild, naming the header."""
    _refuse_unsafe(header, text)
    named = _NAMED_MAILBOX.fullmatch(text)
    name, address = (named[1], named[2]) if named else ("", text.strip())
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Mailbox(name, ascii_address(address, header))


def ascii_address(address: str, header: str) -> str:
    """Return one bare address in ASCII letters. Raises CannotBuild, without repeating the address."""
    _refuse_unsafe(header, address)
    local, _, domain = address.rpartition("@")
    try:
        written = f"{local}@{_ascii_domain(domain)}"
    except UnicodeError:
        written = ""
    if not _ADDRESS.fullmatch(written):
        raise CannotBuild(f"{header}: not one address of the form name@domain in ASCII letters")
    return written


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    return domain.encode("idna").decode("ascii")


def guard(mail: Mail) -> None:
    """Raise CannotBuild unless every header of `mail` is one line of text and stands in it once."""
    for header, value in (("Subject", mail.subject), *mail.headers):
        _refuse_unsafe(header, value)
    read_mailbox(mail.sender, "From")
    ascii_address(mail.address, "To")
    if mail.reply_to is not None:
        read_mailbox(mail.reply_to, "Reply-To")
    for header, value in mail.headers:
        if not value.isascii() or _ENCODED_WORD in value:
            raise CannotBuild(f"{header}: only plain ASCII may stand there")
        if len(header) + 2 + len(value) > _LINE_LIMIT:
            raise CannotBuild(f"{header}: longer than the {_LINE_LIMIT} characters a line may have")
    if fault := _fault_of_names(tuple(header for header, _ in mail.headers)):
        raise CannotBuild(fault)


@lru_cache(maxsize=64)
def _fault_of_names(headers: tuple[str, ...]) -> str | None:
    """Return what is wrong with the names of further headers, which are the same for a whole campaign."""
    for header in headers:
        if not _NAME.fullmatch(header):
            return f"{header!r} is no header name"
    names = Counter(name.lower() for name in (*_WRITTEN_BY_US, *headers))
    twice = [name for name, times in names.items() if times > 1]
    return f"{twice[0]}: the header would stand twice" if twice else None


def unstructured(header: str, text: str) -> str:
    """Return free text as it stands in a header: as it is, or in folded encoded words (RFC 2047)."""
    plain = text.isascii() and _ENCODED_WORD not in text and len(text) <= _PLAIN_TEXT_LIMIT
    return text if plain else _encoded(text, header)


def head_of(fields: Sequence[tuple[str, str]]) -> bytes:
    """Return a message's head, the empty line included.

    Raises CannotBuild unless what a reader of the bytes will find is what was meant: the same
    headers, each once, in lines of ASCII within the limit.
    """
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    lines = head.split("\r\n")[:-1]
    found = [line.partition(":")[0] for line in lines if line[:1] not in (" ", "\t")]
    if found != [name for name, _ in fields] or _broken(lines):
        raise CannotBuild("the headers do not read back as they were meant")
    return head.encode("ascii") + b"\r\n"


def _broken(lines: Iterable[str]) -> bool:
    return any(_UNSAFE.search(line) or not line.isascii() or len(line) > _LINE_LIMIT for line in lines)


def _encoded(text: str, header: str) -> str:
    return Header(text, charset="utf-8", header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _refuse_unsafe(header: str, value: str) -> None:
    if unsafe := _UNSAFE.search(value):
        raise CannotBuild(f"{header}: holds the character U+{ord(unsafe[0]):04X}, which no header may")
