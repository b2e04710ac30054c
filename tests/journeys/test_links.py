"""The journey of a reader who clicks: what `partwork serve` answers, and what comes of it."""

from __future__ import annotations

import email
import email.policy
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

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


def test_every_link_of_a_rehearsed_email_works(place: Place) -> None:
    place.must("rehearse")
    outbox = place.state / "rehearsal" / "outbox" / "new"
    mail = _mail_to(outbox, "ann.baker@example.org")
    with _serving(place, "--rehearsal") as server:
        (book,) = _paths(mail, "b")
        booked = server.ask("GET", book)
        assert booked.status == 302
        where = urlsplit(booked.headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == "https://book.example.org/session"
        assert re.fullmatch(r"[a-z2-7]{32}", parse_qs(where.query)["utm_content"][0])

        (website,) = _paths(mail, "c")
        clicked = server.ask("GET", website)
        assert (clicked.status, clicked.headers["location"]) == (302, "https://www.example.org")
        for answer in (booked, clicked):
            assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == (
                "no-store",
                "no-referrer",
            )

        (leave,) = _paths(mail, "u")
        assert leave == urlsplit(str(mail["List-Unsubscribe"]).strip("<>")).path
        asked = server.ask("GET", leave)
        assert (asked.status, "<form" in asked.body, "post" in asked.body) == (200, True, True)
        assert "ann.baker" not in asked.body
        assert server.ask("POST", leave, ONE_CLICK).status == 200
        assert server.ask("GET", "/healthz").status == 200
    assert not place.database.exists()


def test_a_token_that_is_not_ours_is_a_friendly_page_that_repeats_nothing(place: Place) -> None:
    place.must("rehearse")
    mail = _mail_to(place.state / "rehearsal" / "outbox" / "new", "ann.baker@example.org")
    with _serving(place, "--rehearsal") as server:
        for kind in "bcu":
            (good,) = _paths(mail, kind)
            forged = [_with_another_character(good, at=8), _with_another_character(good, at=-8)]
            for path in (*forged, f"/{kind}/nonsense-gluteus", good[:-6]):
                answer = server.ask("GET", path)
                assert answer.status == 404
                assert "Riverside Manual Therapy" in answer.body
                assert path.rpartition("/")[2] not in answer.body
        (leave,) = _paths(mail, "u")
        (book,) = _paths(mail, "b")
        assert server.ask("POST", leave.replace("/u/", "/u/x"), ONE_CLICK).status == 404
        assert server.ask("GET", book.replace("/b/", "/u/")).status == 404


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
        assert "left" not in place.must("why", "ann@example.org").lower()
        assert [server.ask("POST", leave, ONE_CLICK).status for _ in range(2)] == [200, 200]
    place.tick()

    states = {(row["address"], row["part"]): row["state"] for row in place.messages()}
    assert states["ann@example.org", "the-hidden-muscle"] == "accepted"
    assert states.get(("ann@example.org", "what-it-feels-like")) in {"suppressed", "cancelled"}
    assert states["bob@example.org", "what-it-feels-like"] in {"due", "accepted"}
    told = place.must("why", "ann@example.org")
    assert "unsubscribed" in told.lower()
    assert told.strip().splitlines()[-1] == "Nothing comes next."
    # An import of the same file, which still says nothing of it, brings nobody back.
    place.must("audience", "import", "readers")
    assert "unsubscribed" in place.must("why", "ann@example.org").lower()
