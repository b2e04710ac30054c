"""Ingest: what comes back through links becomes an event, and leaving takes effect at the commit."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from partwork.campaigns.revision import Revision
from partwork.store.audiences import end_membership, memberships_of, subscriber_by_id, suppress
from partwork.store.campaigns import revision_of_message
from partwork.store.concurrency import lock_memberships
from partwork.store.connect import Store
from partwork.store.enrollments import leave, subscriber_of_message
from partwork.store.events import record_event


class EventKind(StrEnum):
    """What a link tells us."""

    CLICKED = "clicked"
    CLICKED_ELSEWHERE = "clicked_elsewhere"
    UNSUBSCRIBED = "unsubscribed"


def record_click(store: Store, *, message_id: str, link_id: int, now: datetime) -> bool:
    """Record that a link of a message was followed; return False for a message we do not know.

    A link that does not stand in the message's revision was not followed from it (link ids are not
    signed, so anybody can write one into a token): a fact of another kind, which is no click.
    """
    with store.write() as connection:
        compiled = revision_of_message(connection, message_id)
        if compiled is None:
            return False
        is_its_own = link_id in Revision.from_json(compiled).link_ids
        # Each hit is a fact of its own; nothing about the visitor is kept.
        return record_event(
            connection,
            dedupe_key=f"click-{secrets.token_hex(16)}",
            kind=EventKind.CLICKED if is_its_own else EventKind.CLICKED_ELSEWHERE,
            message_id=message_id,
            link_id=link_id,
            source="link",
            occurred_at=now,
        )


def unsubscribe(store: Store, *, message_id: str, source: str, now: datetime) -> bool:
    """Take the message's reader out of all marketing of the workspace; return False if unknown.

    Suppression, the end of every open walk, and the event are one commit; doing it again
    changes nothing and is answered alike.
    """

    def leave_all(connection: Connection) -> bool:
        subscriber_id = subscriber_of_message(connection, message_id)
        if subscriber_id is None:
            return False
        subscriber = subscriber_by_id(connection, subscriber_id)
        lock_memberships(connection)
        suppress(
            connection,
            subscriber.address_key,
            reason="unsubscribed",
            evidence=f"{source}, message {message_id}",
            now=now,
        )
        for membership in memberships_of(connection, subscriber_id):
            if membership.is_subscribed:
                end_membership(connection, membership.audience, subscriber_id)
        leave(connection, subscriber_id, reason="unsubscribed", now=now)
        record_event(
            connection,
            dedupe_key=f"unsubscribe-{message_id}",
            kind=EventKind.UNSUBSCRIBED,
            message_id=message_id,
            link_id=None,
            source=source,
            occurred_at=now,
        )
        return True

    return store.transact(leave_all)
