"""How both templates show a rich article, a brand and a logo: by day, by night, and with pictures off."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, Route

from partwork.articles.model import Kind
from partwork.rendering.compile import PartContent
from partwork.rendering.look import Look, fitted_logo
from tests.browser.test_emails import CONTRASTS, Scheme
from tests.rendering.rich import marked, rich, rich_content
from tests.rendering.samples import PRACTICE, content, merged, section

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]

BASE = "http://127.0.0.1:8000/m"
TEMPLATES = ("part", "letter")
RICH = rich_content()
WITH_LOGO = Look(logo=fitted_logo(f"{BASE}/day", width=180, height=48, alt=PRACTICE.name))
WITH_BOTH = replace(
    WITH_LOGO, logo_dark=fitted_logo(f"{BASE}/night", width=180, height=48, alt=PRACTICE.name)
)


def picture() -> bytes:
    """Return a PNG of one black pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(4))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def opened(window: Page) -> Iterator[Opener]:
    """Yield a function that shows a part; pictures of ours are there, unless they are switched off."""
    asked: list[str] = []

    def open_part(
        part: PartContent,
        *,
        template: str,
        look: Look | None = None,
        width: int = 640,
        scheme: Scheme = "light",
        pictures: bool = True,
    ) -> Page:
        def answer(route: Route) -> None:
            asked.append(route.request.url)
            if pictures:
                route.fulfill(body=picture(), content_type="image/png")
            else:
                route.abort()

        window.unroute_all()
        window.route("**/*", answer)
        window.set_viewport_size({"width": width, "height": 700})
        window.emulate_media(color_scheme=scheme)
        window.set_content(merged(part, template=template, look=look or Look()).mail.html, wait_until="load")
        return window

    yield open_part
    assert all(url.startswith(f"{BASE}/") for url in asked)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("width", [320, 375, 600, 800])
def test_a_rich_part_needs_no_sideways_scrolling(opened: Opener, template: str, width: int) -> None:
    page = opened(RICH, template=template, look=WITH_LOGO, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_wide_table_and_a_long_address_fit_a_phone(opened: Opener) -> None:
    cells = "".join(f"<th>Heading {number}</th>" for number in range(6))
    long = "https://www.example.org/" + "a" * 120
    part = content(
        section(
            "Heading",
            rich(Kind.TABLE, marked("Headings", cells)),
            rich(Kind.PARAGRAPH, marked(long, f'<a href="{long}">{long}</a> <code>{"b" * 90}</code>')),
        )
    )
    page = opened(part, template="part", width=320)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "look", [Look(), Look(colour="#7a1f5c", colour_dark="#e7a1d0")], ids=["plain", "brand"]
)
def test_all_text_stands_out_from_what_is_behind_it(
    opened: Opener, template: str, scheme: Scheme, look: Look
) -> None:
    contrasts = opened(RICH, template=template, look=look, scheme=scheme).evaluate(CONTRASTS)
    assert len(contrasts) > 30
    assert [(text, round(ratio, 1)) for text, ratio in contrasts if ratio < 4.5] == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_outlooks_own_dark_mode_keeps_the_contrast(opened: Opener, template: str) -> None:
    page = opened(RICH, template=template)
    page.evaluate("['data-ogsc', 'data-ogsb'].forEach(n => document.body.setAttribute(n, ''))")
    contrasts = page.evaluate(CONTRASTS)
    assert [(text, round(ratio, 1)) for text, ratio in contrasts if ratio < 4.5] == []


def test_one_logo_stands_on_white_by_day_and_by_night_and_is_turned_round_by_nothing(opened: Opener) -> None:
    for scheme in ("light", "dark"):
        page = opened(RICH, template="part", look=WITH_LOGO, scheme=scheme)
        style = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e.firstElementChild).filter]"
        assert page.locator(".plate").evaluate(style) == ["rgb(255, 255, 255)", "none"]


def test_of_two_logos_the_one_for_the_scheme_is_shown(opened: Opener) -> None:
    for scheme, shown in (("light", ["day"]), ("dark", ["night"])):
        page = opened(RICH, template="part", look=WITH_BOTH, scheme=scheme)
        logos = page.locator(".logo").all()
        assert [
            str(logo.get_attribute("src"))[-len(shown[0]) :] for logo in logos if logo.is_visible()
        ] == shown


@pytest.mark.parametrize("template", TEMPLATES)
def test_with_pictures_off_the_name_the_alt_texts_and_the_button_are_there(
    opened: Opener, template: str
) -> None:
    page = opened(RICH, template=template, look=WITH_LOGO, pictures=False)
    assert page.get_by_text(PRACTICE.name).count() or page.get_by_alt_text(PRACTICE.name).count()
    assert page.get_by_alt_text("A hip seen from the side").count() == 1
    button = page.get_by_role("link", name=RICH.button_label)
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert button.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(11, 93, 94)"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_screen_reader_meets_one_title_a_data_table_and_headings_without_gaps(
    opened: Opener, template: str
) -> None:
    page = opened(RICH, template=template)
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("table").count() == 1
    assert page.get_by_role("columnheader").count() == 2
    assert page.get_by_role("rowheader").count() == 1
    assert page.get_by_role("blockquote").count() == 1
    levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(e => Number(e.tagName[1]))")
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
