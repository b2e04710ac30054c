"""Compile a campaign as it stands in its files into a revision."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from partwork.articles.citations import closings
from partwork.articles.footnotes import notes_of
from partwork.articles.model import Article
from partwork.campaigns.definition import Campaign, CampaignPart
from partwork.campaigns.linking import unsound_links
from partwork.campaigns.looks import look_of
from partwork.campaigns.passages import Origin, Passage, passages_of, words_hash
from partwork.campaigns.revision import Revision, RevisionPart
from partwork.campaigns.templatefiles import template_look
from partwork.campaigns.wording import read_words, words_file
from partwork.errors import WorkspaceError
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
    words = read_words(templates, practice.language).words
    button_label = settings.booking.label or words.button
    facts = Practice(
        name=practice.name,
        postal_address=practice.postal_address,
        website=practice.website,
        language=practice.language,
        signature=practice.signature,
        words=dict(words),
    )
    look = look_of(
        settings.brand,
        workspace=templates.parent,
        media_base=settings.links.base_url,
        practice=practice.name,
    )
    links: dict[str, int] = {}
    parts = []
    problems = list(unsound_links(campaign))
    if problems:
        raise WorkspaceError(problems)
    for number in range(1, len(campaign.parts) + 1):
        content = part_content(campaign, number, button_label=button_label)
        try:
            links |= {href: link_id(href) for href in content.hrefs if href not in links}
            compiled = compile_part(templates, definition.template, content, facts, look=look, links=links)
        except WorkspaceError as fault:
            # Another part may show what this one cannot: only the last has references.
            problems += fault.problems
            continue
        parts.append(
            RevisionPart(
                content.slug,
                compiled.subject,
                compiled.preheader,
                compiled.html,
                compiled.text,
                _passages(content, button_label),
            )
        )
    if problems:
        raise WorkspaceError(problems)
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
        article_links=tuple(dict.fromkeys(links.values())),
        origin=_origin(campaign, settings, templates, button_label),
    )


def _origin(campaign: Campaign, settings: Settings, templates: Path, button_label: str) -> Origin:
    practice, template = settings.practice, campaign.definition.template
    return Origin(
        article=words_hash(campaign.article),
        template=template,
        look=template_look(templates, template, words=words_file(templates, practice.language)),
        postal_address=practice.postal_address,
        website=practice.website or "",
        language=practice.language,
        booking_page=settings.booking.url,
        button_label=button_label,
    )


def _passages(content: PartContent, button_label: str) -> tuple[Passage, ...]:
    is_own = content.button_label != button_label
    return passages_of(
        content.sections,
        references_heading=content.references_heading,
        references=content.references,
        notes=content.notes,
        button=content.button_label if is_own else "",
    )


def part_content(campaign: Campaign, number: int, *, button_label: str) -> PartContent:
    """Return what one part says (number from 1), before any template.

    The article's own call to action is the button of the part it closes; the others say
    `button_label`. References and notes close the part that cites them, else the last.
    """
    part = campaign.parts[number - 1]
    article, count = campaign.article, len(campaign.parts)
    is_last = number == count
    asks = article.call_to_action
    article_notes = notes_of(article, part.sections, is_last=is_last)
    closing = closings(article, [each.content for each in campaign.parts])[number - 1]
    return PartContent(
        number=number,
        count=count,
        slug=part.definition.slug,
        series_title=campaign.definition.title,
        subject=part.definition.subject,
        preheader=part.definition.preheader,
        sections=part.content,
        references_heading=article.references_heading if closing else None,
        references=closing,
        notes=(*(part.handwriting.notes if part.handwriting else ()), *article_notes),
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
