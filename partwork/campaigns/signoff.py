"""What a clinician signed off, by name and content, and whether readers would still read just that. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator

from partwork.campaigns.revision import Revision, RevisionPart
from partwork.campaigns.validation import Definition
from partwork.campaigns.values import Text, quoted
from partwork.ids import content_hash
from partwork.times import iso, parse_instant

SIGN_OFF_FILE = "sign-off.yaml"

_HASH = re.compile(r"[a-z2-7]{32}")
_AGAIN = "delete this file and run 'partwork sign-off' again"


def _hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise ValueError(f"{quoted(text)} names no content: {_AGAIN}")
    return text


def _instant(written: object) -> datetime:
    try:
        return parse_instant(written if isinstance(written, str) else "")
    except (ValueError, OverflowError):
        raise ValueError(f"this is no instant: {_AGAIN}") from None


ContentHash = Annotated[str, AfterValidator(_hash)]


class SignedPart(Definition):
    """One part as it was read."""

    slug: Text
    content: ContentHash


class SignOff(Definition):
    """One sign-off.yaml: who read the series, when, and what it said."""

    by: Text = Field(description=_AGAIN)
    at: Annotated[datetime, PlainValidator(_instant)] = Field(description=_AGAIN)
    content: ContentHash = Field(description=_AGAIN)
    parts: tuple[SignedPart, ...] = Field(min_length=1, description=_AGAIN)


@dataclass(frozen=True, slots=True)
class Signed:
    """How a sign-off stands beside what readers would read now.

    changed: the parts that say something else since, by slug, parts that are new among them
    """

    by: str
    at: datetime
    matches: bool
    changed: tuple[str, ...]
    gone: tuple[str, ...]


def sign(revision: Revision, *, by: str, now: datetime) -> SignOff:
    """Return a sign-off of what readers of a revision will read."""
    return SignOff.model_validate(
        {
            "by": by,
            "at": iso(now),
            "content": content_hash(*_contents(revision).values()),
            "parts": [{"slug": slug, "content": content} for slug, content in _contents(revision).items()],
        }
    )


def compared(sign_off: SignOff, revision: Revision) -> Signed:
    """Return how a sign-off stands beside what readers of a revision will read."""
    now = _contents(revision)
    # A part's slug is no word that anybody reads.
    matches = sign_off.content == content_hash(*now.values())
    then = now if matches else {part.slug: part.content for part in sign_off.parts}
    return Signed(
        by=sign_off.by,
        at=sign_off.at,
        matches=matches,
        changed=tuple(slug for slug, content in now.items() if then.get(slug) != content),
        gone=tuple(slug for slug in then if slug not in now),
    )


def file_text(sign_off: SignOff, *, campaign: str) -> str:
    """Return the text of sign-off.yaml."""
    name = sign_off.by.replace("'", "''")
    lines = [
        f"# Written by: partwork sign-off {campaign}. Not to be edited: it holds for the very words",
        "# that were read. When they change, 'partwork check' says so, and they are read again.",
        f"by: '{name}'",
        f"at: {iso(sign_off.at)}",
        f"content: '{sign_off.content}'",
        "parts:",
    ]
    for part in sign_off.parts:
        lines += [f"  - slug: '{part.slug}'", f"    content: '{part.content}'"]
    return "\n".join((*lines, ""))


def _contents(revision: Revision) -> dict[str, str]:
    """Return a name for what each part says: subject, preheader, its page's words and its text twin.

    Neither the schedule nor how a part looks is in it.
    """
    return {part.slug: content_hash(*_said(part)) for part in revision.parts}


def _said(part: RevisionPart) -> tuple[str, ...]:
    words = _Words()
    words.feed(part.html)
    words.close()
    return (part.subject, part.preheader, " ".join(" ".join(words.found).split()), part.text)


class _Words(HTMLParser):
    """Collects what a reader of a page meets: words, where links lead, images by name and alt text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script"):
            self._hidden += 1
        given = dict(attrs)
        if tag == "a":
            self.found.append(given.get("href") or "")
        elif tag == "img":
            source = given.get("src") or ""
            self.found += (source.rpartition("/")[2], given.get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("style", "script"):
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)
