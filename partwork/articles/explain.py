"""Why a series is split as it is: what it costs, what else there was, and each border's neighbours. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from partwork.articles.costs import Bill, summed
from partwork.articles.dividing import borders, pieces_at
from partwork.articles.model import Section
from partwork.articles.partition import Plan, Share, division_bill, part_words, priced, share_bill
from partwork.articles.phrases import plain
from partwork.articles.seams import ends_ahead
from partwork.articles.split import Choice

_RUNNERS_UP = 3
_QUOTED = 50


@dataclass(frozen=True, slots=True)
class Alternative:
    """What could have been instead. more: what it would cost more than what was taken, by name."""

    what: str
    more: Bill


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """Another whole plan: how it differs, the words of its parts, and its bill."""

    what: str
    words: tuple[int, ...]
    bill: Bill
    more: Bill


@dataclass(frozen=True, slots=True)
class Border:
    """Where one part ends. after_part: its number, from 1; alternatives: the border moved, or left out."""

    after_part: int
    reason: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Everything there is to say for a plan."""

    words_aimed_at: int
    bill: Bill
    runners_up: tuple[RunnerUp, ...]
    borders: tuple[Border, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A possible border: before a stretch, or before a block inside it (from 1)."""

    stretch: int
    block: int = 0


def explain(choice: Choice) -> Why:
    """Return why this plan was taken and no other."""
    return Why(
        words_aimed_at=round(choice.target),
        bill=choice.plan.bill,
        runners_up=tuple(_runner_up(choice, plan) for plan in choice.others[:_RUNNERS_UP]),
        borders=tuple(_borders(choice)),
    )


def _runner_up(choice: Choice, plan: Plan) -> RunnerUp:
    return RunnerUp(
        what=_difference(choice, plan),
        words=tuple(part_words(choice.stretches, plan.shares)),
        bill=plan.bill,
        more=plan.bill.minus(choice.plan.bill),
    )


def _difference(choice: Choice, plan: Plan) -> str:
    taken, other = set(_places(choice, choice.plan)), set(_places(choice, plan))

    def told(places: set[_Place]) -> str:
        in_order = sorted(places, key=lambda place: (place.stretch, place.block))
        return " and ".join(f"before {_opening(choice, place)}" for place in in_order)

    added, dropped = told(other - taken), told(taken - other)
    if added and dropped:
        return f"a part begins {added}, and none {dropped}"
    return f"one more part begins {added}" if added else f"no part begins {dropped}"


def _places(choice: Choice, plan: Plan) -> Iterator[_Place]:
    for share in plan.shares:
        yield _Place(share.start)
        core = choice.bundles[share.start].core
        yield from (_Place(share.start, block) for block in borders(core, share.pieces))


def _borders(choice: Choice) -> Iterator[Border]:
    part = 0
    shares = choice.plan.shares
    for index, share in enumerate(shares):
        if index:
            yield Border(part, _reason_between(choice, index), tuple(_moved_between(choice, index)))
        core = choice.bundles[share.start].core
        starts = borders(core, share.pieces)
        for number in range(len(starts)):
            part += 1
            reason = _reason_inside(choice, share, starts, number)
            yield Border(part, reason, tuple(_moved_inside(choice, share, starts, number)))
        part += 1


def _reason_between(choice: Choice, index: int) -> str:
    start = choice.plan.shares[index].start
    reason = f"the section {_opening(choice, _Place(start))} begins here"
    if choice.stretches[start - 1].ends_ahead:
        reason += ", and the part before it ends by pointing ahead"
    return reason


def _reason_inside(choice: Choice, share: Share, starts: Sequence[int], number: int) -> str:
    core = choice.bundles[share.start].core
    opening = _opening(choice, _Place(share.start, starts[number]))
    before = pieces_at(core, starts)[number]
    what = "a sub-section begins" if _opens_subsection(core, starts[number]) else "a paragraph begins"
    reason = f"{_opening(choice, _Place(share.start))} is long for one part; {what} here, {opening}"
    return f"{reason}, and the one before it ends by pointing ahead" if ends_ahead(before) else reason


def _opens_subsection(core: Section, start: int) -> bool:
    piece = pieces_at(core, (start,))[1]
    return not piece.blocks and bool(piece.subsections) and piece.subsections[0].heading is not None


def _moved_between(choice: Choice, index: int) -> Iterator[Alternative]:
    shares = choice.plan.shares
    former, latter = shares[index - 1], shares[index]
    if former.pieces > 1 or latter.pieces > 1:
        return
    border = latter.start
    for at, how in ((border - 1, "one section earlier"), (border + 1, "one section later")):
        if former.start < at < latter.end:
            moved = (Share(former.start, at, 1), Share(at, latter.end, 1))
            what = f"{how}, before {_opening(choice, _Place(at))}"
            yield _alternative(choice, what, (*shares[: index - 1], *moved, *shares[index + 1 :]))
    joined = Share(former.start, latter.end, 1)
    yield _alternative(choice, "no border here", (*shares[: index - 1], joined, *shares[index + 1 :]))


def _moved_inside(choice: Choice, share: Share, starts: Sequence[int], number: int) -> Iterator[Alternative]:
    bundle = choice.bundles[share.start]
    taken = division_bill(bundle.division(starts), target=choice.target)
    bounds = (0, *starts, len(bundle.core.all_blocks))
    for step, how in ((-1, "one paragraph earlier"), (1, "one paragraph later")):
        at = starts[number] + step
        if bounds[number] < at < bounds[number + 2]:
            moved = (*starts[:number], at, *starts[number + 1 :])
            bill = division_bill(bundle.division(moved), target=choice.target)
            what = f"{how}, before {_opening(choice, _Place(share.start, at))}"
            yield Alternative(what, bill.minus(taken))
    if len(starts) == 1:
        whole = share_bill(choice.stretches, replace(share, pieces=1), target=choice.target)
        divided = share_bill(choice.stretches, share, target=choice.target)
        yield Alternative("no border here", whole.minus(divided))
    else:
        left = (*starts[:number], *starts[number + 1 :])
        bill = division_bill(bundle.division(left), target=choice.target)
        yield Alternative("no border here", bill.minus(taken))


def _alternative(choice: Choice, what: str, shares: tuple[Share, ...]) -> Alternative:
    other = priced(choice.stretches, shares, target=choice.target)
    return Alternative(what, summed((other.bill.minus(choice.plan.bill),)))


def _opening(choice: Choice, place: _Place) -> str:
    """Return how what stands at a place begins, in quotes: its heading, or its first words."""
    bundle = choice.bundles[place.stretch]
    if place.block:
        held = pieces_at(bundle.core, (place.block,))[1]
    else:
        held = next((section for section in (*bundle.before, bundle.core) if section.heading), bundle.core)
    text = plain(held.all_lines[0].text) or held.all_lines[0].text
    return f"“{text if len(text) <= _QUOTED else text[:_QUOTED].rstrip() + '…'}”"
