"""What an editor asks of every series, whatever the article."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from partwork.articles.coverage import coverage
from partwork.articles.model import Article, Section
from partwork.articles.outline import Outline
from partwork.articles.phrases import is_bait, is_shouted
from partwork.articles.plaintext import read_plain_text
from partwork.articles.seams import leads_in
from partwork.articles.split import FEWEST, MOST, Series, split
from tests.articles.longguide import long_guide
from tests.articles.shapes import SAMPLES, all_lines, sample, seed

ARTICLES = {path.stem: path for path in SAMPLES}


def article_of(name: str) -> Article:
    if name == "guide":
        return read_plain_text(long_guide())
    return seed() if name == "seed" else sample(name)


@pytest.fixture(params=["seed", "guide", *ARTICLES], scope="module")
def told(request: pytest.FixtureRequest) -> tuple[Article, Series]:
    article = article_of(request.param)
    return article, split(article)


def test_there_are_three_to_eight_parts(told: tuple[Article, Series]) -> None:
    assert FEWEST <= len(told[1].parts) <= MOST


def test_every_line_is_accounted_for(told: tuple[Article, Series]) -> None:
    article, series = told
    numbers = [fate.number for fate in coverage(article, series).lines]
    left = [each.line for each in article.unplaced]
    assert numbers == sorted(line.number for line in (*all_lines(article), *left))
    assert Outline(article).review([part.sections for part in series.parts]) == ()


def test_no_part_ends_with_a_heading_or_a_lead_in(told: tuple[Article, Series]) -> None:
    article, series = told
    for sections in Outline(article).resolve([part.sections for part in series.parts]):
        if not sections[-1].all_blocks:
            assert _stands_over_the_button(sections[-1], article), "a part ends with a heading"
            continue
        assert not leads_in(sections[-1].all_blocks[-1]), "a part ends with a lead-in"


def _stands_over_the_button(section: Section, article: Article) -> bool:
    asks = article.call_to_action
    return asks is not None and section.all_lines[-1].number < asks.lines[0].number


def test_no_part_is_over_two_and_a_half_times_the_median_unless_it_is_one_section(
    told: tuple[Article, Series],
) -> None:
    parts = told[1].parts
    longest = 2.5 * median(part.word_count for part in parts)
    assert all(part.word_count <= longest or len(part.sections) == 1 for part in parts)


def test_candidates_are_all_different_calm_and_reasoned(told: tuple[Article, Series]) -> None:
    phrases = [each for part in told[1].parts for each in (*part.subjects, *part.preheaders)]
    texts = [phrase.text.casefold() for phrase in phrases]
    assert len(set(texts)) == len(texts)
    assert not any(is_shouted(phrase.text) or is_bait(phrase.text) for phrase in phrases)
    assert all(phrase.reason for phrase in phrases)
    for part in told[1].parts:
        assert (part.subject, part.preheader) == (part.subjects[0].text, part.preheaders[0].text)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_most_parts_have_more_than_one_subject_to_choose_from(path: Path) -> None:
    parts = split(sample(path.stem)).parts
    assert sum(len(part.subjects) > 1 for part in parts) * 2 > len(parts)


def test_reading_minutes_decide_how_long_parts_are() -> None:
    article = article_of("guide")
    counts = [len(split(article, minutes=minutes).parts) for minutes in (2, 4, 8)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > MOST
    four = [part.word_count for part in split(article, minutes=4).parts]
    assert 600 <= median(four) <= 1000


def test_a_neutral_series_names_no_topic() -> None:
    parts = split(seed(), is_neutral=True).parts
    assert [part.subject for part in parts] == [f"Part {number} of 5" for number in range(1, 6)]
    assert len({part.preheader for part in parts}) == len({part.slug for part in parts}) == 5
