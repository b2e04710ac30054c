"""Check: every fault of a workspace's files at once, before anything is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from partwork.articles.model import Block, Kind, Line, Section
from partwork.audiences.readers import ReadersFile, read_readers
from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.reading import reading_faults, remarks_on_conditions
from partwork.campaigns.revision import Revision
from partwork.campaigns.values import did_you_mean
from partwork.campaigns.workspace import campaign_slugs, refuse_unknown_campaign, survey
from partwork.campaigns.yamlfiles import read_yaml
from partwork.errors import Problem, WorkspaceError
from partwork.rendering.compile import PartContent, Practice, compile_part
from partwork.rendering.personal import fields_used, places_of
from partwork.settings import Settings, load_settings

_PARAGRAPH = Block("paragraph", Kind.PARAGRAPH, (Line(2, "A paragraph."),))
_LIST = Block("list", Kind.LIST, (Line(4, "One"), Line(5, "Two")), lead_in=Line(3, "A lead-in:"))
_DEFINITIONS = Block("definitions", Kind.DEFINITIONS, (Line(7, "A term – and what it means."),))
_REFERENCE = Block("reference", Kind.REFERENCE, (Line(9, "A reference."),))
_SUBSECTION = Section("section/sub-section", Line(6, "A sub-heading"), (_DEFINITIONS,))
_ONE_OF_EVERYTHING = PartContent(
    number=1,
    count=2,
    slug="sample",
    series_title="A series",
    subject="A subject",
    preheader="A preheader",
    sections=(Section("section", Line(1, "A heading"), (_PARAGRAPH, _LIST), (_SUBSECTION,)),),
    references_heading=Line(8, "References"),
    references=(_REFERENCE,),
    button_label="A button",
    teaser="Another subject",
)
_SOME_PRACTICE = Practice("A practice", "1 Some Street", "https://www.example.org", "en")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. remarks: worth knowing, no fault."""

    problems: tuple[Problem, ...]
    remarks: tuple[str, ...]
    campaigns: tuple[str, ...]


def check(workspace: Path, environ: Mapping[str, str], *, slug: str | None, now: datetime) -> Checked:
    """Look through settings, audiences, templates, and one campaign or all; no fault hides another.

    Raises CommandError if no campaign is called `slug`.
    """
    settings, problems = _settings(workspace, environ)
    if slug is not None:
        refuse_unknown_campaign(workspace, slug)
    found = survey(workspace, None if slug is None else [slug])
    problems += found.problems
    remarks: list[str] = []
    readers_of: dict[str, ReadersFile] = {}
    for audience in found.audiences:
        readers, faults, noted = _readers(workspace, audience.file, settings=settings, now=now)
        problems += faults
        remarks += noted
        if readers:
            readers_of[audience.audience] = readers
    templates = workspace / "templates"
    if settings:
        for campaign in found.campaigns:
            known = readers_of.get(campaign.definition.audience)
            faults, noted = _campaign_faults(campaign, settings, workspace, readers=known, now=now)
            problems += faults
            remarks += noted
    if not settings or len(found.campaigns) < len(campaign_slugs(workspace)):
        problems += _template_faults(templates)
    return Checked(
        tuple(sorted(set(problems))),
        tuple(remarks),
        tuple(campaign.definition.campaign for campaign in found.campaigns),
    )


def _settings(workspace: Path, environ: Mapping[str, str]) -> tuple[Settings | None, list[Problem]]:
    try:
        return load_settings(workspace, environ), []
    except WorkspaceError as fault:
        return None, list(fault.problems)


def _template_faults(templates: Path) -> list[Problem]:
    """Return the faults of every template, for a part that has one of everything.

    So a fault in a campaign's own file does not hide those of the templates it is made with.
    """
    problems: list[Problem] = []
    for path in sorted(templates.glob("*.txt")):
        try:
            compile_part(templates, path.stem, _ONE_OF_EVERYTHING, _SOME_PRACTICE)
        except WorkspaceError as fault:
            problems += fault.problems
    return problems


def _campaign_faults(
    campaign: Campaign,
    settings: Settings,
    workspace: Path,
    *,
    readers: ReadersFile | None,
    now: datetime,
) -> tuple[list[Problem], list[str]]:
    """Return what goes wrong when a campaign is compiled and merged for extreme readers, and remarks.

    readers: None if the audience's file cannot be read
    """
    try:
        revision = compile_revision(
            campaign, settings, templates=workspace / "templates", list_label="check", link_id=any_link
        )
    except WorkspaceError as fault:
        return list(fault.problems), []
    name = f"campaigns/{campaign.definition.campaign}/campaign.yaml"
    texts = [part.handwriting.name for part in campaign.parts if part.handwriting]
    fields = readers.fields if readers else ()
    file = read_yaml(workspace / name, name=name)
    problems = list(reading_faults(campaign, revision, file, fields=fields, now=now))
    remarks: list[str] = []
    if readers is not None:
        problems += _unknown_fields(revision, workspace, [*texts, name], known=("first_name", *fields))
        sources = {each: (workspace / each).read_text("utf-8") for each in (*texts, name)}
        remarks += remarks_on_conditions(campaign, revision, readers, sources)
    return problems, remarks


def _unknown_fields(
    revision: Revision, workspace: Path, campaign_files: Sequence[str], *, known: Sequence[str]
) -> Iterator[Problem]:
    """Yield each mention of a field that readers do not have, where it is written.

    With a default it would pass in silence: everybody would be greeted by the default.
    """
    texts = (text for part in revision.parts for text in (part.subject, part.preheader, part.html, part.text))
    unknown = frozenset[str]().union(*map(fields_used, texts)) - set(known)
    files = sorted([*workspace.glob("templates/*.mjml"), *workspace.glob("templates/*.txt")])
    for field in sorted(unknown):
        there_are = ", ".join((*known, "links"))
        text = f"readers have no '{field}'{did_you_mean(field, known) or '.'} The fields are: {there_are}"
        for path in (*files, *(workspace / name for name in campaign_files)):
            for line, column in places_of(field, path.read_text("utf-8")):
                yield Problem(path.relative_to(workspace).as_posix(), line, column, text)


def _readers(
    workspace: Path, file: str, *, settings: Settings | None, now: datetime
) -> tuple[ReadersFile | None, list[Problem], list[str]]:
    """Return an audience's readers, if they can be read, what keeps them from it, and remarks."""
    default_zone = settings.practice.timezone if settings else "UTC"
    try:
        path, name = workspace / "audiences" / file, f"audiences/{file}"
        readers = read_readers(path, default_zone=default_zone, now=now, name=name)
    except WorkspaceError as fault:
        return None, list(fault.problems), []
    remarks = [
        *readers.remarks,
        *(f"{name}:{refusal.line}: this row is left out: {refusal.text}" for refusal in readers.refused),
    ]
    if not readers.subscribed_count:
        remarks.append(f"{name}: nobody in it is subscribed, so nothing would be sent")
    return readers, [], remarks
