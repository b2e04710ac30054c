"""Commands that decide what is sent: rehearse, publish, pause, resume, stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from partwork.audiences.readers import ReaderRow
from partwork.campaigns import publish as verbs
from partwork.campaigns.rehearse import Rehearsed
from partwork.campaigns.rehearse import rehearse as run_rehearsal
from partwork.campaigns.workspace import load_campaign
from partwork.cli.audiences import import_with_progress, summary, tell_refusals
from partwork.cli.output import progress, say, show_json, show_table
from partwork.cli.workplace import Workplace, now
from partwork.errors import CommandError
from partwork.sending.schedule import in_words as schedule_in_words
from partwork.sending.states import CampaignState, MessageState
from partwork.store.listings import MessageRow
from partwork.times import parse_instant
from partwork.tracking.tokens import Realm, Signer

OptionalCampaign = Annotated[
    str | None, typer.Argument(metavar="CAMPAIGN", help="May be left out where there is only one.")
]
Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("rehearse")(rehearse)
    app.command("publish")(publish)
    app.command("pause")(pause)
    app.command("resume")(resume)
    app.command("stop")(stop)


def rehearse(
    context: typer.Context,
    campaign: OptionalCampaign = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="INSTANT", help="The instant to begin at, as in 2026-12-01T08:00Z."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a whole campaign through now, on a virtual clock: who gets what, when. Nothing is published."""
    place: Workplace = context.obj
    chosen = load_campaign(place.folder, place.campaign_slug(campaign))
    readers = place.readers(chosen.definition.audience)
    tell_refusals(readers)
    total = len(chosen.parts) * sum(row.subscribed for row in readers.rows)
    with progress(f"rehearsing {chosen.definition.campaign}", total=total) as (shown, task):
        rehearsed = run_rehearsal(
            place.folder,
            chosen,
            place.settings(),
            readers,
            start=_instant(start),
            on_step=lambda _, sent_count: shown.update(task, completed=sent_count),
        )
    if as_json:
        show_json(_rehearsal_record(rehearsed))
    else:
        _tell_rehearsal(rehearsed)
    if any(message.state is not MessageState.ACCEPTED for message in rehearsed.messages):
        raise typer.Exit(1)


def _instant(text: str | None) -> datetime:
    if text is None:
        return now()
    try:
        return parse_instant(text)
    except ValueError:
        raise CommandError(f"--from: '{text}' is no instant: write it as in 2026-12-01T08:00Z") from None


def _rehearsal_record(rehearsed: Rehearsed) -> dict[str, Any]:
    return {
        "campaign": rehearsed.revision.campaign,
        "from": rehearsed.started_at,
        "to": rehearsed.ended_at,
        "enrolled": rehearsed.enrolled_count,
        "sent": {part.slug: _sent_count(rehearsed, part.slug) for part in rehearsed.revision.parts},
        "messages": [
            {
                "message": message.message,
                "part": message.part,
                "address": message.address,
                "timezone": message.timezone,
                "state": message.state,
                "reason": message.reason,
                "due_at": message.due_at,
                "sent_at": message.sent_at,
            }
            for message in rehearsed.messages
        ],
        "outbox": str(rehearsed.folder / "outbox"),
    }


def _tell_rehearsal(rehearsed: Rehearsed) -> None:
    revision = rehearsed.revision
    days = (rehearsed.ended_at - rehearsed.started_at).days + 1
    say(f"“{revision.title}”, {schedule_in_words(revision.schedule)}: {days} days, played through at once.")
    by_reader: dict[str, list[MessageRow]] = {}
    for message in rehearsed.messages:
        by_reader.setdefault(message.address, []).append(message)
    slugs = [part.slug for part in revision.parts]
    show_table(
        ["reader", "zone", *(f"part {number}" for number in range(1, len(slugs) + 1))],
        [_reader_row(row, by_reader.get(row.address, []), slugs) for row in rehearsed.readers.rows],
        title="Who gets which part when, by their own clock",
    )
    show_table(
        ["part", "slug", "subject", "sent"],
        [
            [str(number), part.slug, part.subject, str(_sent_count(rehearsed, part.slug))]
            for number, part in enumerate(revision.parts, start=1)
        ],
    )
    sent_count = sum(_sent_count(rehearsed, slug) for slug in slugs)
    readers_count = len(rehearsed.readers.rows)
    say(f"{rehearsed.enrolled_count} of {readers_count} readers enrolled; {sent_count} emails to the outbox.")
    say(f"Look: the emails lie in {rehearsed.folder / 'outbox' / 'new'}")
    say("      'partwork serve --rehearsal' answers their links; 'partwork preview' writes pages to open.")
    say(f"When it is right: 'partwork publish {revision.campaign}'.")


def _sent_count(rehearsed: Rehearsed, slug: str) -> int:
    return sum(
        message.part == slug and message.state is MessageState.ACCEPTED for message in rehearsed.messages
    )


def _reader_row(row: ReaderRow, messages: Sequence[MessageRow], slugs: Sequence[str]) -> list[str]:
    if not row.subscribed:
        return [row.address, row.timezone, "unsubscribed", *[""] * (len(slugs) - 1)]
    by_part = {message.part: message for message in messages}
    return [row.address, row.timezone, *(_when(by_part.get(slug)) for slug in slugs)]


def _when(message: MessageRow | None) -> str:
    if message is None:
        return "-"
    if message.sent_at is None:
        return f"{message.state}: {message.reason}"
    local = message.sent_at.astimezone(ZoneInfo(message.timezone))
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def publish(context: typer.Context, campaign: OptionalCampaign = None, as_json: AsJson = False) -> None:
    """Pin a campaign as it stands and start it; unchanged content changes nothing."""
    place: Workplace = context.obj
    settings = place.settings()
    chosen = load_campaign(place.folder, place.campaign_slug(campaign))
    readers = place.readers(chosen.definition.audience)
    with place.store() as store:
        counts = import_with_progress(store, chosen.definition.audience, readers)
        published = verbs.publish(
            store,
            chosen,
            settings,
            templates=place.templates,
            signer=Signer(settings.links.secret, Realm.LIVE),
            now=now(),
        )
    slug, revision = published.revision.campaign, published.revision
    if as_json:
        show_json(
            {
                "campaign": slug,
                "revision": revision.id,
                "is_new": published.is_new,
                "state": published.state,
                "parts": [part.slug for part in revision.parts],
            }
        )
        return
    tell_refusals(readers)
    say(summary(chosen.definition.audience, counts, readers))
    if not published.is_new:
        say(f"'{slug}' is unchanged: revision {revision.id[:8]} stands.")
    else:
        say(f"'{slug}' is published as revision {revision.id[:8]}: {len(revision.parts)} parts.")
        say(f"Schedule: {schedule_in_words(revision.schedule)}, each by the reader's own clock.")
    if published.state is CampaignState.PAUSED:
        say(f"It is paused: 'partwork resume {slug}' lets it go on.")
    else:
        say(f"The clock sends it through {settings.provider.name}: 'partwork clock', or scheduler.py --once.")


def pause(context: typer.Context, campaign: Campaign) -> None:
    """Let nothing more of a campaign go out until it is resumed."""
    place: Workplace = context.obj
    with place.store() as store:
        verbs.pause(store, campaign)
    say(f"'{campaign}' is paused: 'partwork resume {campaign}' lets it go on.")


def resume(context: typer.Context, campaign: Campaign) -> None:
    """Let a paused campaign go on."""
    place: Workplace = context.obj
    with place.store() as store:
        verbs.resume(store, campaign)
    say(f"'{campaign}' goes on; what fell due meanwhile goes at the next allowed hour.")


def stop(context: typer.Context, campaign: Campaign) -> None:
    """End a campaign for everyone in it; what is due is cancelled."""
    place: Workplace = context.obj
    with place.store() as store:
        count = verbs.stop(store, campaign, now=now())
    say(f"'{campaign}' is stopped: {count} readers will get nothing more of it.")
