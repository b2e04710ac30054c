"""From an article's links and footnotes to a revision: ids for the links, notes where they are marked."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from partwork.articles.model import Block, Kind, Line
from partwork.campaigns.compiling import compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.publish import publish
from partwork.campaigns.revision import Revision
from partwork.campaigns.workspace import load_campaign
from partwork.errors import WorkspaceError
from partwork.ids import new_message_id
from partwork.sending.merging import links_for
from partwork.settings import Settings, load_settings
from partwork.store.campaigns import find_link
from partwork.store.connect import open_store
from partwork.store.media import find_picture
from partwork.tracking.tokens import Purpose, Realm, Signer

SLUG = "gluteus-medius"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SIGNER = Signer("a secret that is long enough for anyone", Realm.LIVE)
PAGE, OTHER = "https://www.example.org/page", "https://www.example.org/other"


def link_id(url: str, *, reference_parameter: str = "") -> int:
    return {PAGE: 11, OTHER: 12}.get(url, 1)


def with_markup(campaign: Campaign, number: int, markup: str) -> Campaign:
    """Return the campaign with one more paragraph at the end of a part, of this markup."""
    part = campaign.parts[number - 1]
    block = Block("added", Kind.PARAGRAPH, (Line(99, "Added words.", markup),))
    first, *others = part.sections
    sections = (replace(first, blocks=(*first.blocks, block)), *others)
    changed = replace(part, sections=sections, content=sections)
    parts = list(campaign.parts)
    parts[number - 1] = changed
    return replace(campaign, parts=tuple(parts))


@pytest.fixture
def campaign(workspace: Path) -> Campaign:
    return load_campaign(workspace, SLUG)


@pytest.fixture
def settings(workspace: Path) -> Settings:
    return load_settings(workspace, {})


def revision_of(campaign: Campaign, settings: Settings, workspace: Path) -> Revision:
    return compile_revision(
        campaign, settings, templates=workspace / "templates", list_label="label", link_id=link_id
    )


def test_a_revision_keeps_the_ids_of_the_articles_links_and_each_message_signs_its_own(
    campaign: Campaign, settings: Settings, workspace: Path
) -> None:
    campaign = with_markup(campaign, 1, f'<a href="{PAGE}">Added</a> <a href="{OTHER}">words</a>.')
    campaign = with_markup(campaign, 2, f'<a href="{PAGE}">Added words.</a>')
    revision = revision_of(campaign, settings, workspace)
    assert revision.article_links == (11, 12)
    assert "{{ links.to[11] }}" in revision.parts[0].html
    assert "{{ links.to[12] }}" in revision.parts[0].text
    assert "links.to[12]" not in revision.parts[1].html
    assert Revision.from_json(revision.to_json()) == revision
    message_id = new_message_id()
    links = links_for(SIGNER, revision, message_id)
    assert list(links.to) == [11, 12]
    token = links.to[12].rpartition("/c/")[2]
    assert SIGNER.read(Purpose.CLICK, token).link_id == 12
    with pytest.raises(KeyError):
        links.to[13]


def test_a_link_that_is_no_web_address_is_told_before_anything_is_published(
    campaign: Campaign, settings: Settings, workspace: Path
) -> None:
    campaign = with_markup(campaign, 1, '<a href="https://user@www.example.org">Added words.</a>')
    with pytest.raises(WorkspaceError, match=r"in “Added words\.”: a web address cannot hold a user name"):
        revision_of(campaign, settings, workspace)


def test_a_campaign_may_say_letter(workspace: Path, settings: Settings) -> None:
    file = workspace / "campaigns" / SLUG / "campaign.yaml"
    file.write_text(file.read_text("utf-8").replace("template: part", "template: letter"), "utf-8")
    revision = revision_of(load_campaign(workspace, SLUG), settings, workspace)
    assert "book a time with us" in revision.parts[0].html
    assert 'class="card' not in revision.parts[0].html


def test_publishing_keeps_where_the_articles_links_lead(
    campaign: Campaign, settings: Settings, workspace: Path, tmp_path: Path
) -> None:
    campaign = with_markup(campaign, 3, f'<a href="{PAGE}">Added words.</a>')
    store = open_store(f"sqlite:///{tmp_path / 'partwork.db'}")
    try:
        templates = workspace / "templates"
        published = publish(store, campaign, settings, templates=templates, signer=SIGNER, now=NOW)
        (link,) = published.revision.article_links
        with store.read() as connection:
            found = find_link(connection, link)
        assert found is not None
        assert (found.url, found.reference_parameter) == (PAGE, "")
        again = publish(store, campaign, settings, templates=templates, signer=SIGNER, now=NOW)
        assert not again.is_new
    finally:
        store.close()


def test_publishing_keeps_the_logo_for_the_web_to_serve(
    campaign: Campaign, settings: Settings, workspace: Path, tmp_path: Path
) -> None:
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + struct.pack(">II", 480, 112) + bytes(20)
    (workspace / "logo.png").write_bytes(png)
    settings = replace(settings, brand=settings.brand.model_copy(update={"logo": "logo.png"}))
    store = open_store(f"sqlite:///{tmp_path / 'partwork.db'}")
    try:
        published = publish(
            store, campaign, settings, templates=workspace / "templates", signer=SIGNER, now=NOW
        )
        (content_hash,) = {*re.findall(r"/m/([a-z0-9]+)", published.revision.parts[0].html)}
        with store.read() as connection:
            kept = find_picture(connection, content_hash)
        assert kept is not None
        assert (kept.media_type, kept.data) == ("image/png", png)
    finally:
        store.close()
