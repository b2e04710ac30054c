"""`--from-headings`: every heading of a level starts a part."""

from __future__ import annotations

import pytest

from partwork.articles.byheadings import split_at_headings
from partwork.articles.outline import Outline
from partwork.errors import CommandError
from tests.articles.shapes import read, sample, seed


@pytest.mark.parametrize(("level", "count"), [(1, 1), (2, 6), (3, 8)])
def test_the_seed_article_at_each_level(level: int, count: int) -> None:
    series = split_at_headings(seed(), level=level)
    assert len(series.parts) == count
    assert Outline(seed()).review([part.sections for part in series.parts]) == ()
    assert sum(part.word_count for part in series.parts) == 410


def test_a_heading_without_text_goes_with_what_follows() -> None:
    article = read("Title", "Our Approach", "Alpha", "Rest helps, we think.", "Beta", "So does sleep.")
    parts = split_at_headings(article, level=2).parts
    assert [part.sections for part in parts] == [("our-approach", "alpha"), ("beta",)]


def test_more_parts_than_a_series_usually_has_are_noted() -> None:
    series = split_at_headings(sample("posture-listicle"), level=2)
    assert series.notes == ("the headings of level 2 make 12 parts; a series usually has 3 to 8",)


def test_another_level_and_too_many_parts_are_refused() -> None:
    with pytest.raises(CommandError, match="there is no level 4"):
        split_at_headings(seed(), level=4)
    many = [line for number in range(60) for line in (f"Alpha {number}a", "Rest helps, we think.")]
    with pytest.raises(CommandError, match="50 are the most"):
        split_at_headings(read("Title", *many), level=2)
