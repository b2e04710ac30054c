"""The mark of a test: above everything, in both bodies, and nothing else is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from partwork.rendering.merge import in_form
from partwork.rendering.testmark import mark_as_test
from partwork.sending.outgoing import Form, Mail

MAIL = Mail(
    message_id="a" * 20,
    sender="The Back Room <hello@example.org>",
    address="editor@example.org",
    reply_to=None,
    subject="About one",
    text="Good day\n",
    html="<html><body><p>Good day</p></body></html>",
    headers=(("X-Partwork-Id", "a" * 20),),
    date=datetime(2026, 11, 23, 9, tzinfo=UTC),
)
BANNER = '<table role="presentation"'
TEST = "This is a test <1>."


def test_a_mark_changes_subject_bodies_and_headers_and_nothing_else() -> None:
    marked = mark_as_test(MAIL, text=TEST, before_subject="[Test 2/5]")
    assert marked == replace(
        MAIL,
        subject="[Test 2/5] About one",
        text=marked.text,
        html=marked.html,
        headers=(("X-Partwork-Id", "a" * 20), ("X-Partwork-Test", "yes")),
    )
    assert marked.text.startswith("This is a test <1>.")
    assert marked.text.endswith("\n\nGood day\n")
    assert marked.html.endswith("<p>Good day</p></body></html>")


@pytest.mark.parametrize(
    ("html", "before"),
    [
        ("<html><BODY>Hi</BODY></html>", "<html><BODY>"),
        ("<body class='page' style=\"x\">Hi</body>", "<body class='page' style=\"x\">"),
        (
            '<body> <div style="display:none;font-size:1px">More about it</div><div>Hi</div></body>',
            '<body> <div style="display:none;font-size:1px">More about it</div>',
        ),
        ("<p>No body at all</p>", ""),
        ("<style>tbody { }</style><body><tbody>", "<style>tbody { }</style><body>"),
    ],
)
def test_the_line_stands_first_but_for_the_preheader(html: str, before: str) -> None:
    marked = mark_as_test(replace(MAIL, html=html), text=TEST, before_subject="[Test]").html
    assert marked.startswith(before + BANNER)
    assert marked.count(BANNER) == 1
    assert marked.endswith(html[len(before) :])


def test_a_marked_mail_carries_its_header_in_its_bytes() -> None:
    mime = in_form(mark_as_test(MAIL, text=TEST, before_subject="[Test 1/2]"), Form.MIME).mime
    assert mime is not None
    head, _, _ = mime.partition(b"\r\n\r\n")
    assert b"\r\nX-Partwork-Test: yes\r\n" in head
    assert b"\r\nSubject: [Test 1/2] About one\r\n" in head
