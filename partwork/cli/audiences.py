"""Commands about who: import an audience's file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from partwork.audiences.imports import ImportCounts, import_readers
from partwork.audiences.readers import ReadersFile
from partwork.cli.output import complain, progress, say, show_json
from partwork.cli.workplace import Workplace, now
from partwork.store.connect import Store

app = typer.Typer(help="Look after audiences.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look after audiences."""


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
