"""Check: every fault of a workspace's files at once, before anything is published."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from partwork.articles.model import Block, Image, Kind, Line, Note, Section
from partwork.audiences.readers import ReadersFile, read_readers
from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.inspecting import Inspected, destination_faults, inspect
from partwork.campaigns.linking import forbidden_links
from partwork.campaigns.lockscreen import tellings_in
from partwork.campaigns.reading import faults_in_tags, gaps, no_such_field, remarks_on_conditions, unbuilt
from partwork.campaigns.revision import Revision
from partwork.campaigns.wording import FALLBACK, read_words
from partwork.campaigns.workspace import campaign_slugs, load_texts, refuse_unknown_campaign, survey
from partwork.campaigns.yamlfiles import YamlFile, read_yaml
from partwork.errors import Problem, WorkspaceError
from partwork.rendering.checks.findings import Finding, Severity
from partwork.rendering.compile import PartContent, Practice, compile_part
from partwork.rendering.personal import fields_used, places_of
from partwork.rendering.spamassassin import spam_findings, spam_verdicts
from partwork.settings import SETTINGS_FILE, Settings, load_settings

_PARAGRAPH = Block("paragraph", Kind.PARAGRAPH, (Line(2, "A paragraph."),))
_LIST = Block("list", Kind.LIST, (Line(4, "One"), Line(5, "Two")), lead_in=Line(3, "A lead-in:"))
_DEFINITIONS = Block("definitions", Kind.DEFINITIONS, (Line(7, "A term – and what it means."),))
_QUOTE = Block("quote", Kind.QUOTE, (Line(10, "A quote."),))
_TABLE = Block("table", Kind.TABLE, (Line(11, "A cell", "<th>A</th><td>cell</td>"),))
_IMAGE = Block(
    "image", Kind.IMAGE, (Line(12, "A caption"),), image=Image("0", "image/png", 20, 10, "A picture")
)
_NOTE = Block("note", Kind.PARAGRAPH, (Line(13, "A note.", "A <em>note</em>."),))
_REFERENCE = Block("reference", Kind.REFERENCE, (Line(9, "A reference."),))
_SUBSECTION = Section("section/sub-section", Line(6, "A sub-heading"), (_DEFINITIONS,))
_ONE_OF_EVERYTHING = PartContent(
    number=1,
    count=2,
    slug="sample",
    series_title="A series",
    subject="A subject",
    preheader="A preheader",
    sections=(
        Section("section", Line(1, "A heading"), (_PARAGRAPH, _LIST, _QUOTE, _TABLE, _IMAGE), (_SUBSECTION,)),
    ),
    references_heading=Line(8, "References"),
    references=(_REFERENCE,),
    button_label="A button",
    teaser="Another subject",
    notes=(Note("1", _NOTE),),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. warnings: for a person to weigh, no fault; remarks: worth knowing."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
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
    warnings: list[Problem] = []
    messages: list[tuple[Problem, bytes]] = []
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
        problems += _destination_faults(workspace, settings)
        warnings += _missing_words(workspace, settings)
        for campaign in found.campaigns:
            known = readers_of.get(campaign.definition.audience)
            judged = _judged(campaign, settings, workspace, readers=known, now=now)
            problems += judged.faults
            warnings += judged.doubts
            messages += judged.messages
            remarks += judged.remarks
            refused, told = _lock_screen(campaign, settings, workspace)
            problems += refused
            remarks += told
    problems += _faults_of_texts(workspace, slug, found.campaigns, readers_of)
    for campaign in found.campaigns:
        warnings += _doubts_of_texts(campaign)
        file = f"campaigns/{campaign.definition.campaign}/{campaign.definition.article}"
        remarks += [f"{file}: {remark}" for remark in campaign.article.remarks]
    if not settings or len(found.campaigns) < len(campaign_slugs(workspace)):
        problems += _template_faults(templates, settings.practice.language if settings else FALLBACK)
    if not problems:
        # It takes seconds: worth them once all else is well, and one process for all.
        problems += _spam_faults(messages)
    return Checked(
        tuple(sorted(set(problems))),
        tuple(sorted(set(warnings))),
        tuple(remarks),
        tuple(campaign.definition.campaign for campaign in found.campaigns),
    )


def _faults_of_texts(
    workspace: Path, slug: str | None, whole: Sequence[Campaign], readers_of: Mapping[str, ReadersFile]
) -> Iterator[Problem]:
    """Yield what is wrong in tags written by hand in campaigns that something else keeps from compiling."""
    read = {campaign.definition.campaign for campaign in whole}
    for each in campaign_slugs(workspace) if slug is None else (slug,):
        audience, texts = load_texts(workspace, each) if each not in read else ("", ())
        known = ("first_name", *readers_of[audience].fields) if audience in readers_of else None
        yield from (problem for text in texts for problem in faults_in_tags(text, known=known))


def refuse_faults(
    campaign: Campaign, settings: Settings, workspace: Path, *, readers: ReadersFile | None, now: datetime
) -> None:
    """Raise WorkspaceError if a check finds an error in an email of this campaign; warnings pass.

    SpamAssassin is not asked: publishing depends on nothing that may or may not be installed.
    """
    judged = _judged(campaign, settings, workspace, readers=readers, now=now)
    if faults := [*judged.faults, *_destination_faults(workspace, settings)]:
        raise WorkspaceError(faults)


def _settings(workspace: Path, environ: Mapping[str, str]) -> tuple[Settings | None, list[Problem]]:
    try:
        return load_settings(workspace, environ), []
    except WorkspaceError as fault:
        return None, list(fault.problems)


def _missing_words(workspace: Path, settings: Settings) -> Iterator[Problem]:
    """Yield that the templates do not speak the practice's language; what else is wrong compiling says."""
    try:
        found = read_words(workspace / "templates", settings.practice.language)
    except WorkspaceError:
        return
    if found.remark:
        written = read_yaml(workspace / SETTINGS_FILE, name=SETTINGS_FILE)
        yield written.problem(("practice", "language"), found.remark)


def _template_faults(templates: Path, language: str) -> list[Problem]:
    """Return the faults of every template, for a part that has one of everything.

    So a fault in a campaign's own file does not hide those of the templates it is made with.
    """
    try:
        words = dict(read_words(templates, language).words)
    except WorkspaceError as fault:
        return list(fault.problems)
    practice = Practice("A practice", "1 Some Street", "https://www.example.org", language, words=words)
    problems: list[Problem] = []
    for path in sorted(templates.glob("*.txt")):
        try:
            compile_part(templates, path.stem, _ONE_OF_EVERYTHING, practice)
        except WorkspaceError as fault:
            problems += fault.problems
    return problems


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the checks of one campaign found, its messages, each with the place of its part, and remarks."""

    faults: tuple[Problem, ...]
    doubts: tuple[Problem, ...] = ()
    messages: tuple[tuple[Problem, bytes], ...] = ()
    remarks: tuple[str, ...] = ()


def _judged(
    campaign: Campaign,
    settings: Settings,
    workspace: Path,
    *,
    readers: ReadersFile | None,
    now: datetime,
) -> _Judged:
    """Return what goes wrong when a campaign is compiled and merged, and what is to be weighed.

    readers: None if the audience's file cannot be read
    """
    try:
        revision = compile_revision(
            campaign, settings, templates=workspace / "templates", list_label="check", link_id=any_link
        )
    except WorkspaceError as fault:
        known = ("first_name", *readers.fields) if readers else None
        texts = (part.handwriting for part in campaign.parts if part.handwriting)
        in_tags = (problem for text in texts for problem in faults_in_tags(text, known=known))
        return _Judged((*fault.problems, *in_tags))
    name = f"campaigns/{campaign.definition.campaign}/campaign.yaml"
    written = read_yaml(workspace / name, name=name)
    fields = readers.fields if readers else ()
    files = (*(part.handwriting.name for part in campaign.parts if part.handwriting), name)
    faults = list(forbidden_links(campaign, allowed_hosts=settings.links.allowed_hosts))
    remarks: tuple[str, ...] = ()
    if readers is not None:
        faults += _unknown_fields(revision, workspace, files, known=("first_name", *fields))
        sources = {each: (workspace / each).read_text("utf-8") for each in files}
        remarks = tuple(remarks_on_conditions(campaign, revision, readers, sources))
    gapped = list(gaps(campaign, written, fields=fields))
    inspected = inspect(campaign, revision, settings, fields=fields, now=now)
    inspected = _without_repeats(inspected, told={index for index, _ in gapped})
    found = {severity: list(_told(inspected, written, severity)) for severity in Severity}
    failing = {index for index, part in enumerate(inspected) if part.mime is None}
    besides = failing | {index for index, _ in gapped}
    faults += [problem for _, problem in gapped] + found[Severity.ERROR]
    faults += unbuilt(revision, written, besides=besides, now=now)
    messages = [
        (written.problem(("parts", index, "slug"), f"part '{part.slug}'"), part.mime)
        for index, part in enumerate(inspected)
        if part.mime
    ]
    return _Judged(tuple(faults), tuple(found[Severity.WARNING]), tuple(messages), remarks)


def _without_repeats(inspected: Sequence[Inspected], *, told: Container[int]) -> list[Inspected]:
    """Return what was found without what a gap leads to, which is told at its line.

    A gap makes a merge fail, or leaves an element empty.
    """
    return [
        replace(part, findings=tuple(each for each in part.findings if not _follows_from_gap(each)))
        if index in told
        else part
        for index, part in enumerate(inspected)
    ]


def _follows_from_gap(finding: Finding) -> bool:
    return finding.check == "merge" or finding.text.startswith("an empty <")


def _told(inspected: Sequence[Inspected], written: YamlFile, severity: Severity) -> Iterator[Problem]:
    """Yield each finding once, at the first part that has it: a template's fault shows in many."""
    parts_with: dict[Finding, list[int]] = {}
    for index, part in enumerate(inspected):
        for finding in dict.fromkeys(part.findings):
            if finding.severity is severity:
                parts_with.setdefault(finding, []).append(index)
    for finding, (first, *others) in parts_with.items():
        # A subject is mended where it stands; all else at the part it is about.
        key = finding.check if finding.check in ("subject", "preheader") else "slug"
        more = f" and {len(others)} more" if others else ""
        text = f"part '{inspected[first].slug}'{more}: {finding}"
        yield written.problem(("parts", first, key), text)


def _spam_faults(messages: Sequence[tuple[Problem, bytes]]) -> Iterator[Problem]:
    """Yield what SpamAssassin holds against messages, at their parts; nothing where it is not installed."""
    verdicts = spam_verdicts([message for _, message in messages]) or ()
    for (place, _), verdict in zip(messages, verdicts, strict=False):
        for finding in spam_findings(verdict):
            yield replace(place, text=f"{place.text}: {finding}")


def _destination_faults(workspace: Path, settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with where the button and the website's link lead, at its line."""
    written = read_yaml(workspace / SETTINGS_FILE, name=SETTINGS_FILE)
    for location, text in destination_faults(settings):
        yield written.problem(location, text)


def _doubts_of_texts(campaign: Campaign) -> Iterator[Problem]:
    for part in campaign.parts:
        if text := part.handwriting:
            yield from (Problem(text.name, *doubt) for doubt in text.doubts)


def _lock_screen(campaign: Campaign, settings: Settings, workspace: Path) -> tuple[list[Problem], list[str]]:
    """Return the subjects and preheaders that are refused for what they tell, and those worth a remark."""
    slug, privacy = campaign.definition.campaign, settings.privacy
    name = f"campaigns/{slug}/campaign.yaml"
    file = read_yaml(workspace / name, name=name)
    refused: list[Problem] = []
    told: list[Problem] = []
    for index, tellings, is_refused in tellings_in(campaign, privacy):
        found = [file.problem(("parts", index, telling.key), telling.text) for telling in tellings]
        (refused if is_refused else told).extend(found)
    return refused, [str(problem) for problem in sorted(set(told))]


def _unknown_fields(
    revision: Revision, workspace: Path, campaign_files: Sequence[str], *, known: Sequence[str]
) -> Iterator[Problem]:
    """Yield each mention of a field that readers do not have, where it is written.

    With a default it would pass in silence: everybody would be greeted by the default.
    """
    texts = (text for part in revision.parts for text in (part.subject, part.preheader, part.html, part.text))
    unknown = frozenset[str]().union(*map(fields_used, texts)) - set(known)
    kinds = ("*.mjml", "*.txt", "words/*.yaml")
    files = sorted(path for kind in kinds for path in workspace.glob(f"templates/{kind}"))
    for field in sorted(unknown):
        text = no_such_field(field, known)
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
    if readers.refused:
        remarks.append(f"{name}: {len(readers.rows)} rows load, {len(readers.refused)} are left out")
    if not readers.subscribed_count:
        remarks.append(f"{name}: nobody in it is subscribed, so nothing would be sent")
    return readers, [], remarks
