"""Why did this person get what they got, and what comes next? In sentences, zones named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from partwork.campaigns.revision import Revision
from partwork.errors import CommandError
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.store.audiences import (
    SubscriberRow,
    consents_of,
    find_subscribers,
    find_suppression,
    memberships_of,
)
from partwork.store.campaigns import all_campaigns, compiled_revision, find_campaign
from partwork.store.connect import Store
from partwork.store.enrollments import EnrollmentRow, enrollments_of
from partwork.store.events import events_of
from partwork.store.listings import MessageRow, list_messages
from partwork.times import in_words


@dataclass(frozen=True, slots=True)
class Why:
    """The story of one person, told in order; `next` is the sentence about what comes next."""

    address: str
    story: tuple[str, ...]
    next: str


def why(store: Store, address_key: str) -> Why:
    """Tell what was sent to an address and why, and what comes next. Raises CommandError if unknown."""
    with store.read() as connection:
        person = find_subscribers(connection, [address_key]).get(address_key)
        if person is None:
            raise CommandError("nobody here has this address: 'partwork audience import' brings people in")
        story = list(_who(connection, person))
        coming: list[str] = []
        walks = enrollments_of(connection, person.id)
        for walk in walks:
            told, ahead = _walk(connection, person, walk)
            story += told
            coming += ahead
        if not walks:
            story.append("Not enrolled in any campaign.")
        coming_next = " ".join(coming) or _nothing_comes(connection, person, walks)
    return Why(person.address, tuple(story), coming_next)


def _who(connection: Connection, person: SubscriberRow) -> Iterator[str]:
    name = f"{person.first_name}, " if person.first_name else ""
    yield f"{name}{person.address}; local time is that of {person.timezone}."
    for member in memberships_of(connection, person.id):
        standing = "Subscribed to" if member.is_subscribed else "Unsubscribed from"
        yield f"{standing} audience '{member.audience}'."
    for consent in consents_of(connection, person.id):
        source = f" ({consent.source})" if consent.source else ""
        basis = consent.basis.replace("_", " ")
        yield f"Consent on record for '{consent.audience}': {basis}{source}, {consent.consent_on}."
    barred = find_suppression(connection, person.address_key)
    if barred:
        when = in_words(barred.recorded_at, ZoneInfo(person.timezone))
        yield f"Is never written to again: {barred.reason} on {when}."


def _walk(connection: Connection, person: SubscriberRow, walk: EnrollmentRow) -> tuple[list[str], list[str]]:
    zone = ZoneInfo(person.timezone)
    revision = Revision.from_json(compiled_revision(connection, walk.revision_id))
    campaign = find_campaign(connection, walk.campaign)
    told = [f"Enrolled in '{walk.campaign}' on {in_words(walk.enrolled_at, zone)}."]
    ahead = []
    facts = events_of(connection, person.id)
    for message in list_messages(connection, campaign=walk.campaign, subscriber_id=person.id):
        name = f"Part {revision.part_number(message.part)} of {len(revision.parts)} '{message.part}'"
        sentence = f"{name} {_fate(message, zone)}"
        if message.state is MessageState.DUE:
            if campaign and campaign.state is CampaignState.PAUSED:
                sentence += f" It waits: '{walk.campaign}' is paused ('partwork resume {walk.campaign}')."
            ahead.append(sentence)
        else:
            told.append(sentence)
        told += [
            f"{_reaction(fact.kind, name)} on {in_words(fact.occurred_at, zone)}."
            for fact in facts
            if fact.message_id == message.message
        ]
    if walk.state is not EnrollmentState.ACTIVE:
        told.append(_end_of(walk, zone))
    return told, ahead


def _reaction(kind: str, name: str) -> str:
    if kind == "unsubscribed":
        return f"Unsubscribed through the link in {name[0].lower()}{name[1:]}"
    return f"{name} was {kind.replace('_', ' ')}"


def _end_of(walk: EnrollmentRow, zone: ZoneInfo) -> str:
    """Return why no more of a campaign comes."""
    reason = f": {walk.reason}" if walk.reason else ""
    ended = f" on {in_words(walk.ended_at, zone)}" if walk.ended_at else ""
    verb = {
        EnrollmentState.COMPLETED: "Came to the end of",
        EnrollmentState.EXITED: "Left",
        EnrollmentState.PAUSED: "Rests in",
    }
    return f"{verb.get(walk.state, 'Is in')} '{walk.campaign}'{ended}{reason}."


def _fate(message: MessageRow, zone: ZoneInfo) -> str:
    """Return the rest of a sentence that begins with the part's name."""
    because = f": {message.reason}" if message.reason else ""

    def tell(words: str) -> str:
        return f"{words}{because}."

    match message.state:
        case MessageState.DUE:
            return tell(f"falls due on {in_words(message.due_at, zone)}")
        case MessageState.CLAIMED | MessageState.SENDING:
            return tell("is being sent now")
        case MessageState.ACCEPTED:
            sent = in_words(message.sent_at, zone) if message.sent_at else "an unknown day"
            return f"was sent on {sent} and accepted by {message.provider}."
        case MessageState.REJECTED:
            return tell(f"was refused by {message.provider}")
        case MessageState.UNCERTAIN:
            return tell(f"may or may not have been taken by {message.provider}; the next waits for it")
        case MessageState.HELD:
            return tell("is held until a person decides")
        case MessageState.CANCELLED | MessageState.SUPPRESSED | MessageState.EXPIRED:
            return tell(f"was not sent ({message.state})")
        case _:
            assert_never(message.state)


def _nothing_comes(connection: Connection, person: SubscriberRow, walks: list[EnrollmentRow]) -> str:
    """Return what to say where no part is due: someone new may be about to begin."""
    subscribed = {member.audience for member in memberships_of(connection, person.id) if member.is_subscribed}
    if walks or not subscribed or find_suppression(connection, person.address_key):
        return "Nothing comes next."
    begins = [
        f"'{campaign.slug}'"
        for campaign in all_campaigns(connection)
        if campaign.audience in subscribed and campaign.state is CampaignState.PUBLISHED
    ]
    if begins:
        return f"The clock will enroll them in {', '.join(begins)} when it next runs."
    return "Nothing comes next until a campaign for their audience is published."
