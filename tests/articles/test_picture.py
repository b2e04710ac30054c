"""The picture of coverage: every block and its fate, in the article's order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from partwork.articles.coverage import coverage
from partwork.articles.picture import Fate, Picture, picture
from partwork.articles.plaintext import read_plain_text
from partwork.articles.split import PartDraft, Series, split

ROOT = Path(__file__).parents[2]
SEED = ROOT / "campaigns" / "gluteus-medius" / "article.txt"
SAMPLES = sorted(Path(__file__).parent.glob("samples/*.txt"))
SMALL = """A Quiet Muscle

It is small and does much.

What It Does

It holds the hip:
when you walk
when you stand

What Helps

Walk a little every day, and rest a little, too.
"""


def drawn(*parts: Sequence[str], omitted: Sequence[str] = ()) -> Picture:
    article = read_plain_text(SMALL)
    drafts = tuple(
        PartDraft(f"part-{number}", f"Subject {number}", "", tuple(names), 0)
        for number, names in enumerate(parts, start=1)
    )
    return picture(article, coverage(article, Series(drafts, ()), omitted=omitted), {})


def fates(seen: Picture) -> list[tuple[str, Fate, int | None]]:
    return [(block.lines[0], block.fate, block.part) for block in seen.blocks]


def test_each_block_says_what_became_of_it() -> None:
    seen = drawn(["introduction"], [], omitted=["what-it-does"])
    assert fates(seen) == [
        ("A Quiet Muscle", Fate.SET_ASIDE, None),
        ("It is small and does much.", Fate.IN_PART, 1),
        ("What It Does", Fate.OMITTED, None),
        ("It holds the hip:", Fate.OMITTED, None),
        ("What Helps", Fate.IN_NO_PART, None),
        ("Walk a little every day, and rest a little, too.", Fate.IN_NO_PART, None),
    ]
    assert [block.why for block in seen.blocks] == [
        *("title of the series", ""),
        *["omitted on purpose"] * 2,
        *["in no part"] * 2,
    ]
    assert [seen.count(fate) for fate in Fate] == [1, 1, 2, 2]


def test_a_list_is_one_block_with_its_lead_in() -> None:
    (block,) = (block for block in drawn(["what-it-does"]).blocks if block.kind == "list")
    assert block.lines == ("It holds the hip:", "when you walk", "when you stand")
    assert (block.has_lead_in, block.first, block.last, block.word_count) == (True, 7, 9, 10)


def test_what_went_the_same_way_makes_one_band() -> None:
    seen = drawn(["introduction", "what-it-does"], ["what-helps"])
    assert [(band[0].part, len(band)) for band in seen.bands] == [(None, 1), (1, 3), (2, 2)]


def test_a_part_that_tells_nothing_of_the_article_is_still_in_the_picture() -> None:
    assert [part.slug for part in drawn(["introduction"], []).parts_without_blocks] == ["part-2"]


def test_of_a_divided_section_one_piece_may_be_omitted() -> None:
    article = read_plain_text(SEED.read_text("utf-8"))
    series = Series((PartDraft("one", "", "", ("why-is-the-gluteus-medius-so-important[1]",), 0),), ())
    covered = coverage(article, series, omitted=["why-is-the-gluteus-medius-so-important[2]"])
    by_number = {line.number: line for line in covered.lines}
    assert [by_number[number].part for number in (12, 13, 14)] == [1, 1, None]
    assert by_number[14].aside == "omitted on purpose"


@pytest.mark.parametrize("path", [SEED, *SAMPLES], ids=lambda path: path.stem)
def test_the_blocks_hold_every_line_once_and_in_order(path: Path) -> None:
    article = read_plain_text(path.read_text("utf-8"))
    series = split(article)
    covered = coverage(article, series)
    seen = picture(article, covered, {part.slug: (part.subject, part.preheader) for part in series.parts})
    told = [line for block in seen.blocks for line in block.lines]
    assert told == [line.text for line in covered.lines]
    assert seen.count(Fate.IN_NO_PART) == 0
    assert {block.part for block in seen.blocks if block.fate is Fate.IN_PART} == {
        part.number for part in seen.parts
    }
    assert [part.subject for part in seen.parts] == [part.subject for part in series.parts]


def test_what_is_set_aside_and_shows_in_a_part_leads_there() -> None:
    article = read_plain_text(SEED.read_text("utf-8"))
    seen = picture(article, coverage(article, split(article)), {})
    shown = [(block.kind, block.part) for block in seen.blocks if block.fate is Fate.SET_ASIDE]
    assert shown == [
        ("title", None),
        ("call to action", 5),
        ("references heading", 5),
        *[("reference", 5)] * 3,
    ]
