"""Preview: a campaign's parts as files to open, for one reader, with links that touch nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from partwork.audiences.readers import ReaderRow
from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.revision import Revision
from partwork.ids import new_message_id
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form
from partwork.settings import Settings
from partwork.tracking.tokens import Realm, Signer


@dataclass(frozen=True, slots=True)
class PreviewedPart:
    """One part and the three files it was written to."""

    number: int
    slug: str
    subject: str
    html: Path
    text: Path
    eml: Path


def preview(
    campaign: Campaign,
    settings: Settings,
    *,
    templates: Path,
    reader: ReaderRow | None,
    only: str | None,
    folder: Path,
    now: datetime,
) -> list[PreviewedPart]:
    """Write html, txt and eml of every part (or of `only`, a slug or number) into `folder`.

    reader: None shows what someone sees of whom nothing is known
    """
    signer = Signer(settings.links.secret, Realm.PREVIEW)
    revision = compile_revision(
        campaign, settings, templates=templates, list_label=signer.list_label(), link_id=any_link
    )
    slugs = revision.slugs(only)
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(revision, slug, reader, signer, folder, now) for slug in slugs]


def _write(
    revision: Revision, slug: str, reader: ReaderRow | None, signer: Signer, folder: Path, now: datetime
) -> PreviewedPart:
    message_id = new_message_id()
    outgoing = frame_of(revision, slug).merge(
        reader_values(reader.first_name, reader.attributes) if reader else {},
        message_id=message_id,
        address=reader.address if reader else "reader@example.org",
        links=links_for(signer, revision, message_id),
        date=now,
        form=Form.MIME,
    )
    number = revision.part_number(slug)
    stem = folder / f"{number}-{slug}"
    files = {suffix: stem.with_name(f"{stem.name}.{suffix}") for suffix in ("html", "txt", "eml")}
    files["html"].write_text(outgoing.mail.html, "utf-8")
    files["txt"].write_text(outgoing.mail.text, "utf-8")
    files["eml"].write_bytes(outgoing.mime or b"")
    return PreviewedPart(number, slug, outgoing.mail.subject, files["html"], files["txt"], files["eml"])
