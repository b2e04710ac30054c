"""Everybody in an audience, one after the other. Adapter; it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from partwork.store.audiences import suppression_reasons
from partwork.store.tables import consents, memberships, subscribers

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Member:
    """One person in one audience, with the newest evidence that we may write.

    suppressed_for: why the address is never written to again; empty if it is not suppressed
    consent_basis, consent_source: empty, and consent_on None, where there is no evidence
    """

    address: str
    first_name: str
    timezone: str
    is_subscribed: bool
    suppressed_for: str
    consent_basis: str
    consent_source: str
    consent_on: date | None
    attributes: tuple[tuple[str, str], ...]

    @property
    def may_be_written_to(self) -> bool:
        return self.is_subscribed and not self.suppressed_for


def members(connection: Connection, audience: str) -> Iterator[Member]:
    """Yield the members of an audience in the order in which they became known.

    Cost: one pass over the audience by its key; a chunk is held at a time.
    """
    last = 0
    while rows := connection.execute(
        select(memberships.c.status, subscribers)
        .join(subscribers, subscribers.c.id == memberships.c.subscriber_id)
        .where(memberships.c.audience == audience, memberships.c.subscriber_id > last)
        .order_by(memberships.c.subscriber_id)
        .limit(_CHUNK)
    ).all():
        barred = suppression_reasons(connection, [row.address_key for row in rows])
        evidence = _newest_consents(connection, audience, [row.id for row in rows])
        for row in rows:
            basis, source, consent_on = evidence.get(row.id, ("", "", None))
            yield Member(
                address=row.address,
                first_name=row.first_name,
                timezone=row.timezone,
                is_subscribed=row.status == "subscribed",
                suppressed_for=barred.get(row.address_key, ""),
                consent_basis=basis,
                consent_source=source,
                consent_on=consent_on,
                attributes=tuple(json.loads(row.attributes).items()),
            )
        last = rows[-1].id


def known_audiences(connection: Connection) -> list[str]:
    """Return the audiences that have, or had, members."""
    found = connection.execute(select(memberships.c.audience).distinct().order_by(memberships.c.audience))
    return list(found.scalars())


def _newest_consents(
    connection: Connection, audience: str, subscriber_ids: list[int]
) -> dict[int, tuple[str, str, date]]:
    rows = connection.execute(
        select(consents)
        .where(consents.c.audience == audience, consents.c.subscriber_id.in_(subscriber_ids))
        .order_by(consents.c.consent_on, consents.c.id)
    )
    return {row.subscriber_id: (row.basis, row.source, row.consent_on) for row in rows}
