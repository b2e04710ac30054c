"""How the picture of coverage looks and behaves in a real browser: on phones, desks and paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from partwork.articles.coverage import coverage
from partwork.articles.picture import picture
from partwork.articles.plaintext import read_plain_text
from partwork.articles.split import split
from partwork.reports.coverage_page import coverage_page
from tests.browser.test_emails import CONTRASTS, LONG_WORD, Scheme

pytestmark = pytest.mark.browser

ARTICLE = Path(__file__).parents[2] / "campaigns" / "gluteus-medius" / "article.txt"


def page_of(*, long_word: bool = False) -> str:
    article = read_plain_text(ARTICLE.read_text("utf-8"))
    series = split(article)
    kept = replace(series, parts=tuple(series.parts[:-1]))
    subjects = {part.slug: (part.subject, part.preheader) for part in series.parts}
    seen = picture(article, coverage(article, kept), subjects)
    if long_word:
        seen = replace(
            seen,
            title=LONG_WORD,
            blocks=tuple(replace(block, lines=(LONG_WORD,)) for block in seen.blocks),
            parts=tuple(replace(part, subject=LONG_WORD, slug=LONG_WORD) for part in seen.parts),
        )
    return coverage_page(seen, practice="Riverside Manual Therapy", language="en")


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    yield page
    page.close()


@pytest.fixture
def opened(window: Page) -> Callable[..., Page]:
    def open_page(*, width: int = 1100, scheme: Scheme = "light", long_word: bool = False) -> Page:
        window.set_viewport_size({"width": width, "height": 800})
        window.emulate_media(color_scheme=scheme, media="screen")
        window.set_content(page_of(long_word=long_word))
        return window

    return open_page


@pytest.mark.parametrize("long_word", [False, True])
@pytest.mark.parametrize("width", [320, 375, 767, 768, 1440])
def test_no_width_needs_sideways_scrolling(opened: Callable[..., Page], width: int, long_word: bool) -> None:
    page = opened(width=width, long_word=long_word)
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read_by_day_and_by_night(opened: Callable[..., Page], scheme: Scheme) -> None:
    found = opened(scheme=scheme).evaluate(CONTRASTS)
    assert len(found) > 50
    assert [(text, ratio) for text, ratio in found if ratio < 4.5] == []


def test_a_block_under_the_pointer_or_the_focus_marks_its_part(opened: Callable[..., Page]) -> None:
    page = opened()
    side = page.locator('.side[data-part="2"]').first

    def tint() -> str:
        colour: str = side.evaluate("element => getComputedStyle(element).backgroundColor")
        return colour

    page.mouse.move(0, 0)
    before = tint()
    page.locator("#line-9 .text").hover()
    assert tint() != before
    page.mouse.move(0, 0)
    assert tint() == before
    page.locator("#line-9 .where a").focus()
    assert tint() != before


def test_a_block_leads_to_its_part_without_scripts(opened: Callable[..., Page]) -> None:
    page = opened(width=375)
    page.locator("#line-9 .where a").click()
    assert page.evaluate("document.querySelector(':target').id") == "part-2"


def test_headings_come_in_order_and_every_link_says_where_it_leads(opened: Callable[..., Page]) -> None:
    page = opened()
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    names = page.evaluate("[...document.links].map(a => a.ariaLabel || a.textContent.trim())")
    assert all(names)
    assert "line 9 to 11, definitions: go to part 2" in names
