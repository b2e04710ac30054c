"""Checks a campaign's parts as they are written, also while other keys are still faulty. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from partwork.articles.handwriting import HandWriting
from partwork.articles.outline import Fault, Outline
from partwork.campaigns.validation import Location, Source, Value
from partwork.campaigns.values import closest, quoted, visible
from partwork.errors import Problem


class WrittenCampaign(Source, Protocol):
    """A campaign's file as it was read, before anything in it is known to be right."""

    @property
    def name(self) -> str: ...

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


@dataclass(frozen=True, slots=True)
class _Mention:
    """One name of a section, and where it stands: in the campaign's file, or in a text written by hand."""

    name: str
    file: str
    line: int
    column: int

    def problem(self, text: str) -> Problem:
        return Problem(self.file, self.line, self.column, visible(text))


def named_texts(file: WrittenCampaign) -> Iterator[tuple[int, str]]:
    """Yield each part, from 0, that names a text written by hand, and the name."""
    for index, part in _parts(file):
        if isinstance(written := part.get("text"), str):
            yield index, written.strip()


def misplaced_sections(
    file: WrittenCampaign, outline: Outline, *, texts: Mapping[int, HandWriting]
) -> Iterator[Problem]:
    """Yield what is wrong with the names under `sections` and `omit`, and with what texts quote.

    texts: what is written by hand, by its part, from 0
    """
    lists = [part for _, part in _parts(file)]
    named = [
        [*_quoted(texts.get(at)), *_names(file, part.get("sections"), ("parts", at, "sections"))]
        for at, part in _parts(file)
    ]
    omitted = list(_names(file, file.data.get("omit"), ("omit",)))
    findings = outline.review(
        [[mention.name for mention in names] for names in named],
        omitted=[mention.name for mention in omitted],
        reordered={place for place, (at, _) in enumerate(_parts(file)) if at in texts},
    )
    first: dict[str, _Mention] = {}
    for mention in (*(mention for names in named for mention in names), *omitted):
        first.setdefault(mention.name, mention)
    meant = {closest(finding.name, outline.names) for finding in findings if finding.fault is Fault.UNKNOWN}
    is_legible = _is_legible(file) and all(
        at in texts and not texts[at].flaws for at, part in _parts(file) if "text" in part
    )
    for finding in findings:
        if finding.place is None:
            # What is mis-spelt, or stands in a part that cannot be read, is not forgotten, too.
            if finding.name not in meant and is_legible:
                yield file.problem(("parts",), finding.text, at_key=True)
            continue
        names = omitted if finding.part is None else named[finding.part]
        here = names[finding.place]
        slug = None if finding.part is None else lists[finding.part].get("slug")
        text = f"part {quoted(slug)}: {finding.text}" if isinstance(slug, str) else finding.text
        # A section that came along with another, earlier name has no earlier line of its own.
        if finding.fault is Fault.REPEATED and (before := first[here.name]) != here:
            elsewhere = "" if before.file == here.file else f" of {before.file}"
            text += f" (first in line {before.line}{elsewhere})"
        yield here.problem(text)


def _is_legible(file: WrittenCampaign) -> bool:
    """Say whether every part has a list of names or a text, however wrong those may be."""
    written = file.data.get("parts")
    lists = [part.get("sections", [] if "text" in part else None) for _, part in _parts(file)]
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


def _names(file: WrittenCampaign, written: Value, location: Location) -> Iterator[_Mention]:
    for index, name in enumerate(written if isinstance(written, list) else []):
        if isinstance(name, str):
            yield _Mention(name.strip(), file.name, *file.place((*location, index)))


def _quoted(text: HandWriting | None) -> Iterator[_Mention]:
    if text:
        for quotation in text.quotations:
            yield _Mention(quotation.name, text.name, quotation.line, quotation.column)
