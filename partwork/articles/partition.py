"""The best way to hand the sections of an article out to parts, in order. Pure dynamic programming.

Every way that a policy allows is weighed; of equally good ones the first in a fixed order is taken, so
that the same article always gives the same series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log


class Nature(StrEnum):
    """What a section is made of; short sections join neighbours of their own nature."""

    LISTS = "lists"
    SUB_HEADED = "sub-headed"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is handed out as one: a section, with any that have to go with it.

    stands_alone: it joins no neighbour if that can be helped
    pieces_words: for each number of pieces it can be divided into, the words of each piece
    """

    word_count: int
    nature: Nature
    is_short: bool
    stands_alone: bool
    pieces_words: Mapping[int, tuple[int, ...]]


class Joining(StrEnum):
    """Which neighbours may make one part."""

    SHORT_AND_ALIKE = "short and alike"
    NOT_ALONE = "whatever need not stand alone"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed.

    must_divide_over: words over which a stretch is divided wherever pieces of `least_piece` words allow it
    may_divide_from:  words from which it may be
    """

    joining: Joining
    must_divide_over: float
    may_divide_from: float
    least_piece: int

    def may_join(self, former: Stretch, latter: Stretch) -> bool:
        """Whether two neighbours may stand in one part."""
        if self.joining is Joining.ANY:
            return True
        if former.stands_alone or latter.stands_alone:
            return False
        is_alike = former.nature is latter.nature and former.is_short and latter.is_short
        return self.joining is Joining.NOT_ALONE or is_alike

    def piece_counts(self, stretch: Stretch) -> list[int]:
        """Return into how many pieces a stretch may go; 1 leaves it whole."""
        must = stretch.word_count > self.must_divide_over
        if not must and stretch.word_count < self.may_divide_from:
            return [1]
        counts = [count for count, words in stretch.pieces_words.items() if min(words) >= self.least_piece]
        return counts if must and counts else [1, *counts]


@dataclass(frozen=True, slots=True)
class Share:
    """The stretches `start` to `end` (exclusive) as one part, or a single one in `pieces` parts."""

    start: int
    end: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to hand everything out. cost: the sum of ln(words / target)² over its parts."""

    cost: float
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """The best way to reach a place with so many parts: its cost, and the share it ends with."""

    cost: float
    last: Share


def best_plans(stretches: Sequence[Stretch], policy: Policy, *, target: float, most: int) -> dict[int, Plan]:
    """Return the best plan for each number of parts, up to `most`, that the policy can reach."""
    costs: list[dict[int, float]] = [{0: 0.0}]
    steps: list[dict[int, _Step]] = [{}]
    for end in range(1, len(stretches) + 1):
        found: dict[int, _Step] = {}
        for share, own_cost in _last_shares(stretches, end, policy, target):
            for parts, cost_before in costs[share.start].items():
                made, cost = parts + share.pieces, round(cost_before + own_cost, 9)
                if made <= most and (made not in found or cost < found[made].cost):
                    found[made] = _Step(cost, share)
        steps.append(found)
        costs.append({made: step.cost for made, step in found.items()})
    return {made: Plan(step.cost, _shares(steps, made)) for made, step in sorted(steps[-1].items())}


def _shares(steps: Sequence[dict[int, _Step]], made: int) -> tuple[Share, ...]:
    """Walk back from the end and return the shares in order."""
    shares: list[Share] = []
    end = len(steps) - 1
    while end:
        share = steps[end][made].last
        shares.append(share)
        end, made = share.start, made - share.pieces
    return tuple(reversed(shares))


def _last_shares(
    stretches: Sequence[Stretch], end: int, policy: Policy, target: float
) -> Iterator[tuple[Share, float]]:
    """Yield each way the share that ends before `end` can look, and its cost."""
    last = stretches[end - 1]
    for count in policy.piece_counts(last):
        words = last.pieces_words[count] if count > 1 else (last.word_count,)
        yield Share(end - 1, end, count), sum(_cost(each, target) for each in words)
    words_joined = last.word_count
    for start in range(end - 2, -1, -1):
        if not policy.may_join(stretches[start], stretches[start + 1]):
            return
        words_joined += stretches[start].word_count
        yield Share(start, end, 1), _cost(words_joined, target)


def _cost(words: int, target: float) -> float:
    return log(max(1, words) / target) ** 2
