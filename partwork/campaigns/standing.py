"""Standing: how campaigns' files stand beside what is published, and beside those who answer for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from partwork.campaigns.compiling import compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.drift import Drift, drift
from partwork.campaigns.reviewing import Review, review
from partwork.campaigns.revision import Revision
from partwork.errors import WorkspaceError
from partwork.settings import Settings
from partwork.store.campaigns import compiled_revision, find_campaign, link_id_for
from partwork.store.connect import Store
from partwork.tracking.tokens import Realm, Signer


@dataclass(frozen=True, slots=True)
class Standing:
    """One campaign. drift: None if it was never published."""

    campaign: str
    drift: Drift | None
    review: Review


def standings(
    store: Store | None, campaigns: Iterable[Campaign], settings: Settings, *, templates: Path, now: datetime
) -> list[Standing]:
    """Return how each campaign stands; one with faults is left out: those are told before anything.

    store: None where nothing was ever published
    """
    found = []
    for campaign in campaigns:
        try:
            found.append(
                Standing(
                    campaign.definition.campaign,
                    published_drift(store, campaign, settings, templates=templates) if store else None,
                    review(campaign, settings, templates=templates, now=now),
                )
            )
        except WorkspaceError:
            continue
    return found


def published_drift(store: Store, campaign: Campaign, settings: Settings, *, templates: Path) -> Drift | None:
    """Return how the published revision of a campaign stands beside its files; None without one.

    Reads alone. Raises WorkspaceError for a fault of a template's.
    """
    with store.read() as connection:
        row = find_campaign(connection, campaign.definition.campaign)
        if row is None:
            return None
        published = Revision.from_json(compiled_revision(connection, row.revision_id))
        files = compile_revision(
            campaign,
            settings,
            templates=templates,
            list_label=Signer(settings.links.secret, Realm.LIVE).list_label(),
            link_id=partial(link_id_for, connection),
        )
    return drift(published, files)
