"""How commands tell where files stand beside what was published, and beside those who signed it off."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from partwork.campaigns.drift import Change, Drift, Fate, PartDrift
from partwork.campaigns.reviewing import Review
from partwork.campaigns.standing import Standing, standings
from partwork.campaigns.workspace import survey
from partwork.cli.workplace import Workplace, now
from partwork.errors import CommandError, WorkspaceError
from partwork.settings import database_url
from partwork.store.connect import open_existing_store

_EXCERPT = 64  # characters of a passage that are shown
_BEFORE = 3  # words shown before the first that differs
_SIGNS = {Fate.CHANGED: "~", Fate.NEW: "+", Fate.GONE: "-", Fate.MOVED: ">"}


@dataclass(frozen=True, slots=True)
class Compared:
    """How campaigns stand. fault: why nothing is said of what is published; empty where that is known."""

    standings: tuple[Standing, ...]
    fault: str

    def records(self) -> list[dict[str, Any]]:
        """Return one record a campaign, as JSON has it; `drift` is null where nothing is published."""
        return [_record(standing) for standing in self.standings]

    def lines(self) -> Iterator[str]:
        """Yield sentences and short diffs, and first of all the fault."""
        if self.fault:
            yield self.fault
        for standing in self.standings:
            yield from drift_lines(standing)
            yield from _review_lines(standing.campaign, standing.review)


def compare(place: Workplace, slugs: Iterable[str]) -> Compared:
    """Return how these campaigns stand. Where nothing is published no database is made.

    Campaigns whose files have faults are left out: those are told elsewhere.
    """
    try:
        settings = place.settings()
    except WorkspaceError:
        return Compared((), "")
    store, fault = None, ""
    try:
        store = open_existing_store(database_url(place.folder, os.environ))
    except CommandError as error:
        fault = f"What is published cannot be compared: {error}"
    campaigns = survey(place.folder, list(slugs)).campaigns
    try:
        found = standings(store, campaigns, settings, templates=place.templates, now=now())
    finally:
        if store:
            store.close()
    return Compared(tuple(found), fault)


def _record(standing: Standing) -> dict[str, Any]:
    found = asdict(standing)
    if standing.drift:
        found["drift"]["stale"] = [part.slug for part in standing.drift.stale]
    return found


def summary(drift: Drift) -> str:
    """Return in one sentence how a published revision stands beside the files."""
    name = f"revision {drift.revision_id[:8]}"
    if drift.matches:
        return f"The files are as published ({name})."
    if drift.stale:
        numbers = ", ".join(str(part.number) for part in drift.stale)
        noun = "part" if len(drift.stale) == 1 else "parts"
        cause = "The article changed since" if drift.article_changed else "The series changed since"
        stale = f"{len(drift.stale)} of {drift.part_count} parts stale"
        return f"{cause} {name} was published: {stale} ({noun} {numbers})."
    others = [difference.partition(" (")[0] for difference in drift.differences]
    others += (f"part {part.number}" for part in drift.parts)
    if others:
        return f"The files differ from what is published ({name}): {', '.join(others)}."
    return f"The article changed since {name} was published, but nothing that a part holds."


def drift_lines(standing: Standing) -> Iterator[str]:
    """Yield a campaign's drift: a sentence, then what differs, part by part and passage by passage."""
    slug, drift = standing.campaign, standing.drift
    if drift is None:
        return
    yield f"{slug}: {summary(drift)}"
    if drift.matches:
        return
    for part in drift.parts:
        yield from _part_lines(part)
    for difference in drift.differences:
        yield f"  for the whole series differs: {difference}"
    yield f"  Readers go on with what was published; 'partwork publish {slug}' takes up the files."


def _part_lines(part: PartDrift) -> Iterator[str]:
    said = {
        Fate.NEW: "is new: it was not published",
        Fate.GONE: "was published, and is not in the files",
        Fate.MOVED: "has another place in the series",
    }
    told = [said[part.fate]] if part.fate in said else []
    if part.is_stale:
        told.append("is stale")
    if part.others:
        told.append(f"differs: {_listed(part.others)}")
    yield f"  part {part.number} '{part.slug}' {'; '.join(told)}"
    for change in part.changes:
        yield from _change_lines(change)


def _change_lines(change: Change) -> Iterator[str]:
    head = f"    {_SIGNS[change.fate]} {change.kind} {change.fate}"
    if change.fate is Fate.CHANGED and change.was == change.now:
        yield f"{head} (its links, emphasis or image): {_excerpt(change.now)}"
    elif change.fate is Fate.CHANGED:
        yield head
        yield from _line_changes(change.was.splitlines(), change.now.splitlines())
    else:
        where = f" {change.where}" if change.where else ""
        yield f"{head}{where}: {_excerpt(change.now or change.was)}"


def _line_changes(was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    """Yield what differs between two texts, line by line: a list's one item, a paragraph's few words."""
    for what, start, end, new_start, new_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        for before, after in zip_longest(was[start:end], now[new_start:new_end], fillvalue=""):
            common = _first_difference(before, after) if before and after else 0
            if before:
                yield f"        was: {_excerpt(before, start=common)}"
            if after:
                yield f"        now: {_excerpt(after, start=common)}"


def _first_difference(was: str, now: str) -> int:
    """Return how many words two texts begin with in common."""
    count = 0
    for one, other in zip(was.split(), now.split(), strict=False):
        if one != other:
            break
        count += 1
    return count


def _excerpt(text: str, *, start: int = 0) -> str:
    """Return the words from a little before `start` on, in quotes, cut where they are long."""
    words = text.split()
    first = max(0, start - _BEFORE)
    shown = ("…" if first else "") + " ".join(words[first:])
    return f"“{shown if len(shown) <= _EXCERPT else shown[: _EXCERPT - 1].rstrip() + '…'}”"


def _review_lines(slug: str, review: Review) -> Iterator[str]:
    for text in review.refusals:
        yield f"{slug}: publishing is refused: {text}."
    for text in review.remarks:
        yield f"{slug}: {text}."
    if review.signed and review.signed.matches:
        yield f"{slug}: signed off by {review.signed.by} on {review.signed.at:%Y-%m-%d}, as it stands."
    if review.review_by and not review.is_overdue:
        yield f"{slug}: to be reviewed by {review.review_by}."


def _listed(items: Iterable[str]) -> str:
    return "; ".join(items)
