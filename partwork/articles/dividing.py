"""Dividing a section that is too long for one part: at block borders, as evenly as they allow. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import exp, inf, log, sqrt

from partwork.articles.costs import Bill
from partwork.articles.model import Block, Section
from partwork.articles.seams import seam


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
    """Divide a section into `count` pieces, as even in words as is worth what each border costs.

    What a border costs, `seams` says: so a border between sub-sections is preferred to one inside them,
    and a lead-in keeps what it leads in. Only the first piece keeps the section's heading, and only the
    first piece of a sub-section the sub-section's.
    Raises ValueError when the section has fewer blocks than that.
    """
    if not 1 <= count <= most_pieces(section):
        raise ValueError(f"a section of {len(section.all_blocks)} blocks gives no {count} pieces")
    if count == 1:
        return (section,)
    return pieces_at(section, borders(section, count))


def borders(section: Section, count: int) -> tuple[int, ...]:
    """Return before which blocks (from 0) the pieces after the first begin, of `count` pieces."""
    return _borders(_leaves(section), count) if count > 1 else ()


def pieces_at(section: Section, starts: Sequence[int]) -> tuple[Section, ...]:
    """Return the pieces of a section of which all after the first begin at the blocks `starts`."""
    leaves = _leaves(section)
    return tuple(
        _piece(section, leaves[start:end], keeps_heading=start == 0)
        for start, end in pairwise((0, *starts, len(leaves)))
    )


def border_bill(section: Section, start: int) -> Bill:
    """Return what a border before the block `start` of a section costs, lengths left aside."""
    return _seam(_leaves(section), start)


def _seam(leaves: Sequence[_Leaf], start: int) -> Bill:
    before, after = leaves[start - 1], leaves[start]
    return seam(
        before.block,
        after.block,
        opens_subsection=after.opens,
        inside_subsection=after.subsection is not None,
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
    sums = list(accumulate((leaf.word_count for leaf in leaves), initial=0))
    even = max(1, sums[-1]) / count
    penalties = [0.0, *(_seam(leaves, start).total for start in range(1, len(leaves)))]
    bound = _easy_cost(sums, penalties, count, even)
    # A piece outside these lengths would alone cost more than dividing the easy way does.
    least, most = even * exp(-sqrt(bound)) - 1, even * exp(sqrt(bound)) + 1
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ()), *((inf, ()) for _ in leaves)]
    for _ in range(count):
        reached: list[tuple[float, tuple[int, ...]]] = [(inf, ())]
        for end in range(1, len(sums)):
            found: tuple[float, tuple[int, ...]] = (inf, ())
            nearest = min(end, bisect_right(sums, sums[end] - least))
            for start in range(bisect_left(sums, sums[end] - most), nearest):
                before, borders = best[start]
                cost = round(before + _cost(sums[end] - sums[start], even) + penalties[start], 9)
                if cost < found[0]:
                    found = (cost, (*borders, start))
            reached.append(found)
        best = reached
    return best[-1][1][1:]


def _easy_cost(sums: Sequence[int], penalties: Sequence[float], count: int, even: float) -> float:
    """Return the cost of dividing wherever a border lies nearest to an even share."""
    borders = [0]
    for number in range(1, count):
        above = bisect_left(sums, number * even)
        nearest = min((above - 1, above), key=lambda border: abs(sums[border] - number * even))
        borders.append(min(max(nearest, borders[-1] + 1), len(penalties) - (count - number)))
    borders.append(len(penalties))
    lengths = (sums[end] - sums[start] for start, end in pairwise(borders))
    return sum(_cost(words, even) for words in lengths) + sum(penalties[at] for at in borders[:-1])


def _cost(words: int, even: float) -> float:
    return log(max(1, words) / even) ** 2


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
