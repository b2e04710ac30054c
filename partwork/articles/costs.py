"""What makes one way to split an article worse than another: named costs, and one table of weights. Pure.

The unit is that of balance: the squared logarithm of a part's words over the words aimed at. Twice or
half as long as wanted costs 0.48, three times or a third 1.21.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import log


class Cost(StrEnum):
    """Why a plan is not free, in the words a table shows."""

    BALANCE = "parts of uneven length"
    TOO_LONG = "a part far too long"
    LOPSIDED = "a joined part over 2.5 times the median"
    UNLIKE_JOINED = "sections joined that are not both short"
    KINDS_JOINED = "short sections of two kinds in one part"
    OPENING_JOINED = "introduction not by itself"
    CLOSING_JOINED = "closing not by itself"
    DIVIDED = "a section not whole"
    COLD_CUT = "a cut without a look ahead"
    PLAIN_END = "an end without a look ahead"
    BARE_LIST = "a part that is only a list"
    INSIDE_SUBSECTION = "a sub-section not whole"
    DEFINITIONS_PARTED = "definitions parted"
    LIST_PARTED = "a list parted from the text before it"
    REFERS_BACK = "a part that opens by referring back"
    QUESTION_PARTED = "a question parted from its answer"
    LEAD_IN_PARTED = "a lead-in parted from what it leads in"


@dataclass(frozen=True, slots=True)
class Weight:
    """What one case of a cost weighs, and what it is in a sentence."""

    weight: float
    meaning: str


WEIGHTS: dict[Cost, Weight] = {
    Cost.BALANCE: Weight(1.0, "for each part, ln(words / words aimed at) squared"),
    Cost.TOO_LONG: Weight(0.75, "a part is over 2.5 times the words aimed at, and could be shorter"),
    Cost.LOPSIDED: Weight(2.0, "sections were joined to a part over 2.5 times the median part"),
    Cost.UNLIKE_JOINED: Weight(1.0, "two neighbours share a part that are not both short (80 words)"),
    Cost.KINDS_JOINED: Weight(0.3, "two short neighbours share a part, lists the one and prose the other"),
    Cost.OPENING_JOINED: Weight(3.0, "an introduction of 40 words or more shares its part"),
    Cost.CLOSING_JOINED: Weight(3.0, "the section that asks the reader to book shares its part"),
    Cost.DIVIDED: Weight(0.75, "a section is told in more than one part"),
    Cost.COLD_CUT: Weight(0.15, "a part ends inside a section on nothing that points ahead"),
    Cost.PLAIN_END: Weight(0.04, "a part ends with a section on nothing that points ahead"),
    Cost.BARE_LIST: Weight(1.0, "a part holds list items and nothing else"),
    Cost.INSIDE_SUBSECTION: Weight(0.5, "a part ends inside a sub-section"),
    Cost.DEFINITIONS_PARTED: Weight(2.0, "a part ends between definitions of one section"),
    Cost.LIST_PARTED: Weight(2.0, "a part ends just above a list that goes on from its text"),
    Cost.REFERS_BACK: Weight(0.4, "a part opens with words such as 'this' or 'however'"),
    Cost.QUESTION_PARTED: Weight(3.0, "a part ends inside a section, between a question and what answers it"),
    Cost.LEAD_IN_PARTED: Weight(6.0, "a part ends with a line that leads in what follows"),
}
"""The one table. What is never done at any cost: a block parted, a heading at the end of a part."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What something costs, by name, in the table's order."""

    items: tuple[tuple[Cost, float], ...] = ()

    @property
    def total(self) -> float:
        return round(sum(amount for _, amount in self.items), 9)

    def amount(self, cost: Cost) -> float:
        return dict(self.items).get(cost, 0.0)

    def __add__(self, other: Bill) -> Bill:
        return summed((self, other))

    def minus(self, other: Bill) -> Bill:
        """Return what this costs more; less is below nought."""
        return summed((self, Bill(tuple((cost, -amount) for cost, amount in other.items))))


def case(cost: Cost, times: float = 1.0) -> Bill:
    """Return the bill for so many cases of one cost."""
    return Bill(((cost, WEIGHTS[cost].weight * times),)) if times else Bill()


def balance(words: int, target: float) -> Bill:
    """Return what a part's length costs."""
    return case(Cost.BALANCE, log(max(1, words) / target) ** 2)


def summed(bills: Iterable[Bill]) -> Bill:
    """Return one bill for all, what comes to nothing left out."""
    amounts = dict.fromkeys(Cost, 0.0)
    for bill in bills:
        for cost, amount in bill.items:
            amounts[cost] += amount
    return Bill(tuple((cost, round(amount, 9)) for cost, amount in amounts.items() if abs(amount) > 1e-9))
