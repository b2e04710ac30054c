"""Checks a campaign's parts as they are written, also while other keys are still faulty. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from partwork.articles.outline import Fault, Outline
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
    lists = [part for _, part in _parts(file)]
    named = [list(_names(part.get("sections"), ("parts", at, "sections"))) for at, part in _parts(file)]
    omitted = list(_names(file.data.get("omit"), ("omit",)))
    findings = outline.review(
        [[name for _, name in names] for names in named], omitted=[name for _, name in omitted]
    )
    first: dict[str, Location] = {}
    for where, name in (*(pair for names in named for pair in names), *omitted):
        first.setdefault(name, where)
    meant = {closest(finding.name, outline.names) for finding in findings if finding.fault is Fault.UNKNOWN}
    for finding in findings:
        if finding.place is None:
            # What is mis-spelt, or stands in a part that cannot be read, is not forgotten, too.
            if finding.name not in meant and _is_legible(file):
                yield file.problem(("parts",), finding.text, at_key=True)
            continue
        names = omitted if finding.part is None else named[finding.part]
        where, name = names[finding.place]
        slug = None if finding.part is None else lists[finding.part].get("slug")
        text = f"part {quoted(slug)}: {finding.text}" if isinstance(slug, str) else finding.text
        # A section that came along with another, earlier name has no earlier line of its own.
        if finding.fault is Fault.REPEATED and first[name] != where:
            text += f" (first in line {file.place(first[name])[0]})"
        yield file.problem(where, text)


def _is_legible(file: WrittenCampaign) -> bool:
    """Say whether every part has a list of names, however wrong those may be."""
    written = file.data.get("parts")
    lists = [part.get("sections") for _, part in _parts(file)]
    return (
        isinstance(written, list)
        and 0 < len(written) == len(lists)
        and all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists)
    )


def _parts(file: WrittenCampaign) -> Iterator[tuple[int, Mapping[str, Value]]]:
    written = file.data.get("parts")
    for index, part in enumerate(written if isinstance(written, list) else []):
        if isinstance(part, dict):
            yield index, part


def _names(written: Value, location: Location) -> Iterator[tuple[Location, str]]:
    for index, name in enumerate(written if isinstance(written, list) else []):
        if isinstance(name, str):
            yield (*location, index), name.strip()
