"""How a part looks and behaves in a real browser: on phones and desks, by day and by night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Request

from partwork.articles.model import Kind
from partwork.rendering.compile import PartContent
from tests.rendering.samples import COMPLAINTS, SYMPTOMS, block, content, merged, section

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
Opener = Callable[..., Page]

LONG_WORD = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 2
FULL = content(
    SYMPTOMS,
    COMPLAINTS,
    section(
        "Three Things to Do",
        block(Kind.LIST, "✅ Rest the hip", "✅ Walk a little"),
        subsections=(section("💪 Stand Up", block(Kind.PARAGRAPH, "And sit down again.")),),
    ),
    references_heading="Resources",
    references=(
        "Álvarez, S. D. (2022).Effectiveness of Dry Needling.",
        "https://journal.example/" + "a" * 90,
    ),
)
UNWIELDY = content(
    section(LONG_WORD, block(Kind.PARAGRAPH, LONG_WORD), block(Kind.LIST, LONG_WORD)),
    series_title=LONG_WORD,
    button_label=LONG_WORD,
    teaser=LONG_WORD,
    number=8,
    count=8,
)

CONTRASTS = """() => {
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, text = node.textContent.trim();
    if (!text || !element.getClientRects().length || element.closest('[aria-hidden]')) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    found.push([text.slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """Yield one window for all tests here, cut off from the network: opening one costs a second."""
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    yield page
    page.close()


@pytest.fixture
def opened(window: Page) -> Iterator[Opener]:
    """Yield a function that shows a part in the window; nothing may ask for the network meanwhile."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    def open_part(part: PartContent, *, width: int = 640, scheme: Scheme = "light", **reader: str) -> Page:
        window.set_viewport_size({"width": width, "height": 700})
        window.emulate_media(color_scheme=scheme)
        window.set_content(merged(part, reader).mail.html)
        return window

    window.on("request", note)
    yield open_part
    window.remove_listener("request", note)
    assert asked == []


@pytest.mark.parametrize("part", [FULL, UNWIELDY], ids=["ordinary", "unwieldy"])
@pytest.mark.parametrize("width", [320, 375, 640, 800])
def test_no_width_needs_sideways_scrolling(opened: Opener, part: PartContent, width: int) -> None:
    page = opened(part, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "card"), [(320, 320), (640, 600), (800, 600)])
def test_the_card_is_fluid_up_to_600_pixels(opened: Opener, width: int, card: int) -> None:
    box = opened(FULL, width=width).locator(".card").bounding_box()
    assert box is not None
    assert box["width"] == card
    assert box["x"] == (width - card) / 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(opened: Opener, scheme: Scheme) -> None:
    contrasts = opened(FULL, scheme=scheme).evaluate(CONTRASTS)
    assert len(contrasts) > 30
    assert [(text, round(ratio, 1)) for text, ratio in contrasts if ratio < 4.5] == []


def test_outlooks_own_dark_mode_keeps_the_contrast(opened: Opener) -> None:
    page = opened(FULL)
    page.evaluate("['data-ogsc', 'data-ogsb'].forEach(n => document.body.setAttribute(n, ''))")
    contrasts = page.evaluate(CONTRASTS)
    assert [(text, round(ratio, 1)) for text, ratio in contrasts if ratio < 4.5] == []
    card = page.locator(".card").evaluate("e => getComputedStyle(e).backgroundColor")
    assert card == "rgb(24, 33, 36)"


def test_dark_mode_is_dark(opened: Opener) -> None:
    page = opened(FULL, scheme="dark")
    for area in (".page", ".card", ".panel > table"):
        colour = page.locator(area).first.evaluate("e => getComputedStyle(e).backgroundColor")
        assert max(int(part) for part in colour.strip("rgb()").split(",")) < 64


@pytest.mark.parametrize("width", [320, 640])
@pytest.mark.parametrize("label", ["Book", "📅 Book a session today to eliminate pain and restore function!"])
def test_the_one_button_is_large_enough_for_a_thumb(opened: Opener, width: int, label: str) -> None:
    button = opened(content(button_label=label), width=width).get_by_role("link", name=label)
    assert button.count() == 1
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["width"] >= 88


def test_the_way_out_is_large_enough_for_a_thumb_too(opened: Opener) -> None:
    box = opened(FULL, width=320).get_by_role("link", name="Unsubscribe").bounding_box()
    assert box is not None
    assert box["height"] >= 24


@pytest.mark.parametrize(
    ("reader", "greeting"), [({"first_name": "Zoë"}, "Hello Zoë,"), ({}, "Hello there,")]
)
def test_the_greeting_reads_well_with_and_without_a_name(
    opened: Opener, reader: dict[str, str], greeting: str
) -> None:
    assert opened(FULL, **reader).get_by_text("Hello").inner_text() == greeting


def test_the_preheader_and_its_filling_are_not_seen(opened: Opener) -> None:
    shown = opened(FULL).locator("body").inner_text()
    assert FULL.preheader not in shown
    assert shown.strip().startswith("Harbour Manual Therapy")


def test_lists_show_bullets_only_where_items_bring_no_marker(opened: Opener) -> None:
    page = opened(FULL)
    styles = page.locator("li").evaluate_all("items => items.map(e => getComputedStyle(e).listStyleType)")
    assert styles == ["disc"] * 3 + ["none"] * 2


def test_a_definition_reads_on_one_line_as_in_the_article(opened: Opener) -> None:
    shown = [" ".join(text.split()) for text in opened(FULL).locator(".definition").all_inner_texts()]
    assert shown == [line.text for line in COMPLAINTS.blocks[0].lines]


def test_a_screen_reader_meets_headings_lists_and_links_but_no_layout(opened: Opener) -> None:
    page = opened(FULL)
    assert page.get_by_role("article", name=FULL.series_title).count() == 1
    assert [page.get_by_role("heading", level=level).count() for level in (1, 2, 3)] == [1, 4, 1]
    assert page.get_by_role("list").count() == 2
    assert page.get_by_role("table").count() == 0
    assert page.get_by_text("Part 2 of 5").count() == 1
    names = [link.inner_text() for link in page.get_by_role("link").all()]
    assert names == [FULL.button_label, "Visit our website", "Unsubscribe"]


def test_progress_shows_as_many_steps_done_as_the_part_says(opened: Opener) -> None:
    page = opened(FULL)
    assert page.locator(".step").count() == 5
    assert page.locator(".step.done").count() == 2
    boxes = [step.bounding_box() for step in page.locator(".step").all()]
    widths = {round(box["width"]) for box in boxes if box}
    assert max(widths) - min(widths) <= 1
