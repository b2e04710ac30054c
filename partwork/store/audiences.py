"""Subscribers, memberships, consent and suppression. Adapter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from partwork.ids import content_hash
from partwork.store.concurrency import insert_new, lock_memberships
from partwork.store.tables import consents, enrollments, memberships, subscribers, suppressions


@dataclass(frozen=True, slots=True)
class SubscriberRow:
    """One person. `attributes` are the further columns staff keep."""

    id: int
    address: str
    address_key: str
    first_name: str
    timezone: str
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """One subscriber in one audience."""

    audience: str
    subscriber_id: int
    is_subscribed: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A changed member of an audience, looked at for enrollment."""

    subscriber_id: int
    timezone: str
    serial: int
    may_enroll: bool


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One piece of evidence that we may write."""

    audience: str
    basis: str
    source: str
    consent_on: date


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """An address we must never write to, and why."""

    reason: str
    evidence: str
    recorded_at: datetime


def address_hash(address_key: str) -> str:
    """Return what names an address in the suppression list once its subscriber is gone."""
    return content_hash("address", address_key)


def find_subscribers(connection: Connection, address_keys: Sequence[str]) -> dict[str, SubscriberRow]:
    """Return the known ones among `address_keys` (a chunk, at most some hundreds)."""
    rows = connection.execute(select(subscribers).where(subscribers.c.address_key.in_(address_keys)))
    return {row.address_key: _subscriber(row) for row in rows}


def subscriber_by_id(connection: Connection, subscriber_id: int) -> SubscriberRow:
    """Return a subscriber that is known to be there."""
    return _subscriber(connection.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).one())


def find_memberships(
    connection: Connection, audience: str, subscriber_ids: Sequence[int]
) -> dict[int, MembershipRow]:
    """Return the memberships of these subscribers in one audience."""
    rows = connection.execute(
        select(memberships).where(
            memberships.c.audience == audience, memberships.c.subscriber_id.in_(subscriber_ids)
        )
    )
    return {
        row.subscriber_id: MembershipRow(row.audience, row.subscriber_id, row.status == "subscribed")
        for row in rows
    }


def memberships_of(connection: Connection, subscriber_id: int) -> list[MembershipRow]:
    """Return every audience a subscriber is or was in."""
    rows = connection.execute(
        select(memberships)
        .where(memberships.c.subscriber_id == subscriber_id)
        .order_by(memberships.c.audience)
    )
    return [MembershipRow(row.audience, row.subscriber_id, row.status == "subscribed") for row in rows]


def add_subscriber(
    connection: Connection,
    *,
    address: str,
    address_key: str,
    first_name: str,
    timezone: str,
    attributes: Iterable[tuple[str, str]],
    now: datetime,
) -> int:
    """Record a person; return the id."""
    new = insert(subscribers).values(
        address=address,
        address_key=address_key,
        first_name=first_name,
        timezone=timezone,
        attributes=_attributes_text(attributes),
        recorded_at=now,
    )
    return int(connection.execute(new.returning(subscribers.c.id)).scalar_one())


def change_subscriber(
    connection: Connection,
    subscriber_id: int,
    *,
    address: str,
    first_name: str,
    timezone: str,
    attributes: Iterable[tuple[str, str]],
) -> None:
    """Take over what a file says of a person already known."""
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id)
        .values(
            address=address,
            first_name=first_name,
            timezone=timezone,
            attributes=_attributes_text(attributes),
        )
    )


def add_membership(connection: Connection, audience: str, subscriber_id: int, *, is_subscribed: bool) -> None:
    """Put a subscriber into an audience."""
    connection.execute(
        insert(memberships).values(
            audience=audience,
            subscriber_id=subscriber_id,
            status="subscribed" if is_subscribed else "unsubscribed",
            serial=_next_serial(connection),
        )
    )


def end_membership(connection: Connection, audience: str, subscriber_id: int) -> None:
    """Mark a subscriber as unsubscribed from one audience."""
    connection.execute(
        update(memberships)
        .where(memberships.c.audience == audience, memberships.c.subscriber_id == subscriber_id)
        .values(status="unsubscribed", serial=_next_serial(connection))
    )


def add_consent(
    connection: Connection,
    *,
    subscriber_id: int,
    audience: str,
    basis: str,
    source: str,
    consent_on: date,
    now: datetime,
) -> bool:
    """Record evidence of consent; return False if this very evidence is already there."""
    return insert_new(
        connection,
        consents,
        {
            "subscriber_id": subscriber_id,
            "audience": audience,
            "basis": basis,
            "source": source,
            "consent_on": consent_on,
            "recorded_at": now,
        },
    )


def consents_of(connection: Connection, subscriber_id: int) -> list[ConsentRow]:
    """Return the evidence that a subscriber may be written to, the oldest first."""
    rows = connection.execute(
        select(consents)
        .where(consents.c.subscriber_id == subscriber_id)
        .order_by(consents.c.consent_on, consents.c.id)
    )
    return [ConsentRow(row.audience, row.basis, row.source, row.consent_on) for row in rows]


def suppress(connection: Connection, address_key: str, *, reason: str, evidence: str, now: datetime) -> bool:
    """Never write to this address again; return False if it was suppressed before (that stands)."""
    return insert_new(
        connection,
        suppressions,
        {
            "address_hash": address_hash(address_key),
            "reason": reason,
            "evidence": evidence,
            "recorded_at": now,
        },
    )


def find_suppression(connection: Connection, address_key: str) -> SuppressionRow | None:
    """Return why an address is suppressed, None if it is not."""
    row = connection.execute(
        select(suppressions).where(suppressions.c.address_hash == address_hash(address_key))
    ).first()
    return SuppressionRow(row.reason, row.evidence, row.recorded_at) if row else None


def suppression_reasons(connection: Connection, address_keys: Iterable[str]) -> dict[str, str]:
    """Return address key → reason for those of a chunk that are suppressed."""
    by_hash = {address_hash(key): key for key in address_keys}
    rows = connection.execute(
        select(suppressions.c.address_hash, suppressions.c.reason).where(
            suppressions.c.address_hash.in_(list(by_hash))
        )
    )
    return {by_hash[row.address_hash]: row.reason for row in rows}


def changed_members(
    connection: Connection, *, campaign: str, audience: str, after_serial: int, limit: int
) -> list[Candidate]:
    """Return members changed since a campaign last looked, in order of change.

    Cost: the changed members only, by index; never the whole audience.
    """
    is_enrolled = (
        select(enrollments.c.id)
        .where(enrollments.c.campaign == campaign, enrollments.c.subscriber_id == memberships.c.subscriber_id)
        .exists()
    )
    has_consent = (
        select(consents.c.id)
        .where(
            consents.c.subscriber_id == memberships.c.subscriber_id,
            consents.c.audience == memberships.c.audience,
        )
        .exists()
    )
    rows = connection.execute(
        select(
            memberships.c.subscriber_id,
            memberships.c.status,
            memberships.c.serial,
            subscribers.c.timezone,
            subscribers.c.address_key,
            is_enrolled.label("is_enrolled"),
            has_consent.label("has_consent"),
        )
        .join(subscribers, subscribers.c.id == memberships.c.subscriber_id)
        .where(memberships.c.audience == audience, memberships.c.serial > after_serial)
        .order_by(memberships.c.serial)
        .limit(limit)
    ).all()
    barred = suppression_reasons(connection, [row.address_key for row in rows])
    return [
        Candidate(
            subscriber_id=row.subscriber_id,
            timezone=row.timezone,
            serial=row.serial,
            may_enroll=row.status == "subscribed"
            and bool(row.has_consent)
            and not row.is_enrolled
            and row.address_key not in barred,
        )
        for row in rows
    ]


def _next_serial(connection: Connection) -> int:
    lock_memberships(connection)
    return int(connection.execute(select(func.coalesce(func.max(memberships.c.serial), 0))).scalar_one()) + 1


def _attributes_text(attributes: Iterable[tuple[str, str]]) -> str:
    return json.dumps(dict(attributes), ensure_ascii=False, sort_keys=True)


def _subscriber(row: Row[Any]) -> SubscriberRow:
    return SubscriberRow(
        id=row.id,
        address=row.address,
        address_key=row.address_key,
        first_name=row.first_name,
        timezone=row.timezone,
        attributes=tuple(sorted(json.loads(row.attributes).items())),
    )
