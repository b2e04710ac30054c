"""What was merged for one reader, kept with the attempt so that the very same request can be made again.

The revision never changes and links are signed anew to the same tokens, so the reader's own
values are all that has to be kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from partwork.sending.desk import Desk
from partwork.sending.merging import links_for, reader_values
from partwork.sending.outgoing import Outgoing
from partwork.store.messages import ClaimedMessage


@dataclass(frozen=True, slots=True)
class ReaderValues:
    """One reader as the merge saw them."""

    address: str
    first_name: str
    attributes: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, message: ClaimedMessage) -> ReaderValues:
        return cls(message.address, message.first_name, message.attributes)

    def to_json(self) -> str:
        return json.dumps([self.address, self.first_name, self.attributes], ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> ReaderValues:
        address, first_name, attributes = json.loads(text)
        return cls(address, first_name, tuple((name, value) for name, value in attributes))


def build(
    desk: Desk, reader: ReaderValues, *, message_id: str, revision_id: str, part: str, date: datetime
) -> Outgoing:
    """Merge one reader into one part's frame, links signed. Raises PartworkError if it cannot be built."""
    revision = desk.frames.revision(revision_id)
    return desk.frames.frame(revision_id, part).merge(
        reader_values(reader.first_name, reader.attributes),
        message_id=message_id,
        address=reader.address,
        links=links_for(desk.signer, revision, message_id),
        date=date,
        form=desk.provider.form,
    )
