"""Where the words of a campaign lead, each link at its own place. Pure: nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partwork.articles.handwriting import HandWriting, OwnHeading, Quotation
from partwork.articles.model import Line
from partwork.campaigns.definition import Campaign
from partwork.campaigns.values import public_address
from partwork.errors import Problem
from partwork.rendering.checks.links import address_faults
from partwork.rendering.inline import read_inline

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Link:
    """One link that some part shows. line: 0 in an article, whose lines are not those of its file."""

    file: str
    line: int
    column: int
    said: str
    href: str

    def problem(self, text: str) -> Problem:
        return Problem(self.file, self.line, self.column, f"the link to {self.href} in “{self.said}”: {text}")


def unsound_links(campaign: Campaign) -> Iterator[Problem]:
    """Yield the links to pages that are none."""
    for link in _links(campaign):
        try:
            public_address(link.href)
        except ValueError as error:
            yield link.problem(str(error))


def forbidden_links(campaign: Campaign, *, allowed_hosts: Sequence[str]) -> Iterator[Problem]:
    """Yield the links to pages that may not be led to, or that some mail program refuses."""
    for link in _links(campaign):
        yield from map(link.problem, address_faults(link.href, allowed_hosts=allowed_hosts))


def _links(campaign: Campaign) -> Iterator[_Link]:
    article = f"campaigns/{campaign.definition.campaign}/{campaign.definition.article}"
    for line in _told(campaign):
        for href in _hrefs(line):
            yield _Link(article, 0, 0, _shortened(line.text), href)
    for text in (part.handwriting for part in campaign.parts if part.handwriting):
        source = text.source.splitlines()
        for line in _written(text):
            shown = source[line.number - 1] if line.number <= len(source) else ""
            for href in _hrefs(line):
                yield _Link(text.name, line.number, max(shown.find(href), 0) + 1, _shortened(line.text), href)


def _told(campaign: Campaign) -> Iterator[Line]:
    article = campaign.article
    for part in campaign.parts:
        for section in part.sections:
            yield from section.all_lines
    for block in (*article.references, *(note.block for note in article.notes)):
        yield from block.all_lines


def _written(text: HandWriting) -> Iterator[Line]:
    for piece in text.pieces:
        if isinstance(piece, OwnHeading):
            yield piece.line
        elif not isinstance(piece, Quotation):
            yield from piece.all_lines
    for note in text.notes:
        yield from note.block.all_lines


def _hrefs(line: Line) -> tuple[str, ...]:
    """Return the web addresses a line leads to."""
    return read_inline(line.markup, is_personal=line.is_personal).hrefs if line.markup else ()


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
