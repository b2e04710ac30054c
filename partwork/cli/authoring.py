"""Commands for who writes: split an article, check the files, look at the emails."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from partwork.campaigns.check import check as run_check
from partwork.campaigns.preview import preview as write_preview
from partwork.cli import drifting, splitting
from partwork.cli.output import say, show_json, show_table
from partwork.cli.workplace import Workplace, now
from partwork.settings import state_folder

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
OptionalCampaign = Annotated[
    str | None, typer.Argument(metavar="CAMPAIGN", help="May be left out where there is only one.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("split")(splitting.split)
    app.command("check")(check)
    app.command("preview")(preview)


def check(
    context: typer.Context,
    campaign: Annotated[str | None, typer.Argument(metavar="CAMPAIGN", help="By default all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find every fault of every file, by line.

    Each is named as file:line:column, with what would be right. Exit status 1 if there is one.
    """
    place: Workplace = context.obj
    checked = run_check(place.folder, os.environ, slug=campaign, now=now())
    compared = drifting.compare(place, checked.campaigns)
    if as_json:
        show_json(
            {
                "problems": [asdict(problem) for problem in checked.problems],
                "warnings": [asdict(warning) for warning in checked.warnings],
                "remarks": [*checked.remarks, *filter(None, [compared.fault])],
                "campaigns": list(checked.campaigns),
                "standings": compared.records(),
            }
        )
    else:
        for problem in checked.problems:
            say(str(problem))
        for warning in checked.warnings:
            say(f"{warning} (a warning)")
        for remark in (*checked.remarks, *compared.lines()):
            say(remark)
        if checked.problems:
            say(f"{len(checked.problems)} to mend.")
        elif any(standing.review.refusals for standing in compared.standings):
            say("The files have no fault, but as they stand they are not published.")
        elif checked.warnings:
            say(f"Nothing to mend, {len(checked.warnings)} to weigh: {', '.join(checked.campaigns)}.")
        else:
            say(f"All is well: {', '.join(checked.campaigns) or 'there is no campaign yet'}.")
    if checked.problems:
        raise typer.Exit(1)


def preview(
    context: typer.Context,
    campaign: OptionalCampaign = None,
    part: Annotated[str | None, typer.Option(help="One part alone, by slug or number.")] = None,
    for_address: Annotated[
        str | None, typer.Option("--for", metavar="ADDRESS", help="As this reader of the audience sees it.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; by default .partwork/preview/CAMPAIGN.")
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Pictures (.png) where Chromium is installed.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Write each part as a page to look at, and a sheet of them all.

    As html, txt and eml, with a picture where Chromium is installed; without --for, as someone sees
    it of whom nothing is known. The sheet shows phone, desktop, dark, images off and text, and what
    the checks find.
    """
    place: Workplace = context.obj
    settings, chosen = place.campaign(campaign)
    audience = chosen.definition.audience
    reader = place.reader(audience, for_address, option="--for") if for_address else None
    slug = chosen.definition.campaign
    written = write_preview(
        chosen,
        settings,
        templates=place.templates,
        reader=reader,
        only=part,
        folder=out or state_folder(place.folder) / "preview" / slug,
        has_pictures=pictures,
        now=now(),
    )
    if as_json:
        show_json(
            {
                "sheet": str(written.sheet),
                "parts": [
                    {key: _plain(value) for key, value in asdict(one).items()} for one in written.parts
                ],
            }
        )
        return
    show_table(
        ["part", "subject", "to open"],
        [[str(one.number), one.subject, str(one.html)] for one in written.parts],
        narrow=lambda row: f"{row[0]}. {row[1]}\n   {row[2]}",
    )
    for one in written.parts:
        for finding in one.findings:
            say(f"part {one.number}, '{one.slug}': {finding.severity}, {finding}")
    picture = ", a picture (.png)" if written.pictures else ""
    say(f"Beside each page lie its text twin (.txt){picture} and the whole message (.eml).")
    if written.remark:
        say(written.remark)
    say(f"All of them on one sheet: {written.sheet}")


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
