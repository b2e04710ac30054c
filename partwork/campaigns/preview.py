"""Preview: a campaign's parts as files to open, for one reader, with links that touch nobody.

Beside each part's own files lies a contact sheet of them all, with what the checks find.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from partwork.audiences.readers import ReaderRow
from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.inspecting import inspect
from partwork.campaigns.revision import Revision
from partwork.campaigns.showing import with_pictures
from partwork.ids import new_message_id
from partwork.rendering.checks.findings import Finding
from partwork.rendering.chromium import find_chromium, take_pictures
from partwork.rendering.contactsheet import SheetPart, contact_sheet, views_of
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form, Outgoing
from partwork.settings import Settings
from partwork.tracking.tokens import Realm, Signer


@dataclass(frozen=True, slots=True)
class PreviewedPart:
    """One part, the files it was written to, and what the checks find. png: where its picture belongs."""

    number: int
    slug: str
    subject: str
    html: Path
    text: Path
    eml: Path
    png: Path
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Previewed:
    """The parts, and the sheet that shows them all.

    pictures: those there are; remark: why not all, or nothing
    """

    parts: tuple[PreviewedPart, ...]
    pictures: tuple[Path, ...]
    sheet: Path
    remark: str


def preview(
    campaign: Campaign,
    settings: Settings,
    *,
    templates: Path,
    reader: ReaderRow | None,
    only: str | None,
    folder: Path,
    has_pictures: bool,
    now: datetime,
) -> Previewed:
    """Write html, txt, eml and a picture of every part (or of `only`, a slug or number) into `folder`.

    reader: None shows what someone sees of whom nothing is known
    """
    signer = Signer(settings.links.secret, Realm.PREVIEW)
    revision = compile_revision(
        campaign, settings, templates=templates, list_label=signer.list_label(), link_id=any_link
    )
    slugs = revision.slugs(only)
    folder.mkdir(parents=True, exist_ok=True)
    found = inspect(campaign, revision, settings, fields=(), now=now)
    findings = {inspected.slug: inspected.findings for inspected in found}
    parts, shown, strips = [], [], {}
    for slug in slugs:
        outgoing, stem = _merged(revision, slug, reader, signer, folder, now)
        html = with_pictures(outgoing.mail.html, campaign, settings, workspace=templates.parent)
        outgoing = replace(outgoing, mail=replace(outgoing.mail, html=html))
        part = _written(outgoing, stem, revision.part_number(slug), slug, findings[slug])
        parts.append(part)
        shown.append(_on_the_sheet(outgoing, revision, slug, findings[slug]))
        strips[part.png] = views_of(outgoing.mail.html)
    chromium = find_chromium()
    taken = take_pictures(chromium, strips) if chromium and has_pictures else ()
    sheet = folder / "index.html"
    whom = reader.first_name or "a reader without a name" if reader else "someone of whom nothing is known"
    sheet.write_text(contact_sheet(campaign.definition.title, shown, reader=whom), "utf-8")
    missing = [part.slug for part in parts if part.png not in taken]
    remark = ""
    if has_pictures and not chromium:
        remark = "There are no pictures (.png): they need Chromium or Chrome, and none is installed here."
    elif has_pictures and missing:
        remark = f"{chromium} took no picture of {', '.join(missing)}."
    return Previewed(tuple(parts), taken, sheet, remark)


def _merged(
    revision: Revision, slug: str, reader: ReaderRow | None, signer: Signer, folder: Path, now: datetime
) -> tuple[Outgoing, Path]:
    """Return what the reader gets, and where to write it, without a suffix."""
    message_id = new_message_id()
    outgoing = frame_of(revision, slug).merge(
        reader_values(reader.first_name, reader.attributes) if reader else {},
        message_id=message_id,
        address=reader.address if reader else "reader@example.org",
        links=links_for(signer, revision, message_id),
        date=now,
        form=Form.MIME,
    )
    return outgoing, folder / f"{revision.part_number(slug)}-{slug}"


def _written(
    outgoing: Outgoing, stem: Path, number: int, slug: str, findings: tuple[Finding, ...]
) -> PreviewedPart:
    html, text, eml, png = (
        stem.with_name(f"{stem.name}.{suffix}") for suffix in ("html", "txt", "eml", "png")
    )
    html.write_text(outgoing.mail.html, "utf-8")
    text.write_text(outgoing.mail.text, "utf-8")
    eml.write_bytes(outgoing.mime or b"")
    # An earlier preview's picture would show another email.
    png.unlink(missing_ok=True)
    return PreviewedPart(number, slug, outgoing.mail.subject, html, text, eml, png, findings)


def _on_the_sheet(
    outgoing: Outgoing, revision: Revision, slug: str, findings: tuple[Finding, ...]
) -> SheetPart:
    return SheetPart(
        number=revision.part_number(slug),
        subject=outgoing.mail.subject,
        preheader=revision.part(slug).preheader,
        html=outgoing.mail.html,
        text=outgoing.mail.text,
        findings=findings,
    )
