"""Enroll: consented members of a published campaign's audience begin their walk through it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from partwork.campaigns.revision import Revision
from partwork.ids import new_message_id
from partwork.sending import calendar
from partwork.sending.desk import Desk
from partwork.sending.states import CampaignState
from partwork.store.audiences import Candidate, changed_members
from partwork.store.campaigns import CampaignRow, all_campaigns, hold_campaign, note_enrolled
from partwork.store.enrollments import add_enrollment
from partwork.store.messages import NewMessage, add_messages

CHUNK = 500


def enroll(desk: Desk) -> int:
    """Enroll whoever joined or changed since the last look; return how many were enrolled."""
    with desk.store.read() as connection:
        waiting = [
            row
            for row in all_campaigns(connection)
            if row.state is CampaignState.PUBLISHED and _changed(connection, row, limit=1)
        ]
    return sum(_enroll_into(desk, row.slug) for row in waiting)


def _enroll_into(desk: Desk, slug: str) -> int:
    count = 0
    while not desk.stopping():
        now = desk.clock.now()
        with desk.store.write() as connection:
            # One at a time: a second scheduler leaves it to the first.
            campaign = hold_campaign(connection, slug)
            if campaign is None or campaign.state is not CampaignState.PUBLISHED:
                break
            candidates = _changed(connection, campaign, limit=CHUNK)
            if not candidates:
                break
            revision = desk.frames.revision(campaign.revision_id)
            chosen = [candidate for candidate in candidates if candidate.may_enroll]
            for candidate in chosen:
                _begin(connection, candidate, revision, revision_id=campaign.revision_id, now=now)
            note_enrolled(connection, slug, serial=candidates[-1].serial)
        count += len(chosen)
    return count


def _changed(connection: Connection, campaign: CampaignRow, *, limit: int) -> list[Candidate]:
    return changed_members(
        connection,
        campaign=campaign.slug,
        audience=campaign.audience,
        after_serial=campaign.enrolled_serial,
        limit=limit,
    )


def _begin(
    connection: Connection, candidate: Candidate, revision: Revision, *, revision_id: str, now: datetime
) -> None:
    enrollment_id = add_enrollment(
        connection,
        campaign=revision.campaign,
        subscriber_id=candidate.subscriber_id,
        revision_id=revision_id,
        now=now,
    )
    due_at = calendar.first_due(revision.schedule, enrolled_at=now, zone=ZoneInfo(candidate.timezone))
    add_messages(
        connection,
        [NewMessage(new_message_id(), enrollment_id, revision.campaign, revision.parts[0].slug, due_at)],
    )
