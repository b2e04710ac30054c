"""The bytes of a message, read back by two parsers that know nothing of how it was written."""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import mailparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partwork.rendering.headers import CannotBuild
from partwork.rendering.mime import to_mime
from partwork.sending.outgoing import Mail
from tests.rendering.samples import MESSAGE_ID

INJECTION = "=?utf-8?q?x=0D=0ABcc=3A_evil@x.example?="
TOKEN = "k" + "T0ken_-" * 12

MAIL = Mail(
    message_id=MESSAGE_ID,
    sender="Harbour Manual Therapy <hello@harbour.example>",
    address="amelie@example.org",
    reply_to="desk@harbour.example",
    subject="What a tired hip feels like",
    text="Hello Amélie,\n\nDeep, aching pain.\n",
    html="<!DOCTYPE html><html><body><p>Hello Amélie — ✅</p></body></html>",
    headers=(
        ("List-Id", "<readers.harbour.example>"),
        ("List-Unsubscribe", f"<https://mail.harbour.example/u/{TOKEN}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("X-Partwork-Id", MESSAGE_ID),
    ),
    date=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
)


def head_lines(raw: bytes) -> list[bytes]:
    return raw.partition(b"\r\n\r\n")[0].split(b"\r\n")


def bodies(raw: bytes) -> dict[str, str]:
    """Return the decoded bodies by content type, in the order of the message."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.defects == []
    return {
        part.get_content_type(): part.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n")
        for part in message.walk()
        if not part.is_multipart()
    }


def test_a_message_has_each_header_once_as_it_was_meant() -> None:
    assert head_lines(to_mime(MAIL)) == [
        b"From: Harbour Manual Therapy <hello@harbour.example>",
        b"To: amelie@example.org",
        b"Reply-To: desk@harbour.example",
        b"Subject: What a tired hip feels like",
        b"Date: Mon, 23 Nov 2026 09:00:00 +0000",
        b"Message-ID: <abcdefghijklmnopqrst@harbour.example>",
        b"List-Id: <readers.harbour.example>",
        b"List-Unsubscribe: <https://mail.harbour.example/u/" + TOKEN.encode() + b">",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"X-Partwork-Id: abcdefghijklmnopqrst",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/alternative; boundary="=_abcdefghijklmnopqrst"',
    ]


def test_without_a_reply_address_there_is_no_reply_to() -> None:
    assert b"Reply-To" not in to_mime(replace(MAIL, reply_to=None))


def test_text_comes_first_and_both_bodies_read_back_as_they_were() -> None:
    assert list(bodies(to_mime(MAIL)).items()) == [
        ("text/plain", MAIL.text),
        ("text/html", MAIL.html),
    ]


def test_a_second_parser_reads_the_same() -> None:
    parsed = mailparser.parse_from_bytes(to_mime(replace(MAIL, subject="Für Ängstliche: 5 Schritte ✅")))
    assert parsed.subject == "Für Ängstliche: 5 Schritte ✅"
    assert parsed.from_ == [("Harbour Manual Therapy", "hello@harbour.example")]
    assert parsed.to == [("", "amelie@example.org")]
    assert parsed.message_id == f"<{MESSAGE_ID}@harbour.example>"
    assert [part.replace("\r\n", "\n") for part in parsed.text_plain] == [MAIL.text]
    assert [part.replace("\r\n", "\n") for part in parsed.text_html] == [MAIL.html]
    assert parsed.defects == []


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400),
    st.text("=.-_ \tFrom>\né✅a", max_size=400),
)
def test_any_body_survives_in_short_ascii_lines(text: str, html: str) -> None:
    raw = to_mime(replace(MAIL, text=text, html=html))
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert body.isascii()
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"\r" not in body.replace(b"\r\n", b"")
    read = bodies(raw)
    assert read == {"text/plain": text, "text/html": html}


def test_a_body_that_quotes_the_boundary_does_not_end_there() -> None:
    quoting = f"--=_{MESSAGE_ID}\r\n\r\n--=_{MESSAGE_ID}--\n"
    raw = to_mime(replace(MAIL, text=quoting))
    assert raw.count(f"--=_{MESSAGE_ID}".encode()) == 3
    assert bodies(raw)["text/plain"] == quoting.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "subject",
    [
        "Wieder schmerzfrei: für Sie, Zoë & Søren",
        "腰の痛みの意外な原因と、その治し方について知っておきたい五つのこと、そして今日からできること",
        "✅" * 60,
        "plain " * 300 + "end",
        INJECTION,
        f"Hi {INJECTION} there",
        "=?utf-8?b?SGk=?= ends in ?=",
        "  spaces   kept  ",
    ],
)
def test_a_subject_reads_back_as_it_was(subject: str) -> None:
    raw = to_mime(replace(MAIL, subject=subject))
    head = head_lines(raw)
    assert max(len(line) for line in head) <= 998
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    decoded = email.header.make_header(email.header.decode_header(message["Subject"]))
    assert str(decoded).strip() == subject.strip()
    assert mailparser.parse_from_bytes(raw).subject.strip() == subject.strip()
    assert_no_extra_header(raw)


@pytest.mark.parametrize(
    "name",
    [
        "Praxis Müller",
        'Dr. "Back", Ltd; (Portsmouth)',
        "山田治療院",
        "O'Hara\\Sons",
        INJECTION,
        f"x {INJECTION}",
    ],
)
def test_a_sender_name_reads_back_as_it_was(name: str) -> None:
    raw = to_mime(replace(MAIL, sender=f"{name} <hello@harbour.example>"))
    assert mailparser.parse_from_bytes(raw).from_ == [(name, "hello@harbour.example")]
    assert_no_extra_header(raw)


def assert_no_extra_header(raw: bytes) -> None:
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    assert Counter(message.keys()) == Counter(
        [
            *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe"),
            *("List-Unsubscribe-Post", "X-Partwork-Id", "MIME-Version", "Content-Type"),
        ]
    )
    assert message["To"] == MAIL.address
    assert not re.search(rb"(?im)^bcc:", raw.partition(b"\r\n\r\n")[0])


def test_a_quoted_sender_name_is_read_without_its_quotes() -> None:
    raw = to_mime(replace(MAIL, sender='"Smith, \\"Jo\\"" <hello@harbour.example>'))
    assert mailparser.parse_from_bytes(raw).from_ == [('Smith, "Jo"', "hello@harbour.example")]


def test_an_international_domain_is_written_in_ascii() -> None:
    raw = to_mime(replace(MAIL, address="amelie@bücher.example", sender="hello@praxis-münchen.example"))
    head = b"\n".join(head_lines(raw))
    assert b"To: amelie@xn--bcher-kva.example" in head
    assert b"From: hello@xn--praxis-mnchen-3ob.example" in head
    assert b"Message-ID: <abcdefghijklmnopqrst@xn--praxis-mnchen-3ob.example>" in head


@pytest.mark.parametrize(
    "unsafe", ["\r\nBcc: evil@x.example", "\n", "\r", "\x00", "\x1b", "\x7f", "\x85", "\u2028"]
)
@pytest.mark.parametrize("field", ["subject", "sender", "reply_to", "address", "List-Id"])
def test_a_control_character_in_a_header_is_refused_by_name(field: str, unsafe: str) -> None:
    attacks = {
        "subject": replace(MAIL, subject=f"Hi{unsafe}there"),
        "sender": replace(MAIL, sender=f"Hi{unsafe}there <hello@harbour.example>"),
        "reply_to": replace(MAIL, reply_to=f"desk{unsafe}@harbour.example"),
        "address": replace(MAIL, address=f"amelie@example.org{unsafe}"),
        "List-Id": replace(MAIL, headers=(("List-Id", f"<a{unsafe}>"), *MAIL.headers[1:])),
    }
    with pytest.raises(CannotBuild) as caught:
        to_mime(attacks[field])
    named = {"subject": "Subject", "sender": "From", "reply_to": "Reply-To", "address": "To"}
    assert str(caught.value).startswith(f"{named.get(field, field)}: ")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ((("List-Id", INJECTION),), "List-Id: only plain ASCII"),
        ((("List-Id", "<é>"),), "List-Id: only plain ASCII"),
        ((("Bcc: x", "y"),), "is no header name"),
        ((("X-A", "1"), ("x-a", "2")), "x-a: the header would stand twice"),
        ((("subject", "again"),), "subject: the header would stand twice"),
        ((("X-Long", "y" * 992),), "X-Long: longer than the 998 characters"),
    ],
)
def test_a_further_header_that_could_be_misread_is_refused(
    headers: tuple[tuple[str, str], ...], said: str
) -> None:
    with pytest.raises(CannotBuild, match=re.escape(said)):
        to_mime(replace(MAIL, headers=headers))


def test_the_longest_header_line_allowed_stays_one_line() -> None:
    url = "<https://x.example/" + "t" * (998 - len("List-Unsubscribe: <https://x.example/>")) + ">"
    lines = head_lines(to_mime(replace(MAIL, headers=(("List-Unsubscribe", url),))))
    assert f"List-Unsubscribe: {url}".encode() in lines
    assert max(len(line) for line in lines) == 998


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example, c@d.example",
        "<a@b.example>",
        "a@[127.0.0.1]",
        "Name <a@b.example>, x@y.example",
        "no-at-sign",
        "zoë@example.org",
        "a b@example.org",
        "a@",
        f"{'a' * 65}@example.org",
        f"a@{'b' * 64}.example",
    ],
)
def test_what_is_not_one_plain_address_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(CannotBuild) as caught:
        to_mime(replace(MAIL, address=address))
    assert str(caught.value) == "To: not one address of the form name@domain in ASCII letters"


def test_the_same_mail_gives_the_same_bytes() -> None:
    assert to_mime(MAIL) == to_mime(MAIL)
    assert to_mime(MAIL) != to_mime(replace(MAIL, message_id="bbcdefghijklmnopqrst"))
