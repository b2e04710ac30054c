"""The Maildir that stands in for an email API."""

from __future__ import annotations

import errno
import mailbox
import os
import resource
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from partwork.errors import ProviderUnavailable, Scope, SettingsError
from partwork.ids import new_message_id
from partwork.providers.contract import (
    Absent,
    Accepted,
    Found,
    Sighting,
    Sought,
    Unavailable,
    Uncertain,
    Unseen,
)
from partwork.providers.outbox import Outbox
from partwork.sending.outgoing import Form, Outgoing
from tests.providers.mails import DATE, READER, an_outgoing, some_outgoing


def look_for(outbox: Outbox, message_id: str) -> Sighting:
    (sighting,) = outbox.look_up([Sought(message_id, READER, DATE)])
    return sighting


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "outbox"


def send(outbox: Outbox, *batch: Outgoing) -> None:
    assert outbox.send(batch, idempotency_key="k") == [Accepted(one.message_id) for one in batch]


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse to write more than `size` bytes to any file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_message_lies_in_new_under_its_id_byte_for_byte(folder: Path) -> None:
    outgoing = an_outgoing(Form.MIME)
    send(Outbox(folder), outgoing)
    assert files(folder) == {f"new/{outgoing.message_id}": outgoing.mime}


def test_any_mail_reader_finds_the_messages(folder: Path) -> None:
    send(Outbox(folder), *some_outgoing(Form.MIME, 3))
    found = mailbox.Maildir(folder, create=False)
    assert sorted(str(message["To"]) for message in found) == [f"reader{n}@example.org" for n in range(3)]


def test_only_its_owner_may_open_the_outbox(folder: Path) -> None:
    outgoing = an_outgoing(Form.MIME)
    send(Outbox(folder), outgoing)
    modes = {place: os.stat(folder / place).st_mode & 0o777 for place in (".", "new", "cur", "tmp")}
    assert modes == {".": 0o700, "new": 0o700, "cur": 0o700, "tmp": 0o700}
    assert os.stat(folder / "new" / outgoing.message_id).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("suffix", ["", ":2,", ":2,S", ":2,FRS"])
def test_a_message_that_was_read_is_neither_delivered_again_nor_lost(folder: Path, suffix: str) -> None:
    outbox, outgoing = Outbox(folder), an_outgoing(Form.MIME)
    send(outbox, outgoing)
    name = f"cur/{outgoing.message_id}{suffix}"
    (folder / "new" / outgoing.message_id).rename(folder / name)
    send(outbox, outgoing)
    assert files(folder) == {name: outgoing.mime}
    assert look_for(outbox, outgoing.message_id) == Found(outgoing.message_id)


def test_the_first_delivery_stays_as_it_was(folder: Path) -> None:
    outbox, first = Outbox(folder), an_outgoing(Form.MIME)
    send(outbox, first)
    second = an_outgoing(Form.MIME, message_id=first.message_id, text="something else\n")
    send(outbox, second)
    assert files(folder) == {f"new/{first.message_id}": first.mime}


def test_many_deliveries_of_one_message_at_once_leave_one_whole_file(folder: Path) -> None:
    message_id = new_message_id()
    rivals = [an_outgoing(Form.MIME, message_id=message_id, text=f"{n}" * 50_000) for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda outgoing: send(Outbox(folder), outgoing), rivals))
    (delivered,) = files(folder).items()
    assert delivered in {(f"new/{message_id}", rival.mime) for rival in rivals}


def test_what_a_dead_writer_left_behind_does_no_harm(folder: Path) -> None:
    outbox, outgoing = Outbox(folder), an_outgoing(Form.MIME)
    left_behind = folder / "tmp" / f"{outgoing.message_id}.4711.0011223344556677"
    left_behind.write_bytes(b"half a mess")
    assert look_for(outbox, outgoing.message_id) == Absent()
    send(outbox, outgoing)
    assert (folder / "new" / outgoing.message_id).read_bytes() == outgoing.mime


def test_a_full_disk_takes_nothing_and_says_so(folder: Path) -> None:
    outbox, outgoing = Outbox(folder), an_outgoing(Form.MIME)
    with largest_file(100), pytest.raises(ProviderUnavailable) as unavailable:
        outbox.send([outgoing], idempotency_key="k")
    assert str(unavailable.value) == f"the outbox cannot be written: {os.strerror(errno.EFBIG)}"
    assert unavailable.value.scope is Scope.ACCOUNT
    assert files(folder) == {}
    assert look_for(outbox, outgoing.message_id) == Absent()


def test_a_disk_that_fills_up_half_way_keeps_what_lies_in_place(folder: Path) -> None:
    outbox = Outbox(folder)
    first, second = an_outgoing(Form.MIME), an_outgoing(Form.MIME)
    third = an_outgoing(Form.MIME, text="x" * 20_000)
    last = an_outgoing(Form.MIME)
    with largest_file(10_000):
        answers = outbox.send([first, second, third, last], idempotency_key="k")
    full = Unavailable(f"the outbox cannot be written: {os.strerror(errno.EFBIG)}", scope=Scope.ACCOUNT)
    assert answers == [Accepted(first.message_id), Accepted(second.message_id), full, full]
    assert set(files(folder)) == {f"new/{first.message_id}", f"new/{second.message_id}"}


def failing_to_sync(monkeypatch: pytest.MonkeyPatch, is_kind: Callable[[int], bool]) -> None:
    """Let the disk refuse to keep what is of this kind (a file, a directory)."""
    really = os.fsync

    def fsync(descriptor: int) -> None:
        if is_kind(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def test_a_file_that_may_not_be_on_disk_is_not_delivered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, outgoing = Outbox(folder), an_outgoing(Form.MIME)
    failing_to_sync(monkeypatch, stat.S_ISREG)
    with pytest.raises(ProviderUnavailable):
        outbox.send([outgoing], idempotency_key="k")
    assert files(folder) == {}


def test_a_name_that_may_not_be_on_disk_is_uncertain_until_a_look_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, outgoing = Outbox(folder), an_outgoing(Form.MIME)
    failing_to_sync(monkeypatch, stat.S_ISDIR)
    reason = os.strerror(errno.EIO)
    answers = outbox.send([outgoing], idempotency_key="k")
    assert answers == [Uncertain(f"the outbox may not be on disk: {reason}")]
    assert look_for(outbox, outgoing.message_id) == Found(outgoing.message_id)


def test_an_outbox_that_went_away_proves_nothing(folder: Path) -> None:
    outbox, outgoing = Outbox(folder), an_outgoing(Form.MIME)
    send(outbox, outgoing)
    folder.rename(folder.with_name("unmounted"))
    reason = os.strerror(errno.ENOENT)
    assert look_for(outbox, outgoing.message_id) == Unseen(f"the outbox cannot be read: {reason}")
    with pytest.raises(ProviderUnavailable, match=reason):
        outbox.send([outgoing], idempotency_key="k")


def test_a_place_where_no_outbox_can_be_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file in the way")
    with pytest.raises(SettingsError, match="cannot be made"):
        Outbox(tmp_path / "outbox")


@pytest.mark.parametrize(
    "message_id", ["../../etc/passwd", "", ".", "A" * 20, "a" * 19, "a/aaaaaaaaaaaaaaaaaa"]
)
def test_what_is_no_message_id_never_becomes_a_file_name(folder: Path, message_id: str) -> None:
    outbox = Outbox(folder)
    outgoing = an_outgoing(Form.MIME, message_id=message_id or " ")
    with pytest.raises(ValueError, match="not a message id"):
        outbox.send([outgoing], idempotency_key="k")
    with pytest.raises(ValueError, match="not a message id"):
        look_for(outbox, message_id)
    assert files(folder) == {}
