"""The unsubscribe page in a real browser: readable by everybody, usable by keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Request

from partwork.web.app import create_app
from tests.web.visitor import Visitor, serving
from tests.web.world import World, build_world

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
Opener = Callable[..., Page]

LONG_NAME = "Krankengymnastikgemeinschaftspraxisverwaltungsgesellschaft am Donaudampfschifffahrtskai"
BOXES = """() => [...document.querySelectorAll('main, main *')].map(element => {
  const box = element.getBoundingClientRect();
  return [element.tagName, box.left, box.right, box.height];
})"""

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
    throw new Error('nothing is painted behind ' + element.tagName);
  };
  const ratio = (one, other) => {
    const [a, b] = [light(one), light(other)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const found = {};
  for (const element of document.querySelectorAll('main *')) {
    if (![...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    found[element.className || element.tagName] =
      ratio(parse(getComputedStyle(element).color), behind(element));
  }
  const button = document.querySelector('button');
  if (button) found['button on card'] =
    ratio(parse(getComputedStyle(button).backgroundColor), behind(button.parentElement));
  return found;
}"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = build_world(tmp_path, practice={"name": LONG_NAME, "website": "https://www.example.org"})
    yield world
    world.store.close()


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    with serving(create_app(world.store, world.signer, world.clock)) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """Yield one window without JavaScript for all tests here: opening one costs a second."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(window: Page, visitor: Visitor) -> Iterator[Opener]:
    """Yield a function that opens a path; a page may ask for nothing but itself, and keep nothing."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.resource_type)

    def open_path(path: str, *, width: int = 320, scheme: Scheme = "light") -> Page:
        window.set_viewport_size({"width": width, "height": 700})
        window.emulate_media(color_scheme=scheme)
        window.goto(f"{visitor.address}{path}")
        return window

    window.on("request", note)
    yield open_path
    window.remove_listener("request", note)
    assert set(asked) == {"document"}
    assert window.context.cookies() == []


def test_the_button_works_without_javascript_and_shows_the_confirmation(opened: Opener, world: World) -> None:
    page = opened(world.leave_path)
    assert world.suppression() is None
    page.click("button")
    assert page.inner_text("h1") == "You are unsubscribed"
    assert page.locator("button").count() == 0
    assert world.suppression()


def test_the_button_is_the_first_stop_of_the_keyboard_and_shows_it(opened: Opener, world: World) -> None:
    page = opened(world.leave_path)
    page.keyboard.press("Tab")
    outline = "getComputedStyle(document.querySelector('button'))"
    assert page.evaluate(f"document.activeElement.tagName + ' ' + {outline}.outlineStyle") == "BUTTON solid"
    assert page.evaluate(f"parseFloat({outline}.outlineWidth)") >= 2
    page.keyboard.press("Enter")
    page.wait_for_selector("text=You are unsubscribed")
    assert world.suppression()


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_no_page_scrolls_sideways_and_what_is_pressed_is_large_enough_for_a_thumb(
    width: int, opened: Opener, world: World
) -> None:
    for path, pressed in ((world.leave_path, "BUTTON"), ("/lost", "A")):
        page = opened(path, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        boxes = page.evaluate(BOXES)
        for tag, left, right, _ in boxes:
            assert 0 <= left < right <= width, tag
        [(_, left, right, height)] = [box for box in boxes if box[0] == pressed]
        assert height >= 44
        assert right - left >= 44


def test_text_twice_as_large_still_fits(opened: Opener, world: World) -> None:
    page = opened(world.leave_path)
    size = "parseFloat(getComputedStyle(document.querySelector('main > p')).fontSize)"
    before = page.evaluate(size)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(size) == 2 * before
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_button_stand_out_by_day_and_by_night(scheme: Scheme, opened: Opener, world: World) -> None:
    page = opened("/lost", scheme=scheme)
    told = page.evaluate(CONTRASTS)
    assert set(told) == {"brand", "H1", "P", "A"}
    page = opened(world.leave_path, scheme=scheme)
    asked = page.evaluate(CONTRASTS)
    assert set(asked) == {"brand", "H1", "P", "BUTTON", "button on card"}
    page.hover("button")
    pointed_at = page.evaluate(CONTRASTS)
    assert pointed_at["BUTTON"] != asked["BUTTON"]
    for name, ratio in [*told.items(), *asked.items(), *pointed_at.items()]:
        # WCAG 2.2: text 1.4.3 (AA), controls 1.4.11
        assert ratio >= (3 if name == "button on card" else 4.5), name


def test_night_is_darker_than_day(opened: Opener, world: World) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    day, night = (
        opened(world.leave_path, scheme=scheme).evaluate(background) for scheme in ("light", "dark")
    )
    assert (day, night) == ("rgb(241, 245, 244)", "rgb(15, 21, 22)")
