"""A small published campaign in a real database, and one reader in the middle of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from partwork.ids import new_message_id
from partwork.store.audiences import (
    SuppressionRow,
    add_consent,
    add_membership,
    add_subscriber,
    find_suppression,
    memberships_of,
)
from partwork.store.campaigns import ensure_link, record_settings, save_revision, start_campaign
from partwork.store.connect import Store, open_store
from partwork.store.enrollments import EnrollmentRow, add_enrollment, enrollments_of
from partwork.store.events import EventRow, events_of
from partwork.store.messages import NewMessage, add_messages, due_messages
from partwork.times import VirtualClock
from partwork.tracking.tokens import Purpose, Realm, Signer
from tests.support.stage import a_revision

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a secret of the workspace, long enough"
BOOKING = "https://book.example.org/session?room=2&utm_source=email#times"
WEBSITE = "https://www.example.org/"
PRACTICE = {"name": "Riverside & Sons", "website": "https://www.example.org", "language": "en-GB"}
ADDRESS_KEY = "ana@example.org"
CAMPAIGNS = ("first-steps", "next-steps")


@dataclass(frozen=True, slots=True)
class World:
    """One reader, `ana`, with a due message in each of two campaigns. `message_id` is the first one's."""

    path: Path
    store: Store
    signer: Signer
    clock: VirtualClock
    subscriber_id: int
    message_id: str
    booking_link: int
    website_link: int

    def token(self, purpose: Purpose, *, link_id: int = 0, message_id: str = "") -> str:
        return self.signer.token(purpose, message_id or self.message_id, link_id=link_id)

    @property
    def leave_path(self) -> str:
        return f"/u/{self.token(Purpose.UNSUBSCRIBE)}"

    @property
    def book_path(self) -> str:
        return f"/b/{self.token(Purpose.BOOK, link_id=self.booking_link)}"

    @property
    def website_path(self) -> str:
        return f"/c/{self.token(Purpose.CLICK, link_id=self.website_link)}"

    def events(self) -> list[EventRow]:
        with self.store.read() as connection:
            return events_of(connection, self.subscriber_id)

    def enrollments(self) -> list[EnrollmentRow]:
        with self.store.read() as connection:
            return enrollments_of(connection, self.subscriber_id)

    def suppression(self) -> SuppressionRow | None:
        with self.store.read() as connection:
            return find_suppression(connection, ADDRESS_KEY)

    def due_count(self) -> int:
        """Return how many messages of the reader still wait to be sent."""
        with self.store.read() as connection:
            return sum(len(due_messages(connection, campaign=slug, now=NOW, limit=10)) for slug in CAMPAIGNS)

    def standing(self) -> object:
        """Return all that only the reader's own will may change."""
        with self.store.read() as connection:
            memberships = memberships_of(connection, self.subscriber_id)
        return memberships, self.enrollments(), self.suppression(), self.due_count()


def build_world(folder: Path, *, practice: dict[str, str | None] | None = None) -> World:
    """Return a new world in `folder`. practice: what `publish` recorded of it, nothing if empty."""
    path = folder / "partwork.db"
    store = open_store(f"sqlite:///{path}")
    message_id = new_message_id()
    recorded = PRACTICE if practice is None else practice
    with store.write() as connection:
        if recorded:
            record_settings(connection, json.dumps({"practice": recorded, "privacy": {}}), now=NOW)
        subscriber_id = add_subscriber(
            connection,
            address="Ana@example.org",
            address_key=ADDRESS_KEY,
            first_name="Ana",
            timezone="Europe/Lisbon",
            attributes=(),
            now=NOW,
        )
        add_membership(connection, "readers", subscriber_id, is_subscribed=True)
        add_consent(
            connection,
            subscriber_id=subscriber_id,
            audience="readers",
            basis="consent",
            source="a form",
            consent_on=date(2026, 1, 2),
            now=NOW,
        )
        booking_link = ensure_link(connection, BOOKING, reference_parameter="utm_content")
        website_link = ensure_link(connection, WEBSITE)
        revision = replace(a_revision(), book_link=booking_link, website_link=website_link)
        for slug, one_id in zip(CAMPAIGNS, (message_id, new_message_id()), strict=True):
            save_revision(connection, revision_id=slug, campaign=slug, compiled=revision.to_json(), now=NOW)
            start_campaign(connection, slug=slug, audience="readers", revision_id=slug, now=NOW)
            enrollment_id = add_enrollment(
                connection, campaign=slug, subscriber_id=subscriber_id, revision_id=slug, now=NOW
            )
            add_messages(connection, [NewMessage(one_id, enrollment_id, slug, "part-one", NOW)])
        return World(
            path=path,
            store=store,
            signer=Signer(SECRET, Realm.LIVE),
            clock=VirtualClock(NOW),
            subscriber_id=subscriber_id,
            message_id=message_id,
            booking_link=booking_link,
            website_link=website_link,
        )
