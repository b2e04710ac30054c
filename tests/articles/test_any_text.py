"""Whatever staff may paste: it is read whole, split whole, and announced within the rules."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from partwork.articles.coverage import coverage
from partwork.articles.headlines import PREHEADER_LENGTH, SUBJECT_LENGTH
from partwork.articles.model import Article
from partwork.articles.outline import Outline
from partwork.articles.page import source_lines
from partwork.articles.plaintext import read_plain_text
from partwork.articles.split import FEWEST, MOST, split
from partwork.errors import CommandError
from tests.articles.shapes import all_lines

LINES = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                "  ",
                "Title Case Heading",
                "Does it help?",
                "BIG SHOUT",
                "Why Me",
                "a",
                "Part 1",
                "Part 1 of 3",
            ),
            *(
                "You may experience:",
                "• bullet",
                "- dash",
                "✅ Tick Line",
                "✅ tick sentence.",
                "plain open item",
            ),
            *("1. One", "2. Two", "3. Three things here.", "Pain – worse at night.", "Heat - helps"),
            *("Book a session today!", "Call us now", "Resources", "References:", "髋部疼痛，的隐藏原因。"),
            *("A sentence that stops here. And another one, with a comma, too.", "rest " * 70, "rest " * 250),
        ]
    ),
    st.text(max_size=40),
)
ARTICLES = st.lists(LINES, min_size=1, max_size=24).map("\n".join)


def article_of(text: str) -> Article:
    try:
        return read_plain_text(text)
    except CommandError:
        assume(False)
        raise


@settings(deadline=None)
@given(ARTICLES)
def test_every_line_with_something_to_read_stands_in_exactly_one_place(text: str) -> None:
    article = article_of(text)
    held = all_lines(article)
    by_number = {line.number: line.text for line in held}
    assert len(by_number) == len(held)
    unseen = "".join(map(chr, range(0x20))) + "\x85\u2028\u2029\u00a0\u200b\u2060\ufeff "
    for number, raw in enumerate(source_lines(text), start=1):
        told = by_number.pop(number, "")
        assert told in raw
        assert "".join(raw.split()).strip(unseen) == "".join(told.split()).strip(unseen)
    assert by_number == {}


@settings(deadline=None)
@given(ARTICLES)
def test_the_body_stands_in_the_order_of_the_source_and_has_text(text: str) -> None:
    article = article_of(text)
    numbers = [line.number for section in article.sections for line in section.all_lines]
    assert numbers == sorted(numbers)
    assert any(section.all_blocks for section in article.sections)
    names = [section.slug for section in article.sections]
    names += [sub.slug for section in article.sections for sub in section.subsections]
    assert len(set(names)) == len(names)
    ids = [block.id for section in article.sections for block in section.all_blocks]
    assert len(set(ids)) == len(ids)


@settings(deadline=None)
@given(ARTICLES)
def test_a_series_tells_the_whole_body_once_and_in_order(text: str) -> None:
    article = article_of(text)
    series = split(article)
    assert split(read_plain_text(text)) == series
    assert Outline(article).review([part.sections for part in series.parts]) == ()
    assert 1 <= len(series.parts) <= MOST
    assert len(series.parts) >= FEWEST or any("not 3" in note for note in series.notes)
    body = sum(section.word_count for section in article.sections)
    assert sum(part.word_count for part in series.parts) == body
    assert [fate.number for fate in coverage(article, series).lines] == sorted(
        line.number for line in all_lines(article)
    )


@settings(deadline=None)
@given(ARTICLES)
def test_headlines_of_any_article_fit_and_are_all_different(text: str) -> None:
    parts = split(article_of(text)).parts
    said = [line.casefold() for part in parts for line in (part.subject, part.preheader)]
    assert len(set(said)) == len(said)
    assert all(0 < len(part.subject) <= SUBJECT_LENGTH for part in parts)
    assert all(0 < len(part.preheader) <= PREHEADER_LENGTH for part in parts)
    assert all(line.isprintable() or "\u200d" in line or "\u200c" in line for line in said)
    assert len({part.slug for part in parts}) == len(parts)


@settings(deadline=None)
@given(ARTICLES, st.integers(1, 30))
def test_an_exact_number_of_parts_is_given_or_refused(text: str, count: int) -> None:
    article = article_of(text)
    blocks = sum(len(section.all_blocks) for section in article.sections)
    if count <= blocks:
        assert len(split(article, parts=count).parts) == count
    else:
        with pytest.raises(CommandError, match="it can give 1"):
            split(article, parts=count)
