"""Compile a campaign as it stands in its files into a revision."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from partwork.articles.model import Article
from partwork.campaigns.definition import Campaign, CampaignPart
from partwork.campaigns.revision import Revision, RevisionPart
from partwork.rendering.compile import PartContent, Practice, compile_part
from partwork.settings import Settings


class LinkIds(Protocol):
    """Gives a link its id, the same for the same address."""

    def __call__(self, url: str, *, reference_parameter: str = "") -> int: ...


def compile_revision(
    campaign: Campaign, settings: Settings, *, templates: Path, list_label: str, link_id: LinkIds
) -> Revision:
    """Return the revision. Raises WorkspaceError for a fault of a template's.

    list_label: the opaque word of List-Id; its domain is that of the sender
    """
    definition, practice = campaign.definition, settings.practice
    facts = Practice(
        name=practice.name,
        postal_address=practice.postal_address,
        website=practice.website,
        language=practice.language,
    )
    parts = []
    for number in range(1, len(campaign.parts) + 1):
        content = part_content(campaign, number, button_label=settings.booking.label)
        compiled = compile_part(templates, definition.template, content, facts)
        parts.append(
            RevisionPart(content.slug, compiled.subject, compiled.preheader, compiled.html, compiled.text)
        )
    return Revision(
        campaign=definition.campaign,
        title=definition.title,
        audience=definition.audience,
        schedule=definition.schedule,
        goal=definition.goal,
        on_uncertain=definition.on_uncertain,
        sender=settings.sender.from_,
        reply_to=settings.sender.reply_to,
        unsubscribe_mailbox=settings.sender.unsubscribe_mailbox,
        base_url=settings.links.base_url,
        list_id=f"{list_label}.{settings.sender.from_.rpartition('@')[2].rstrip('>')}",
        practice_name=practice.name,
        book_link=link_id(settings.booking.url, reference_parameter=settings.booking.reference_parameter),
        website_link=link_id(practice.website) if practice.website else None,
        parts=tuple(parts),
    )


def part_content(campaign: Campaign, number: int, *, button_label: str) -> PartContent:
    """Return what one part says (number from 1), before any template.

    The article's own call to action is the button of the part it closes; the others say
    `button_label`. References close the last part.
    """
    part = campaign.parts[number - 1]
    article, count = campaign.article, len(campaign.parts)
    is_last = number == count
    asks = article.call_to_action
    return PartContent(
        number=number,
        count=count,
        slug=part.definition.slug,
        series_title=campaign.definition.title,
        subject=part.definition.subject,
        preheader=part.definition.preheader,
        sections=part.content,
        references_heading=article.references_heading if is_last else None,
        references=article.references if is_last else (),
        button_label=asks.lines[0].text if asks and _closes(part, campaign, article) else button_label,
        teaser=None if is_last else campaign.parts[number].definition.subject,
        handwriting=part.handwriting,
    )


def _closes(part: CampaignPart, campaign: Campaign, article: Article) -> bool:
    """Return True for the part that holds the line just above the article's call to action."""
    if article.call_to_action is None:
        return False
    asked_at = article.call_to_action.lines[0].number

    def last_line_above(candidate: CampaignPart) -> int:
        numbers = [line.number for section in candidate.sections for line in section.all_lines]
        return max((number for number in numbers if number < asked_at), default=0)

    return part is max(campaign.parts, key=last_line_above)


def any_link(url: str, *, reference_parameter: str = "") -> int:
    """Stand in for a link's id where nothing is published: its links lead nowhere."""
    return 1
