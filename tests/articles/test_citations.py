"""References stand with the claims that mark them."""

from __future__ import annotations

import pytest

from partwork.articles.citations import closings
from partwork.articles.coverage import coverage
from partwork.articles.model import Article
from partwork.articles.split import split
from tests.articles.shapes import read, sample

REFERENCES = (
    "References",
    "Ashby, T. (2018). The hip. Example Press.",
    "Reed, S., & Moss, J. (2020). The knee. Example Press.",
    "Reed, S. (2021a). The ankle. Example Press.",
    "Green Hill Library. Stairs.",
)


def closed_by(*claims: str) -> list[list[int]]:
    """The references, counted from 1, that close each part, one part a claim and a last one without any."""
    lines = [line for number, claim in enumerate(claims) for line in (f"Alpha Number{number}", claim)]
    article = read("Title", *lines, "Omega", "Nothing is claimed here.", *REFERENCES)
    parts = closings(article, [(section,) for section in article.sections])
    return [[article.references.index(block) + 1 for block in part] for part in parts]


@pytest.mark.parametrize(
    ("claim", "cited"),
    [
        ("Rest helps [1].", [1]),
        ("Rest helps [1, 3].", [1, 3]),
        ("Rest helps [1-3].", [1, 2, 3]),
        ("Rest helps.² It does.", [2]),
        ("Rest helps¹,³ and more.", [1, 3]),
        ("Rest helps (Ashby, 2018).", [1]),
        ("Ashby (2018) says that rest helps.", [1]),
        ("Rest helps (see Reed & Moss, 2020; Ashby 2018).", [1, 2]),
        ("Rest helps (Reed et al., 2020).", [2]),
        ("Rest helps (Reed, 2021).", [3]),
        ("Rest helps on 20 m² [9].", []),
        ("Rest has helped since 2018.", []),
        ("Rest helps (Miller, 2018).", []),
    ],
)
def test_a_reference_closes_the_part_that_marks_it(claim: str, cited: list[int]) -> None:
    first, last = closed_by(claim)
    assert first == cited
    assert last == [number for number in range(1, 5) if number not in cited]


def test_a_reference_that_two_parts_cite_closes_both() -> None:
    assert closed_by("Rest helps [1].", "Rest helps much (Ashby, 2018).") == [[1], [1], [2, 3, 4]]


def test_references_go_by_the_numbers_they_bear() -> None:
    article = read(
        "Title",
        "Alpha",
        "Rest helps [7].",
        "Omega",
        "So does sleep.",
        "References",
        "[7] Ashby.",
        "[8] Reed.",
    )
    first, last = closings(article, [(section,) for section in article.sections])
    assert [block.lines[0].text for block in first] == ["[7] Ashby."]
    assert [block.lines[0].text for block in last] == ["[8] Reed."]


@pytest.mark.parametrize("name", ["headache-questions", "knee-numbered-headings", "knie-deutsch"])
def test_the_coverage_says_which_parts_a_reference_closes(name: str) -> None:
    article = sample(name)
    fates = coverage(article, split(article)).lines
    asides = [fate.aside for fate in fates if fate.role == "reference"]
    assert len(asides) == len(article.references)
    assert any("part 5" not in aside for aside in asides)
    assert all(aside.startswith("references: close part") for aside in asides)


def test_nothing_of_what_closes_an_article_is_lost() -> None:
    article: Article = sample("headache-questions")
    parts = closings(article, [(section,) for section in article.sections])
    assert {block.id for part in parts for block in part} == {block.id for block in article.references}
