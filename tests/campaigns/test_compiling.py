"""From an article's links and footnotes to a revision: ids for the links, notes where they are marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from partwork.articles.model import Block, Kind, Line, Note
from partwork.campaigns.compiling import compile_revision, part_content
from partwork.campaigns.definition import Campaign
from partwork.campaigns.publish import publish
from partwork.campaigns.revision import Revision
from partwork.campaigns.workspace import load_campaign
from partwork.errors import CommandError, WorkspaceError
from partwork.ids import new_message_id
from partwork.sending.merging import links_for
from partwork.settings import Settings, load_settings
from partwork.store.campaigns import find_link
from partwork.store.connect import open_store
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
    changed = replace(part, sections=(replace(first, blocks=(*first.blocks, block)), *others))
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
    with pytest.raises(WorkspaceError, match="a link of the article: a web address cannot hold a user name"):
        revision_of(campaign, settings, workspace)


@pytest.mark.parametrize(
    ("mark", "markup", "closes"),
    [
        ("1", "Added words.<sup>1</sup>", [2]),
        ("1", "Added <strong>1</strong> words.", [5]),
        ("[1]", None, [5]),
        ("*", "Added words.<sup>*</sup>", [2]),
    ],
)
def test_a_note_closes_the_part_that_marks_it_and_else_the_last(
    campaign: Campaign, mark: str, markup: str | None, closes: list[int]
) -> None:
    note = Note(mark, Block("note", Kind.PARAGRAPH, (Line(98, "What it rests on."),)))
    campaign = replace(campaign, article=replace(campaign.article, notes=(note,)))
    if markup:
        campaign = with_markup(campaign, 2, markup)
    held = [
        number
        for number in range(1, len(campaign.parts) + 1)
        if part_content(campaign, number, button_label="Book").notes
    ]
    assert held == closes


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


def test_publishing_with_a_logo_is_refused_while_nothing_serves_it(
    campaign: Campaign, settings: Settings, workspace: Path, tmp_path: Path
) -> None:
    settings = replace(settings, brand=settings.brand.model_copy(update={"logo": "logo.png"}))
    store = open_store(f"sqlite:///{tmp_path / 'partwork.db'}")
    try:
        with pytest.raises(CommandError, match="publishing with a logo is not built yet"):
            publish(store, campaign, settings, templates=workspace / "templates", signer=SIGNER, now=NOW)
    finally:
        store.close()
