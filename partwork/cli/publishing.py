"""Commands that decide what is sent: rehearse, publish, pause, resume, stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from partwork.audiences.readers import ReaderRow
from partwork.campaigns import publish as verbs
from partwork.campaigns.check import refuse_faults
from partwork.campaigns.rehearse import Rehearsed
from partwork.campaigns.rehearse import rehearse as run_rehearsal
from partwork.campaigns.reviewing import refuse_unreviewed
from partwork.cli.audiences import import_with_progress, summary, tell_refusals
from partwork.cli.output import complain, progress, say, show_json, show_table
from partwork.cli.workplace import Workplace, now
from partwork.errors import CommandError
from partwork.sending.schedule import in_words as schedule_in_words
from partwork.sending.states import CampaignState, MessageState
from partwork.store.campaigns import all_campaigns
from partwork.store.connect import Store
from partwork.store.listings import MessageRow
from partwork.times import parse_instant
from partwork.tracking.tokens import Realm, Signer

OptionalCampaign = Annotated[
    str | None, typer.Argument(metavar="CAMPAIGN", help="May be left out where there is only one.")
]
Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


# Beyond these, calendars have no rules and dates no room to count on.
_YEARS = range(2000, 2200)


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
    """Play a whole campaign through: who gets what, when.

    The clock's own jobs on a virtual clock, into an outbox on this machine. Nothing is published.
    """
    place: Workplace = context.obj
    settings, chosen = place.campaign(campaign)
    readers = place.readers(chosen.definition.audience)
    tell_refusals(readers)
    if not readers.subscribed_count:
        raise CommandError(f"{readers.name}: nobody in it is subscribed, so there is nothing to rehearse")
    total = len(chosen.parts) * readers.subscribed_count
    with progress(f"rehearsing {chosen.definition.campaign}", total=total) as (shown, task):
        rehearsed = run_rehearsal(
            place.folder,
            chosen,
            settings,
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
        instant = parse_instant(text)
    except (ValueError, OverflowError):
        raise CommandError(f"--from: '{text}' is no instant: write it as in 2026-12-01T08:00Z") from None
    if instant.year not in _YEARS:
        raise CommandError(f"--from: '{text}' is too far away: choose a year from 2000 to 2199")
    return instant


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
    span = f"{days} days, played through at once" if days > 1 else "played through at once"
    say(f"“{revision.title}”, {schedule_in_words(revision.schedule)}: {span}.")
    by_reader: dict[str, list[MessageRow]] = {}
    for message in rehearsed.messages:
        by_reader.setdefault(message.address, []).append(message)
    slugs = [part.slug for part in revision.parts]
    show_table(
        ["reader", "zone", *(f"part {number}" for number in range(1, len(slugs) + 1))],
        [_reader_row(row, by_reader.get(row.address, []), slugs) for row in rehearsed.readers.rows],
        title="Who gets which part when, by their own clock",
        narrow=_reader_lines,
    )
    show_table(
        ["part", "slug", "subject", "sent"],
        [
            [str(number), part.slug, part.subject, str(_sent_count(rehearsed, part.slug))]
            for number, part in enumerate(revision.parts, start=1)
        ],
        wrapping=("subject",),
        narrow=lambda row: f"{row[0]}. {row[2]}: {row[3]} sent",
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


def _reader_lines(row: Sequence[str]) -> str:
    """Return a reader in two lines; an hour that is the same for every part is said once."""
    address, zone, *times = row
    hours = {time.rpartition(" ")[2] for time in times}
    if len(hours) == 1 and "" not in times:
        times = [", ".join(time.rpartition(" ")[0] for time in times) + f" at {hours.pop()}"]
    return f"{address} ({zone})\n  {', '.join(filter(None, times))}"


def _when(message: MessageRow | None) -> str:
    if message is None:
        return "-"
    if message.sent_at is None:
        return f"{message.state}: {message.reason}"
    local = message.sent_at.astimezone(ZoneInfo(message.timezone))
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def publish(
    context: typer.Context,
    campaign: OptionalCampaign = None,
    new_link_secret: Annotated[
        bool,
        typer.Option("--new-link-secret", help="The old one is lost; links sent so far stop working."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Pin a campaign as it stands, and start it.

    Imports its audience first. Publishing unchanged content changes nothing.
    """
    place: Workplace = context.obj
    settings, chosen = place.campaign(campaign)
    refuse_unreviewed(chosen, settings, templates=place.templates, now=now())
    readers = place.readers(chosen.definition.audience)
    refuse_faults(chosen, settings, place.folder, readers=readers, now=now())
    with place.store() as store:
        counts = import_with_progress(store, chosen.definition.audience, readers)
        published = verbs.publish(
            store,
            chosen,
            settings,
            templates=place.templates,
            signer=Signer(settings.links.secret, Realm.LIVE),
            now=now(),
            accept_new_secret=new_link_secret,
        )
    slug, revision = published.revision.campaign, published.revision
    if as_json:
        show_json(
            {
                "campaign": slug,
                "revision": revision.id,
                "is_new": published.is_new,
                "readers_on_earlier_revisions": published.left_count,
                "state": published.state,
                "parts": [part.slug for part in revision.parts],
            }
        )
        return
    tell_refusals(readers)
    say(summary(chosen.definition.audience, counts, readers))
    if published.is_new:
        say(f"'{slug}' is published as revision {revision.id[:8]}: {len(revision.parts)} parts.")
        say(f"Schedule: {schedule_in_words(revision.schedule)}, each by the reader's own clock.")
    else:
        say(f"'{slug}' is unchanged: revision {revision.id[:8]} stands.")
    if published.left_count:
        say(
            f"{published.left_count} readers under way go on with the revision they began with, schedule and "
            "parts unchanged; whoever is enrolled from now on gets this one."
        )
    if published.state is CampaignState.PAUSED:
        say(f"It is paused, and stays so: 'partwork resume {slug}' lets it go on.")
        return
    if published.was_stopped:
        say("It was stopped, and starts again for readers whom it never reached; the others stay out.")
    say(f"The clock sends it through {settings.provider.name}: 'partwork clock', or scheduler.py --once.")
    if settings.provider.name != "outbox" and not settings.provider.api_key:
        complain("PARTWORK_PROVIDER__API_KEY is not set here: the clock needs it.")


def pause(context: typer.Context, campaign: OptionalCampaign = None) -> None:
    """Let nothing more of a campaign go out until it is resumed."""
    place: Workplace = context.obj
    with place.store() as store:
        slug = _published_slug(store, campaign)
        has_changed = verbs.pause(store, slug)
    already = "" if has_changed else " already"
    say(f"'{slug}' is paused{already}: 'partwork resume {slug}' lets it go on.")


def resume(context: typer.Context, campaign: OptionalCampaign = None) -> None:
    """Let a paused campaign go on."""
    place: Workplace = context.obj
    with place.store() as store:
        slug = _published_slug(store, campaign)
        has_changed = verbs.resume(store, slug)
    if has_changed:
        say(f"'{slug}' goes on; what fell due meanwhile goes at the next allowed hour.")
    else:
        say(f"'{slug}' was not paused: it goes on as before.")


def stop(context: typer.Context, campaign: Campaign) -> None:
    """End a campaign for good for everyone in it.

    What is due is cancelled, and nobody who was in it is enrolled in it again. To halt it for a while: pause.
    """
    place: Workplace = context.obj
    with place.store() as store:
        count = verbs.stop(store, campaign, now=now())
    say(f"'{campaign}' is stopped: nothing more of it goes to the {count} readers in it.")


def _published_slug(store: Store, given: str | None) -> str:
    """Return the campaign named, or the only one that was published."""
    if given is not None:
        return given
    with store.read() as connection:
        slugs = [row.slug for row in all_campaigns(connection)]
    if len(slugs) == 1:
        return slugs[0]
    there_are = f"there are: {', '.join(slugs)}" if slugs else "none was published yet"
    raise CommandError(f"which campaign? Name one; {there_are}")
