"""Campaigns, their revisions, their links, and the settings pinned with them. Adapter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from partwork.errors import CommandError
from partwork.sending.states import CampaignState
from partwork.store.concurrency import insert_new
from partwork.store.tables import campaigns, enrollments, links, messages, published_settings, revisions

LONGEST_LINK = 2000


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign as the database knows it."""

    slug: str
    audience: str
    state: CampaignState
    revision_id: str
    enrolled_serial: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Where a link leads; `reference_parameter` takes the booking reference, empty for others."""

    id: int
    url: str
    reference_parameter: str


def all_campaigns(connection: Connection) -> list[CampaignRow]:
    """Return every campaign that was ever published, by slug."""
    return [_campaign(row) for row in connection.execute(select(campaigns).order_by(campaigns.c.slug))]


def find_campaign(connection: Connection, slug: str) -> CampaignRow | None:
    """Return one campaign, or None if it was never published."""
    row = connection.execute(select(campaigns).where(campaigns.c.slug == slug)).first()
    return _campaign(row) if row else None


def hold_campaign(connection: Connection, slug: str) -> CampaignRow | None:
    """Return one campaign, for this transaction alone to enroll into; None if another is at it."""
    held = select(campaigns).where(campaigns.c.slug == slug).with_for_update(key_share=True, skip_locked=True)
    row = connection.execute(held).first()
    return _campaign(row) if row else None


def _campaign(row: Row[Any]) -> CampaignRow:
    return CampaignRow(row.slug, row.audience, CampaignState(row.state), row.revision_id, row.enrolled_serial)


def save_revision(
    connection: Connection, *, revision_id: str, campaign: str, compiled: str, now: datetime
) -> None:
    """Keep a revision for ever; the same content again changes nothing."""
    insert_new(
        connection,
        revisions,
        {"id": revision_id, "campaign": campaign, "compiled": compiled, "created_at": now},
    )


def compiled_revision(connection: Connection, revision_id: str) -> str:
    """Return a revision's compiled text."""
    text: str = connection.execute(
        select(revisions.c.compiled).where(revisions.c.id == revision_id)
    ).scalar_one()
    return text


def revision_of_message(connection: Connection, message_id: str) -> str | None:
    """Return the compiled text of the revision a message is built from, None for no message of ours."""
    text: str | None = connection.execute(
        select(revisions.c.compiled)
        .join(enrollments, enrollments.c.revision_id == revisions.c.id)
        .join(messages, messages.c.enrollment_id == enrollments.c.id)
        .where(messages.c.id == message_id)
    ).scalar()
    return text


def start_campaign(
    connection: Connection, *, slug: str, audience: str, revision_id: str, now: datetime
) -> None:
    """Publish a campaign for the first time, or put a new revision under it.

    A paused campaign stays paused; a stopped one starts again for those not yet enrolled.
    """
    first = {
        "slug": slug,
        "audience": audience,
        "state": CampaignState.PUBLISHED,
        "revision_id": revision_id,
        "published_at": now,
    }
    if insert_new(connection, campaigns, first):
        return
    # Nobody pauses it or enrolls into it between this look and the change.
    known = _campaign(
        connection.execute(
            select(campaigns).where(campaigns.c.slug == slug).with_for_update(key_share=True)
        ).one()
    )
    state = CampaignState.PUBLISHED if known.state is CampaignState.STOPPED else known.state
    serial = known.enrolled_serial if known.audience == audience else 0
    connection.execute(
        update(campaigns)
        .where(campaigns.c.slug == slug)
        .values(
            audience=audience, state=state, revision_id=revision_id, published_at=now, enrolled_serial=serial
        )
    )


def set_campaign_state(
    connection: Connection, slug: str, *, to: CampaignState, only_from: CampaignState
) -> bool:
    """Move a campaign from one state to another; return False if it was not there."""
    result = connection.execute(
        update(campaigns).where(campaigns.c.slug == slug, campaigns.c.state == only_from).values(state=to)
    )
    return result.rowcount == 1


def note_enrolled(connection: Connection, slug: str, *, serial: int) -> None:
    """Remember how far into its audience's changes a campaign has looked."""
    connection.execute(
        update(campaigns)
        .where(campaigns.c.slug == slug, campaigns.c.enrolled_serial < serial)
        .values(enrolled_serial=serial)
    )


def ensure_link(connection: Connection, url: str, *, reference_parameter: str = "") -> int:
    """Return the id of a link, making it if it is new: 4 bytes drawn from its own content.

    So the same link has the same id in a rehearsal and live; the odd collision moves on.
    Raises CommandError for a link that is too long to be kept: no mail program would follow it, either.
    """
    if len(url.encode()) > LONGEST_LINK:
        start = f"{url[:60]}…"
        raise CommandError(f"the link {start} has more than {LONGEST_LINK} characters: shorten it")
    while True:
        link_id = link_id_for(connection, url, reference_parameter=reference_parameter)
        if find_link(connection, link_id) is not None:
            return link_id
        # If another transaction was faster, its link is looked at in the next round.
        insert_new(connection, links, {"id": link_id, "url": url, "reference_parameter": reference_parameter})


def link_id_for(connection: Connection, url: str, *, reference_parameter: str = "") -> int:
    """Return the id a link has, or would get if it were made now."""
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{attempt}\n{reference_parameter}\n{url}".encode()).digest()
        link_id = int.from_bytes(digest[:4], "big") >> 1  # fits a signed column
        known = find_link(connection, link_id)
        if known is None or (known.url, known.reference_parameter) == (url, reference_parameter):
            return link_id
        attempt += 1


def find_link(connection: Connection, link_id: int) -> LinkRow | None:
    """Return where a link leads, None if there is no such link."""
    row = connection.execute(select(links).where(links.c.id == link_id)).first()
    return LinkRow(row.id, row.url, row.reference_parameter) if row else None


def record_settings(connection: Connection, settings: str, *, now: datetime) -> None:
    """Pin the workspace's settings (JSON, no secrets) for every worker that has only the database."""
    if recorded_settings(connection) == settings:
        return
    first = {"id": 1, "settings": settings, "recorded_at": now}
    if not insert_new(connection, published_settings, first):
        connection.execute(update(published_settings).values(settings=settings, recorded_at=now))


def record_link_key(connection: Connection, link_key: str) -> None:
    """Remember which secret signs the links of emails; settings must have been recorded before."""
    connection.execute(update(published_settings).values(link_key=link_key))


def recorded_link_key(connection: Connection) -> str | None:
    """Return what tells the secret that signed emails so far, None before the first publication."""
    found: str | None = connection.execute(select(published_settings.c.link_key)).scalar()
    return found or None


def recorded_settings(connection: Connection) -> str | None:
    """Return the settings `publish` pinned, None before the first."""
    text: str | None = connection.execute(select(published_settings.c.settings)).scalar()
    return text
