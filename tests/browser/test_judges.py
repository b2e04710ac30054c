"""What axe finds in the sample's emails, and the pictures a preview takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from struct import unpack

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from partwork.rendering.chromium import find_chromium, take_pictures
from partwork.rendering.contactsheet import contact_sheet, in_scheme, views_of, without_images
from tests.support.judges import found, sample_parts
from tests.support.workspaces import copy_sample

pytestmark = pytest.mark.browser

# docs/emails.md says why: an email is shown inside a page with landmarks of its own.
EXPLAINED = {"landmark-one-main", "region"}


def test_axe_finds_nothing_that_is_not_explained(browser: Browser, tmp_path: Path) -> None:
    parts = sample_parts(copy_sample(tmp_path / "workspace"), to=tmp_path / "parts")
    page = browser.new_page(viewport={"width": 640, "height": 800})
    found_out = set()
    for part in parts:
        for is_dark in (False, True):
            page.set_content(in_scheme(part.html.read_text("utf-8"), is_dark=is_dark))
            for violation in Axe().run(page).response["violations"]:
                found_out.add((part.slug, violation["id"]))
    # The sheet itself is a page of ours, and has no excuse.
    page.goto((tmp_path / "parts/index.html").as_uri())
    sheet = {one["id"] for one in Axe().run(page, options={"iframes": False}).response["violations"]}
    page.close()
    assert {one for one in found_out if one[1] not in EXPLAINED} == set()
    assert sheet == set()


def test_a_picture_shows_the_views_side_by_side_in_their_full_height(tmp_path: Path) -> None:
    chromium = find_chromium() or found("chromium", package="chromium")
    tall = "<!doctype html><body style='margin:0'><div style='height:1500px'>Words</div></body>"
    picture = tmp_path / "part.png"
    assert take_pictures(chromium, {picture: views_of(tall)}) == (picture,)
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = unpack(">II", data[16:24])
    assert (width, height) == (3 * 375 + 700 + 5 * 24, 1500 + 2 * 24)


def test_a_browser_that_does_not_answer_takes_no_picture(tmp_path: Path) -> None:
    assert take_pictures("/bin/false", {tmp_path / "part.png": views_of("<p>Words</p>")}) == ()


def test_a_scheme_is_fixed_whatever_the_viewers_own(browser: Browser) -> None:
    html = "<style>p { color: red } @media (prefers-color-scheme: dark) { p { color: blue } }</style><p>a</p>"
    page = browser.new_page(color_scheme="dark")
    shown: Callable[[], str] = lambda: page.locator("p").evaluate("e => getComputedStyle(e).color")  # noqa: E731
    page.set_content(in_scheme(html, is_dark=False))
    light = shown()
    page.emulate_media(color_scheme="light")
    page.set_content(in_scheme(html, is_dark=True))
    assert (light, shown()) == ("rgb(255, 0, 0)", "rgb(0, 0, 255)")
    page.close()


def test_without_images_alt_texts_stand_and_nothing_is_fetched() -> None:
    html = (
        "<img width='9' src='https://a.example/x.png' srcset='y.png 2x' alt='A hip'><td background=\"z.png\">"
    )
    bare = without_images(html)
    assert "alt='A hip'" in bare
    assert not any(name in bare for name in ("x.png", "y.png", "z.png"))


def test_an_empty_sheet_is_a_whole_page() -> None:
    assert contact_sheet("A series", [], reader="Ann").rstrip().endswith("</html>")
