"""The journey of `partwork rehearse`: who gets what when, and what the emails are like."""

from __future__ import annotations

import csv
import email
import email.policy
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import mailparser  # type: ignore[import-untyped]  # it ships none
import pytest
from bs4 import BeautifulSoup

from tests.journeys.place import ARTICLE_FILE, CAMPAIGN, READERS_FILE, Place, Ran

PARTS = ["the-hidden-muscle", "what-it-feels-like", "why-it-matters", "how-to-fix-it", "next-steps"]
ONE_EACH = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "X-Partwork-Id"),
)
RESIDUE = ("{{", "}}", "{%", "%}", "[[", "]]", "[%", "%]", "None", "&amp;amp;", "&amp;#", "&lt;br", "\ufffd")
HIDDEN = re.compile(r"display:\s*none")


@dataclass(frozen=True, slots=True)
class Mail:
    """One file of the rehearsed outbox."""

    name: str
    raw: bytes
    parsed: EmailMessage

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def sent_at(self) -> datetime:
        instant = self.parsed["Date"].datetime
        assert isinstance(instant, datetime)
        return instant

    def _body(self, kind: str) -> str:
        body = self.parsed.get_body((kind,))
        assert isinstance(body, EmailMessage)
        content = body.get_content()
        assert isinstance(content, str)
        return content


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal as it was: the process, the readers' file, and each reader's mails in order of date."""

    ran: Ran
    zones: dict[str, ZoneInfo]
    unsubscribed: set[str]
    article: list[str]
    mails: dict[str, list[Mail]]
    place: Place

    def all_mails(self) -> list[Mail]:
        return [mail for mails in self.mails.values() for mail in mails]


@pytest.fixture(scope="module")
def rehearsal(make_place: Callable[[str], Place]) -> Rehearsal:
    place = make_place("rehearsal")
    ran = place.partwork("rehearse", "--json", "--from", "2026-10-20T11:07:00Z")
    with (place.folder / READERS_FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mails: dict[str, list[Mail]] = {}
    for path in (place.state / "rehearsal" / "outbox" / "new").iterdir():
        mail = _read(path)
        mails.setdefault(str(mail.parsed["To"]), []).append(mail)
    for series in mails.values():
        series.sort(key=lambda mail: mail.sent_at)
    return Rehearsal(
        ran=ran,
        zones={row["email"]: ZoneInfo(row["timezone"] or "Europe/London") for row in rows},
        unsubscribed={row["email"] for row in rows if row["status"] == "unsubscribed"},
        article=(place.folder / ARTICLE_FILE).read_text("utf-8").splitlines(),
        mails=mails,
        place=place,
    )


def _read(path: Path) -> Mail:
    raw = path.read_bytes()
    return Mail(path.name, raw, email.message_from_bytes(raw, policy=email.policy.default))


def test_a_rehearsal_succeeds_and_its_json_is_one_document_alone_on_stdout(rehearsal: Rehearsal) -> None:
    assert (rehearsal.ran.status, rehearsal.ran.err) == (0, "")
    told = json.loads(rehearsal.ran.out)
    assert told["sent"] == dict.fromkeys(PARTS, len(rehearsal.mails))
    assert {row["message"] for row in told["messages"]} == {mail.name for mail in rehearsal.all_mails()}


def test_each_subscribed_reader_has_every_part_once_and_nobody_else_has_any(rehearsal: Rehearsal) -> None:
    part_of = {row["message"]: row["part"] for row in json.loads(rehearsal.ran.out)["messages"]}
    got = {
        address: [part_of[str(mail.parsed["X-Partwork-Id"])] for mail in mails]
        for address, mails in rehearsal.mails.items()
    }
    assert len(rehearsal.unsubscribed) == 1
    assert got == dict.fromkeys(rehearsal.zones.keys() - rehearsal.unsubscribed, PARTS)


def test_each_part_comes_at_nine_on_a_weekday_of_its_reader_three_days_or_more_after_the_last(
    rehearsal: Rehearsal,
) -> None:
    # The weeks rehearsed hold the end of summer time in Europe and in America.
    for address, mails in rehearsal.mails.items():
        local = [mail.sent_at.astimezone(rehearsal.zones[address]) for mail in mails]
        assert [(instant.time(), instant.weekday() < 5) for instant in local] == [(time(9), True)] * 5
        gaps = [after.date() - before.date() for before, after in itertools.pairwise(local)]
        assert all(timedelta(days=3) <= gap <= timedelta(days=5) for gap in gaps), address


def test_a_rehearsal_makes_no_live_database_and_sends_nothing_live(rehearsal: Rehearsal) -> None:
    assert not rehearsal.place.database.exists()
    assert not (rehearsal.place.state / "outbox").exists()


def test_a_rehearsal_leaves_what_is_published_as_it_is(place: Place) -> None:
    place.must("publish", CAMPAIGN)
    before = place.database.read_bytes()
    place.must("rehearse")
    assert place.database.read_bytes() == before
    assert not (place.state / "partwork.db-wal").exists()


def test_a_second_rehearsal_takes_the_place_of_the_first(place: Place) -> None:
    outbox = place.state / "rehearsal" / "outbox" / "new"
    place.must("rehearse")
    first = {path.name for path in outbox.iterdir()}
    place.must("rehearse")
    second = {path.name for path in outbox.iterdir()}
    assert len(first) == len(second) == 75
    assert first.isdisjoint(second)


def test_each_email_is_well_formed_to_two_parsers(rehearsal: Rehearsal) -> None:
    for mail in rehearsal.all_mails():
        assert not mail.parsed.defects
        assert not [defect for part in mail.parsed.walk() for defect in part.defects]
        assert [part.get_content_type() for part in mail.parsed.walk()] == [
            *("multipart/alternative", "text/plain", "text/html")
        ]
        second = mailparser.parse_from_bytes(mail.raw)
        assert not second.has_defects
        assert [text.split() for text in second.text_plain] == [mail.text.split()]
        assert [html.split() for html in second.text_html] == [mail.html.split()]
        assert second.subject == mail.parsed["Subject"]


def test_each_email_has_its_headers_once_and_its_lines_within_bounds(rehearsal: Rehearsal) -> None:
    for mail in rehearsal.all_mails():
        counts = Counter(name.lower() for name in mail.parsed)
        assert {name: counts[name.lower()] for name in ONE_EACH} == dict.fromkeys(ONE_EACH, 1)
        assert max(counts.values()) == 1
        assert str(mail.parsed["X-Partwork-Id"]) == mail.name
        head, _, body = mail.raw.partition(b"\r\n\r\n")
        assert max(map(len, head.split(b"\r\n"))) <= 998
        assert max(map(len, body.split(b"\r\n"))) <= 76
        assert b"\n" not in mail.raw.replace(b"\r\n", b"")
        assert b"\r" not in mail.raw.replace(b"\r\n", b"")
        assert mail.raw.isascii()
        assert len(mail.html.encode()) <= 60_000


def test_no_email_holds_a_trace_of_the_machinery(rehearsal: Rehearsal) -> None:
    for mail in rehearsal.all_mails():
        for text in (mail.html, mail.text, str(mail.parsed["Subject"])):
            assert [trace for trace in RESIDUE if trace in text] == []


def test_no_email_fetches_anything_from_elsewhere(rehearsal: Rehearsal) -> None:
    for mail in rehearsal.all_mails():
        page = BeautifulSoup(mail.html, "html.parser")
        assert [
            tag.name for tag in page.find_all(["img", "script", "iframe", "link", "object", "video"])
        ] == []
        assert [tag for tag in page.find_all(True) if tag.get("src") or tag.get("background")] == []
        assert not re.search(r"url\(|@import", mail.html)


def test_no_link_or_header_tells_who_reads_or_what_about(rehearsal: Rehearsal) -> None:
    for address, mails in rehearsal.mails.items():
        for mail in mails:
            addresses = re.findall(r"https?://[^\s\"'<>]+", mail.text)
            assert len(addresses) == 3
            assert all(
                re.fullmatch(r"http://127\.0\.0\.1:8000/[bcu]/[\w-]{44,45}", link) for link in addresses
            )
            hidden_in = [mail.parsed[name] for name in ("List-Id", "List-Unsubscribe", "Message-ID")]
            assert not [value for value in hidden_in if "glute" in value.lower() or address in value]


def test_the_text_says_hello_by_name_where_there_is_one(rehearsal: Rehearsal) -> None:
    hello = {address: mails[0].text.split("\n")[4].strip() for address, mails in rehearsal.mails.items()}
    assert hello["darcy.whitlock@example.org"] == "Hello D'Arcy,"
    assert hello["yui.tanaka@example.org"] == "Hello 結衣,"
    assert hello["runner42@example.org"] == "Hello there,"


def _wording(article: list[str]) -> list[str]:
    """Return what must reach a reader, in order: headings, items, sentences and references.

    Read off the file by hand: the first line is the title, and one line is the button.
    """
    lines = [line for line in article[1:] if line and "Book a session today" not in line]
    assert len(lines) == len(article) - 2
    references = lines.index("Resources")
    sentences = [
        sentence for line in lines[:references] for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", line)
    ]
    assert len(sentences) > len(lines[:references])
    return [*sentences, *lines[references:]]


def _plain(text: str) -> str:
    return " ".join(text.split())


@cache
def _visible(html: str) -> str:
    """Return what a reader sees of a page."""
    page = BeautifulSoup(html, "html.parser")
    for tag in page.find_all(["head", "style", "title"]) + page.find_all(style=HIDDEN):
        tag.decompose()
    return _plain(page.get_text(" "))


def _hidden(html: str) -> str:
    """Return what stands in a page and is not shown: the preheader."""
    page = BeautifulSoup(html, "html.parser")
    return _plain(" ".join(tag.get_text(" ") for tag in page.find_all(style=HIDDEN)))


def _positions(wording: list[str], text: str) -> list[int]:
    """Return where each piece of the wording stands; each must stand there exactly once."""
    counts = {piece: text.count(_plain(piece)) for piece in wording}
    assert counts == dict.fromkeys(wording, 1)
    return [text.index(_plain(piece)) for piece in wording]


@pytest.mark.parametrize("form", ["html", "text"])
def test_each_reader_gets_the_article_word_for_word_once_and_in_order(
    rehearsal: Rehearsal, form: str
) -> None:
    wording = _wording(rehearsal.article)
    assert len(rehearsal.mails) == 15
    for mails in rehearsal.mails.values():
        whole = " ".join(_visible(mail.html) if form == "html" else _plain(mail.text) for mail in mails)
        positions = _positions(wording, whole)
        assert positions == sorted(positions)


def test_neither_preheader_nor_teaser_gives_away_a_sentence_or_a_long_heading(rehearsal: Rehearsal) -> None:
    wording = [
        piece for piece in _wording(rehearsal.article) if len(piece) > 40 or piece.endswith((".", "!"))
    ]
    for mails in rehearsal.mails.values():
        subjects = [str(mail.parsed["Subject"]) for mail in mails]
        assert len(set(subjects)) == 5
        for mail, teased in zip(mails, [*subjects[1:], None], strict=True):
            asides = [_hidden(mail.html), str(mail.parsed["Subject"])]
            assert len(asides[0]) > 20
            assert not [piece for piece in wording for aside in asides if _plain(piece) in aside]
            for text in (_visible(mail.html), _plain(mail.text)):
                assert (f"Next: {teased}" in text) == (teased is not None)
