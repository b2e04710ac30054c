"""Check: every fault of a workspace's files at once, before anything is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from partwork.audiences.readers import read_readers
from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.revision import Revision
from partwork.campaigns.workspace import load_campaign, load_campaigns
from partwork.errors import PartworkError, Problem, WorkspaceError
from partwork.ids import message_id_from
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form
from partwork.settings import Settings, load_settings
from partwork.tracking.tokens import Realm, Signer

_MESSAGE_ID = message_id_from(bytes(12))


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. remarks: worth knowing, no fault."""

    problems: tuple[Problem, ...]
    remarks: tuple[str, ...]
    campaigns: tuple[str, ...]


def check(workspace: Path, environ: Mapping[str, str], *, slug: str | None, now: datetime) -> Checked:
    """Look through the settings and one campaign, or all: definitions, articles, readers and templates."""
    problems: list[Problem] = []
    remarks: list[str] = []
    settings = None
    campaigns: tuple[Campaign, ...] = ()
    try:
        settings = load_settings(workspace, environ)
    except WorkspaceError as fault:
        problems += fault.problems
    try:
        campaigns = (load_campaign(workspace, slug),) if slug else load_campaigns(workspace)
    except WorkspaceError as fault:
        problems += fault.problems
    for audience in sorted({(one.audience.audience, one.audience.file) for one in campaigns}):
        found, noted = _readers_faults(workspace, *audience, settings=settings, now=now)
        problems += found
        remarks += noted
    if settings:
        for campaign in campaigns:
            problems += _template_faults(campaign, settings, templates=workspace / "templates", now=now)
    return Checked(
        tuple(sorted(set(problems))),
        tuple(remarks),
        tuple(campaign.definition.campaign for campaign in campaigns),
    )


def _template_faults(
    campaign: Campaign, settings: Settings, *, templates: Path, now: datetime
) -> list[Problem]:
    """Return what goes wrong when a campaign is compiled, and merged for someone quite unknown."""
    try:
        revision = compile_revision(
            campaign, settings, templates=templates, list_label="check", link_id=any_link
        )
    except WorkspaceError as fault:
        return list(fault.problems)
    file = f"campaigns/{campaign.definition.campaign}/campaign.yaml"
    problems = []
    for part in revision.parts:
        try:
            _merge_for_nobody(revision, part.slug, now=now)
        except PartworkError as fault:
            problems.append(
                Problem(file, 0, 0, f"part '{part.slug}' cannot be built for every reader: {fault}")
            )
    return problems


def _merge_for_nobody(revision: Revision, slug: str, *, now: datetime) -> None:
    """Build one part for a reader with no name and no attributes. Raises PartworkError if it cannot be."""
    frame_of(revision, slug).merge(
        reader_values("", ()),
        message_id=_MESSAGE_ID,
        address="reader@example.org",
        links=links_for(Signer("", Realm.PREVIEW), revision, _MESSAGE_ID),
        date=now,
        form=Form.MIME,
    )


def _readers_faults(
    workspace: Path, audience: str, file: str, *, settings: Settings | None, now: datetime
) -> tuple[list[Problem], list[str]]:
    default_zone = settings.practice.timezone if settings else "UTC"
    try:
        path, name = workspace / "audiences" / file, f"audiences/{file}"
        readers = read_readers(path, default_zone=default_zone, now=now, name=name)
    except WorkspaceError as fault:
        return list(fault.problems), []
    remarks = [
        *readers.remarks,
        *(f"{name}:{refusal.line}: this row is left out: {refusal.text}" for refusal in readers.refused),
    ]
    if not readers.subscribed_count:
        remarks.append(f"{name}: nobody in it is subscribed, so nothing would be sent")
    return [], remarks
