"""Links in emails: where they lead, what is written down, and what never stops them."""

from __future__ import annotations

import sqlite3

import pytest
from structlog.testing import capture_logs

from partwork.ids import new_message_id
from partwork.store.campaigns import ensure_link
from partwork.store.events import EventRow
from partwork.tracking.tokens import Purpose, Realm, Signer
from partwork.web.app import create_app
from partwork.web.redirects import with_parameter
from tests.web.visitor import Visitor, serving
from tests.web.world import NOW, SECRET, WEBSITE, World

CLICKED = "clicked"


def test_a_click_leads_on_and_is_recorded_at_its_instant(world: World, visitor: Visitor) -> None:
    answer = visitor.ask("GET", world.website_path)
    assert (answer.status, answer.headers["Location"], answer.body) == (302, WEBSITE, "")
    assert world.events() == [EventRow(CLICKED, world.message_id, "first-steps", "part-one", NOW)]


def test_the_booking_page_gets_the_booking_reference(world: World, visitor: Visitor) -> None:
    reference = world.signer.booking_reference(world.message_id)
    answer = visitor.ask("GET", world.book_path)
    assert answer.status == 302
    assert answer.headers["Location"] == (
        f"https://book.example.org/session?room=2&utm_source=email&utm_content={reference}#times"
    )
    assert [event.kind for event in world.events()] == [CLICKED]


def test_each_visit_is_an_event_of_its_own(world: World, visitor: Visitor) -> None:
    for _ in range(3):
        visitor.ask("GET", world.website_path)
    assert len(world.events()) == 3


def test_a_redirect_tells_nobody_and_keeps_nothing(world: World, visitor: Visitor) -> None:
    headers = visitor.ask("GET", world.book_path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Content-Length"] == "0"
    assert headers["Set-Cookie"] is None
    assert headers["Server"] is None


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_only_a_get_is_an_event(method: str, still_world: World, passer_by: Visitor) -> None:
    answer = passer_by.ask(method, still_world.website_path)
    if method == "HEAD":
        assert (answer.status, answer.headers["Location"]) == (302, WEBSITE)
    else:
        assert answer.status == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}
    assert still_world.events() == []


def test_what_a_link_is_decides_and_not_the_path_it_was_reached_by(
    still_world: World, passer_by: Visitor
) -> None:
    swapped = passer_by.ask(
        "HEAD", f"/c/{still_world.token(Purpose.CLICK, link_id=still_world.booking_link)}"
    )
    assert still_world.signer.booking_reference(still_world.message_id) in swapped.headers["Location"]
    plain = passer_by.ask("HEAD", f"/b/{still_world.token(Purpose.BOOK, link_id=still_world.website_link)}")
    assert plain.headers["Location"] == WEBSITE


def test_a_link_id_we_never_gave_out_is_not_found(still_world: World, passer_by: Visitor) -> None:
    answer = passer_by.ask("GET", f"/c/{still_world.token(Purpose.CLICK, link_id=2**32 - 1)}")
    assert (answer.status, answer.headers["Location"]) == (404, None)


def test_a_message_that_is_gone_still_leads_on_without_an_event(world: World, visitor: Visitor) -> None:
    token = world.token(Purpose.CLICK, link_id=world.website_link, message_id=new_message_id())
    assert visitor.ask("GET", f"/c/{token}").headers["Location"] == WEBSITE
    assert world.events() == []


def test_a_rehearsals_links_answer_to_a_rehearsals_server_alone(world: World, visitor: Visitor) -> None:
    rehearsal = Signer(SECRET, Realm.REHEARSAL)
    path = f"/c/{rehearsal.token(Purpose.CLICK, world.message_id, link_id=world.website_link)}"
    assert visitor.ask("GET", path).status == 404
    with serving(create_app(world.store, rehearsal, world.clock)) as visitor_of_the_rehearsal:
        assert visitor_of_the_rehearsal.ask("GET", path).status == 302
        assert visitor_of_the_rehearsal.ask("GET", world.website_path).status == 404


def test_a_link_published_while_the_server_runs_is_found(world: World, visitor: Visitor) -> None:
    visitor.ask("GET", world.website_path)
    with world.store.write() as connection:
        new = ensure_link(connection, "https://www.example.org/new")
    answer = visitor.ask("GET", f"/c/{world.token(Purpose.CLICK, link_id=new)}")
    assert answer.headers["Location"] == "https://www.example.org/new"


def test_a_database_that_another_program_holds_delays_no_reader_and_loses_no_click(world: World) -> None:
    with serving(create_app(world.store, world.signer, world.clock)) as visitor:
        holder = sqlite3.connect(world.path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        assert visitor.ask("GET", world.website_path).status == 302
        assert visitor.ask("GET", world.website_path).status == 302
        assert world.events() == []
        holder.execute("COMMIT")
        holder.close()
    # The server writes what waits before it ends.
    assert [event.kind for event in world.events()] == [CLICKED, CLICKED]


def test_a_click_that_cannot_be_written_leads_on_and_the_log_holds_no_token(
    world: World, visitor: Visitor
) -> None:
    _damage(world, "DROP TABLE events")
    with capture_logs() as logs:
        answer = visitor.ask("GET", world.website_path)
    assert (answer.status, answer.headers["Location"]) == (302, WEBSITE)
    assert logs == [
        {
            "event": "a click was not recorded",
            "log_level": "warning",
            "message": world.message_id,
            "error": "OperationalError",
        }
    ]


def test_a_known_link_needs_no_database_and_an_unknown_one_says_to_come_back(
    world: World, visitor: Visitor
) -> None:
    visitor.ask("HEAD", world.website_path)
    _damage(world, "DROP TABLE links")
    assert visitor.ask("HEAD", world.website_path).headers["Location"] == WEBSITE
    answer = visitor.ask("GET", world.book_path)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "Something went wrong" in answer.body


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example", "https://x.example?ref=abc"),
        ("https://x.example/?", "https://x.example/?ref=abc"),
        ("https://x.example/a?b=c", "https://x.example/a?b=c&ref=abc"),
        ("https://x.example/a#top", "https://x.example/a?ref=abc#top"),
        ("https://x.example/a?ref=old&b=c#top", "https://x.example/a?b=c&ref=abc#top"),
        ("https://x.example/?r%65f=old&ref&preference=1", "https://x.example/?preference=1&ref=abc"),
        (
            "https://x.example/?q=a%20b+c&empty=&e=%C3%A9",
            "https://x.example/?q=a%20b+c&empty=&e=%C3%A9&ref=abc",
        ),
        ("https://x.example:8443/a;b?c=d/e?f", "https://x.example:8443/a;b?c=d/e?f&ref=abc"),
    ],
)
def test_the_reference_is_set_once_and_the_rest_of_the_address_stays_as_written(
    url: str, expected: str
) -> None:
    assert with_parameter(url, "ref", "abc") == expected


def _damage(world: World, statement: str) -> None:
    with sqlite3.connect(world.path) as connection:
        connection.execute(statement)
    connection.close()
