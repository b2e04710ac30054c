"""Commands about who: import an audience's file, show its members, write them out again."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from partwork.audiences.export import export_members
from partwork.audiences.imports import ImportCounts, import_readers
from partwork.audiences.readers import ReadersFile, Status
from partwork.campaigns.workspace import load_audience
from partwork.cli.output import complain, progress, say, show_json, show_table
from partwork.cli.workplace import Workplace, now
from partwork.errors import CommandError
from partwork.store.connect import Store
from partwork.store.members import Member, known_audiences, members

app = typer.Typer(help="Look after audiences.", no_args_is_help=True)


@app.command("import")
def import_command(
    context: typer.Context,
    audience: Annotated[str, typer.Argument(metavar="AUDIENCE", help="As its file in audiences/ is named.")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A CSV file; by default the one audiences/AUDIENCE.yaml names."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Take an audience's file into the database.

    Nobody is ever resubscribed or deleted by it.
    """
    place: Workplace = context.obj
    readers = place.readers(audience, file=file)
    with place.store() as store:
        counts = import_with_progress(store, audience, readers)
    if as_json:
        show_json(
            {
                "audience": audience,
                **asdict(counts),
                "refused": [asdict(refusal) for refusal in readers.refused],
                "remarks": list(readers.remarks),
            }
        )
    else:
        tell_refusals(readers)
        say(summary(audience, counts, readers))
    if not readers.rows and readers.refused:
        raise typer.Exit(1)


@app.command("show")
def show_command(
    context: typer.Context,
    audience: Annotated[str, typer.Argument(metavar="AUDIENCE")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the members of an audience, as the clock knows them.

    Whether each is subscribed, their zone, why we may write, and what else is kept of them.
    """
    place: Workplace = context.obj
    with _known_audience(place, audience) as store, store.read() as connection:
        found = list(members(connection, audience))
    if as_json:
        show_json([_member_record(member) for member in found])
        return
    show_table(
        ["email", "first name", "status", "zone", "consent", "on", "attributes"],
        [_member_row(member) for member in found],
        wrapping=("attributes",),
        narrow=lambda row: f"{row[0]}: {row[2]}\n   {'; '.join(filter(None, (row[1], *row[3:])))}",
    )
    going = sum(member.may_be_written_to for member in found)
    say(f"Audience '{audience}': {len(found)} members, {going} of them may be written to.")


@app.command("export")
def export_command(
    context: typer.Context,
    audience: Annotated[str, typer.Argument(metavar="AUDIENCE")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; by default it is printed.")
    ] = None,
) -> None:
    """Write the members of an audience as CSV, which 'audience import' reads back.

    A value that a spreadsheet would run as a formula has an apostrophe in front.
    """
    place: Workplace = context.obj
    with _known_audience(place, audience) as store:
        if out is None:
            # The writer ends its lines itself, as it does in a file.
            sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
            export_members(store, audience, sys.stdout)
            return
        if out.exists():
            raise CommandError(f"{out} is there already: name another file, or move it away")
        # With the mark by which spreadsheets know UTF-8; closed to others, like the database.
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            count = export_members(store, audience, file)
    say(f"Audience '{audience}': {count} members written to {out}.")


@contextmanager
def _known_audience(place: Workplace, audience: str) -> Iterator[Store]:
    """Open the database. Raises CommandError if nobody was ever in an audience of this name."""
    with place.store() as store:
        with store.read() as connection:
            known = known_audiences(connection)
        if audience not in known:
            load_audience(place.folder, audience)
            raise CommandError(
                f"nobody is in audience '{audience}' yet: 'partwork audience import {audience}'"
            )
        yield store


def _member_record(member: Member) -> dict[str, Any]:
    return {
        "email": member.address,
        "first_name": member.first_name,
        "status": _status(member),
        "reason": member.suppressed_for,
        "timezone": member.timezone,
        "consent_basis": member.consent_basis,
        "consent_source": member.consent_source,
        "consent_on": member.consent_on,
        "attributes": dict(member.attributes),
    }


def _member_row(member: Member) -> list[str]:
    reason = f" ({member.suppressed_for})" if member.suppressed_for not in ("", "unsubscribed") else ""
    return [
        member.address,
        member.first_name,
        f"{_status(member)}{reason}",
        member.timezone,
        member.consent_basis.replace("_", " "),
        member.consent_on.isoformat() if member.consent_on else "",
        ", ".join(f"{name}: {value}" for name, value in member.attributes),
    ]


def _status(member: Member) -> Status:
    return Status.SUBSCRIBED if member.may_be_written_to else Status.UNSUBSCRIBED


def import_with_progress(store: Store, audience: str, readers: ReadersFile) -> ImportCounts:
    """Import a file, showing how far it is."""
    with progress(f"importing {audience}", total=len(readers.rows)) as (shown, task):
        return import_readers(
            store, audience, readers, now=now(), on_progress=lambda count: shown.advance(task, count)
        )


def tell_refusals(readers: ReadersFile) -> None:
    """Say what was remarkable about a file, and which of its rows were refused."""
    for remark in readers.remarks:
        complain(remark)
    for refusal in readers.refused:
        complain(f"{readers.name}:{refusal.line}: this row is left out: {refusal.text}")


def summary(audience: str, counts: ImportCounts, readers: ReadersFile) -> str:
    """Return an import in one sentence."""
    pieces = [f"{counts.added} added", f"{counts.changed} changed", f"{counts.unchanged} as before"]
    if counts.unsubscribed:
        pieces.append(f"{counts.unsubscribed} unsubscribed")
    if counts.kept_out:
        pieces.append(f"{counts.kept_out} stay unsubscribed")
    if readers.refused:
        pieces.append(f"{len(readers.refused)} refused (see above)")
    return f"Audience '{audience}': {', '.join(pieces)}."
