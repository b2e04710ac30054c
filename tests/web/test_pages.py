"""What every page has in common: whose it is, its language, its headers, and what it never does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from partwork.settings import load_settings
from partwork.store.campaigns import record_settings
from partwork.web.app import create_app
from partwork.web.words import CATALOGUE, ENGLISH, Occasion, speaking
from tests.web.visitor import Answer, Visitor, serving
from tests.web.world import NOW, World, build_world

REPOSITORY = Path(__file__).parents[2]


def asked(visitor: Visitor, world: World) -> list[Answer]:
    """Return a page of each kind that a healthy server shows."""
    return [
        visitor.ask("GET", world.leave_path),
        visitor.ask("GET", "/nothing/here"),
        visitor.ask("PUT", world.leave_path),
        visitor.ask("POST", world.leave_path, body=b"nonsense"),
    ]


def test_every_answer_carries_the_guarding_headers_and_no_cookie(
    still_world: World, passer_by: Visitor
) -> None:
    redirect, health = passer_by.ask("HEAD", still_world.book_path), passer_by.ask("GET", "/healthz")
    for answer in [*asked(passer_by, still_world), redirect, health]:
        headers = answer.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert (headers["Set-Cookie"], headers["Server"]) == (None, None)


def test_the_policy_allows_the_pages_own_style_and_nothing_else(
    still_world: World, passer_by: Visitor
) -> None:
    for answer in asked(passer_by, still_world):
        style = BeautifulSoup(answer.body, "html.parser").style
        assert style
        digest = base64.b64encode(hashlib.sha256(style.get_text().encode()).digest()).decode()
        assert answer.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )


def test_a_page_runs_nothing_and_fetches_nothing(still_world: World, passer_by: Visitor) -> None:
    for answer in asked(passer_by, still_world):
        page = BeautifulSoup(answer.body, "html.parser")
        assert not page.find_all(["script", "img", "link", "iframe", "object", "base"])
        assert not re.search(r"""url\(|@import|style=|\bon\w+=""", answer.body)
        assert [a["href"] for a in page.find_all("a")] in ([], ["https://www.example.org"])


def test_a_page_names_itself_the_practice_and_its_language(still_world: World, passer_by: Visitor) -> None:
    for answer in asked(passer_by, still_world):
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        page = BeautifulSoup(answer.body, "html.parser")
        assert page.html
        assert page.html["lang"] == "en-GB"
        assert page.title
        assert [h1.get_text() for h1 in page.find_all("h1")] == [page.title.get_text().split(" – ")[0]]
        assert page.title.get_text().endswith(" – Riverside & Sons")
        assert page.find("meta", attrs={"name": "robots", "content": "noindex, nofollow"})
        assert page.find("meta", attrs={"name": "viewport"})


def test_a_head_request_gets_the_pages_headers_without_the_page(
    still_world: World, passer_by: Visitor
) -> None:
    got, headed = (passer_by.ask(method, still_world.leave_path) for method in ("GET", "HEAD"))
    assert (headed.status, headed.body) == (200, "")
    assert headed.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.body.encode()))


@pytest.mark.parametrize(
    "practice",
    [
        pytest.param({}, id="before the first publication"),
        pytest.param({"name": "Riverside", "website": "javascript:alert(1)"}, id="no web address"),
        pytest.param({"name": None}, id="no name"),
    ],
)
def test_a_page_speaks_for_us_where_the_practice_cannot_be_told(
    practice: dict[str, str | None], tmp_path: Path
) -> None:
    world = build_world(tmp_path, practice=practice)
    with serving(create_app(world.store, world.signer, world.clock)) as visitor:
        leave, lost = visitor.ask("GET", world.leave_path), visitor.ask("GET", "/")
    world.store.close()
    assert "other marketing from us." in leave.body
    assert "href" not in lost.body
    assert "Riverside" not in leave.body + lost.body


def test_a_practice_without_a_website_is_still_named(tmp_path: Path) -> None:
    world = build_world(tmp_path, practice={"name": "Øst & <b>Vest</b> {0}", "website": None})
    with serving(create_app(world.store, world.signer, world.clock)) as visitor:
        leave, lost = visitor.ask("GET", world.leave_path), visitor.ask("GET", "/")
    world.store.close()
    assert "other marketing from Øst &amp; &lt;b&gt;Vest&lt;/b&gt; {0}." in leave.body
    assert "href" not in lost.body


def test_the_practice_is_read_from_what_a_workspace_really_publishes(
    world: World, visitor: Visitor, tmp_path: Path
) -> None:
    (tmp_path / "partwork.yaml").write_bytes((REPOSITORY / "partwork.yaml").read_bytes())
    settings = load_settings(tmp_path, {})
    with world.store.write() as connection:
        record_settings(connection, json.dumps(settings.without_secrets()), now=NOW)
    assert settings.practice.name in visitor.ask("GET", world.leave_path).body
    assert f'href="{settings.practice.website}"' in visitor.ask("GET", "/").body


@pytest.mark.parametrize(
    ("language", "tag"), [("en", "en"), ("en-GB", "en-GB"), ("EN", "EN"), ("de", "en"), ("eng", "en")]
)
def test_a_page_carries_the_tag_of_the_language_it_is_written_in(language: str, tag: str) -> None:
    assert speaking(language) == (tag, ENGLISH)


@pytest.mark.parametrize("language", CATALOGUE)
def test_every_language_has_a_page_for_every_occasion_that_fills_in_the_practice_alone(
    language: str,
) -> None:
    pages = CATALOGUE[language].pages
    assert set(pages) == set(Occasion)
    for page in pages.values():
        shown = page.named("Riverside")
        assert "{" not in shown.title + shown.text + shown.button
