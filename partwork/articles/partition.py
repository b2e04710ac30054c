"""The best ways to hand the sections of an article out to parts, in order. Pure dynamic programming.

Every allowed way is weighed by the table in `costs`; of equally good ones the one with fewer parts, then
earlier borders, is taken, so that the same article always gives the same series.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median

from partwork.articles.costs import WEIGHTS, Bill, Cost, balance, case, summed

FAR_TOO_LONG = 2.5
"""Times the words aimed at, or times the median part: no part should be longer."""

_KEPT = 5  # ways kept for each number of parts: the best, and what is told as the runners-up
_NEVER_JOINED = 4  # times the words aimed at: no joined part is ever looked at that is longer


class Nature(StrEnum):
    """What a section is made of; short sections join neighbours of their own nature."""

    LISTS = "lists"
    SUB_HEADED = "sub-headed"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Division:
    """A way to tell one section in several parts: the words of each, and what its borders cost."""

    words: tuple[int, ...]
    bill: Bill


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is handed out as one: a section, with any that have to go with it.

    stands_alone: what it costs to join it to a neighbour, beside unlikeness; None for most
    ends_ahead:   it ends on a question, or on words that point to what comes
    divisions:    the ways it can be divided, by the number of pieces
    """

    word_count: int
    nature: Nature
    is_short: bool
    is_bare_list: bool
    stands_alone: Cost | None
    ends_ahead: bool
    divisions: Mapping[int, Division]


@dataclass(frozen=True, slots=True, order=True)
class Share:
    """The stretches `start` to `end` (exclusive) as one part, or a single one in `pieces` parts."""

    start: int
    end: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to hand everything out, and what it costs."""

    shares: tuple[Share, ...]
    bill: Bill

    @property
    def part_count(self) -> int:
        return sum(share.pieces for share in self.shares)


_Way = tuple[float, int, tuple[Share, ...]]
"""Its cost, the number of its shares, and the shares: in this order ways are compared."""


def best_plans(stretches: Sequence[Stretch], *, target: float, most: int) -> list[Plan]:
    """Return the best plans for each number of parts up to `most`, the cheapest first."""
    reached: list[dict[int, list[_Way]]] = [{0: [(0.0, 0, ())]}]
    for end in range(1, len(stretches) + 1):
        found: dict[int, list[_Way]] = {}
        for share, own in _last_shares(stretches, end, target):
            for made, ways in reached[share.start].items():
                parts = made + share.pieces
                if parts <= most:
                    _keep_best(found.setdefault(parts, []), ways, share, own)
        reached.append(found)
    plans = [priced(stretches, shares, target=target) for ways in reached[-1].values() for *_, shares in ways]
    return sorted(plans, key=lambda plan: (plan.bill.total, len(plan.shares), plan.shares))


def _keep_best(kept: list[_Way], ways: Sequence[_Way], share: Share, own: float) -> None:
    for cost, count, shares in ways:
        further = round(cost + own, 9)
        if len(kept) == _KEPT and further > kept[-1][0]:
            return
        insort(kept, (further, count + 1, (*shares, share)))
        del kept[_KEPT:]


def priced(stretches: Sequence[Stretch], shares: tuple[Share, ...], *, target: float) -> Plan:
    """Return a plan with its whole bill."""
    bills = [share_bill(stretches, share, target=target) for share in shares]
    return Plan(shares, summed((*bills, case(Cost.LOPSIDED, _lopsided(stretches, shares)))))


def part_words(stretches: Sequence[Stretch], shares: Sequence[Share]) -> list[int]:
    """Return the words of every part of a plan, in order."""
    counts: list[int] = []
    for share in shares:
        if share.pieces > 1:
            counts += stretches[share.start].divisions[share.pieces].words
        else:
            counts.append(sum(stretch.word_count for stretch in stretches[share.start : share.end]))
    return counts


def share_bill(stretches: Sequence[Stretch], share: Share, *, target: float) -> Bill:
    """Return what one share costs, the look of its last end included."""
    held = stretches[share.start : share.end]
    is_last = share.end == len(stretches)
    plain_end = case(Cost.PLAIN_END, 0 if is_last or held[-1].ends_ahead else 1)
    if share.pieces > 1:
        return summed((division_bill(held[0].divisions[share.pieces], target=target), plain_end))
    words = sum(stretch.word_count for stretch in held)
    could_be_shorter = len(held) > 1 or bool(held[0].divisions)
    is_too_long = words > FAR_TOO_LONG * target and could_be_shorter
    return summed(
        (
            balance(words, target),
            plain_end,
            case(Cost.TOO_LONG, int(is_too_long)),
            case(Cost.BARE_LIST, int(all(stretch.is_bare_list for stretch in held))),
            *(_joining_bill(former, latter) for former, latter in pairwise(held)),
        )
    )


def division_bill(division: Division, *, target: float) -> Bill:
    """Return what it costs to tell one section so."""
    lengths = (balance(words, target) for words in division.words)
    return summed((*lengths, case(Cost.DIVIDED), division.bill))


def _joining_bill(former: Stretch, latter: Stretch) -> Bill:
    """Return what it costs that two neighbours stand in one part."""
    alone = [cost for cost in (former.stands_alone, latter.stands_alone) if cost]
    if alone:
        return summed(case(cost) for cost in alone)
    if not (former.is_short and latter.is_short):
        return case(Cost.UNLIKE_JOINED)
    return Bill() if former.nature is latter.nature else case(Cost.KINDS_JOINED)


def _last_shares(stretches: Sequence[Stretch], end: int, target: float) -> Iterator[tuple[Share, float]]:
    """Yield each way the share that ends before `end` can look, and its cost."""
    last = stretches[end - 1]
    for count in (1, *last.divisions):
        share = Share(end - 1, end, count)
        yield share, share_bill(stretches, share, target=target).total
    # What joins cost is added up from the end backwards, as summing it anew for each start takes long.
    ending = share_bill(stretches[: end + 1], Share(end - 1, end, 1), target=target)
    plain_end, joins = ending.amount(Cost.PLAIN_END), 0.0
    words, is_bare = last.word_count, last.is_bare_list
    for start in range(end - 2, -1, -1):
        words += stretches[start].word_count
        if words > _NEVER_JOINED * target:
            return
        joins += _joining_bill(stretches[start], stretches[start + 1]).total
        is_bare = is_bare and stretches[start].is_bare_list
        own = balance(words, target).total + plain_end + joins
        own += WEIGHTS[Cost.TOO_LONG].weight * (words > FAR_TOO_LONG * target)
        own += WEIGHTS[Cost.BARE_LIST].weight * is_bare
        yield Share(start, end, 1), own


def _lopsided(stretches: Sequence[Stretch], shares: Sequence[Share]) -> int:
    counts = part_words(stretches, shares)
    longest = FAR_TOO_LONG * median(counts)
    joined = [share for share in shares if share.pieces == 1 and share.end - share.start > 1]
    return sum(part_words(stretches, [share])[0] > longest for share in joined)
