"""The command with which a clinician signs a campaign off."""

from __future__ import annotations

from typing import Annotated

import typer

from partwork.campaigns.reviewing import sign_off as sign
from partwork.campaigns.signoff import SIGN_OFF_FILE, file_text
from partwork.campaigns.values import one_line
from partwork.cli.output import say, show_json
from partwork.cli.workplace import Workplace, now
from partwork.errors import CommandError


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("sign-off")(sign_off)


def sign_off(
    context: typer.Context,
    campaign: Annotated[
        str | None, typer.Argument(metavar="CAMPAIGN", help="May be left out where there is only one.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who has read it and answers for it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write down who has read a campaign, bound to its words.

    Subjects, preheaders and texts as they stand now; the schedule is not in it. Read the emails first:
    'partwork preview'. When the words change, 'partwork check' says so.
    """
    place: Workplace = context.obj
    try:
        name = one_line(by)
    except ValueError:
        raise CommandError("who signs off? Add a name on one line: --by 'Dr A. Example'") from None
    settings, chosen = place.campaign(campaign)
    slug = chosen.definition.campaign
    signed, read = sign(chosen, settings, templates=place.templates, by=name, now=now())
    path = place.folder / "campaigns" / slug / SIGN_OFF_FILE
    path.write_text(file_text(signed, campaign=slug), "utf-8")
    if as_json:
        show_json({"campaign": slug, **signed.model_dump(), "written": str(path)})
        return
    for number, part in enumerate(read.parts, start=1):
        say(f"{number}. {part.subject}\n   {part.preheader}")
    say(f"Signed off by {name}: the words of {len(read.parts)} parts as they stand, not when they go.")
    say(f"Written: {path}. Keep it with the campaign; 'partwork check' says when it no longer holds.")
