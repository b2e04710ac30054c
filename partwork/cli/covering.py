"""The picture of coverage, on a terminal and as a page: `coverage`, and `split --html`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size

from partwork.articles.coverage import coverage as cover
from partwork.articles.picture import BlockFate, Fate, PartShown, Picture, picture, reads_in
from partwork.articles.split import PartDraft, Series
from partwork.campaigns.workspace import Draft, load_draft
from partwork.cli.output import console, say, show_json
from partwork.cli.workplace import Workplace
from partwork.errors import CommandError, PartworkError
from partwork.reports.coverage_page import coverage_page

_WIDEST = 110
_NARROWEST = 66
_LINES, _KIND, _SIDE = 8, 11, 28


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("coverage")(coverage)


def coverage(
    context: typer.Context,
    campaign: Annotated[
        str | None, typer.Argument(metavar="CAMPAIGN", help="May be left out where there is only one.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the picture as one page to open.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show where every block of a campaign's article went.

    In a part, set aside and why, omitted on purpose, or in no part: then the exit status is 1.
    """
    place: Workplace = context.obj
    slug = place.campaign_slug(campaign)
    draft = load_draft(place.folder, slug)
    covered = cover(draft.article, _series(draft), omitted=draft.definition.omit)
    subjects = {part.slug: (part.subject, part.preheader) for part in draft.definition.parts}
    seen = picture(draft.article, covered, subjects)
    if html:
        write_page(place, seen, html)
    if as_json:
        show_json({"campaign": slug, **asdict(seen), "page": str(html) if html else None})
    else:
        tell(seen)
        for problem in draft.problems:
            say(str(problem))
        if html:
            say(f"Written: {html}")
    if seen.count(Fate.IN_NO_PART):
        raise typer.Exit(1)


def _series(draft: Draft) -> Series:
    drafts = (
        PartDraft(part.slug, part.subject, part.preheader, told, word_count=0)
        for part, told in zip(draft.definition.parts, draft.told, strict=True)
    )
    return Series(tuple(drafts), notes=())


def write_page(place: Workplace, seen: Picture, file: Path) -> None:
    """Write the picture as a page to `file`, in the practice's name where there is a workspace."""
    if file.suffix.lower() not in (".html", ".htm"):
        raise CommandError(f"--html: name a file that ends in .html, as in {file.with_suffix('.html').name}")
    name, language = "", ""
    try:
        practice = place.settings().practice
        name, language = practice.name, practice.language
    except PartworkError:
        pass  # an article can be split anywhere
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(coverage_page(seen, practice=name, language=language), "utf-8")
    except OSError as fault:
        raise CommandError(f"--html: {file} cannot be written: {fault.strerror}") from None


def tell(seen: Picture) -> None:
    """Print the picture: the article down the left, its parts down the right."""
    for line in drawn_for(seen, console.width):
        say(line)
    for part in seen.parts_without_blocks:
        say(f"Part {part.number} '{part.slug}' holds nothing of the article.")
    say(in_numbers(seen))


def drawn_for(seen: Picture, width: int) -> Iterator[str]:
    """Return the picture's lines for a window so wide; where it is too narrow for two sides, a list."""
    return _drawn(seen, min(width, _WIDEST)) if width >= _NARROWEST else _listed(seen, width)


def in_numbers(seen: Picture) -> str:
    """Return what came of the blocks, counted; everything there is is in one of the numbers."""
    counted = [
        f"{seen.count(Fate.IN_PART)} in {len(seen.parts)} part{'s' if len(seen.parts) != 1 else ''}",
        f"{seen.count(Fate.SET_ASIDE)} set aside",
    ]
    if omitted := seen.count(Fate.OMITTED):
        counted.append(f"{omitted} omitted on purpose")
    counted.append(f"{seen.count(Fate.IN_NO_PART) or 'none'} in no part")
    return f"{len(seen.blocks)} headings and blocks: {', '.join(counted)}."


def _drawn(seen: Picture, width: int) -> Iterator[str]:
    room = width - _LINES - _KIND - _SIDE - 4
    head = f"{'line':>{_LINES - 2}}  {'what it is':<{_KIND}} "
    yield f"{head}{set_cell_size('the article', room)}   where it went"
    parts = {part.number: part for part in seen.parts}
    told: set[int] = set()
    for band in seen.bands:
        side = _side(band, parts, told)
        for place, block in enumerate(band):
            bracket = _bracket(place, len(band)) if block.fate is Fate.IN_PART else "·"
            text = _fitted(" ".join(block.lines), room)
            numbers = f"{block.first}" if block.first == block.last else f"{block.first}-{block.last}"
            note = side[place] if place < len(side) else ""
            yield (
                f"{numbers:>{_LINES - 2}}  {_fitted(_SHORT.get(block.kind, block.kind), _KIND)} "
                f"{text} {bracket} {_fitted(note, _SIDE).rstrip()}"
            ).rstrip()
        if band[0].fate is Fate.IN_PART and len(side) > len(band):
            bracket = " " * (_LINES + _KIND + 1 + room + 1)
            yield from (f"{bracket}  {_fitted(note, _SIDE).rstrip()}" for note in side[len(band) :])


_SHORT = {"call to action": "button", "definitions": "terms", "references heading": "heading"}


def _side(band: Sequence[BlockFate], parts: dict[int, PartShown], told: set[int]) -> list[str]:
    """Return what stands beside a band, line by line."""
    first = band[0]
    if first.fate is not Fate.IN_PART:
        return [_AGAINST.get(first.fate, first.why)]
    part = parts[first.part or 0]
    if part.number in told:
        return [f"{part.number} {part.slug} (goes on)"]
    told.add(part.number)
    return [f"{part.number} {part.slug}", f"  {part.word_count} words, {reads_in(part.reading_seconds)}"]


_AGAINST = {Fate.IN_NO_PART: "! in no part", Fate.OMITTED: "omitted on purpose"}


def _bracket(place: int, count: int) -> str:
    if count == 1:
        return "─"
    return "┐" if place == 0 else "┘" if place == count - 1 else "│"


def _fitted(text: str, room: int) -> str:
    """Return `text` in exactly `room` cells of a terminal."""
    if cell_len(text) > room:
        return set_cell_size(text, room - 1) + "…"
    return set_cell_size(text, room)


def _listed(seen: Picture, width: int) -> Iterator[str]:
    """Yield the picture for a window too narrow to draw it: band by band."""
    parts = {part.number: part for part in seen.parts}
    told: set[int] = set()
    for band in seen.bands:
        name, *facts = _side(band, parts, told)
        yield _fitted(f"part {name}" if band[0].fate is Fate.IN_PART else name, width).rstrip()
        yield from (_fitted(fact, width).rstrip() for fact in facts)
        for block in band:
            yield _fitted(f"  {block.first} {block.kind}: {' '.join(block.lines)}", width).rstrip()
