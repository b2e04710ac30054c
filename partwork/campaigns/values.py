"""What one value in a file may be: a line of text, a short name, a mailbox, a web address. Pure.

Each check returns the value in its one good form, or raises a ValueError made for staff to read.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, JsonValue
from pydantic.fields import FieldInfo

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SLUG_MAX_LENGTH = 80
_QUOTED_MAX_LENGTH = 60
_FILE_NAME_MAX_BYTES = 255
_CONTROL_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NAMED_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_NEEDS_QUOTES = re.compile(r"[()\[\]:;@,.]")  # RFC 5322, section 3.2.3: what an atom may not hold
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def visible(text: str) -> str:
    """Return `text` on one line that any terminal can show: control characters become spaces."""
    return "".join(" " if unicodedata.category(sign) in _CONTROL_CATEGORIES else sign for sign in text)


def quoted(text: str) -> str:
    """Return `text` in quotes for a message, visible and cut where it is long."""
    line = visible(text)
    return f"'{line if len(line) <= _QUOTED_MAX_LENGTH else line[: _QUOTED_MAX_LENGTH - 1] + '…'}'"


def closest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice most like `word`, if one is like it at all."""
    by_fold = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the choice most like `word`, or nothing."""
    choice = closest(word, choices)
    return f"; did you mean '{choice}'?" if choice else ""


def one_line(text: str) -> str:
    """Return `text` trimmed: one line, not empty, nothing invisible that moves or hides text."""
    trimmed = text.strip()
    if not trimmed:
        raise ValueError("this is empty: write a line of text")
    for sign in trimmed:
        if unicodedata.category(sign) in _CONTROL_CATEGORIES or sign in _DIRECTION_MARKS:
            raise ValueError(
                f"a line break or control character (U+{ord(sign):04X}) stands here: write one line of text"
            )
    return trimmed


def header_safe(text: str) -> str:
    """Return `text` as one line that no mail software reads as an encoded word (RFC 2047)."""
    line = one_line(text)
    if "=?" in line:
        raise ValueError("'=?' has a meaning of its own in email headers: write it differently")
    return line


def slug(text: str) -> str:
    """Return `text` if it is lower-case ASCII words joined by hyphens."""
    if not _SLUG.fullmatch(text) or len(text) > _SLUG_MAX_LENGTH:
        raise ValueError(
            f"{quoted(text)} is no short name: use letters a-z, digits and single hyphens, as in 'hip-pain'"
        )
    return text


def file_name(text: str) -> str:
    """Return `text` if it names a file in the same folder: no folder, no way out of it."""
    name = one_line(text)
    if len(name.encode()) > _FILE_NAME_MAX_BYTES:
        raise ValueError(f"{quoted(text)} is too long for the name of a file")
    if "/" in name or "\\" in name or name.startswith("."):
        raise ValueError(
            f"{quoted(text)} should be the name of a file in this folder, without '/' or a leading '.'"
        )
    return name


def bare_address(text: str) -> str:
    """Return an email address alone, its domain in ASCII."""
    try:
        found = validate_email(header_safe(text), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise ValueError(
            f"this is no email address ({reason}): write one as in 'hello@example.org'"
        ) from None
    return str(found.ascii_email)


def mailbox(text: str) -> str:
    """Return `address`, or `Name <address>` with the name quoted where a header needs it."""
    line = header_safe(text)
    named = _NAMED_MAILBOX.fullmatch(line)
    if named is None:
        if "<" in line or ">" in line:
            raise ValueError("this is no sender: write 'Name <hello@example.org>'")
        return bare_address(line)
    name, address = named["name"].strip(), bare_address(named["address"])
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].strip()
    if '"' in name or "\\" in name:
        raise ValueError("the sender's name cannot hold double quotes or backslashes inside")
    if not name:
        return address
    return f'"{name}" <{address}>' if _NEEDS_QUOTES.search(name) else f"{name} <{address}>"


def web_address(text: str) -> str:
    """Return an https address; plain http is good enough only within this machine."""
    parts = _split_address(text)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError(
            f"{quoted(text)} should start with https://, so that nobody on the way can read or change it"
        )
    return text


def public_address(text: str) -> str:
    """Return the address of a page anyone may read: http or https."""
    _split_address(text)
    return text


def base_address(text: str) -> str:
    """Return an https address other addresses are built on, without its trailing slash."""
    parts = _split_address(web_address(text))
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError(f"{quoted(text)} should end before the '?' or '#'")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Say whether `host` can only be this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split_address(text: str) -> SplitResult:
    example = "write one as in 'https://www.example.org/page'"
    if not text.isascii() or not text.isprintable() or any(sign in text for sign in ' \\"<>'):
        raise ValueError(
            f"a web address holds no spaces, backslashes, quotes or letters beyond a-z: {example}"
        )
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{quoted(text)} is no web address: {example}") from None
    if "@" in parts.netloc:
        raise ValueError("a web address cannot hold a user name or password (the part before '@')")
    if (
        parts.scheme not in ("http", "https")
        or not (_HOST.fullmatch(host) or is_loopback(host))
        or ".." in host
    ):
        raise ValueError(f"{quoted(text)} is no web address: {example}")
    return parts


def for_editors(pattern: re.Pattern[str] | str, **further: int | str) -> FieldInfo:
    """Return what a JSON Schema says of a value's shape; the check itself is the validator's."""
    shape: dict[str, JsonValue] = {"pattern": pattern if isinstance(pattern, str) else f"^{pattern.pattern}$"}
    info: FieldInfo = Field(json_schema_extra={**shape, **further})
    return info


Text = Annotated[str, AfterValidator(one_line), for_editors(r"\S")]
HeaderText = Annotated[str, AfterValidator(header_safe), for_editors(r"\S")]
Slug = Annotated[str, AfterValidator(slug), for_editors(_SLUG, maxLength=_SLUG_MAX_LENGTH)]
FileName = Annotated[str, AfterValidator(file_name), for_editors(r"^\s*[^./\\\s][^/\\]*$")]
