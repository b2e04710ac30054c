"""The journey of an edit after publishing: what is live stays as it was published."""

from __future__ import annotations

import email
import email.policy
import json

from tests.journeys.place import CAMPAIGN, CAMPAIGN_FILE, Place

OLD, NEW = "The hidden culprit behind lower back pain", "Meet the muscle behind a stable hip"


def _subjects(place: Place) -> set[str]:
    files = (place.state / "outbox" / "new").iterdir()
    return {
        str(email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["Subject"])
        for path in files
    }


def test_an_edit_changes_nothing_that_is_live_until_it_is_published(place: Place) -> None:
    place.begin_at_once()
    place.must("publish", CAMPAIGN)
    place.edit(CAMPAIGN_FILE, f"subject: {OLD}", f"subject: {NEW}")
    place.tick()
    assert _subjects(place) == {OLD}


def test_templates_settings_and_article_are_pinned_too(place: Place) -> None:
    place.begin_at_once()
    place.must("publish", CAMPAIGN)
    (place.folder / "templates" / "part.mjml").write_text("<broken", "utf-8")
    (place.folder / CAMPAIGN_FILE).unlink()
    place.edit("partwork.yaml", "name: Riverside Manual Therapy", "name: Somebody Else")
    place.tick()
    files = list((place.state / "outbox" / "new").iterdir())
    assert len(files) == 15
    for path in files:
        assert str(email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["From"]) == (
            "Riverside Manual Therapy <hello@news.example.org>"
        )


def test_an_edit_published_again_reaches_those_who_come_after_it(place: Place) -> None:
    place.begin_at_once()
    place.must("publish", CAMPAIGN)
    place.edit(CAMPAIGN_FILE, f"subject: {OLD}", f"subject: {NEW}")
    assert json.loads(place.must("publish", CAMPAIGN, "--json"))["is_new"] is True
    place.tick()
    assert _subjects(place) == {NEW}


def test_publishing_again_without_a_change_is_no_new_revision(place: Place) -> None:
    first = json.loads(place.must("publish", CAMPAIGN, "--json"))
    again = json.loads(place.must("publish", CAMPAIGN, "--json"))
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert again["revision"] == first["revision"]
    assert "unchanged" in place.must("publish", CAMPAIGN)


def test_a_comment_in_the_file_is_no_change(place: Place) -> None:
    first = json.loads(place.must("publish", CAMPAIGN, "--json"))
    place.edit(CAMPAIGN_FILE, "goal: booking", "goal: booking  # who books leaves")
    again = json.loads(place.must("publish", CAMPAIGN, "--json"))
    assert (again["is_new"], again["revision"]) == (False, first["revision"])


def test_those_under_way_stay_on_the_revision_they_began_with(place: Place) -> None:
    place.begin_at_once()
    place.must("publish", CAMPAIGN)
    place.tick()
    place.edit(CAMPAIGN_FILE, f"subject: {OLD}", f"subject: {NEW}")
    place.must("publish", CAMPAIGN)
    (place.folder / "audiences" / "late.csv").write_text(
        "email,first_name,timezone,consent_basis,consent_source,consent_on,status\n"
        "late@example.org,,Europe/London,consent,form,2026-03-02,\n",
        "utf-8",
    )
    place.must("audience", "import", "readers", "audiences/late.csv")
    place.tick()
    assert _subjects(place) == {OLD, NEW}
    assert len(place.outbox()) == 16
