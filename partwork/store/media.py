"""Pictures of articles, by what they hold. Adapter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from partwork.store.concurrency import insert_new
from partwork.store.tables import media


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture as readers get it."""

    media_type: str
    data: bytes


def save_picture(
    connection: Connection, *, content_hash: str, media_type: str, data: bytes, now: datetime
) -> None:
    """Keep a picture for ever, for emails that were sent show it; the same one again changes nothing."""
    known = select(media.c.content_hash).where(media.c.content_hash == content_hash)
    if connection.execute(known).first() is None:
        insert_new(
            connection,
            media,
            {"content_hash": content_hash, "media_type": media_type, "data": data, "recorded_at": now},
        )


def find_picture(connection: Connection, content_hash: str) -> PictureRow | None:
    """Return a picture, None if there is none of this content. One look-up by key."""
    row = connection.execute(
        select(media.c.media_type, media.c.data).where(media.c.content_hash == content_hash)
    ).first()
    return PictureRow(row.media_type, row.data) if row else None
