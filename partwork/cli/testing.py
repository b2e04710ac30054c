"""The command that tries a campaign out in a real inbox, and touches no reader."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Annotated, Any, assert_never

import typer

from partwork.campaigns.testsend import SentPart, send_test
from partwork.cli.output import progress, say, show_json, show_table
from partwork.cli.workplace import Workplace, given_address
from partwork.clock import HostClock
from partwork.errors import CommandError
from partwork.providers.contract import Accepted, Answer, Refused, Unavailable, Uncertain
from partwork.providers.registry import open_provider
from partwork.settings import Settings, state_folder


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("test-send")(send_series)


def send_series(
    context: typer.Context,
    to: Annotated[list[str], typer.Option("--to", metavar="ADDRESS", help="Where to; one address of yours.")],
    campaign: Annotated[
        str | None, typer.Argument(metavar="CAMPAIGN", help="May be left out where there is only one.")
    ] = None,
    for_address: Annotated[
        str | None, typer.Option("--for", metavar="READER", help="As this reader of the audience gets it.")
    ] = None,
    part: Annotated[str | None, typer.Option(help="One part alone, by slug or number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Send the whole series now, marked as a test, to one address.

    From the files as they stand, through the provider in partwork.yaml; nothing is published, and
    no reader is enrolled, counted or unsubscribed by it. Exit status 1 if a part was not accepted.
    """
    place: Workplace = context.obj
    settings, chosen = place.campaign(campaign)
    if len(to) > 1:
        # The option alone would take the last and say nothing of the others.
        raise CommandError("--to: a test goes to one address: run it once for each")
    address = given_address(to[0], option="--to")
    audience = chosen.definition.audience
    reader = place.reader(audience, for_address, option="--for") if for_address else None
    provider = open_provider(settings.provider, outbox_folder=state_folder(place.folder) / "outbox")
    slug = chosen.definition.campaign
    try:
        with place.store() as store, progress(f"testing {slug}", total=None) as (shown, task):
            sent = send_test(
                store,
                provider,
                HostClock(threading.Event()),
                chosen,
                settings,
                templates=place.templates,
                address=address,
                reader=reader,
                only=part,
                on_progress=lambda done, count: shown.update(task, completed=done, total=count),
            )
    finally:
        provider.close()
    if as_json:
        show_json(_record(slug, address, settings.provider.name, sent))
    else:
        _tell(place, settings, sent)
    if not all(isinstance(one.answer, Accepted) for one in sent):
        raise typer.Exit(1)


def _record(slug: str, address: str, provider: str, sent: Sequence[SentPart]) -> dict[str, Any]:
    return {
        "campaign": slug,
        "to": address,
        "provider": provider,
        "parts": [
            {
                "number": one.number,
                "part": one.slug,
                "subject": one.subject,
                "message": one.message_id,
                "answer": type(one.answer).__name__.lower(),
                "reason": "" if isinstance(one.answer, Accepted) else one.answer.reason,
                "provider_id": one.answer.provider_id if isinstance(one.answer, Accepted) else None,
            }
            for one in sent
        ],
    }


def _tell(place: Workplace, settings: Settings, sent: Sequence[SentPart]) -> None:
    name = settings.provider.name
    show_table(
        ["part", "subject", "answer"],
        [[str(one.number), one.subject, _in_words(one.answer, name)] for one in sent],
        wrapping=("subject", "answer"),
        narrow=lambda row: f"{row[1]}\n   {row[2]}",
    )
    accepted_count = sum(isinstance(one.answer, Accepted) for one in sent)
    noun = "part was" if len(sent) == 1 else "parts were"
    say(f"{accepted_count} of {len(sent)} {noun} accepted by {name}. No reader was written to.")
    if not accepted_count:
        return
    if name == "outbox":
        say(f"Look: the emails lie in {state_folder(place.folder) / 'outbox' / 'new'}")
    say(f"Their links lead to {settings.links.base_url}, where 'partwork serve' answers them;")
    say("nothing is counted, and nobody is unsubscribed by them.")


def _in_words(answer: Answer, provider: str) -> str:
    match answer:
        case Accepted():
            return f"accepted by {provider}"
        case Refused(reason):
            return f"refused by {provider}: {reason}"
        case Unavailable(reason):
            return f"not taken by {provider}, send it again later: {reason}"
        case Uncertain(reason):
            return f"uncertain, look into the inbox before you send it again: {reason}"
        case _:
            assert_never(answer)
