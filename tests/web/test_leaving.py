"""Leaving: a page that asks, one press (or one request of a mail program) that does it."""

from __future__ import annotations

import sqlite3

import pytest
from structlog.testing import capture_logs

from partwork.ids import new_message_id
from partwork.sending.states import EnrollmentState
from partwork.tracking.tokens import Purpose
from tests.web.visitor import FORM, ONE_CLICK, Visitor
from tests.web.world import World

MULTIPART = "multipart/form-data; boundary=frontier"


def multipart(*parts: str) -> bytes:
    """Return a multipart body of these parts, each with its own headers."""
    return "".join(f"--frontier\r\n{part}\r\n" for part in parts).encode() + b"--frontier--\r\n"


def field(name: str, value: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'


def test_the_page_asks_and_changes_nothing(world: World, visitor: Visitor) -> None:
    before = world.standing()
    answer = visitor.ask("GET", world.leave_path)
    assert answer.status == 200
    assert answer.body.count("<button") == 1
    assert "Riverside &amp; Sons" in answer.body
    assert (world.standing(), world.events()) == (before, [])


def test_a_mail_programs_request_acts_at_once(world: World, visitor: Visitor) -> None:
    raw = (
        f"POST {world.leave_path} HTTP/1.1\r\nHost: links.example\r\nConnection: close\r\n"
        f"Content-Type: {FORM}\r\nContent-Length: 26\r\n\r\nList-Unsubscribe=One-Click"
    )
    answer = visitor.send(raw.encode(), method="POST")
    assert answer.status == 200
    assert (answer.headers["Location"], answer.headers["Set-Cookie"]) == (None, None)
    assert "You are unsubscribed" in answer.body
    _assert_left(world)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param(FORM, ONE_CLICK, id="form"),
        pytest.param(f"{FORM}; charset=UTF-8", ONE_CLICK + b"\r\n", id="trailing line end"),
        pytest.param("", ONE_CLICK, id="no type"),
        pytest.param("", b"", id="empty"),
        pytest.param(MULTIPART, b"", id="multipart, empty"),
        pytest.param(FORM, b"\r\n", id="only a line end"),
        pytest.param(MULTIPART, multipart(field("List-Unsubscribe", "One-Click")), id="multipart"),
        pytest.param(
            'Multipart/Form-Data; boundary="frontier"',
            multipart(
                'Content-Type: text/plain\r\ncontent-disposition: form-data; name="List-Unsubscribe"'
                "\r\n\r\nOne-Click"
            ),
            id="multipart, other spelling",
        ),
    ],
)
def test_every_form_of_the_one_click_body_unsubscribes(
    content_type: str, body: bytes, world: World, visitor: Visitor
) -> None:
    assert visitor.ask("POST", world.leave_path, body=body, content_type=content_type).status == 200
    _assert_left(world)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param(FORM, b"List-Unsubscribe=one-click", id="case"),
        pytest.param(FORM, b"List-Unsubscribe=One-Click&more=1", id="more"),
        pytest.param(FORM, b"List-Unsubscribe=One-Click&List-Unsubscribe=One-Click", id="twice"),
        pytest.param(FORM, b" List-Unsubscribe=One-Click", id="space"),
        pytest.param(FORM, b"List-Unsubscribe=", id="no value"),
        pytest.param(FORM, b"\xff\xfe\x00", id="bytes"),
        pytest.param("application/json", b'{"List-Unsubscribe": "One-Click"}', id="json"),
        pytest.param(MULTIPART, ONE_CLICK, id="form called multipart"),
        pytest.param(
            "multipart/form-data", multipart(field("List-Unsubscribe", "One-Click")), id="no boundary"
        ),
        pytest.param(MULTIPART, multipart(field("List-Unsubscribe", "No")), id="multipart, other value"),
        pytest.param(MULTIPART, multipart(), id="multipart, no field"),
        pytest.param(
            MULTIPART,
            multipart(field("List-Unsubscribe", "One-Click"), field("more", "1")),
            id="multipart, more",
        ),
        pytest.param(
            MULTIPART,
            multipart(
                'Content-Disposition: form-data; name="List-Unsubscribe"; filename="x"\r\n\r\nOne-Click'
            ),
            id="multipart, a file",
        ),
        pytest.param(
            MULTIPART,
            multipart(field("List-Unsubscribe", "One-Click"))[:-20],
            id="multipart, cut off",
        ),
    ],
)
def test_any_other_body_is_refused_kindly_and_nothing_is_done(
    content_type: str, body: bytes, still_world: World, passer_by: Visitor
) -> None:
    before = still_world.standing()
    answer = passer_by.ask("POST", still_world.leave_path, body=body, content_type=content_type)
    assert answer.status == 400
    assert "Nothing was changed" in answer.body
    assert (still_world.standing(), still_world.events()) == (before, [])


@pytest.mark.parametrize("length", [1025, 5_000_000])
def test_a_long_body_is_refused_unread(length: int, still_world: World, passer_by: Visitor) -> None:
    before = still_world.standing()
    head = f"POST {still_world.leave_path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    # No more than one byte over the limit is ever sent: the answer may not wait for the rest.
    answer = passer_by.send(head.encode() + b"x" * 1025, method="POST")
    assert answer.status == 413
    assert still_world.standing() == before


def test_a_chunked_body_is_capped_as_well(still_world: World, passer_by: Visitor) -> None:
    head = f"POST {still_world.leave_path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"200\r\n" + b"x" * 0x200 + b"\r\n"
    assert passer_by.send(head.encode() + chunk * 3, method="POST").status == 413


def test_leaving_twice_is_answered_alike_and_changes_nothing_more(world: World, visitor: Visitor) -> None:
    first = visitor.ask("POST", world.leave_path, body=ONE_CLICK, content_type=FORM)
    after_first = world.standing()
    second = visitor.ask("POST", world.leave_path)
    assert (second.status, second.body) == (first.status, first.body)
    assert world.standing() == after_first
    assert len(world.events()) == 1


def test_the_confirmation_is_the_same_for_a_reader_who_is_no_longer_there(
    world: World, visitor: Visitor
) -> None:
    stranger = world.token(Purpose.UNSUBSCRIBE, message_id=new_message_id())
    erased = visitor.ask("POST", f"/u/{stranger}", body=ONE_CLICK, content_type=FORM)
    known = visitor.ask("POST", world.leave_path, body=ONE_CLICK, content_type=FORM)
    assert (erased.status, erased.body) == (known.status, known.body) == (200, known.body)


def test_a_database_that_cannot_be_written_is_never_confirmed(world: World, visitor: Visitor) -> None:
    with sqlite3.connect(world.path) as connection:
        connection.execute("DROP TABLE events")  # the last of the three things leaving writes
    connection.close()
    with capture_logs() as logs:
        answer = visitor.ask("POST", world.leave_path, body=ONE_CLICK, content_type=FORM)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "That did not work" in answer.body
    assert "You are unsubscribed" not in answer.body
    assert answer.body.count("<button") == 1
    assert world.suppression() is None
    assert [enrollment.state for enrollment in world.enrollments()] == [EnrollmentState.ACTIVE] * 2
    assert [(log["event"], log["message"], log["error"]) for log in logs] == [
        ("a reader could not leave", world.message_id, "OperationalError")
    ]


def test_other_methods_are_refused_and_named(still_world: World, passer_by: Visitor) -> None:
    before = still_world.standing()
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = passer_by.ask(method, still_world.leave_path)
        assert answer.status == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert still_world.standing() == before


def test_crawling_every_link_of_an_email_three_times_changes_nobodys_standing(
    world: World, visitor: Visitor
) -> None:
    before = world.standing()
    for _ in range(3):
        for path in (world.website_path, world.book_path, world.leave_path):
            for method in ("GET", "HEAD"):
                assert visitor.ask(method, path).status in (200, 302)
    assert world.standing() == before
    assert {event.kind for event in world.events()} == {"clicked"}


def _assert_left(world: World) -> None:
    suppression = world.suppression()
    assert suppression
    assert suppression.reason == "unsubscribed"
    assert [(row.state, row.reason) for row in world.enrollments()] == [
        (EnrollmentState.EXITED, "unsubscribed")
    ] * 2
    assert world.due_count() == 0
    assert [(event.kind, event.message_id) for event in world.events()] == [
        ("unsubscribed", world.message_id)
    ]
