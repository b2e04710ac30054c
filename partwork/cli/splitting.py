"""The command that proposes a series from an article."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from partwork.articles.byheadings import split_at_headings
from partwork.articles.coverage import Coverage, LineFate, coverage
from partwork.articles.picture import picture
from partwork.articles.slugs import slug_of
from partwork.articles.sources import NotReadable, Source, read_source
from partwork.articles.split import Series
from partwork.articles.split import split as propose
from partwork.campaigns.propose import campaign_file
from partwork.campaigns.workspace import audience_slugs
from partwork.cli import covering
from partwork.cli.output import say, show_json, show_table
from partwork.cli.whysplit import tell_why, why_document
from partwork.cli.workplace import Workplace
from partwork.errors import CommandError, PartworkError

_TEXT_SHOWN = 60


def split(
    context: typer.Context,
    article: Annotated[
        Path,
        typer.Argument(
            metavar="ARTICLE", help="Plain text, Markdown, a saved page or a Word file: .txt .md .html .docx."
        ),
    ],
    parts: Annotated[int | None, typer.Option(min=1, max=50, help="Exactly so many parts.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.25, max=60, help="The reading time a part aims at.")
    ] = None,
    from_headings: Annotated[
        int | None,
        typer.Option(
            metavar="LEVEL",
            min=1,
            max=3,
            help="Start a part at every heading of this level: 1 title, 2 sections, 3 sub-sections.",
        ),
    ] = None,
    why: Annotated[
        bool,
        typer.Option("--why", help="Say why each part ends where it does, and what else it could be called."),
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(metavar="campaigns/SLUG", help="Copy the article there, and write campaign.yaml."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write where it went as a page to open."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Propose a series of emails from an article.

    Shows its parts, subjects and preheaders, and where every line of the article went.
    """
    raw = _raw(article)
    source = _read(article, raw)
    read = source.article
    if sum(asked is not None for asked in (parts, minutes, from_headings)) > 1:
        raise CommandError(
            "--parts, --minutes and --from-headings each decide where parts end: name one of them"
        )
    is_neutral = _wants_neutral_subjects(context.obj)
    if from_headings is not None:
        series = split_at_headings(read, level=from_headings, is_neutral=is_neutral)
    else:
        series = propose(read, parts=parts, minutes=minutes, is_neutral=is_neutral)
    covered = coverage(read, series)
    written = _write(context.obj, into, _Copied(article, raw, source), series) if into else None
    if html:
        subjects = {part.slug: (part.subject, part.preheader) for part in series.parts}
        covering.write_page(context.obj, picture(read, covered, subjects), html)
    if as_json:
        show_json(
            {
                "parts": [asdict(part) for part in series.parts],
                "notes": list(series.notes),
                "remarks": list(read.remarks),
                "why": why_document(series),
                "coverage": asdict(covered),
                "written": str(written) if written else None,
            }
        )
        return
    _tell(series, covered)
    for remark in read.remarks:
        say(f"Look at: {remark}")
    if why:
        tell_why(series)
    if html:
        say(f"Written: {html}")
    if written:
        say(f"Written: {written}. Edit it as you like, then 'partwork check' and 'partwork rehearse'.")
    else:
        slug = slug_of(read.title.text)[:40].rstrip("-") if read.title else "my-campaign"
        say(f"To keep it: partwork split {article} --into campaigns/{slug or 'my-campaign'}")


@dataclass(frozen=True, slots=True)
class _Copied:
    """An article's file as it stands, and what was read of it."""

    path: Path
    raw: bytes
    source: Source

    @property
    def name(self) -> str:
        return f"article{self.path.suffix.lower()}"


def _raw(article: Path) -> bytes:
    try:
        return article.read_bytes()
    except OSError as fault:
        raise CommandError(f"{article} cannot be read: {fault.strerror}") from None


def _read(article: Path, raw: bytes) -> Source:
    try:
        return read_source(raw, name=article.name, folder=article.parent)
    except NotReadable as fault:
        text = "this is not UTF-8 text: save the article as UTF-8"
        raise CommandError(f"{article}:{fault.line}: {text}") from None


def _wants_neutral_subjects(place: Workplace) -> bool:
    """Whether the workspace, if there is one with settings that can be read, keeps topics out of subjects."""
    try:
        return place.settings().privacy.subjects == "neutral"
    except PartworkError:
        return False


def _write(place: Workplace, into: Path, copied: _Copied, series: Series) -> Path:
    """Write a campaign folder. Files that lie there must be these; a campaign is never replaced."""
    slug = into.name
    if slug_of(slug) != slug:
        good = slug_of(slug) or "my-campaign"
        raise CommandError(f"--into: '{slug}' is no name for a campaign; try '{good}'")
    definition = into / "campaign.yaml"
    if definition.exists():
        raise CommandError(f"--into: {definition} is there already, and is yours: name another folder")
    article = copied.source.article
    text = campaign_file(
        article,
        series,
        slug=slug,
        article_file=copied.name,
        audience=_audience(place),
        schema=_schema(place, into),
    )
    try:
        contents = {copied.name: copied.raw}
        contents |= {name: file.read_bytes() for name, file in copied.source.files.items()}
        for name, raw in contents.items():
            if (into / name).exists() and (into / name).read_bytes() != raw:
                raise CommandError(f"--into: {into / name} is there already and differs from this article")
        for name, raw in contents.items():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            if not (into / name).exists():
                (into / name).write_bytes(raw)
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
            f"{row[0]}. {row[2]}\n   {row[3]}\n   {row[1]}; source {row[4]}: {row[5]} words, {row[6]}"
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
