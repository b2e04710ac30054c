"""The journey of a reader who clicks: what `partwork serve` answers, and what comes of it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from tests.journeys.place import CAMPAIGN, Place
from tests.journeys.served import ONE_CLICK, mail_to, paths_of, serving


def _with_another_character(path: str, *, at: int) -> str:
    characters = list(path)
    characters[at] = "B" if characters[at] == "A" else "A"
    return "".join(characters)


def test_every_link_of_a_rehearsed_email_works(place: Place) -> None:
    place.must("rehearse")
    outbox = place.state / "rehearsal" / "outbox" / "new"
    mail = mail_to(outbox, "ann.baker@example.org")
    with serving(place, "--rehearsal") as server:
        (book,) = paths_of(mail, "b")
        booked = server.ask("GET", book)
        assert booked.status == 302
        where = urlsplit(booked.headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == "https://book.example.org/session"
        assert re.fullmatch(r"[a-z2-7]{32}", parse_qs(where.query)["utm_content"][0])

        (website,) = paths_of(mail, "c")
        clicked = server.ask("GET", website)
        assert (clicked.status, clicked.headers["location"]) == (302, "https://www.example.org")
        for answer in (booked, clicked):
            assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == (
                "no-store",
                "no-referrer",
            )

        (leave,) = paths_of(mail, "u")
        assert leave == urlsplit(str(mail["List-Unsubscribe"]).strip("<>")).path
        asked = server.ask("GET", leave)
        assert (asked.status, "<form" in asked.body, "post" in asked.body) == (200, True, True)
        assert "ann.baker" not in asked.body
        assert server.ask("POST", leave, ONE_CLICK).status == 200
        assert server.ask("GET", "/healthz").status == 200
    assert not place.database.exists()


def test_a_token_that_is_not_ours_is_a_friendly_page_that_repeats_nothing(place: Place) -> None:
    place.must("rehearse")
    mail = mail_to(place.state / "rehearsal" / "outbox" / "new", "ann.baker@example.org")
    with serving(place, "--rehearsal") as server:
        for kind in "bcu":
            (good,) = paths_of(mail, kind)
            forged = [_with_another_character(good, at=8), _with_another_character(good, at=-8)]
            for path in (*forged, f"/{kind}/nonsense-gluteus", good[:-6]):
                answer = server.ask("GET", path)
                assert answer.status == 404
                assert "Riverside Manual Therapy" in answer.body
                assert path.rpartition("/")[2] not in answer.body
        (leave,) = paths_of(mail, "u")
        (book,) = paths_of(mail, "b")
        assert server.ask("POST", leave.replace("/u/", "/u/x"), ONE_CLICK).status == 404
        assert server.ask("GET", book.replace("/b/", "/u/")).status == 404


def test_a_link_of_a_rehearsal_touches_nobody_live(place: Place) -> None:
    place.begin_at_once()
    place.must("rehearse")
    place.must("publish", CAMPAIGN)
    mail = mail_to(place.state / "rehearsal" / "outbox" / "new", "ann.baker@example.org")
    with serving(place) as server:
        (leave,) = paths_of(mail, "u")
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
    (leave,) = paths_of(mail_to(place.state / "outbox" / "new", "ann@example.org"), "u")
    with serving(place) as server:
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
