"""Which sections make a part."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partwork.articles.partition import Share, priced
from partwork.articles.split import Series, split
from partwork.errors import CommandError
from tests.articles.shapes import SAMPLES, read, sample, seed


def prose(words: int) -> str:
    """A paragraph of so many words."""
    return " ".join(["Rest"] * (words - 1) + ["helps."])


def sections_of(series: Series) -> list[tuple[str, ...]]:
    return [part.sections for part in series.parts]


def article_of(*sections: tuple[str, int], asks: bool = False) -> list[str]:
    """The lines of an article with a title; a section's words include its heading of one word."""
    lines = ["Title"]
    for heading, words in sections:
        lines += [prose(words)] if heading == "introduction" else [heading, prose(words - 1)]
    return [*lines, "Book a session today!"] if asks else lines


def test_the_seed_article_gives_five_parts() -> None:
    series = split(seed())
    assert [(part.sections, part.word_count) for part in series.parts] == [
        (("introduction",), 58),
        (
            (
                "common-symptoms-of-gluteus-medius-dysfunction",
                "common-complaints-linked-to-gluteus-medius-dysfunction",
            ),
            123,
        ),
        (("why-is-the-gluteus-medius-so-important",), 79),
        (("how-to-fix-gluteus-medius-dysfunction",), 99),
        (("take-action-get-relief-for-hip-lower-back-pain",), 51),
    ]
    assert series.notes == ()


def test_short_neighbours_of_one_nature_join_where_that_is_more_even() -> None:
    lines = article_of(("introduction", 80), ("Alpha", 40), ("Beta", 40), ("Gamma", 80), ("Delta", 80))
    assert sections_of(split(read(*lines))) == [("introduction",), ("alpha", "beta"), ("gamma",), ("delta",)]


def test_neighbours_of_different_nature_do_not_join() -> None:
    heat = [f"{term} – {prose(25)}" for term in ("Heat", "Cold")]
    lines = ["Title", prose(80), "Alpha", *heat, "Beta", prose(60), "Gamma", prose(80)]
    assert sections_of(split(read(*lines))) == [("introduction",), ("alpha",), ("beta",), ("gamma",)]


def test_a_bare_list_of_a_few_words_makes_no_part_of_its_own() -> None:
    lines = ["Title", prose(80), "Alpha", "• rest", "• sleep", "Beta", prose(40), "Gamma", prose(80)]
    assert sections_of(split(read(*lines))) == [("introduction",), ("alpha", "beta"), ("gamma",)]


def test_definitions_count_as_a_list() -> None:
    heat = ["Heat – " + prose(17), "Cold – " + prose(17)]
    lines = [
        "Title",
        prose(80),
        "Alpha",
        *(f"• {prose(18)}" for _ in "ab"),
        "Beta",
        *heat,
        "Gamma",
        prose(80),
    ]
    assert sections_of(split(read(*lines))) == [("introduction",), ("alpha", "beta"), ("gamma",)]


def test_a_section_of_eighty_words_joins_nobody() -> None:
    lines = article_of(("introduction", 80), ("Alpha", 80), ("Beta", 40), ("Gamma", 80), ("Delta", 80))
    assert ("beta",) in sections_of(split(read(*lines)))


def test_but_a_few_words_join_a_neighbour_of_any_length_rather_than_be_an_email() -> None:
    lines = article_of(("introduction", 80), ("Alpha", 80), ("Beta", 20), ("Gamma", 80), ("Delta", 80))
    assert sections_of(split(read(*lines)))[2] == ("beta", "gamma")


def test_an_introduction_of_forty_words_stands_alone_and_a_shorter_one_joins_what_follows() -> None:
    rest = (("Alpha", 40), ("Beta", 90), ("Gamma", 90))
    assert sections_of(split(read(*article_of(("introduction", 40), *rest))))[0] == ("introduction",)
    assert sections_of(split(read(*article_of(("introduction", 39), *rest))))[0] == ("introduction", "alpha")


def test_the_section_with_the_call_to_action_closes_the_series_by_itself() -> None:
    sections = (("introduction", 80), ("Alpha", 90), ("Beta", 40), ("Gamma", 40))
    assert sections_of(split(read(*article_of(*sections))))[-1] == ("beta", "gamma")
    assert sections_of(split(read(*article_of(*sections, asks=True))))[-1] == ("gamma",)


def test_a_heading_without_text_goes_with_what_follows() -> None:
    lines = ["Title", prose(80), "Our Approach", "Alpha", prose(100), "Beta", prose(90)]
    assert sections_of(split(read(*lines))) == [("introduction",), ("our-approach", "alpha"), ("beta",)]


def test_a_heading_with_nothing_but_the_button_under_it_stays_with_the_last_part() -> None:
    lines = [
        *article_of(("introduction", 80), ("Alpha", 90), ("Beta", 90)),
        "Ready to Start?",
        "Book a session today!",
    ]
    assert sections_of(split(read(*lines)))[-1] == ("beta", "ready-to-start")


def test_a_section_that_is_far_too_long_divides() -> None:
    paragraphs = [prose(50)] * 12
    series = split(read("Title", prose(60), "Alpha", *paragraphs, "Beta", prose(60)))
    assert sections_of(series) == [
        ("introduction",),
        *((f"alpha[{index}]",) for index in range(1, 5)),
        ("beta",),
    ]
    assert [part.word_count for part in series.parts] == [60, 151, 150, 150, 150, 61]


def test_a_section_that_is_one_far_too_long_block_stays_whole_and_is_noted() -> None:
    series = split(read("Title", prose(60), "Alpha", prose(500), "Beta", prose(60)))
    assert sections_of(series) == [("introduction",), ("alpha",), ("beta",)]
    assert series.notes == (
        "section 'alpha' is long for one email (501 words), but its blocks cannot be parted well",
    )


def test_where_the_sections_would_make_more_than_eight_parts_any_neighbours_join() -> None:
    sections = [(f"Alpha{number}", 100) for number in range(12)]
    series = split(read(*article_of(("introduction", 60), *sections, ("Omega", 60), asks=True)))
    assert [part.word_count for part in series.parts] == [60, 200, 200, 200, 200, 200, 200, 60]
    assert series.notes == (
        "on their own the sections make more than 8 parts: unlike neighbours were joined",
    )


def test_with_too_few_sections_the_longer_ones_divide() -> None:
    series = split(read("Title", "Alpha", *[prose(40)] * 4, "Beta", prose(90)))
    assert [part.word_count for part in series.parts] == [81, 80, 91]
    assert series.notes == ("the article has too few sections for 3 parts: longer ones were divided",)


@pytest.mark.parametrize(
    ("lines", "count", "said"),
    [
        (["Title", prose(30)], 1, "there is one part, not 3"),
        (["Title", "Alpha", prose(90), "Beta", prose(90)], 2, "there are 2 parts, not 3"),
    ],
)
def test_an_article_that_cannot_give_three_parts_says_why(lines: list[str], count: int, said: str) -> None:
    series = split(read(*lines))
    assert len(series.parts) == count
    assert series.notes == (
        f"{said}: the article has too few sections, and none can be divided into pieces of about 80 words",
    )


@pytest.mark.parametrize("count", range(1, 10))
def test_exactly_as_many_parts_as_asked_for(count: int) -> None:
    series = split(seed(), parts=count)
    assert len(series.parts) == count
    assert sum(part.word_count for part in series.parts) == 410


@pytest.mark.parametrize("count", [-1, 0, 10])
def test_more_parts_than_blocks_are_refused_with_the_number_there_can_be(count: int) -> None:
    with pytest.raises(CommandError, match=f"cannot be split into {count} parts: it can give 1 to 9 parts"):
        split(seed(), parts=count)


def test_a_short_introduction_stands_alone_only_where_the_exact_number_needs_it() -> None:
    article = read(*article_of(("introduction", 20), ("Alpha", 40), ("Beta", 90)))
    assert sections_of(split(article, parts=2)) == [("introduction", "alpha"), ("beta",)]
    assert sections_of(split(article, parts=3)) == [("introduction",), ("alpha",), ("beta",)]


def test_with_an_exact_number_introduction_and_closing_stand_alone_as_long_as_they_can() -> None:
    first, *_, last = split(seed(), parts=4).parts
    assert (first.sections, last.sections) == (
        ("introduction",),
        ("take-action-get-relief-for-hip-lower-back-pain",),
    )


def test_the_listicle_keeps_its_points_together_and_whole() -> None:
    assert sections_of(split(sample("neck-pain-listicle"))) == [
        ("introduction", "1-raise-your-screen", "2-let-your-feet-rest-flat"),
        ("3-move-every-half-hour", "4-stretch-the-upper-trapezius", "5-strengthen-the-deep-neck-flexors"),
        ("6-rethink-your-phone", "7-sleep-on-one-pillow", "when-to-see-a-professional"),
    ]


def test_an_article_without_headings_divides_between_paragraphs() -> None:
    series = split(sample("breathing-without-headings"))
    assert [(part.sections, part.word_count) for part in series.parts] == [
        (("introduction[1]",), 65),
        (("introduction[2]",), 90),
        (("introduction[3]",), 94),
    ]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_splitting_twice_gives_the_same_series(path: Path) -> None:
    article = sample(path.stem)
    assert split(article) == split(article)


@settings(deadline=None)
@given(st.lists(st.integers(2, 150), min_size=3, max_size=7))
def test_no_other_way_to_join_the_sections_costs_less(word_counts: list[int]) -> None:
    sections = [(f"Alpha{number}", words) for number, words in enumerate(word_counts)]
    choice = split(read(*article_of(*sections))).choice
    assert choice is not None
    cheapest = min(
        priced(choice.stretches, shares, target=choice.target).bill.total
        for shares in _groupings(len(choice.stretches))
        if len(shares) >= 3
    )
    assert choice.plan.bill.total == pytest.approx(cheapest)


def _groupings(count: int) -> list[tuple[Share, ...]]:
    """Every way to cut so many stretches into neighbours."""
    found = []
    for cuts in itertools.product([False, True], repeat=count - 1):
        borders = [0, *(place for place, cut in enumerate(cuts, start=1) if cut), count]
        found.append(tuple(Share(start, end, 1) for start, end in itertools.pairwise(borders)))
    return found
