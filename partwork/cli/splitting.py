"""The command that proposes a series from an article."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from partwork.articles.coverage import Coverage, LineFate, coverage
from partwork.articles.model import Article
from partwork.articles.plaintext import read_plain_text
from partwork.articles.slugs import slug_of
from partwork.articles.split import Series
from partwork.articles.split import split as propose
from partwork.campaigns.propose import campaign_file
from partwork.campaigns.workspace import audience_slugs
from partwork.cli.output import say, show_json, show_table
from partwork.cli.workplace import Workplace
from partwork.errors import CommandError

_TEXT_SHOWN = 60


def split(
    context: typer.Context,
    article: Annotated[Path, typer.Argument(metavar="ARTICLE", help="A plain-text file (UTF-8).")],
    parts: Annotated[int | None, typer.Option(min=1, max=50, help="Exactly so many parts.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="campaigns/SLUG", help="Write article.txt and campaign.yaml there."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Propose a series of emails from an article.

    Shows its parts, subjects and preheaders, and where every line of the article went.
    """
    raw = _read(article)
    read = read_plain_text(raw.decode("utf-8-sig"))
    series = propose(read, parts=parts)
    covered = coverage(read, series)
    written = _write(context.obj, into, raw, read, series) if into else None
    if as_json:
        show_json(
            {
                "parts": [asdict(part) for part in series.parts],
                "notes": list(series.notes),
                "coverage": asdict(covered),
                "written": str(written) if written else None,
            }
        )
        return
    _tell(series, covered)
    if written:
        say(f"Written: {written}. Edit it as you like, then 'partwork check' and 'partwork rehearse'.")
    else:
        slug = slug_of(read.title.text)[:40].rstrip("-") if read.title else "my-campaign"
        say(f"To keep it: partwork split {article} --into campaigns/{slug or 'my-campaign'}")


def _read(article: Path) -> bytes:
    try:
        raw = article.read_bytes()
        raw.decode("utf-8")
    except OSError as fault:
        raise CommandError(f"{article} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        raise CommandError(f"{article}:{line}: this is not UTF-8 text: save the article as UTF-8") from None
    return raw


def _write(place: Workplace, into: Path, raw: bytes, article: Article, series: Series) -> Path:
    """Write a campaign folder. An article that lies there must be this one; a campaign is never replaced."""
    slug = into.name
    if slug_of(slug) != slug:
        good = slug_of(slug) or "my-campaign"
        raise CommandError(f"--into: '{slug}' is no name for a campaign; try '{good}'")
    source, definition = into / "article.txt", into / "campaign.yaml"
    if definition.exists():
        raise CommandError(f"--into: {definition} is there already, and is yours: name another folder")
    if source.exists() and source.read_bytes() != raw:
        raise CommandError(f"--into: {source} is there already and differs from this article")
    text = campaign_file(
        article,
        series,
        slug=slug,
        article_file="article.txt",
        audience=_audience(place),
        schema=_schema(place, into),
    )
    try:
        into.mkdir(parents=True, exist_ok=True)
        if not source.exists():
            source.write_bytes(raw)
        definition.write_text(text, "utf-8")
    except OSError as fault:
        raise CommandError(f"--into: {into} cannot be written: {fault.strerror}") from None
    return definition


def _audience(place: Workplace) -> str:
    """Return the audience to propose: the workspace's first, `readers` where there is none."""
    try:
        slugs = audience_slugs(place.folder)
    except CommandError:
        slugs = ()
    return "readers" if "readers" in slugs or not slugs else slugs[0]


def _schema(place: Workplace, into: Path) -> str | None:
    """Return the way from a campaign's folder to the schema that lies in the workspace, if one does."""
    try:
        schema = place.folder / "schemas" / "campaign.json"
    except CommandError:
        return None
    return Path(os.path.relpath(schema, into)).as_posix() if schema.is_file() else None


def _tell(series: Series, covered: Coverage) -> None:
    show_table(
        ["part", "slug", "subject", "preheader", "source lines", "words", "reads in"],
        [
            [
                str(summary.number),
                summary.slug,
                draft.subject,
                draft.preheader,
                ", ".join(f"{first}-{last}" if first < last else f"{first}" for first, last in summary.lines),
                str(summary.word_count),
                _duration(summary.reading_seconds),
            ]
            for draft, summary in zip(series.parts, covered.parts, strict=True)
        ],
        title="The series",
        wrapping=("subject", "preheader"),
        narrow=lambda row: (
            f"{row[0]}. {row[2]}\n   {row[3]}\n   {row[1]}; lines {row[4]}, {row[5]} words, {row[6]}"
        ),
    )
    show_table(
        ["line", "what it is", "where it went", "text"],
        [[str(line.number), line.role, _where(line), _shortened(line.text)] for line in covered.lines],
        title="Where every line went",
        narrow=lambda row: f"{row[0]:>4} {row[1]}, {row[2]}\n     {row[3]}",
    )
    for note in series.notes:
        say(f"Note: {note}")
    in_parts = sum(line.part is not None for line in covered.lines)
    aside = len(covered.lines) - in_parts
    say(f"{len(covered.lines)} lines: {in_parts} in parts, {aside} set aside, none lost.")


def _where(line: LineFate) -> str:
    return f"part {line.part}: {line.part_slug}" if line.part else f"set aside: {line.aside}"


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else f"{text[: _TEXT_SHOWN - 1]}…"


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02} s"
