"""Checks a campaign's parts as they are written, also while other keys are still faulty. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from partwork.articles.outline import Fault, Finding, Outline
from partwork.campaigns.validation import Location, Source, Value
from partwork.campaigns.values import closest, quoted
from partwork.errors import Problem


class WrittenCampaign(Source, Protocol):
    """A campaign's file as it was read, before anything in it is known to be right."""

    @property
    def data(self) -> Mapping[str, Value]: ...

    def place(self, location: Location) -> tuple[int, int]:
        """Return the line and column of a value."""


def repeated_slugs(file: WrittenCampaign) -> Iterator[Problem]:
    """Yield every part whose slug an earlier part has: a slug is a part's identity."""
    first: dict[str, int] = {}
    for index, part in _parts(file):
        slug = part.get("slug")
        if not isinstance(slug, str):
            continue
        here: Location = ("parts", index, "slug")
        if slug in first:
            text = f"another part is called {quoted(slug)} (in line {first[slug]}): call this one otherwise"
            yield file.problem(here, text)
        first.setdefault(slug, file.place(here)[0])


def misplaced_sections(file: WrittenCampaign, outline: Outline) -> Iterator[Problem]:
    """Yield what is wrong with the names under `sections` and `omit`."""
    lists = [(("parts", index, "sections"), part) for index, part in _parts(file)]
    named = [[(where, name) for where, name in _names(part.get("sections"), at)] for at, part in lists]
    omitted = list(_names(file.data.get("omit"), ("omit",)))
    findings = outline.review(
        [[name for _, name in names] for names in named], omitted=[name for _, name in omitted]
    )
    first: dict[str, int] = {}
    for where, name in (*(pair for names in named for pair in names), *omitted):
        first.setdefault(name, file.place(where)[0])
    meant = {closest(finding.name, outline.names) for finding in findings if finding.fault is Fault.UNKNOWN}
    for finding in findings:
        if finding.place is None:
            if finding.name not in meant:  # else mis-spelt, which is one fault and not two
                yield file.problem(("parts",), finding.text, at_key=True)
            continue
        names = omitted if finding.part is None else named[finding.part]
        where, _ = names[finding.place]
        yield file.problem(where, _in_context(finding, lists, first))


def _in_context(
    finding: Finding, lists: Sequence[tuple[Location, Mapping[str, Value]]], first: Mapping[str, int]
) -> str:
    slug = None if finding.part is None else lists[finding.part][1].get("slug")
    text = f"part {quoted(slug)}: {finding.text}" if isinstance(slug, str) else finding.text
    if finding.fault is Fault.REPEATED:
        return f"{text} (first in line {first[finding.name]})"
    return text


def _parts(file: WrittenCampaign) -> Iterator[tuple[int, Mapping[str, Value]]]:
    written = file.data.get("parts")
    for index, part in enumerate(written if isinstance(written, list) else []):
        if isinstance(part, dict):
            yield index, part


def _names(written: Value, location: Location) -> Iterator[tuple[Location, str]]:
    for index, name in enumerate(written if isinstance(written, list) else []):
        if isinstance(name, str):
            yield (*location, index), name.strip()
