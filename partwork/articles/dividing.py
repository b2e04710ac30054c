"""Dividing a section that is too long for one part: at block borders, as evenly as they allow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, log

from partwork.articles.model import Block, Section

_INSIDE_A_SUBSECTION = 0.5
"""What a border inside a sub-section costs, beside the squared logarithms of the pieces' lengths."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A block that stays whole. opens: it is the first of its sub-section, whose heading goes with it."""

    block: Block
    subsection: int | None
    opens: bool
    word_count: int


def most_pieces(section: Section) -> int:
    """Return into how many pieces a section can be divided at the most."""
    return max(1, len(section.all_blocks))


def pieces(section: Section, count: int) -> tuple[Section, ...]:
    """Divide a section into `count` pieces, as even in words as block borders allow.

    A border between sub-sections is preferred to one inside them. Only the first piece keeps the
    section's heading, and only the first piece of a sub-section the sub-section's.
    Raises ValueError when the section has fewer blocks than that.
    """
    if not 1 <= count <= most_pieces(section):
        raise ValueError(f"a section of {len(section.all_blocks)} blocks gives no {count} pieces")
    if count == 1:
        return (section,)
    leaves = _leaves(section)
    borders = (0, *_borders(leaves, count), len(leaves))
    return tuple(
        _piece(section, leaves[start:end], keeps_heading=start == 0) for start, end in pairwise(borders)
    )


def _leaves(section: Section) -> tuple[_Leaf, ...]:
    leaves = [_Leaf(block, None, False, block.word_count) for block in section.blocks]
    for number, subsection in enumerate(section.subsections):
        heading_words = subsection.heading.word_count if subsection.heading else 0
        for place, block in enumerate(subsection.blocks):
            words = block.word_count + (heading_words if place == 0 else 0)
            leaves.append(_Leaf(block, number, place == 0, words))
    if section.heading:
        leaves[0] = replace(leaves[0], word_count=leaves[0].word_count + section.heading.word_count)
    return tuple(leaves)


def _borders(leaves: Sequence[_Leaf], count: int) -> tuple[int, ...]:
    """Return where the pieces after the first begin; of equally good ways the one with the earliest."""
    total = sum(leaf.word_count for leaf in leaves)
    even = max(1, total) / count
    sums = [0]
    for leaf in leaves:
        sums.append(sums[-1] + leaf.word_count)
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ()), *((inf, ()) for _ in leaves)]
    for made in range(1, count + 1):
        best = [
            _best_end(end, made, best=best, sums=sums, leaves=leaves, even=even)
            for end in range(len(leaves) + 1)
        ]
    return best[-1][1]


def _best_end(
    end: int,
    made: int,
    *,
    best: Sequence[tuple[float, tuple[int, ...]]],
    sums: Sequence[int],
    leaves: Sequence[_Leaf],
    even: float,
) -> tuple[float, tuple[int, ...]]:
    """Return the best way to make `made` pieces of the leaves before `end`: its cost, its borders."""
    found: tuple[float, tuple[int, ...]] = (inf, ())
    for start in range(end - 1, made - 2, -1):
        words = max(1, sums[end] - sums[start])
        cost = log(words / even) ** 2
        if words > even and cost > found[0]:
            break  # reaching further back only makes the piece longer
        before, borders = best[start]
        inside = start > 0 and leaves[start].subsection is not None and not leaves[start].opens
        cost = round(before + cost + (_INSIDE_A_SUBSECTION if inside else 0.0), 9)
        found = min(found, (cost, (*borders, start) if start else borders))
    return found


def _piece(section: Section, leaves: Sequence[_Leaf], *, keeps_heading: bool) -> Section:
    subsections: list[Section] = []
    for number, whole in enumerate(section.subsections):
        held = [leaf for leaf in leaves if leaf.subsection == number]
        if held:
            heading = whole.heading if held[0].opens else None
            subsections.append(replace(whole, heading=heading, blocks=tuple(leaf.block for leaf in held)))
    return replace(
        section,
        heading=section.heading if keeps_heading else None,
        blocks=tuple(leaf.block for leaf in leaves if leaf.subsection is None),
        subsections=tuple(subsections),
    )
