"""How `partwork split --why` tells what was weighed: sentences for a terminal, or a document for --json."""

from __future__ import annotations

from collections.abc import Iterator

from partwork.articles.costs import WEIGHTS, Bill
from partwork.articles.explain import Alternative, Why, explain
from partwork.articles.split import PartDraft, Series
from partwork.cli.output import say

_NOTHING_WEIGHED = "Every heading of the level you named starts a part, so nothing was weighed."
_ALIKE = 0.005


def tell_why(series: Series) -> None:
    """Print why the parts end where they do, and what else each part could be called."""
    say("Why these parts")
    if series.choice is None:
        say(f"  {_NOTHING_WEIGHED}")
    else:
        for line in _choice_lines(explain(series.choice)):
            say(line)
    say("")
    say("What else each part could be called")
    for number, part in enumerate(series.parts, start=1):
        say(f"  Part {number}")
        for line in _candidate_lines(part):
            say(line)


def why_document(series: Series) -> dict[str, object]:
    """Return the same for machines: every cost by name, weighted, in one unit."""
    weights = [
        {"cost": cost.value, "weight": weight.weight, "meaning": weight.meaning}
        for cost, weight in WEIGHTS.items()
    ]
    if series.choice is None:
        return {"costs": weights, "weighed": False}
    why = explain(series.choice)
    return {
        "costs": weights,
        "weighed": True,
        "words_aimed_at": why.words_aimed_at,
        "plan": {"total": why.bill.total, "costs": _document(why.bill)},
        "runners_up": [
            {
                "what": other.what,
                "words": list(other.words),
                "total": other.bill.total,
                "costs": _document(other.bill),
                "more": _document(other.more),
            }
            for other in why.runners_up
        ],
        "borders": [
            {
                "after_part": border.after_part,
                "reason": border.reason,
                "instead": [
                    {"what": each.what, "more": each.more.total, "costs": _document(each.more)}
                    for each in border.alternatives
                ],
            }
            for border in why.borders
        ],
    }


def _document(bill: Bill) -> dict[str, float]:
    return {cost.value: round(amount, 4) for cost, amount in bill.items}


def _choice_lines(why: Why) -> Iterator[str]:
    yield (
        "  Every way to split was weighed in points, fewer being better, "
        f"for parts of about {why.words_aimed_at} words."
    )
    yield f"  This one has {why.bill.total:.2f}{': ' if why.bill.items else ''}{_told(why.bill)}."
    for border in why.borders:
        yield f"  After part {border.after_part}: {border.reason}."
        for alternative in border.alternatives:
            yield f"     {_alternative_line(alternative)}"
        if not border.alternatives:
            yield "     A section long enough for parts of its own shares none of them with its neighbours."
    if not why.runners_up:
        yield "  There is no other way to make so many parts."
    for place, other in enumerate(why.runners_up):
        lead = "  Next best" if place == 0 else "  Then"
        words = ", ".join(map(str, other.words))
        yield f"{lead}, with {other.bill.total:.2f} points: {other.what} (parts of {words} words)."
        yield f"     {_sentence(_told(other.more, signed=True))}."


def _alternative_line(alternative: Alternative) -> str:
    more = alternative.more.total
    what = _sentence(alternative.what)
    reasons = _told(alternative.more, signed=True)
    if abs(more) < _ALIKE:
        return f"{what}: as good ({reasons or 'nothing changes'}); the earlier border was kept."
    if more < 0:
        return (
            f"{what}: {-more:.2f} points less ({reasons}), but a rule on how many parts or pieces forbids it."
        )
    return f"{what}: {more:.2f} points more ({reasons})."


def _told(bill: Bill, *, signed: bool = False) -> str:
    ordered = sorted(bill.items, key=lambda item: -abs(item[1]))
    sign = "+" if signed else ""
    shown = ((cost, amount) for cost, amount in ordered if abs(amount) >= _ALIKE)
    return ", ".join(f"{cost} {amount:{sign}.2f}".replace("-", "−") for cost, amount in shown)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _candidate_lines(part: PartDraft) -> Iterator[str]:
    for what, phrases in (("Subject", part.subjects), ("Preheader", part.preheaders)):
        for place, phrase in enumerate(phrases):
            lead = f"{what}: " if place == 0 else "  or: "
            yield f"     {lead}{phrase.text}  ({phrase.reason})"
