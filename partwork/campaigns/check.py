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
from partwork.campaigns.revision import Revision
from partwork.campaigns.values import did_you_mean
from partwork.campaigns.workspace import campaign_slugs, refuse_unknown_campaign, survey
from partwork.errors import PartworkError, Problem, WorkspaceError
from partwork.ids import message_id_from
from partwork.rendering.compile import PartContent, Practice, compile_part
from partwork.rendering.personal import fields_used, places_of
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form
from partwork.settings import Settings, load_settings
from partwork.tracking.tokens import Realm, Signer

_MESSAGE_ID = message_id_from(bytes(12))


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
    fields: dict[str, tuple[str, ...]] = {}
    for audience in found.audiences:
        readers, faults, noted = _readers(workspace, audience.file, settings=settings, now=now)
        problems += faults
        remarks += noted
        if readers:
            fields[audience.audience] = readers.fields
    templates = workspace / "templates"
    if settings:
        for campaign in found.campaigns:
            known = fields.get(campaign.definition.audience)
            problems += _campaign_faults(campaign, settings, workspace, fields=known, now=now)
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
    fields: Sequence[str] | None,
    now: datetime,
) -> list[Problem]:
    """Return what goes wrong when a campaign is compiled, and merged for someone quite unknown.

    fields: what the audience's file says of a reader; None if that cannot be read
    """
    try:
        revision = compile_revision(
            campaign, settings, templates=workspace / "templates", list_label="check", link_id=any_link
        )
    except WorkspaceError as fault:
        return list(fault.problems)
    file = f"campaigns/{campaign.definition.campaign}/campaign.yaml"
    problems: list[Problem] = []
    if fields is not None:
        texts = [part.handwriting.name for part in campaign.parts if part.handwriting]
        problems += _unknown_fields(revision, workspace, [*texts, file], known=("first_name", *fields))
    for part in revision.parts:
        try:
            _merge_for_nobody(revision, part.slug, now=now)
        except PartworkError as fault:
            problems.append(
                Problem(file, 0, 0, f"part '{part.slug}' cannot be built for every reader: {fault}")
            )
    return problems


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
        text = f"readers have no '{field}'{did_you_mean(field, known)}; the fields are: {there_are}"
        for path in (*files, *(workspace / name for name in campaign_files)):
            for line, column in places_of(field, path.read_text("utf-8")):
                yield Problem(path.relative_to(workspace).as_posix(), line, column, text)


def _merge_for_nobody(revision: Revision, slug: str, *, now: datetime) -> None:
    """Build one part for a reader with no name and no attributes. Raises PartworkError if it cannot be."""
    frame_of(revision, slug).merge(
        reader_values("", ()),
        message_id=_MESSAGE_ID,
        address="reader@example.org",
        links=links_for(Signer("", Realm.PREVIEW), revision, _MESSAGE_ID),
        date=now,
        form=Form.MIME,
    )


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
