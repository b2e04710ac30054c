"""A series in which every heading of one level starts a part. Pure; nothing is weighed."""

from __future__ import annotations

from collections.abc import Sequence

from partwork.articles.model import Article, Section
from partwork.articles.split import FEWEST, MOST, MOST_ASKED, Series, named_series
from partwork.errors import CommandError

TITLE, SECTIONS, SUBSECTIONS = 1, 2, 3


def split_at_headings(article: Article, *, level: int, is_neutral: bool = False) -> Series:
    """Return a series whose parts begin where the headings of a level stand.

    level: 1 for the title (one part), 2 for sections, 3 for sections and sub-sections
    A heading without text of its own goes with what follows; what stands before the first heading is
    a part. Raises CommandError for another level, or where that gives more parts than a series has.
    """
    if level == TITLE:
        named = [tuple(section.slug for section in article.sections)]
    elif level == SECTIONS:
        named = _tied([((section.slug,), bool(section.all_blocks)) for section in article.sections])
    elif level == SUBSECTIONS:
        named = _tied([name for section in article.sections for name in _subsection_names(section)])
    else:
        raise CommandError(
            f"--from-headings: there is no level {level}: 1 is the title, 2 sections, 3 sub-sections"
        )

    if len(named) > MOST_ASKED:
        raise CommandError(f"--from-headings {level} makes {len(named)} parts, and {MOST_ASKED} are the most")
    return named_series(article, named, tuple(_notes(len(named), level)), is_neutral=is_neutral)


def _subsection_names(section: Section) -> list[tuple[tuple[str, ...], bool]]:
    """Return the names of what a section falls into, and whether each has text.

    The first sub-section brings the section's heading and the text above it along.
    """
    if not section.subsections:
        return [((section.slug,), bool(section.all_blocks))]
    found: list[tuple[tuple[str, ...], bool]] = [
        ((sub.slug,), bool(sub.all_blocks)) for sub in section.subsections
    ]
    found[0] = (found[0][0], found[0][1] or bool(section.blocks))
    return found


def _tied(named: Sequence[tuple[tuple[str, ...], bool]]) -> list[tuple[str, ...]]:
    """Return the names of each part: what has no text goes with what follows, or with what precedes."""
    parts: list[tuple[str, ...]] = []
    waiting: tuple[str, ...] = ()
    for names, has_text in named:
        waiting += names
        if has_text:
            parts.append(waiting)
            waiting = ()
    if waiting:
        parts[-1] += waiting
    return parts


def _notes(count: int, level: int) -> list[str]:
    if FEWEST <= count <= MOST:
        return []
    parts = "1 part" if count == 1 else f"{count} parts"
    return [f"the headings of level {level} make {parts}; a series usually has {FEWEST} to {MOST}"]
