"""Where every line went."""

from __future__ import annotations

from dataclasses import replace

from partwork.articles.coverage import Coverage, LineFate, PartCoverage, Role, coverage
from partwork.articles.split import PartDraft, Series, split
from tests.articles.shapes import read, seed


def part(slug: str, *sections: str) -> PartDraft:
    return PartDraft(slug, slug.title(), f"More on {slug}", sections, word_count=0)


def test_every_line_has_one_fate_and_every_part_its_lines() -> None:
    article = read(
        "Title",
        "",
        "It helps. Truly.",
        "Do This",
        "You need:",
        "• time",
        "• rest",
        "",
        "✅ Rest Well",
        "Heat – warms.",
        "Cold – cools.",
        "Book a session today!",
        "Ask again. We like it.",
        "References",
        "A book.",
    )
    series = Series((part("help", "introduction"), part("rest", "do-this")), ())
    here, there = "do-this", "do-this/rest-well"
    assert coverage(article, series) == Coverage(
        lines=(
            LineFate(1, "Title", Role.TITLE, aside="title of the series"),
            LineFate(3, "It helps. Truly.", Role.PARAGRAPH, 1, "help", "introduction"),
            LineFate(4, "Do This", Role.HEADING, 2, "rest", here),
            LineFate(5, "You need:", Role.LEAD_IN, 2, "rest", here),
            LineFate(6, "• time", Role.ITEM, 2, "rest", here),
            LineFate(7, "• rest", Role.ITEM, 2, "rest", here),
            LineFate(9, "✅ Rest Well", Role.SUBHEADING, 2, "rest", there),
            LineFate(10, "Heat – warms.", Role.DEFINITION, 2, "rest", there),
            LineFate(11, "Cold – cools.", Role.DEFINITION, 2, "rest", there),
            LineFate(12, "Book a session today!", Role.CALL_TO_ACTION, aside="button of part 2"),
            LineFate(13, "Ask again. We like it.", Role.PARAGRAPH, 2, "rest", there),
            LineFate(14, "References", Role.REFERENCES_HEADING, aside="references: close part 2"),
            LineFate(15, "A book.", Role.REFERENCE, aside="references: close part 2"),
        ),
        parts=(
            PartCoverage(1, "help", ("introduction",), ((3, 3),), 3, 1),
            PartCoverage(2, "rest", ("do-this",), ((4, 11), (13, 13)), 22, 7),
        ),
    )


def test_a_section_in_no_part_is_set_aside_and_says_so() -> None:
    series = split(seed())
    shorter = replace(series, parts=series.parts[1:])
    fate = coverage(seed(), shorter).lines[1]
    assert (fate.role, fate.part, fate.aside) == (Role.PARAGRAPH, None, "in no part")


def test_the_parts_of_the_seed_article_hold_these_lines() -> None:
    parts = coverage(seed(), split(seed())).parts
    assert [(each.lines, each.word_count, each.reading_seconds) for each in parts] == [
        (((2, 2),), 58, 17),
        (((3, 11),), 123, 37),
        (((12, 14),), 79, 24),
        (((15, 21),), 99, 30),
        (((22, 23),), 51, 15),
    ]
