"""The outbox: a Maildir on disk instead of an email API. An adapter; nothing leaves the machine.

A message's file is named by its id, so a second delivery changes nothing and a look-up is certain.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from partwork.errors import ProviderUnavailable, Scope, SettingsError
from partwork.ids import message_id_bytes
from partwork.providers.contract import (
    Absent,
    Accepted,
    Answer,
    Found,
    Pace,
    Sighting,
    Sought,
    Unavailable,
    Uncertain,
    Unseen,
    check_request,
)
from partwork.sending.outgoing import Form, Outgoing

_OWNER_ONLY = 0o700


class Outbox:
    """Delivers into the Maildir at `folder`, which it makes where it is missing."""

    name = "outbox"
    form = Form.MIME
    batch_limit = 100
    is_whole = False
    keys_kept: timedelta | None = None
    looks: tuple[timedelta, ...] = (timedelta(),)

    def __init__(self, folder: Path, *, pace: Pace | None = None) -> None:
        """Raises SettingsError when the folder cannot be made."""
        self.pace = pace or Pace()
        self._tmp, self._new, self._cur = folder / "tmp", folder / "new", folder / "cur"
        try:
            for place in (folder, self._tmp, self._new, self._cur):
                place.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"the outbox {folder} cannot be made: {error.strerror}") from error

    def send(self, batch: Sequence[Outgoing], *, idempotency_key: str) -> list[Answer]:
        """Put each message's file in place; what is there already stays as it is.

        The ids of the files are the keys here, so `idempotency_key` is checked and not needed.
        """
        check_request(batch, idempotency_key=idempotency_key, form=self.form, batch_limit=self.batch_limit)
        answers: list[Answer] = []
        try:
            already_read = set(_message_ids_in(self._cur))
            for outgoing in batch:
                if outgoing.message_id not in already_read:
                    assert outgoing.mime is not None  # check_request has seen to it
                    self._deliver(outgoing.message_id, outgoing.mime)
                answers.append(Accepted(outgoing.message_id))
        except OSError as error:
            reason = f"the outbox cannot be written: {error.strerror}"
            if not answers:
                raise ProviderUnavailable(reason, scope=Scope.ACCOUNT) from error
            unwritten = len(batch) - len(answers)
            answers += [Unavailable(reason, scope=Scope.ACCOUNT)] * unwritten
        return self._durable(answers)

    def look_up(self, sought: Sequence[Sought]) -> list[Sighting]:
        """Find messages among the unread and the read; certain while the folder can be read."""
        ids = [one.message_id for one in sought]
        for message_id in ids:
            message_id_bytes(message_id)
        try:
            # new before cur: that is the way a mail reader moves a file meanwhile.
            there = {name for place in (self._new, self._cur) for name in _message_ids_in(place)}
        except OSError as error:
            return [Unseen(f"the outbox cannot be read: {error.strerror}")] * len(ids)
        return [Found(message_id) if message_id in there else Absent() for message_id in ids]

    def close(self) -> None:
        """Nothing is held open."""

    def _deliver(self, message_id: str, mime: bytes) -> None:
        """Write the whole file aside, then give it its name in new/: it is there entirely or not at all."""
        aside = self._tmp / f"{message_id}.{os.getpid()}.{secrets.token_hex(8)}"
        try:
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(mime)
                file.flush()
                os.fsync(file.fileno())
            # A link, unlike a rename, cannot replace what another process has just delivered.
            with suppress(FileExistsError):
                os.link(aside, self._new / message_id)
        finally:
            # What cannot be removed does no harm in tmp/: its name is never used again.
            with suppress(OSError):
                aside.unlink()

    def _durable(self, answers: list[Answer]) -> list[Answer]:
        """Return the answers once the new names are on disk; a name that may not be is uncertain."""
        try:
            directory = os.open(self._new, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as error:
            uncertain = Uncertain(f"the outbox may not be on disk: {error.strerror}")
            return [uncertain if isinstance(answer, Accepted) else answer for answer in answers]
        return answers


def _message_ids_in(place: Path) -> Iterator[str]:
    """Yield the message ids of a Maildir's files, without the flags a mail reader adds (`:2,S`)."""
    with os.scandir(place) as entries:
        for entry in entries:
            yield entry.name.partition(":2,")[0]
