"""All checks of one email as one reader gets it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partwork.rendering.checks.conformance import html_findings
from partwork.rendering.checks.contrast import contrast_findings
from partwork.rendering.checks.css_support import css_findings
from partwork.rendering.checks.findings import Finding, Severity, error
from partwork.rendering.checks.inbox import inbox_findings
from partwork.rendering.checks.links import link_findings
from partwork.rendering.checks.page import Page
from partwork.rendering.checks.reading import alt_findings, heading_findings, twin_findings
from partwork.rendering.checks.size import size_findings

_MARKUP = re.compile("[<>\"']")


@dataclass(frozen=True, slots=True)
class SeenMail:
    """An email as one reader gets it. spoken: the lines of the article in it, in their order."""

    subject: str
    preheader: str
    html: str
    text: str
    spoken: tuple[str, ...] = ()


def mail_findings(mail: SeenMail, *, own: str, allowed_hosts: Sequence[str]) -> list[Finding]:
    """Return every finding, errors first.

    own: where our own links begin, without a slash at the end
    """
    page = Page(mail.html)
    found = [
        *inbox_findings(mail.subject, mail.preheader),
        *size_findings(mail.html),
        *html_findings(page),
        *link_findings(page, own=own, allowed_hosts=allowed_hosts),
        *alt_findings(page),
        *heading_findings(page),
        *contrast_findings(page),
        *twin_findings(page, mail.text, spoken=mail.spoken),
        *css_findings(page),
    ]
    return sorted(found, key=lambda finding: (finding.severity is not Severity.ERROR, finding.check))


def merge_findings(plain: str, odd: str, *, who: str) -> Iterator[Finding]:
    """Yield that a reader's own values turned into markup, in the HTML of one and the same part.

    plain: as a reader with an ordinary name gets it
    odd: as a reader gets it whose name holds all that a name should not
    """
    # Parsing tells the truth and takes its time; where no such sign came or went there is nothing to tell.
    if _MARKUP.findall(plain) != _MARKUP.findall(odd) and _shape(plain) != _shape(odd):
        yield error("merge", f"for {who} the email has other elements: a value of theirs becomes markup")


def _shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(element.tag, tuple(element.attributes)) for element in Page(html).root.elements]
