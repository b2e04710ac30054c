"""Commands that show what is: status and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from partwork.audiences.readers import address_key, normal_address
from partwork.campaigns.drift import Drift
from partwork.campaigns.workspace import campaign_slugs
from partwork.cli.drifting import compare, summary
from partwork.cli.output import say, show_json, show_table
from partwork.cli.workplace import Workplace, now
from partwork.clock import NOTHING_PUBLISHED, nothing_goes
from partwork.errors import CommandError
from partwork.reports.signs import Signs
from partwork.reports.signs import signs as read_signs
from partwork.reports.status import CampaignStatus, Status
from partwork.reports.status import status as read_status
from partwork.reports.why import why as read_why
from partwork.sending.identity import EpochFile
from partwork.sending.states import CampaignState, MessageState
from partwork.settings import state_folder
from partwork.store.listings import MessageRow, list_messages
from partwork.times import in_words

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

_KINDS = {
    "clock": "The clock",
    "up": "The clock with the web",
    "once": "The clock, run once,",
    "worker": "A worker",
}
_SILENT = timedelta(minutes=2)
_NEEDS_EYES = (MessageState.UNCERTAIN, MessageState.HELD, MessageState.REJECTED)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("status")(status)
    app.command("why")(why)


def status(
    context: typer.Context,
    messages: Annotated[bool, typer.Option("--messages", help="List every message.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how every campaign stands, or list every message."""
    place: Workplace = context.obj
    with place.store() as store:
        with store.read() as connection:
            rows = list_messages(connection, states=None if messages else _NEEDS_EYES)
        seen = read_status(store, provider=place.settings().provider.name, now=now())
        alive = read_signs(store, EpochFile(state_folder(place.folder)), now=now())
    if messages:
        _show_messages(rows, as_json=as_json)
    elif as_json:
        show_json(asdict(alive) | _record(seen, _drifts(place, seen)))
    elif not seen.campaigns:
        say(NOTHING_PUBLISHED)
    else:
        _tell_signs(alive, place.zone())
        _tell(seen, rows, place.zone(), _drifts(place, seen))


def _show_messages(rows: list[MessageRow], *, as_json: bool) -> None:
    if as_json:
        show_json(
            [
                {
                    "message": row.message,
                    "campaign": row.campaign,
                    "part": row.part,
                    "address": row.address,
                    "state": row.state,
                    "reason": row.reason,
                    "due_at": row.due_at,
                    "sent_at": row.sent_at,
                    "provider": row.provider,
                    "provider_id": row.provider_id,
                }
                for row in rows
            ]
        )
        return
    if not rows:
        say("There are no messages yet: they are made when readers are enrolled.")
        return
    show_table(
        ["message", "campaign", "part", "reader", "state", "due or sent, by the reader's clock", "reason"],
        [
            [
                row.message,
                row.campaign,
                row.part,
                row.address,
                row.state,
                in_words(row.sent_at or row.due_at, ZoneInfo(row.timezone)),
                row.reason,
            ]
            for row in rows
        ],
        wrapping=("reason",),
        narrow=lambda row: f"{row[3]}: {row[2]}, {row[4]}, {row[5]}{f' ({row[6]})' if row[6] else ''}",
    )


def _drifts(place: Workplace, seen: Status) -> dict[str, Drift]:
    """Return how each published campaign stands beside its files; one whose files have faults is left out."""
    there = set(campaign_slugs(place.folder))
    slugs = [campaign.slug for campaign in seen.campaigns if campaign.slug in there]
    found = compare(place, slugs).standings
    return {standing.campaign: standing.drift for standing in found if standing.drift}


def _record(seen: Status, drifts: Mapping[str, Drift]) -> dict[str, Any]:
    return {
        "provider": seen.provider,
        "provider_pause": asdict(seen.provider_pause) if seen.provider_pause else None,
        "breaker": seen.breaker,
        "failures_in_a_row": seen.failure_count,
        "in_hand": dict(seen.in_hand),
        "campaigns": [
            asdict(campaign) | {"drift": asdict(drifts[campaign.slug]) if campaign.slug in drifts else None}
            for campaign in seen.campaigns
        ],
    }


def _tell_signs(alive: Signs, zone: ZoneInfo) -> None:
    for reason in alive.nothing_is_sent_because:
        say(nothing_goes(reason))
    for process in alive.processes:
        name = f"{_KINDS.get(process.kind, process.kind)} on {process.host}"
        if process.ended_at:
            say(f"{name}: ended on {in_words(process.ended_at, zone)}.")
        else:
            silent = ", silent since: killed, or stuck" if now() - process.seen_at > _SILENT else ""
            say(f"{name}: last sign of life on {in_words(process.seen_at, zone)}{silent}.")
    if not alive.processes:
        say("No clock has run yet: 'partwork up' starts one, or run scheduler.py --once from cron.")


def _tell(seen: Status, rows: list[MessageRow], zone: ZoneInfo, drifts: Mapping[str, Drift]) -> None:
    if seen.provider_pause:
        until = in_words(seen.provider_pause.paused_until, zone)
        say(f"Nothing goes out through {seen.provider} until {until}: {seen.provider_pause.reason}.")
    elif seen.breaker == "half open":
        say(f"{seen.provider} failed when last asked: one request goes first, to see if it answers again.")
    if in_hand := [f"{count} {state}" for state, count in seen.in_hand.items() if count]:
        say(f"In hand: {', '.join(in_hand)}.")
    for campaign in seen.campaigns:
        _tell_campaign(campaign, zone)
        _tell_drift(campaign.slug, drifts.get(campaign.slug))
    for row in rows:
        say(f"{row.state}: {row.part} for {row.address} (message {row.message}): {row.reason}")
    if seen.in_hand[MessageState.UNCERTAIN] or seen.in_hand[MessageState.HELD]:
        say("'partwork settle' asks the provider about them, and lets you decide.")


def _tell_campaign(campaign: CampaignStatus, zone: ZoneInfo) -> None:
    say(f"{campaign.slug}: {campaign.state}, revision {campaign.revision_id[:8]}; {campaign.schedule}.")
    enrolled = ", ".join(f"{count} {state}" for state, count in campaign.enrollments.items())
    say(
        f"Audience '{campaign.audience}': {campaign.subscribed_count} subscribed, "
        f"{campaign.unsubscribed_count} unsubscribed. Enrolled: {enrolled or 'nobody yet'}."
    )
    states = [state for state in MessageState if campaign.count(state)]
    if states:
        show_table(
            ["part", *states],
            [[part.slug, *(str(part.counts.get(state, 0)) for state in states)] for part in campaign.parts],
            narrow=lambda row: f"{row[0]}: {_counted(dict(zip(states, row[1:], strict=True)))}",
        )
    if campaign.state is CampaignState.PAUSED:
        say(f"It is paused: 'partwork resume {campaign.slug}' lets it go on.")
    elif campaign.next_due_at:
        say(f"Next falls due on {in_words(campaign.next_due_at, zone)}.")


def _tell_drift(slug: str, drift: Drift | None) -> None:
    if drift is None:
        say(f"Its files cannot be compared with it: 'partwork check {slug}' says why.")
    else:
        how = "" if drift.matches else f" 'partwork check {slug}' shows how."
        say(f"{summary(drift)}{how}")


def _counted(counts: dict[MessageState, str]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count != "0") or "none yet"


def why(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The reader's email address.")],
    as_json: AsJson = False,
) -> None:
    """Tell what one reader got and why, and what comes next."""
    place: Workplace = context.obj
    try:
        key = address_key(normal_address(address))
    except ValueError as fault:
        raise CommandError(f"this is no email address: {fault}") from None
    with place.store() as store:
        told = read_why(store, key)
    if as_json:
        show_json(asdict(told))
        return
    for sentence in (*told.story, told.next):
        say(sentence)
