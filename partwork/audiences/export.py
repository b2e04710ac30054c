"""Write an audience as a CSV file that reads back as the same people. A verb; nothing changes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from partwork.audiences.cells import safe_cell
from partwork.audiences.readers import COLUMNS, Status
from partwork.store.connect import Store
from partwork.store.members import Member, members


def export_members(store: Store, audience: str, file: TextIO) -> int:
    """Write every member of an audience as one row; return how many.

    file: text, opened with newline=""
    Whoever must not be written to is `unsubscribed` there, wherever the file is read. Two passes
    over the audience as it is at one moment; one row is held at a time.
    """
    count = 0
    with store.read() as connection:
        attributes = sorted(
            {name for member in members(connection, audience) for name, _ in member.attributes}
        )
        writer = csv.writer(file)
        writer.writerow([safe_cell(name) for name in (*COLUMNS, *attributes)])
        for member in members(connection, audience):
            writer.writerow([safe_cell(value) for value in _values(member, attributes)])
            count += 1
    return count


def _values(member: Member, attributes: list[str]) -> Iterator[str]:
    further = dict(member.attributes)
    by_column = {
        "email": member.address,
        "first_name": member.first_name,
        "timezone": member.timezone,
        "consent_basis": member.consent_basis,
        "consent_source": member.consent_source,
        "consent_on": member.consent_on.isoformat() if member.consent_on else "",
        "status": Status.SUBSCRIBED if member.may_be_written_to else Status.UNSUBSCRIBED,
    }
    yield from (by_column[column] for column in COLUMNS)
    yield from (further.get(name, "") for name in attributes)
