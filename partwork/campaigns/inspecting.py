"""Inspect: every part of a compiled revision as its readers would get it, with what the checks find."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from partwork.articles.model import Block, Kind, Line, Section
from partwork.campaigns.compiling import part_content
from partwork.campaigns.definition import Campaign
from partwork.campaigns.revision import Revision
from partwork.errors import PartworkError
from partwork.ids import message_id_from
from partwork.rendering.checks.findings import Finding, error
from partwork.rendering.checks.links import address_faults
from partwork.rendering.checks.mail import SeenMail, mail_findings, merge_findings
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form, Outgoing
from partwork.settings import Settings
from partwork.tracking.tokens import Realm, Signer

_MESSAGE_ID = message_id_from(bytes(12))
_ADDRESS = "reader@example.org"
_PLAIN_NAME = "Ann"
_TAG = re.compile(r"\{\{|\{%")
_OPENS, _CLOSES = re.compile(r"\{%-?\s*if\b"), re.compile(r"\{%-?\s*endif\b")

# Who has a name no template was tried with. Each of them once made some mail software stumble.
ODD_READERS: Mapping[str, str] = {
    "a reader with a name of 60 characters": "Wolfeschlegelsteinhausenbergerdorff Maximiliana Theodora Eva",
    "a reader whose name runs from right to left": "\u05e9\u05d9\u05e8\u05d4 \u0634\u064a\u0631\u064a\u0646",
    "a reader with an emoji for a name": "\U0001f469\U0001f3fd\u200d\u2695\ufe0f",
    "a reader with markup for a name": "<b>Ann</b><script>x</script> & {{ links.book }} \"'",
    "a reader with apostrophes in the name": 'D\'Arcy O\u2019Neill "Bo"',
    "a reader with a header for a name": "Ann\r\nBcc: other@example.org =?utf-8?q?x?=",
}


@dataclass(frozen=True, slots=True)
class Inspected:
    """One part's findings, errors first.

    mime: the message as a reader without a name gets it; None if it cannot be built
    """

    slug: str
    findings: tuple[Finding, ...]
    mime: bytes | None


def inspect(
    campaign: Campaign,
    revision: Revision,
    settings: Settings,
    *,
    fields: Sequence[str],
    now: datetime,
) -> list[Inspected]:
    """Return what is to be said of each part, in the order of the series.

    fields: what the audience says of a reader beside first_name; the odd ones have all of it
    """
    inspected = []
    for number, part in enumerate(revision.parts, start=1):
        merge = _Merge(revision, part.slug, now=now)
        try:
            nobody = merge.of("")
        except PartworkError as fault:
            found = [error("merge", f"it cannot be built for every reader: {fault}")]
            inspected.append(Inspected(part.slug, tuple(found), None))
            continue
        seen = SeenMail(
            subject=nobody.mail.subject,
            preheader=part.preheader,
            html=nobody.mail.html,
            text=nobody.mail.text,
            spoken=spoken_lines(campaign, number),
        )
        found = mail_findings(seen, own=revision.base_url, allowed_hosts=settings.links.allowed_hosts)
        found += _odd_findings(merge, fields)
        inspected.append(Inspected(part.slug, tuple(found), nobody.mime))
    return inspected


def spoken_lines(campaign: Campaign, number: int) -> tuple[str, ...]:
    """Return the lines that a part (number from 1) says to every reader alike, in their order.

    Neither what hangs on a condition is among them nor a line with a personal tag in it.
    """
    content = part_content(campaign, number, button_label="")
    lines = list(_unconditional(content.sections))
    lines += [content.references_heading] if content.references_heading else []
    lines += [line for block in content.references for line in block.all_lines]
    return tuple(line.text for line in lines if not (line.is_personal and _TAG.search(line.text)))


def _unconditional(sections: Sequence[Section]) -> Iterator[Line]:
    depth = 0
    for held in (held for section in sections for held in _held(section)):
        if isinstance(held, Block) and held.kind is Kind.CONDITION:
            opening, closing = _OPENS.match(held.lines[0].text), _CLOSES.match(held.lines[0].text)
            depth += bool(opening) - bool(closing)
        elif depth == 0:
            yield from (held,) if isinstance(held, Line) else held.all_lines


def _held(section: Section) -> Iterator[Line | Block]:
    if section.heading:
        yield section.heading
    yield from section.blocks
    for subsection in section.subsections:
        yield from _held(subsection)


def destination_faults(settings: Settings) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield (where it is set, what is wrong) of the addresses that our own links lead on to."""
    for location, address in (
        (("booking", "url"), settings.booking.url),
        (("practice", "website"), settings.practice.website),
    ):
        for text in address_faults(address, allowed_hosts=settings.links.allowed_hosts) if address else ():
            yield location, text


def _odd_findings(merge: _Merge, fields: Sequence[str]) -> Iterator[Finding]:
    try:
        plain = merge.of(_PLAIN_NAME, fields=fields)
    except PartworkError as fault:
        yield error("merge", f"it cannot be built for a reader whose every field is filled: {fault}")
        return
    for who, name in ODD_READERS.items():
        try:
            odd = merge.of(name, fields=fields)
        except PartworkError as fault:
            yield error("merge", f"it cannot be built for {who}: {fault}")
        else:
            yield from merge_findings(plain.mail.html, odd.mail.html, who=who)


class _Merge:
    """One part, ready to be merged for one imagined reader after another; its links lead nowhere."""

    def __init__(self, revision: Revision, slug: str, *, now: datetime) -> None:
        self._frame = frame_of(revision, slug)
        self._links = links_for(Signer("", Realm.PREVIEW), revision, _MESSAGE_ID)
        self._now = now

    def of(self, name: str, *, fields: Sequence[str] = ()) -> Outgoing:
        """Return what a reader gets whose first name, and every further field, is `name`."""
        return self._frame.merge(
            reader_values(name, [(field, name) for field in fields]),
            message_id=_MESSAGE_ID,
            address=_ADDRESS,
            links=self._links,
            date=self._now,
            form=Form.MIME,
        )
