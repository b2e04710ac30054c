"""What the names in a campaign mean, how sections divide, and what can be wrong with names."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partwork.articles.dividing import most_pieces, pieces
from partwork.articles.model import Block, Kind, Line, Section
from partwork.articles.outline import Fault, Outline, piece_name
from tests.articles.shapes import read, seed

FIX = "how-to-fix-gluteus-medius-dysfunction"
WHOLE = (
    ("introduction",),
    (
        "common-symptoms-of-gluteus-medius-dysfunction",
        "common-complaints-linked-to-gluteus-medius-dysfunction",
    ),
    ("why-is-the-gluteus-medius-so-important",),
    (FIX,),
    ("take-action-get-relief-for-hip-lower-back-pain",),
)


def section_of(*word_counts: int, subsections: tuple[Section, ...] = ()) -> Section:
    """A section with blocks of so many words under the heading `Long`."""
    blocks = tuple(
        Block(f"b{number}", Kind.PARAGRAPH, (Line(number, " ".join(["word"] * count)),))
        for number, count in enumerate(word_counts, start=2)
    )
    return Section("long", Line(1, "Long"), blocks, subsections)


def words_of(section: Section, count: int) -> list[int]:
    return [piece.word_count for piece in pieces(section, count)]


def test_a_section_divides_where_its_pieces_are_most_even() -> None:
    assert words_of(section_of(29, 30, 10, 20, 30), 2) == [60, 60]
    assert words_of(section_of(99, 20, 20, 60), 3) == [100, 40, 60]


def test_only_the_first_piece_keeps_the_heading() -> None:
    first, second = pieces(section_of(30, 30), 2)
    assert (first.heading, second.heading) == (Line(1, "Long"), None)
    assert (first.slug, second.slug) == ("long", "long")
    assert first.all_lines + second.all_lines == section_of(30, 30).all_lines


def test_a_lead_in_is_never_parted_from_its_list() -> None:
    article = read(
        "Title", "Do This", "It is easy. Really.", "You need:", "• time", "• rest", "That is all. Truly."
    )
    (section,) = article.sections
    assert most_pieces(section) == 3
    assert [line.text for line in pieces(section, 3)[1].all_lines] == ["You need:", "• time", "• rest"]


def test_a_border_between_sub_sections_is_preferred_to_a_slightly_more_even_one_inside() -> None:
    fix = seed().sections[4]
    assert [sub.slug.split("/")[1] for sub in pieces(fix, 2)[1].subsections] == [
        "targeted-release-techniques",
        "strengthening-mobility-exercises",
    ]
    assert [len(piece.subsections) for piece in pieces(fix, 3)] == [1, 1, 1]


def test_a_sub_section_that_must_divide_keeps_its_heading_on_its_first_piece() -> None:
    article = read(
        "Title", "Do This", "✅ Rest Well", "First comes sleep.", "Then comes food.", "✅ Walk", "Go out."
    )
    first, second, third = pieces(article.sections[0], 3)
    assert [line.text for line in first.all_lines] == ["Do This", "✅ Rest Well", "First comes sleep."]
    assert [line.text for line in second.all_lines] == ["Then comes food."]
    assert [line.text for line in third.all_lines] == ["✅ Walk", "Go out."]


@pytest.mark.parametrize("count", [0, 3])
def test_a_section_gives_no_more_pieces_than_it_has_blocks(count: int) -> None:
    with pytest.raises(ValueError, match="2 blocks"):
        pieces(section_of(5, 5), count)


@given(st.lists(st.integers(1, 90), min_size=2, max_size=8), st.integers(2, 8))
def test_no_other_way_to_divide_is_more_even(word_counts: list[int], count: int) -> None:
    section = section_of(*word_counts)
    count = min(count, len(word_counts))
    weights = [word_counts[0] + 1, *word_counts[1:]]  # the heading goes with the first block
    even = sum(weights) / count

    def unevenness(lengths: list[int]) -> float:
        return sum(log(length / even) ** 2 for length in lengths)

    others = (
        unevenness([sum(weights[start:end]) for start, end in pairwise((0, *cuts, len(weights)))])
        for cuts in combinations(range(1, len(weights)), count - 1)
    )
    assert unevenness(words_of(section, count)) == pytest.approx(min(others))


def test_naming_a_section_includes_its_sub_sections() -> None:
    article = seed()
    assert Outline(article).select(FIX, {}) == article.sections[4]


def test_the_highest_index_a_campaign_names_says_into_how_many_pieces_a_section_divides() -> None:
    outline = Outline(seed())
    parts = [[piece_name(FIX, 1)], [piece_name(FIX, 2), "introduction"], [piece_name(FIX, 3)]]
    assert outline.divisions(name for part in parts for name in part) == {FIX: 3}
    fix = seed().sections[4]
    assert outline.resolve(parts) == (
        (pieces(fix, 3)[0],),
        (pieces(fix, 3)[1], seed().sections[0]),
        (pieces(fix, 3)[2],),
    )


def test_sub_sections_can_be_named_and_the_first_brings_what_stands_above_it() -> None:
    article = read("Title", "Do This", "Listen first.", "✅ Rest", "Sleep well.", "✅ Walk", "Go out.")
    first, second = Outline(article).resolve([["do-this/rest"], ["do-this/walk"]])
    assert [line.text for line in first[0].all_lines] == [
        "Do This",
        "Listen first.",
        "✅ Rest",
        "Sleep well.",
    ]
    assert [line.text for line in second[0].all_lines] == ["✅ Walk", "Go out."]
    assert Outline(article).review([["do-this/rest"], ["do-this/walk"]]) == ()


@pytest.mark.parametrize(
    "name", ["nowhere", f"{FIX}[0]", f"{FIX}[01]", f"{FIX}[]", f"{FIX}[1][1]", "Resources", ""]
)
def test_a_name_that_means_nothing_selects_nothing(name: str) -> None:
    outline = Outline(seed())
    assert outline.select(name, outline.divisions([name])) is None


def test_a_campaign_that_names_every_section_once_in_order_has_no_faults() -> None:
    assert Outline(seed()).review(WHOLE) == ()


def faults(
    *parts: tuple[str, ...], omitted: tuple[str, ...] = ()
) -> list[tuple[Fault, str, int | None, int | None]]:
    findings = Outline(seed()).review(parts, omitted=omitted)
    return [(finding.fault, finding.name, finding.part, finding.place) for finding in findings]


def test_a_mis_spelt_section_is_one_fault_that_names_the_right_one() -> None:
    parts = (*WHOLE[:2], ("why-is-the-gluteus-medius-so-importent",), *WHOLE[3:])
    (finding,) = Outline(seed()).review(parts)
    assert (finding.fault, finding.part, finding.place) == (Fault.UNKNOWN, 2, 0)
    assert finding.text.startswith(
        "there is no section 'why-is-the-gluteus-medius-so-importent'; "
        "did you mean 'why-is-the-gluteus-medius-so-important'? the article has: introduction, common-"
    )


def test_the_beginning_of_a_name_is_enough_for_the_hint() -> None:
    (finding,) = Outline(seed()).review((*WHOLE[:3], ("how-to-fix",), *WHOLE[4:]))
    assert f"did you mean '{FIX}'?" in finding.text


def test_a_name_like_no_other_is_unknown_and_what_it_leaves_out_is_forgotten() -> None:
    assert faults(*WHOLE[:3], ("xyzzy",), WHOLE[4]) == [
        (Fault.UNKNOWN, "xyzzy", 3, 0),
        (Fault.FORGOTTEN, FIX, None, None),
    ]


def test_a_section_divided_into_more_pieces_than_it_has_blocks_is_one_fault() -> None:
    (finding,) = Outline(seed()).review((*WHOLE[:3], (f"{FIX}[9]",), WHOLE[4]))
    assert finding.fault is Fault.UNKNOWN
    assert "it has 3 blocks" in finding.text


@pytest.mark.parametrize(
    "again",
    [FIX, f"{FIX}[1]", f"{FIX}/targeted-release-techniques", f"{FIX}/dry-needling-for-trigger-points"],
)
def test_what_is_told_twice_is_repeated(again: str) -> None:
    assert faults(*WHOLE[:4], (again, *WHOLE[4])) == [(Fault.REPEATED, again, 4, 0)]


def test_what_is_told_and_omitted_is_repeated() -> None:
    assert faults(*WHOLE, omitted=(FIX,)) == [(Fault.REPEATED, FIX, None, 0)]


def test_an_omitted_section_is_not_forgotten_and_its_place_does_not_matter() -> None:
    assert faults(*WHOLE[:3], WHOLE[4], omitted=(FIX,)) == []


def test_sections_told_before_their_turn_are_out_of_order() -> None:
    assert faults(WHOLE[0], WHOLE[2], WHOLE[1], *WHOLE[3:]) == [
        (Fault.OUT_OF_ORDER, WHOLE[1][0], 2, 0),
        (Fault.OUT_OF_ORDER, WHOLE[1][1], 2, 1),
    ]


def test_a_forgotten_piece_or_sub_section_is_named_by_itself() -> None:
    assert faults(*WHOLE[:3], (f"{FIX}[1]", f"{FIX}[3]"), WHOLE[4]) == [
        (Fault.FORGOTTEN, f"{FIX}[2]", None, None)
    ]
    assert faults(*WHOLE[:3], (f"{FIX}/targeted-release-techniques",), WHOLE[4]) == [
        (Fault.FORGOTTEN, f"{FIX}/dry-needling-for-trigger-points", None, None),
        (Fault.FORGOTTEN, f"{FIX}/strengthening-mobility-exercises", None, None),
    ]
