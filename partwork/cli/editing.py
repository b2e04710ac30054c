"""Commands for who edits files: schemas for editors, and the names blocks of an article go by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from partwork.articles.model import Block, Section
from partwork.articles.outline import block_name
from partwork.campaigns.schemas import FileKind, schema_of
from partwork.cli.output import say, show_json, show_table
from partwork.cli.workplace import Workplace
from partwork.errors import CommandError

_TEXT_SHOWN = 60
_FOLDERS = {FileKind.CAMPAIGN: "campaigns/*/", FileKind.PARTWORK: "", FileKind.AUDIENCE: "audiences/"}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("blocks")(blocks)
    app.command("schema")(schema)


def schema(
    kind: Annotated[FileKind | None, typer.Argument(metavar="campaign|partwork|audience")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write them there, each as a file of its own.")
    ] = None,
) -> None:
    """Print a JSON Schema, by which editors complete and check the files as you type."""
    if out is None:
        if kind is None:
            raise CommandError(f"which schema? Name one: {', '.join(FileKind)}; or all of them: --out DIR")
        show_json(schema_of(kind))
        return
    for each in [kind] if kind else FileKind:
        path = out / f"{each}.json"
        try:
            out.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(schema_of(each), ensure_ascii=False, indent=2) + "\n", "utf-8")
        except OSError as fault:
            raise CommandError(f"--out: {path} cannot be written: {fault.strerror}") from None
        say(f"Written: {path}, for {_FOLDERS[each]}{'*' if each is FileKind.AUDIENCE else each}.yaml.")
    say("An editor with the YAML language server reads one named in a file's first line, as in")
    say("# yaml-language-server: $schema=../../schemas/campaign.json   (in campaigns/NAME/campaign.yaml)")


def blocks(
    context: typer.Context,
    campaign: Annotated[
        str | None, typer.Argument(metavar="CAMPAIGN", help="May be left out where there is only one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List an article's blocks by the names a text written by hand quotes them by."""
    place: Workplace = context.obj
    article = place.article(campaign)
    rows = [_row(section, block) for section in article.sections for block in section.all_blocks]
    if as_json:
        keys = ("quote", "line", "kind", "section", "text")
        show_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    show_table(
        ["to quote it", "line", "what it is", "section", "text"],
        [
            [*row[:4], row[4] if len(row[4]) <= _TEXT_SHOWN else f"{row[4][: _TEXT_SHOWN - 1]}…"]
            for row in rows
        ],
        narrow=lambda row: f"{row[0]} {row[2]}{f' in line {row[1]}' if row[1] else ''}\n   {row[4]}",
        wrapping=("text", "section"),
    )


def _row(section: Section, block: Block) -> list[str]:
    """Tell a block by its first line; a picture without a caption has none, and is told by its alt text."""
    line, text = "", block.image.alt if block.image else ""
    if block.all_lines:
        line, text = str(block.all_lines[0].number), block.all_lines[0].text
    return [f"[[{block_name(block.id)}]]", line, block.kind, section.slug, text]
