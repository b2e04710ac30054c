"""The pictures of a campaign's emails, logos too: kept to be served, or put into a page. Adapter."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from partwork.articles.model import Picture
from partwork.campaigns.definition import Campaign
from partwork.campaigns.logos import LogoFile
from partwork.campaigns.looks import logos_of
from partwork.rendering.look import media_address
from partwork.settings import Settings
from partwork.store.media import save_picture


def keep_pictures(
    connection: Connection, campaign: Campaign, settings: Settings, *, workspace: Path, now: datetime
) -> None:
    """Have every picture answered under /m/, for as long as an email shows it."""
    for content_hash, media_type, data in _pictures(campaign, settings, workspace):
        save_picture(connection, content_hash=content_hash, media_type=media_type, data=data, now=now)


def with_pictures(html: str, campaign: Campaign, settings: Settings, *, workspace: Path) -> str:
    """Return an email as a page that holds its pictures itself: nothing need answer where they lie."""
    for content_hash, media_type, data in _pictures(campaign, settings, workspace):
        held = f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
        html = html.replace(media_address(settings.links.base_url, content_hash), held)
    return html


def _pictures(campaign: Campaign, settings: Settings, workspace: Path) -> list[tuple[str, str, bytes]]:
    pictures: list[tuple[str, str, bytes]] = [_of(picture) for picture in campaign.pictures]
    return [*pictures, *map(_of_logo, logos_of(settings.brand, workspace))]


def _of(picture: Picture) -> tuple[str, str, bytes]:
    return picture.image.content_hash, picture.image.media_type, picture.data


def _of_logo(logo: LogoFile) -> tuple[str, str, bytes]:
    return logo.content_hash, logo.media_type, logo.data
