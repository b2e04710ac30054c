"""Publish: check, compile and pin a campaign as a revision, and start it. Also pause, resume and stop."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from partwork.campaigns.compiling import compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.lockscreen import refuse_telling
from partwork.campaigns.revision import Revision
from partwork.campaigns.showing import keep_pictures
from partwork.errors import CommandError
from partwork.sending.states import CampaignState
from partwork.settings import Settings
from partwork.store.accounts import resume_provider
from partwork.store.campaigns import (
    ensure_link,
    find_campaign,
    record_link_key,
    record_settings,
    recorded_link_key,
    save_revision,
    set_campaign_state,
    start_campaign,
)
from partwork.store.concurrency import lock_publishing
from partwork.store.connect import Store
from partwork.store.enrollments import count_on_other_revisions, stop_all
from partwork.tracking.tokens import Signer


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to.

    is_new:      this content was not the campaign's before
    left_count:  readers under way who stay on an earlier revision
    was_stopped: the campaign had been stopped, and starts again for readers it never reached
    """

    revision: Revision
    is_new: bool
    left_count: int
    was_stopped: bool
    state: CampaignState


def publish(
    store: Store,
    campaign: Campaign,
    settings: Settings,
    *,
    templates: Path,
    signer: Signer,
    now: datetime,
    accept_new_secret: bool = False,
) -> Published:
    """Pin a campaign's content and the settings it uses; the same content again changes nothing.

    One commit. Readers on an earlier revision stay on it; who enrolls from now on gets this one.
    A paused campaign stays paused; a stopped one starts for those it never reached.
    Raises WorkspaceError where subjects have to be neutral and are not, and CommandError if emails
    sent so far were signed with another secret, unless that is accepted.
    """
    refuse_telling(campaign, settings.privacy)
    with store.write() as connection:
        lock_publishing(connection)
        if not accept_new_secret:
            refuse_other_secret(connection, signer)
        revision = compile_revision(
            campaign,
            settings,
            templates=templates,
            list_label=signer.list_label(),
            link_id=partial(ensure_link, connection),
        )
        keep_pictures(connection, campaign, settings, workspace=templates.parent, now=now)
        before = find_campaign(connection, revision.campaign)
        is_new = before is None or before.revision_id != revision.id
        if is_new:
            save_revision(
                connection,
                revision_id=revision.id,
                campaign=revision.campaign,
                compiled=revision.to_json(),
                now=now,
            )
        if before is None or is_new or before.state is CampaignState.STOPPED:
            start_campaign(
                connection,
                slug=revision.campaign,
                audience=revision.audience,
                revision_id=revision.id,
                now=now,
            )
        pinned = json.dumps(settings.without_secrets(), ensure_ascii=False, sort_keys=True)
        record_settings(connection, pinned, now=now)
        record_link_key(connection, signer.fingerprint())
        # Whoever publishes has just looked at the settings: a provider that rests may be tried again.
        resume_provider(connection, settings.provider.name)
        after = find_campaign(connection, revision.campaign)
        left_count = count_on_other_revisions(connection, revision.campaign, revision.id)
    if after is None:
        raise RuntimeError("a campaign that was published is not there")
    was_stopped = before is not None and before.state is CampaignState.STOPPED
    return Published(revision, is_new, left_count, was_stopped, after.state)


def refuse_other_secret(connection: Connection, signer: Signer) -> None:
    """Raise CommandError if the emails sent so far were signed with another secret than this."""
    known = recorded_link_key(connection)
    if known and known != signer.fingerprint():
        raise CommandError(
            "the link secret is not the one that signed the emails sent so far: their links would stop "
            "working, unsubscribing too. Restore .partwork/links.secret or PARTWORK_LINKS__SECRET from a "
            "backup; if it is lost for good: 'partwork publish CAMPAIGN --new-link-secret'"
        )


def pause(store: Store, slug: str) -> bool:
    """Let nothing more of a campaign go out until it is resumed; return False if it was paused already."""
    return _change(store, slug, CampaignState.PUBLISHED, CampaignState.PAUSED)


def resume(store: Store, slug: str) -> bool:
    """Let a paused campaign go on; return False if it was not paused.

    What fell due meanwhile goes at the next allowed hour.
    """
    return _change(store, slug, CampaignState.PAUSED, CampaignState.PUBLISHED)


def stop(store: Store, slug: str, *, now: datetime) -> int:
    """End a campaign for everyone in it; return for how many. Publishing it again reaches only others."""
    with store.write() as connection:
        known = find_campaign(connection, slug)
        if known is None:
            raise CommandError(f"'{slug}' was never published: there is nothing to stop")
        for state in (CampaignState.PUBLISHED, CampaignState.PAUSED):
            set_campaign_state(connection, slug, to=CampaignState.STOPPED, only_from=state)
        return stop_all(connection, slug, reason="the campaign was stopped", now=now)


def _change(store: Store, slug: str, before: CampaignState, after: CampaignState) -> bool:
    with store.write() as connection:
        known = find_campaign(connection, slug)
        if known is None:
            raise CommandError(f"'{slug}' was never published")
        if known.state is CampaignState.STOPPED:
            raise CommandError(
                f"'{slug}' is stopped, for its readers for good: "
                f"'partwork publish {slug}' starts it for others"
            )
        return set_campaign_state(connection, slug, to=after, only_from=before)
