"""Why a part ends where it does: the plan's bill, the runners-up, and every border's neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest

from partwork.articles.costs import Cost
from partwork.articles.explain import Why, explain
from partwork.articles.model import Article
from partwork.articles.split import split
from tests.articles.shapes import SAMPLES, sample, seed


def why_of(article: Article) -> Why:
    choice = split(article).choice
    assert choice is not None
    return explain(choice)


def test_the_seed_articles_next_best_plan_parts_the_two_lists() -> None:
    why = why_of(seed())
    assert why.runners_up[0].words == (58, 57, 66, 79, 99, 51)
    assert why.runners_up[0].what == (
        "one more part begins before “Common Complaints Linked to Gluteus Medius Dysfunc…”"
    )
    assert why.runners_up[0].more.amount(Cost.BARE_LIST) == 1.0


def test_the_seed_articles_introduction_is_worth_three_points_by_itself() -> None:
    border = why_of(seed()).borders[0]
    assert border.reason == "the section “Common Symptoms of Gluteus Medius Dysfunction” begins here"
    without = border.alternatives[-1]
    assert without.what == "no border here"
    assert without.more.amount(Cost.OPENING_JOINED) == 3.0


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_border_is_explained_and_no_neighbour_of_it_is_better(path: Path) -> None:
    series = split(sample(path.stem))
    why = why_of(sample(path.stem))
    assert [border.after_part for border in why.borders] == list(range(1, len(series.parts)))
    for border in why.borders:
        assert border.reason
        # A section divides where its own pieces are most even, whatever goes with its first or last.
        if "is long for one part" in border.reason:
            continue
        moved = [each for each in border.alternatives if each.what != "no border here"]
        assert all(each.more.total >= 0 for each in moved), border


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_runners_up_cost_no_less_than_the_plan(path: Path) -> None:
    why = why_of(sample(path.stem))
    totals = [why.bill.total, *(other.bill.total for other in why.runners_up)]
    assert totals == sorted(totals)
    assert all(other.what and sum(other.words) > 0 for other in why.runners_up)
