"""From any source to the emails: every placed word arrives, in both twins, and nothing of it is markup."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partwork.articles.model import Article, Section
from partwork.articles.outline import Outline
from partwork.articles.sources import read_source
from partwork.articles.split import split
from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.definition import Campaign, CampaignPart
from partwork.campaigns.workspace import load_campaign
from partwork.errors import CommandError
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form, Outgoing
from partwork.settings import Settings, load_settings
from partwork.tracking.tokens import Realm, Signer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MESSAGE = "a" * 20
NASTY = (
    *("<script>alert(1)</script>", "{{ 7*7 }}", "{% raw %}", "[[ look.colour ]]", "[% endif %]", "<!--"),
    *("-->", "]]>", "</mj-text>", "<mj-raw>", "&lt;b&gt;", "\u202e", '"onload="', "{#", "#}", "\\"),
    "{{ links.book }}",
)
STARTS = ("", "", "", "# ", "## ", "- ", "1. ", "> ", "• ")


@st.composite
def sources(draw: st.DrawFn) -> tuple[bytes, str, set[str]]:
    """A text, a Markdown file or a page with numbered words beside what might be taken for code."""
    name = draw(st.sampled_from(("article.txt", "article.md", "article.html")))
    words: set[str] = set()
    lines = []
    for _ in range(draw(st.integers(3, 14))):
        pieces = []
        for _ in range(draw(st.integers(1, 5))):
            words.add(f"w{len(words)}x")
            pieces += [f"w{len(words) - 1}x", draw(st.sampled_from(NASTY))]
        line = " ".join(pieces)
        if name.endswith("html"):
            tag = draw(st.sampled_from(("p", "p", "h2", "li", "blockquote")))
            lines.append(f"<{tag}>{html.escape(line)}</{tag}>")
        else:
            lines.append(f"{draw(st.sampled_from(STARTS))}{line}\n")
    body = "\n".join(lines)
    return (f"<main><h1>A title</h1>{body}</main>" if name.endswith("html") else body).encode(), name, words


@cache
def sample() -> tuple[Campaign, Settings, Path]:
    root = Path(__file__).parents[2]
    return load_campaign(root, "gluteus-medius"), load_settings(root, {}), root / "templates"


def with_article(campaign: Campaign, article: Article) -> Campaign:
    definition = campaign.parts[0].definition
    contents = Outline(article).resolve([part.sections for part in split(article).parts])
    parts = tuple(
        CampaignPart(
            definition.model_copy(
                update={"slug": f"part-{number}", "subject": f"Part {number}", "preheader": "More"}
            ),
            sections,
            sections,
        )
        for number, sections in enumerate(contents, start=1)
    )
    return replace(campaign, article=article, parts=parts)


def built(campaign: Campaign, settings: Settings, templates: Path) -> list[Outgoing]:
    revision = compile_revision(campaign, settings, templates=templates, list_label="x", link_id=any_link)
    links = links_for(Signer("", Realm.PREVIEW), revision, MESSAGE)
    return [
        frame_of(revision, part.slug).merge(
            reader_values("", []),
            message_id=MESSAGE,
            address="reader@example.org",
            links=links,
            date=NOW,
            form=Form.MIME,
        )
        for part in revision.parts
    ]


def lines_of(sections: tuple[Section, ...]) -> str:
    return "\n".join(line.text for section in sections for line in section.all_lines)


@given(sources())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_placed_arrives_in_both_twins_and_nothing_of_it_is_code(
    source: tuple[bytes, str, set[str]],
) -> None:
    raw, name, words = source
    campaign, of_workspace, templates = sample()
    try:
        article = read_source(raw, name=name, folder=None).article
    except CommandError:
        return
    campaign = with_article(campaign, article)
    for part, outgoing in zip(campaign.parts, built(campaign, of_workspace, templates), strict=True):
        placed = {word for word in words if re.search(rf"\b{word}\b", lines_of(part.sections))}
        page = BeautifulSoup(outgoing.mail.html, "html.parser")
        assert not page.find_all(["script", "mj-raw", "mj-text"])
        assert not [tag for tag in page.find_all(True) if any(key.startswith("on") for key in tag.attrs)]
        shown, text = page.get_text(" "), outgoing.mail.text
        for word in placed:
            assert re.search(rf"\b{word}\b", shown), f"{word} is not in the page"
            assert re.search(rf"\b{word}\b", text), f"{word} is not in the text"
        assert " 49 " not in shown
