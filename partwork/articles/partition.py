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

    def may_join(self, stretches: Sequence[Stretch]) -> bool:
        if self.joining is Joining.ANY:
            return True
        if any(stretch.stands_alone for stretch in stretches):
            return False
        alike = len({stretch.nature for stretch in stretches}) == 1
        return self.joining is Joining.NOT_ALONE or (alike and all(each.is_short for each in stretches))

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


@dataclass(frozen=True, slots=True, order=True)
class Plan:
    """One way to hand everything out. cost: the sum of ln(words / target)² over its parts."""

    cost: float
    path: tuple[tuple[int, int], ...]

    @property
    def shares(self) -> tuple[Share, ...]:
        starts = (0, *(end for end, _ in self.path))
        return tuple(Share(start, end, count) for start, (end, count) in zip(starts, self.path, strict=False))


def best_plans(stretches: Sequence[Stretch], policy: Policy, *, target: float, most: int) -> dict[int, Plan]:
    """Return the best plan for each number of parts, up to `most`, that the policy can reach."""
    reached: list[dict[int, Plan]] = [{0: Plan(0.0, ())}]
    for end in range(1, len(stretches) + 1):
        plans: dict[int, Plan] = {}
        for start, made, cost in _last_shares(stretches, end, policy, target):
            for parts, before in reached[start].items():
                if parts + made > most:
                    continue
                plan = Plan(round(before.cost + cost, 9), (*before.path, (end, made)))
                known = plans.get(parts + made)
                if known is None or plan < known:
                    plans[parts + made] = plan
        reached.append(plans)
    return reached[-1]


def _last_shares(
    stretches: Sequence[Stretch], end: int, policy: Policy, target: float
) -> Iterator[tuple[int, int, float]]:
    """Yield each way the share that ends before `end` can look: its start, its parts, its cost."""
    last = stretches[end - 1]
    for count in policy.piece_counts(last):
        words = last.pieces_words[count] if count > 1 else (last.word_count,)
        yield end - 1, count, sum(_cost(each, target) for each in words)
    words_joined = last.word_count
    for start in range(end - 2, -1, -1):
        if not policy.may_join(stretches[start:end]):
            return
        words_joined += stretches[start].word_count
        yield start, 1, _cost(words_joined, target)


def _cost(words: int, target: float) -> float:
    return log(max(1, words) / target) ** 2
