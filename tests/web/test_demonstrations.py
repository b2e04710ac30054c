"""Links of tests and previews: alive, answered by the live server, and nobody's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from partwork.ids import new_message_id
from partwork.tracking.tokens import Purpose, Realm, Signer
from partwork.web.app import create_app
from tests.web.visitor import FORM, ONE_CLICK, Visitor, serving
from tests.web.world import SECRET, WEBSITE, World

TEST, PREVIEW = Signer(SECRET, Realm.TEST), Signer(SECRET, Realm.PREVIEW)
UNKNOWN_LINK = 2**32 - 1


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    """A visitor of a server that knows demonstrations, as `partwork serve` does."""
    app = create_app(world.store, world.signer, world.clock, demonstrations=[TEST, PREVIEW])
    with serving(app) as visitor:
        yield visitor


@pytest.fixture
def untouched(world: World) -> Iterator[None]:
    """Whatever a test asks, every table of the database stays as it was."""
    before = _dump(world)
    yield
    assert _dump(world) == before


def _dump(world: World) -> list[str]:
    with sqlite3.connect(world.path) as connection:
        found = list(connection.iterdump())
    connection.close()
    return found


def path(kind: str, signer: Signer, message_id: str, *, link_id: int = 0) -> str:
    purpose = {"c": Purpose.CLICK, "b": Purpose.BOOK, "u": Purpose.UNSUBSCRIBE}[kind]
    return f"/{kind}/{signer.token(purpose, message_id, link_id=link_id)}"


# Even a test that carried a real message's id would touch nobody: its realm decides.
@pytest.fixture(params=["its own id", "a real message's id"])
def message_id(request: pytest.FixtureRequest, world: World) -> str:
    return new_message_id() if request.param == "its own id" else world.message_id


@pytest.mark.usefixtures("untouched")
def test_a_tests_link_leads_on_and_is_nobodys_click(world: World, visitor: Visitor, message_id: str) -> None:
    answer = visitor.ask("GET", path("c", TEST, message_id, link_id=world.website_link))
    assert (answer.status, answer.headers["Location"]) == (302, WEBSITE)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("untouched")
def test_a_tests_button_leads_to_the_booking_page_with_a_reference_that_is_no_readers(
    world: World, visitor: Visitor, message_id: str
) -> None:
    answer = visitor.ask("GET", path("b", TEST, message_id, link_id=world.booking_link))
    assert answer.status == 302
    (reference,) = parse_qs(urlsplit(answer.headers["Location"]).query)["utm_content"]
    assert reference == TEST.booking_reference(message_id)
    assert reference != world.signer.booking_reference(message_id)


@pytest.mark.usefixtures("untouched")
def test_a_tests_page_to_leave_shows_what_a_reader_sees_and_that_it_is_a_test(
    world: World, visitor: Visitor, message_id: str
) -> None:
    shown = visitor.ask("GET", path("u", TEST, message_id))
    readers = visitor.ask("GET", world.leave_path)
    (note,) = [line for line in shown.body.splitlines() if 'role="note"' in line]
    assert "This is what a reader sees. The link is from a test email" in note
    assert (shown.status, shown.body.replace(f"{note}\n", "")) == (200, readers.body)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("body", "content_type"), [(ONE_CLICK, FORM), (b"", "")])
def test_leaving_by_a_test_says_that_nobody_was_unsubscribed(
    world: World, visitor: Visitor, message_id: str, body: bytes, content_type: str
) -> None:
    answer = visitor.ask("POST", path("u", TEST, message_id), body=body, content_type=content_type)
    assert (answer.status, "Nobody was unsubscribed" in answer.body) == (200, True)
    assert world.due_count() == 2


@pytest.mark.usefixtures("untouched")
def test_what_a_reader_may_not_post_a_test_may_not_either(visitor: Visitor, message_id: str) -> None:
    assert visitor.ask("POST", path("u", TEST, message_id), body=b"x=y", content_type=FORM).status == 400


@pytest.mark.usefixtures("untouched")
def test_a_tests_link_that_this_database_does_not_know_says_so(visitor: Visitor, message_id: str) -> None:
    answer = visitor.ask("GET", path("c", TEST, message_id, link_id=UNKNOWN_LINK))
    assert (answer.status, "This test is from elsewhere" in answer.body) == (404, True)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("method", "kind"), [("GET", "c"), ("GET", "b"), ("GET", "u"), ("POST", "u")])
def test_a_previews_link_says_that_it_is_a_preview(
    visitor: Visitor, message_id: str, method: str, kind: str
) -> None:
    answer = visitor.ask(method, path(kind, PREVIEW, message_id, link_id=0 if kind == "u" else 1))
    assert (answer.status, "This is a preview" in answer.body) == (200, True)
    assert answer.headers["Location"] is None


@pytest.mark.usefixtures("untouched")
def test_a_rehearsals_link_and_a_forged_one_stay_unknown(world: World, visitor: Visitor) -> None:
    for signer in (Signer(SECRET, Realm.REHEARSAL), Signer(SECRET[::-1], Realm.TEST)):
        for kind in "cbu":
            link_id = 0 if kind == "u" else world.website_link
            assert visitor.ask("GET", path(kind, signer, world.message_id, link_id=link_id)).status == 404


@pytest.mark.usefixtures("untouched")
def test_a_tests_token_works_for_its_own_purpose_alone(world: World, visitor: Visitor) -> None:
    token = TEST.token(Purpose.CLICK, world.message_id, link_id=world.website_link)
    assert visitor.ask("GET", f"/b/{token}").status == 404
    assert visitor.ask("POST", f"/u/{token}", body=ONE_CLICK, content_type=FORM).status == 404


def test_readers_own_links_work_beside_them(world: World, visitor: Visitor) -> None:
    assert visitor.ask("GET", world.website_path).headers["Location"] == WEBSITE
    assert [event.kind for event in world.events()] == ["clicked"]
    assert visitor.ask("POST", world.leave_path, body=ONE_CLICK, content_type=FORM).status == 200
    assert world.due_count() == 0


def test_a_server_without_demonstrations_knows_none(world: World) -> None:
    with serving(create_app(world.store, world.signer, world.clock)) as visitor:
        link = path("c", TEST, world.message_id, link_id=world.website_link)
        assert visitor.ask("GET", link).status == 404
