"""Take an audience's file into the database. Nobody is ever resubscribed or deleted by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection

from partwork.audiences.readers import ReaderRow, ReadersFile
from partwork.store import audiences as rows
from partwork.store.concurrency import lock_memberships
from partwork.store.connect import Store
from partwork.store.enrollments import leave

CHUNK = 500

_Item = TypeVar("_Item")


@dataclass(slots=True)
class ImportCounts:
    """What an import changed, in people."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    unsubscribed: int = 0
    kept_out: int = 0


def import_readers(
    store: Store,
    audience: str,
    readers: ReadersFile,
    *,
    now: datetime,
    on_progress: Callable[[int], None] = lambda count: None,
) -> ImportCounts:
    """Record every accepted row of a file, in chunks; loading it twice changes nothing.

    on_progress is told the number of rows after each chunk.
    """
    counts = ImportCounts()
    for chunk in _chunks(readers.rows):
        with store.write() as connection:
            lock_memberships(connection)
            _import_chunk(connection, audience, chunk, counts, now=now)
        on_progress(len(chunk))
    for keys in _chunks(readers.left):
        with store.write() as connection:
            lock_memberships(connection)
            _let_leave(connection, audience, keys, counts, now=now)
    return counts


def _chunks(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _import_chunk(
    connection: Connection, audience: str, chunk: Sequence[ReaderRow], counts: ImportCounts, *, now: datetime
) -> None:
    known = rows.find_subscribers(connection, [row.address_key for row in chunk])
    members = rows.find_memberships(connection, audience, [person.id for person in known.values()])
    for row in chunk:
        person = known.get(row.address_key)
        if person is None:
            person_id = _add(connection, row, now=now)
            counts.added += 1
        else:
            person_id = person.id
            if _differs(person, row):
                _change(connection, person_id, row)
                counts.changed += 1
            else:
                counts.unchanged += 1
        _set_membership(connection, audience, person_id, row, members.get(person_id), counts, now=now)
        rows.add_consent(
            connection,
            subscriber_id=person_id,
            audience=audience,
            basis=row.consent_basis,
            source=row.consent_source,
            consent_on=row.consent_on,
            now=now,
        )


def _set_membership(
    connection: Connection,
    audience: str,
    person_id: int,
    row: ReaderRow,
    member: rows.MembershipRow | None,
    counts: ImportCounts,
    *,
    now: datetime,
) -> None:
    if member is None:
        rows.add_membership(connection, audience, person_id, is_subscribed=row.subscribed)
        counts.unsubscribed += not row.subscribed
    elif member.is_subscribed and not row.subscribed:
        _leave_audience(connection, audience, person_id, counts, now=now)
    elif row.subscribed and not member.is_subscribed:
        counts.kept_out += 1


def _let_leave(
    connection: Connection, audience: str, keys: Sequence[str], counts: ImportCounts, *, now: datetime
) -> None:
    """Honour `unsubscribed` also where the rest of its row cannot be used."""
    known = rows.find_subscribers(connection, keys)
    members = rows.find_memberships(connection, audience, [person.id for person in known.values()])
    for person_id, member in members.items():
        if member.is_subscribed:
            _leave_audience(connection, audience, person_id, counts, now=now)


def _leave_audience(
    connection: Connection, audience: str, person_id: int, counts: ImportCounts, *, now: datetime
) -> None:
    rows.end_membership(connection, audience, person_id)
    leave(connection, person_id, reason="unsubscribed", now=now, audience=audience)
    counts.unsubscribed += 1


def _add(connection: Connection, row: ReaderRow, *, now: datetime) -> int:
    return rows.add_subscriber(
        connection,
        address=row.address,
        address_key=row.address_key,
        first_name=row.first_name,
        timezone=row.timezone,
        attributes=row.attributes,
        now=now,
    )


def _change(connection: Connection, person_id: int, row: ReaderRow) -> None:
    rows.change_subscriber(
        connection,
        person_id,
        address=row.address,
        first_name=row.first_name,
        timezone=row.timezone,
        attributes=row.attributes,
    )


def _differs(person: rows.SubscriberRow, row: ReaderRow) -> bool:
    return (person.address, person.first_name, person.timezone, person.attributes) != (
        row.address,
        row.first_name,
        row.timezone,
        tuple(sorted(row.attributes)),
    )
