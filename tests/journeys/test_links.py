"""The journey of a reader who clicks: what `partwork serve` answers, and what comes of it."""

from __future__ import annotations

import email
import email.policy
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.place import CAMPAIGN, PATIENCE, Place

FORM = "application/x-www-form-urlencoded"
ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Server:
    """One running `partwork serve`."""

    netloc: str

    def ask(self, method: str, path: str, body: str | None = None) -> Answer:
        connection = HTTPConnection(self.netloc, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": FORM} if body is not None else {})
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read().decode("utf-8"))
        finally:
            connection.close()


@contextmanager
def _serving(place: Place, *options: str) -> Iterator[Server]:
    """Run the server on a free port; in the end it must stop when asked, without a word of complaint."""
    process = place.start([sys.executable, "-m", "partwork", "serve", "--port", "0", *options])
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        found = re.search(r"http://(127\.0\.0\.1:\d+)", first)
        assert found, first
        yield Server(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")


def _mail_to(folder: Path, address: str) -> EmailMessage:
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.iterdir()
    ]
    return next(mail for mail in mails if mail["To"] == address)


def _paths(mail: EmailMessage, kind: str) -> set[str]:
    """Return the paths of a mail's links of one kind, from both its bodies."""
    texts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return {
        urlsplit(link).path
        for text in texts
        for link in re.findall(rf"http://[^\s\"'<>]+/{kind}/[\w-]+", text)
    }


def _with_another_character(path: str, *, at: int) -> str:
    characters = list(path)
    characters[at] = "B" if characters[at] == "A" else "A"
    return "".join(characters)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsed workspace whose links are answered, and one email of it."""

    place: Place
    server: Server
    mail: EmailMessage


@pytest.fixture(scope="module")
def rehearsed(make_place: Callable[[str], Place]) -> Iterator[Rehearsed]:
    place = make_place("rehearsed")
    place.must("rehearse")
    with _serving(place, "--rehearsal") as server:
        outbox = place.state / "rehearsal" / "outbox" / "new"
        yield Rehearsed(place, server, _mail_to(outbox, "ann.baker@example.org"))


def test_the_button_of_a_rehearsed_email_leads_to_booking_with_a_reference(rehearsed: Rehearsed) -> None:
    (book,) = _paths(rehearsed.mail, "b")
    booked = rehearsed.server.ask("GET", book)
    assert (booked.status, booked.headers["cache-control"]) == (302, "no-store")
    assert booked.headers["referrer-policy"] == "no-referrer"
    where = urlsplit(booked.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == "https://book.example.org/session"
    (reference,) = parse_qs(where.query)["utm_content"]
    assert re.fullmatch(r"[a-z2-7]{32}", reference)


def test_the_website_of_a_rehearsed_email_is_one_click_away(rehearsed: Rehearsed) -> None:
    (website,) = _paths(rehearsed.mail, "c")
    clicked = rehearsed.server.ask("GET", website)
    assert (clicked.status, clicked.headers["location"]) == (302, "https://www.example.org")
    assert clicked.headers["cache-control"] == "no-store"
    assert clicked.headers["referrer-policy"] == "no-referrer"


def test_leaving_by_a_rehearsed_email_asks_first_and_touches_no_live_database(rehearsed: Rehearsed) -> None:
    (leave,) = _paths(rehearsed.mail, "u")
    assert leave == urlsplit(str(rehearsed.mail["List-Unsubscribe"]).strip("<>")).path
    asked = rehearsed.server.ask("GET", leave)
    assert (asked.status, "<form" in asked.body, "post" in asked.body) == (200, True, True)
    assert "ann.baker" not in asked.body
    assert rehearsed.server.ask("POST", leave, ONE_CLICK).status == 200
    assert not rehearsed.place.database.exists()


@pytest.mark.parametrize("kind", ["b", "c", "u"])
def test_a_token_that_is_not_ours_is_a_friendly_page_that_repeats_nothing(
    rehearsed: Rehearsed, kind: str
) -> None:
    (good,) = _paths(rehearsed.mail, kind)
    forged = [_with_another_character(good, at=8), _with_another_character(good, at=-8)]
    another_purpose = good.replace(f"/{kind}/", "/u/" if kind == "b" else "/b/")
    for path in (*forged, another_purpose, f"/{kind}/nonsense-gluteus", good[:-6]):
        answer = rehearsed.server.ask("GET", path)
        assert answer.status == 404
        assert "Riverside Manual Therapy" in answer.body
        assert path.rpartition("/")[2] not in answer.body
    assert rehearsed.server.ask("POST", f"/u/{forged[0][3:]}", ONE_CLICK).status == 404


def test_the_server_says_that_it_is_well(rehearsed: Rehearsed) -> None:
    assert rehearsed.server.ask("GET", "/healthz").status == 200


def test_a_link_of_a_rehearsal_touches_nobody_live(place: Place) -> None:
    place.begin_at_once()
    place.must("rehearse")
    place.must("publish", CAMPAIGN)
    mail = _mail_to(place.state / "rehearsal" / "outbox" / "new", "ann.baker@example.org")
    with _serving(place) as server:
        (leave,) = _paths(mail, "u")
        assert server.ask("POST", leave, ONE_CLICK).status == 404
    place.tick()
    assert "ann.baker@example.org" in {
        row["address"] for row in place.messages() if row["state"] == "accepted"
    }


def test_who_leaves_gets_nothing_more_and_why_tells_it(place: Place) -> None:
    place.begin_at_once(every="1 minutes")
    place.invite([f"{name}@example.org,,Europe/London,consent,form,2026-03-02," for name in ("ann", "bob")])
    place.must("publish", CAMPAIGN)
    place.tick()
    (leave,) = _paths(_mail_to(place.state / "outbox" / "new", "ann@example.org"), "u")
    with _serving(place) as server:
        assert server.ask("GET", leave).status == 200
        assert "Unsubscribed" not in place.must("why", "ann@example.org")
        assert [server.ask("POST", leave, ONE_CLICK).status for _ in range(2)] == [200, 200]
    # The file still says nothing of it, and brings nobody back.
    place.must("audience", "import", "readers")
    place.tick()

    states = {(row["address"], row["part"]): row["state"] for row in place.messages()}
    assert states["ann@example.org", "the-hidden-muscle"] == "accepted"
    assert states["ann@example.org", "what-it-feels-like"] in {"suppressed", "cancelled"}
    assert states["bob@example.org", "what-it-feels-like"] in {"due", "accepted"}
    told = place.must("why", "ann@example.org").splitlines()
    assert [line for line in told if "unsubscribed" in line.lower()] != []
    assert told[-1] == "Nothing comes next."
