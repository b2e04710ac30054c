"""The journey of an edit after publishing: what is live stays as it was published."""

from __future__ import annotations

import email
import email.policy
import json
from email.message import EmailMessage

from tests.journeys.place import ARTICLE_FILE, CAMPAIGN, CAMPAIGN_FILE, Place

OLD, NEW = "The hidden culprit behind lower back pain", "Meet the muscle behind a stable hip"


def _mails(place: Place) -> list[EmailMessage]:
    files = (place.state / "outbox" / "new").iterdir()
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]


def test_an_edit_changes_nothing_that_is_live_until_it_is_published(place: Place) -> None:
    place.begin_at_once()
    place.must("publish", CAMPAIGN)
    place.edit(CAMPAIGN_FILE, f"subject: {OLD}", f"subject: {NEW}")
    place.edit("partwork.yaml", "name: Riverside Manual Therapy", "name: Somebody Else")
    (place.folder / "templates" / "part.mjml").write_text("<broken", "utf-8")
    (place.folder / ARTICLE_FILE).unlink()
    place.tick()
    mails = _mails(place)
    assert [str(mail["Subject"]) for mail in mails] == [OLD] * 15
    assert {str(mail["From"]) for mail in mails} == {"Riverside Manual Therapy <hello@news.example.org>"}


def test_publishing_again_what_means_the_same_is_no_new_revision(place: Place) -> None:
    first = json.loads(place.must("publish", CAMPAIGN, "--json"))
    place.edit(CAMPAIGN_FILE, "goal: booking", "# Who books leaves.\ngoal: booking")
    again = json.loads(place.must("publish", CAMPAIGN, "--json"))
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert again["revision"] == first["revision"]
    assert "unchanged" in place.must("publish", CAMPAIGN)


def test_an_edit_that_is_published_reaches_those_who_come_after_it(place: Place) -> None:
    place.begin_at_once()
    place.must("publish", CAMPAIGN)
    place.tick()
    place.edit(CAMPAIGN_FILE, f"subject: {OLD}", f"subject: {NEW}")
    place.invite(["late@example.org,,Europe/London,consent,form,2026-03-02,"])
    place.must("publish", CAMPAIGN)
    place.tick()
    subjects = {str(mail["To"]): str(mail["Subject"]) for mail in _mails(place)}
    assert subjects.pop("late@example.org") == NEW
    assert list(subjects.values()) == [OLD] * 15
