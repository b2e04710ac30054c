"""Review: has a clinician read what readers will read, and is it still in date? Refuses to publish if not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.revision import Revision
from partwork.campaigns.signoff import Signed, SignOff, compared, sign
from partwork.errors import CommandError
from partwork.settings import Settings


@dataclass(frozen=True, slots=True)
class Review:
    """How a campaign stands with those who answer for its words.

    remarks:  what staff should know, in sentences
    refusals: why publishing is refused, in sentences; empty where nothing stands against it
    """

    review_by: date | None
    is_overdue: bool
    signed: Signed | None
    remarks: tuple[str, ...]
    refusals: tuple[str, ...]


def review(campaign: Campaign, settings: Settings, *, templates: Path, now: datetime) -> Review:
    """Return how a campaign stands. Raises WorkspaceError for a fault of a template's."""
    revision = _as_read(campaign, settings, templates) if campaign.sign_off else None
    return _review(campaign, settings, revision, now=now)


def sign_off(
    campaign: Campaign, settings: Settings, *, templates: Path, by: str, now: datetime
) -> tuple[SignOff, Revision]:
    """Return a sign-off of a campaign as it stands, and what was read. Nothing is written."""
    revision = _as_read(campaign, settings, templates)
    return sign(revision, by=by, now=now), revision


def refuse_unreviewed(campaign: Campaign, settings: Settings, *, templates: Path, now: datetime) -> None:
    """Raise CommandError if the workspace asks for a review that this campaign has not had."""
    if refusals := review(campaign, settings, templates=templates, now=now).refusals:
        raise CommandError("nothing is published: " + "; ".join(refusals))


def _as_read(campaign: Campaign, settings: Settings, templates: Path) -> Revision:
    return compile_revision(campaign, settings, templates=templates, list_label="review", link_id=any_link)


def _review(campaign: Campaign, settings: Settings, revision: Revision | None, *, now: datetime) -> Review:
    rules, definition = settings.review, campaign.definition
    today = now.astimezone(ZoneInfo(settings.practice.timezone)).date()
    is_overdue = definition.review_by is not None and definition.review_by < today
    signed = compared(campaign.sign_off, revision) if campaign.sign_off and revision else None
    remarks: list[str] = []
    refusals: list[str] = []
    if is_overdue:
        told = refusals if rules.required else remarks
        told.append(f"it was to be reviewed by {definition.review_by}: read it, then set a new 'review_by'")
    elif definition.review_by is None and rules.required:
        refusals.append("it has no 'review_by' day, and partwork.yaml asks for one")
    if (text := _sign_off_fault(signed, definition.campaign)) and (signed or rules.sign_off == "required"):
        told = refusals if rules.sign_off == "required" else remarks
        told.append(text)
    return Review(definition.review_by, is_overdue, signed, tuple(remarks), tuple(refusals))


def _sign_off_fault(signed: Signed | None, slug: str) -> str:
    """Return what is wrong with a sign-off; empty if it is for the very words that readers would get."""
    command = f"'partwork sign-off {slug} --by NAME'"
    if signed is None:
        return f"nobody has signed it off: {command}"
    if signed.matches:
        return ""
    text = f"what {signed.by} signed off on {signed.at:%Y-%m-%d} is not what readers would get now"
    told = []
    if signed.changed:
        told.append("other words in " + ", ".join(f"'{part}'" for part in signed.changed))
    if signed.gone:
        told.append("no longer there: " + ", ".join(f"'{part}'" for part in signed.gone))
    why = "; ".join(told) or "the parts come in another order"
    return f"{text} ({why}): have it read again, then {command}"
