"""The campaign file that `partwork split` writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from partwork.articles.plaintext import read_plain_text
from partwork.articles.split import PartDraft, Series, split
from partwork.campaigns.propose import campaign_file
from tests.articles.shapes import read, seed


def loaded(text: str) -> dict[str, object]:
    data = YAML(typ="safe", pure=True).load(text)
    assert isinstance(data, dict)
    return data


def proposed(article_text: str, series: Series | None = None) -> dict[str, object]:
    article = read_plain_text(article_text)
    text = campaign_file(
        article, series or split(article), slug="hips", article_file="article.txt", audience="readers"
    )
    return loaded(text)


def test_the_seed_article_gets_a_file_that_holds_its_series_and_a_schedule() -> None:
    series = split(seed())
    text = campaign_file(seed(), series, slug="hips", article_file="article.txt", audience="readers")
    assert loaded(text) == {
        "campaign": "hips",
        "title": "The Hidden Culprit Behind Lower Back & Sacral Pain - Gluteus Medius",
        "article": "article.txt",
        "audience": "readers",
        "template": "part",
        "schedule": {
            "first": "next slot",
            "every": "3 days",
            "at": "09:00",
            "days": "mon-fri",
            "quiet": "20:00-08:00",
            "too_late_after": "36 hours, then wait",
        },
        "goal": "booking",
        "on_uncertain": "hold",
        "parts": [
            {
                "slug": part.slug,
                "subject": part.subject,
                "preheader": part.preheader,
                "sections": list(part.sections),
            }
            for part in series.parts
        ],
    }


def test_comments_say_what_each_part_holds_and_what_was_set_aside() -> None:
    text = campaign_file(seed(), split(seed()), slug="hips", article_file="article.txt", audience="readers")
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
    assert "# Part 1 of 5: line 2 of the article, 58 words" in comments
    assert "# Part 2 of 5: lines 3-11 of the article, 123 words" in comments
    assert comments[-2:] == [
        "# Line 24 of the article is set aside (button of part 5).",
        "# Line 25 of the article is set aside (references: close part 5).",
    ]
    assert max(map(len, text.splitlines())) <= 125


def test_a_note_on_the_split_stands_above_the_parts() -> None:
    article = read("Title", "Rest helps, they say, and sleep too.")
    series = split(article)
    text = campaign_file(article, series, slug="hips", article_file="article.txt", audience="readers")
    assert f"# Note: {series.notes[0]}\nparts:\n" in text


def test_without_a_title_the_first_subject_stands_for_it() -> None:
    data = proposed("Rest helps, they say, and sleep too.")
    assert data["title"] == "Rest helps, they say"


@pytest.mark.parametrize(
    "tricky",
    [
        "Rest: it's “good” — really & truly",
        "Rest # no comment",
        '"Rest" \\ and \\n',
        "{{ rest }} [one, two] *all &none !tag %dir @at `tick",
        "- rest",
        "null",
        "09:00",
        "Rest\u0085and\u2028sleep\x07",
        "Rest 💪\ufffe\ud800",
        "yes",
    ],
)
def test_any_text_of_an_article_reads_back_as_it_was(tricky: str) -> None:
    series = Series(
        (PartDraft("rest", tricky, tricky, ("introduction", tricky), 1),), ("a note\nof two lines",)
    )
    (part,) = _parts(proposed("Title\nRest helps.", series))
    assert part == {
        "slug": "rest",
        "subject": tricky,
        "preheader": tricky,
        "sections": ["introduction", tricky],
    }


@given(st.text(min_size=1), st.text(min_size=1))
def test_every_text_reads_back_as_it_was(subject: str, name: str) -> None:
    series = Series((PartDraft("rest", subject, name, (name,), 1),), (name,))
    (part,) = _parts(proposed("Title\nRest helps.", series))
    assert part == {"slug": "rest", "subject": subject, "preheader": name, "sections": [name]}


def test_a_title_loses_only_what_no_reader_sees() -> None:
    assert proposed("\u202eA\u00adb\u200b Title\tof  Ours\nRest helps.")["title"] == "Ab Title of Ours"


def _parts(data: dict[str, object]) -> list[object]:
    parts = data["parts"]
    assert isinstance(parts, list)
    return parts
