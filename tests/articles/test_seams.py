"""What a part must not end on, and what it should: borders inside a section."""

from __future__ import annotations

import pytest

from partwork.articles.costs import WEIGHTS, Cost
from partwork.articles.dividing import border_bill, pieces
from partwork.articles.model import Section
from partwork.articles.seams import ends_ahead
from tests.articles.shapes import read

ASKING = "Rest comes first, and everybody in the practice knows it very well indeed. But does heat help?"


def section_of(*lines: str) -> Section:
    return read("Title", "Alpha", *lines).sections[-1]


@pytest.mark.parametrize(
    ("before", "after", "cost"),
    [
        (
            [ASKING],
            ["Heat helps most people."],
            Cost.QUESTION_PARTED,
        ),
        (
            ["Try it in this order:"],
            ["A long sentence. And another one."],
            Cost.LEAD_IN_PARTED,
        ),
        (["Rest comes first."], ["• Heat", "• Cold"], Cost.LIST_PARTED),
        (["Rest comes first."], ["However, it is not enough by itself."], Cost.REFERS_BACK),
        (["Rest comes first."], ["Sleep comes second."], Cost.COLD_CUT),
    ],
)
def test_a_border_costs_what_it_parts(before: list[str], after: list[str], cost: Cost) -> None:
    bill = border_bill(section_of(*before, "", *after), 1)
    assert bill.amount(cost) == WEIGHTS[cost].weight


@pytest.mark.parametrize(
    "ending",
    ["But that is only half the story.", "Rest helps. The good news is that it is free.", "And then…"],
)
def test_a_paragraph_that_points_ahead_is_a_free_end(ending: str) -> None:
    assert border_bill(section_of(ending, "Sleep comes second."), 1).items == ()


def test_a_section_that_ends_on_a_question_ends_ahead() -> None:
    assert ends_ahead(section_of("Rest helps.", "But for how long?"))
    assert not ends_ahead(section_of("Rest helps.", "Sleep helps, too."))


def test_a_section_divides_behind_the_answer_even_where_that_is_less_even() -> None:
    filler = " ".join(["rest"] * 30) + "."
    section = section_of(
        f"First {filler}",
        ASKING,
        f"No, {filler}",
        f"Last {filler}",
    )
    first, second = pieces(section, 2)
    assert first.all_lines[-1].text.startswith("First")
    assert second.all_lines[0].text.endswith("But does heat help?")


def test_every_cost_has_a_weight_and_a_meaning() -> None:
    assert list(WEIGHTS) == list(Cost)
    assert all(weight.weight > 0 and weight.meaning for weight in WEIGHTS.values())
