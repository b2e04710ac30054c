"""The journey of an editor who tries a campaign out in an inbox before anybody else sees it."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

from tests.journeys.place import CAMPAIGN, CAMPAIGN_FILE, Place
from tests.journeys.served import ONE_CLICK, Server, mail_to, paths_of, serving
from tests.providers.resend_double import Act, ResendDouble

TO = "editor@example.org"
KEY = "re_journey"


def _through(place: Place, double: ResendDouble) -> None:
    place.environ |= {
        "PARTWORK_PROVIDER__NAME": "resend",
        "PARTWORK_PROVIDER__BASE_URL": double.base_url,
        "PARTWORK_PROVIDER__API_KEY": KEY,
        "PARTWORK_LINKS__SECRET": "s" * 32,
        "PARTWORK_LINKS__BASE_URL": "https://links.example.org",
    }


def _rows(place: Place) -> dict[str, int]:
    tables = ("subscribers", "enrollments", "messages", "attempts", "events", "suppressions")
    with sqlite3.connect(place.database) as connection:
        found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
    connection.close()
    return {name: count for name, count in found.items() if count}


def test_an_editor_gets_the_series_before_it_is_published_and_its_links_touch_nobody(place: Place) -> None:
    said = place.must("test-send", CAMPAIGN, "--to", TO, "--for", "ann.baker@example.org")
    assert "5 of 5 parts were accepted by outbox" in said
    outbox = place.state / "outbox" / "new"
    mail = mail_to(outbox, TO)
    assert (len(place.outbox()), mail["X-Partwork-Test"]) == (5, "yes")
    assert mail["X-Partwork-Id"] in place.outbox()
    with serving(place) as server:
        _try_every_link(server, outbox)
    assert _rows(place) == {}
    # Publishing afterwards sends to readers alone, all of them.
    place.begin_at_once()
    place.must("publish", CAMPAIGN)
    place.tick()
    accepted = {row["address"] for row in place.messages() if row["state"] == "accepted"}
    assert TO not in accepted
    assert len(accepted) == 15


def _try_every_link(server: Server, outbox: Path) -> None:
    mail = mail_to(outbox, TO)
    (book,), (website,), (leave,) = (paths_of(mail, kind) for kind in "bcu")
    booked = server.ask("GET", book)
    assert booked.status == 302
    assert booked.headers["location"].startswith("https://book.example.org/session?utm_content=")
    assert server.ask("GET", website).headers["location"] == "https://www.example.org"
    page = server.ask("GET", leave).body
    assert "This is what a reader sees" in page
    # Nothing was published yet: the name is that of the files.
    assert "marketing from Riverside Manual Therapy" in page
    for body in (ONE_CLICK, ""):
        answer = server.ask("POST", leave, body)
        assert (answer.status, "Nobody was unsubscribed" in answer.body) == (200, True)


def test_a_previews_link_opens_a_page_that_says_so(place: Place) -> None:
    place.must("preview", CAMPAIGN)
    page = next((place.state / "preview" / CAMPAIGN).glob("1-*.html")).read_text("utf-8")
    path = page.partition('href="http://127.0.0.1:8000')[2].partition('"')[0]
    with serving(place) as server:
        answer = server.ask("GET", path)
    assert (answer.status, "This is a preview" in answer.body) == (200, True)


def test_a_test_goes_through_the_provider_in_the_settings_in_one_batch(place: Place) -> None:
    with ResendDouble(api_key=KEY) as double:
        _through(place, double)
        document = json.loads(place.must("test-send", "--to", TO, "--json"))
    assert (document["campaign"], document["to"], document["provider"]) == (CAMPAIGN, TO, "resend")
    assert [part["answer"] for part in document["parts"]] == ["accepted"] * 5
    assert [part["number"] for part in document["parts"]] == [1, 2, 3, 4, 5]
    assert [taken.fid for taken in double.taken] == [part["message"] for part in document["parts"]]
    assert [taken.id for taken in double.taken] == [part["provider_id"] for part in document["parts"]]
    assert len(double.seen) == 1
    for taken in double.taken:
        assert taken.email["to"] == [TO]
        assert str(taken.email["subject"]).startswith("[Test ")
        assert isinstance(taken.email["headers"], dict)
        assert taken.email["headers"]["X-Partwork-Test"] == "yes"
    assert place.outbox() == []


def test_what_a_provider_does_not_take_is_said_in_words_and_ends_with_status_1(place: Place) -> None:
    answers = {
        "refused by resend": Act(status=401, body={"name": "invalid_api_key", "message": ""}),
        "not taken by resend": Act(status=429, body={"name": "rate_limit_exceeded", "message": ""}),
        "uncertain, look into the inbox": Act(then="reset"),
    }
    with ResendDouble(api_key=KEY) as double:
        _through(place, double)
        for words, act in answers.items():
            double.next(act)
            ran = place.partwork("test-send", "--to", TO, "--part", "1")
            assert (ran.status, ran.err) == (1, ""), ran.said
            assert words in " ".join(ran.out.split())
            assert "0 of 1 part was accepted by resend" in ran.out
        assert len(double.seen) == len(answers)
        assert double.taken == []


def test_an_address_that_is_not_one_valid_address_is_refused(place: Place) -> None:
    ran = place.partwork("test-send", "--to", f"{TO}, other@example.org")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("--to: this is no email address: ")
    ran = place.partwork("test-send", "--to", TO, "--to", "other@example.org")
    assert (ran.status, ran.err) == (2, "--to: a test goes to one address: run it once for each\n")
    ran = place.partwork("test-send", "--to", TO, "--for", "nobody@example.org")
    assert (ran.status, ran.err) == (2, "--for: nobody in audience 'readers' has this address\n")
    assert place.outbox() == []


def test_faulty_files_are_named_by_line_and_nothing_is_sent(place: Place) -> None:
    place.edit(CAMPAIGN_FILE, "every: 3 days", "every: 3 dayz")
    ran = place.partwork("test-send", "--to", TO)
    assert ran.status == 2
    assert f"{CAMPAIGN_FILE}:" in ran.err
    assert place.outbox() == []


def test_a_rehearsal_made_anew_is_answered_by_the_server_that_runs_already(place: Place) -> None:
    place.must("rehearse")
    outbox = place.state / "rehearsal" / "outbox" / "new"
    with serving(place, "--rehearsal") as server:
        first = mail_to(outbox, "ann.baker@example.org")
        (leave,) = paths_of(first, "u")
        assert server.ask("POST", leave, ONE_CLICK).status == 200
        # A link that the first rehearsal did not have.
        settings = (place.folder / "partwork.yaml").read_text("utf-8")
        changed = settings.replace("https://book.example.org/session", "https://book.example.org/anew")
        (place.folder / "partwork.yaml").write_text(changed, "utf-8")
        before = os.stat(place.state / "rehearsal" / "partwork.db").st_ino
        place.must("rehearse")
        assert os.stat(place.state / "rehearsal" / "partwork.db").st_ino != before

        second = mail_to(outbox, "ann.baker@example.org")
        (book,), (leave,) = paths_of(second, "b"), paths_of(second, "u")
        assert server.ask("GET", book).headers["location"].startswith("https://book.example.org/anew?")
        assert server.ask("POST", leave, ONE_CLICK).status == 200
        assert server.ask("GET", "/healthz").status == 200
    with sqlite3.connect(place.state / "rehearsal" / "partwork.db") as connection:
        kinds = connection.execute("SELECT kind FROM events ORDER BY id").fetchall()
        reasons = connection.execute("SELECT reason FROM suppressions").fetchall()
    connection.close()
    assert (kinds, reasons) == ([("clicked",), ("unsubscribed",)], [("unsubscribed",)])
    assert sorted(path.name for path in place.state.glob("rehearsal*")) == ["rehearsal", "rehearsal.lock"]
