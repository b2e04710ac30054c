"""Rehearse: the clock's own jobs, stepped on a virtual clock in a scratch database. Nothing is published."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from partwork.audiences.imports import import_readers
from partwork.audiences.readers import ReadersFile
from partwork.campaigns.definition import Campaign
from partwork.campaigns.publish import publish
from partwork.campaigns.revision import Revision
from partwork.clock import JOBS
from partwork.errors import CommandError
from partwork.providers.contract import ProviderSettings
from partwork.providers.registry import open_provider
from partwork.sending.desk import Desk
from partwork.sending.identity import EpochFile, instance_of
from partwork.sending.processes import Worker
from partwork.sending.watch import Watch
from partwork.settings import Settings, state_folder
from partwork.store.accounts import provider_pause
from partwork.store.connect import Store, open_store
from partwork.store.listings import MessageRow, count_enrollments, list_messages
from partwork.store.messages import next_due_at
from partwork.times import VirtualClock
from partwork.tracking.tokens import Realm, Signer

DATABASE = "partwork.db"
OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal did. started_at, ended_at: virtual instants."""

    revision: Revision
    readers: ReadersFile
    enrolled_count: int
    messages: tuple[MessageRow, ...]
    started_at: datetime
    ended_at: datetime
    folder: Path


def rehearsal_folder(workspace: Path) -> Path:
    """Return where the last rehearsal lies."""
    return state_folder(workspace) / "rehearsal"


def rehearse(
    workspace: Path,
    campaign: Campaign,
    settings: Settings,
    readers: ReadersFile,
    *,
    start: datetime,
    on_step: Callable[[datetime, int], None] = lambda instant, sent_count: None,
) -> Rehearsed:
    """Run a campaign from its files to the last part, jumping from one due row to the next.

    on_step is told the virtual instant and the number of messages sent so far. The last whole
    rehearsal is replaced only by a whole one.
    """
    target = rehearsal_folder(workspace)
    with _alone(target) as scratch:
        clock = VirtualClock(start)
        store = open_store(f"sqlite:///{scratch / DATABASE}")
        try:
            desk = _desk(store, scratch, settings, clock)
            import_readers(store, campaign.definition.audience, readers, now=start)
            published = publish(
                store, campaign, settings, templates=workspace / "templates", signer=desk.signer, now=start
            )
            _run(desk, clock, on_step)
            with store.read() as connection:
                messages = tuple(list_messages(connection))
                enrolled = sum(count_enrollments(connection, campaign.definition.campaign).values())
        finally:
            store.close()
        return Rehearsed(published.revision, readers, enrolled, messages, start, clock.now(), target)


def _desk(store: Store, scratch: Path, settings: Settings, clock: VirtualClock) -> Desk:
    worker = Worker(scratch / "locks")
    return Desk(
        store=store,
        provider=open_provider(ProviderSettings(name="outbox"), outbox_folder=scratch / OUTBOX),
        clock=clock,
        worker=worker,
        signer=Signer(settings.links.secret, Realm.REHEARSAL),
        watch=Watch(
            store,
            clock,
            instance=instance_of(scratch, {}),
            epoch=EpochFile(scratch),
            worker=worker.name,
            kind="once",
        ),
        stopping=lambda: False,
    )


def _run(desk: Desk, clock: VirtualClock, on_step: Callable[[datetime, int], None]) -> None:
    while True:
        for job in JOBS:
            job.run(desk)
        on_step(clock.now(), desk.tally.accepted_count)
        with desk.store.read() as connection:
            next_at = next_due_at(connection)
            pause = provider_pause(connection, desk.provider.name, now=clock.now())
        if pause:
            raise CommandError(f"the rehearsal cannot go on: {pause.reason}")
        if next_at is None:
            return
        clock.jump_to(next_at)


@contextmanager
def _alone(target: Path) -> Iterator[Path]:
    """Yield an empty folder that takes `target`'s place in the end; one rehearsal at a time."""
    scratch, former = (target.with_name(f"{target.name}.{word}") for word in ("new", "old"))
    lock = os.open(target.with_name(f"{target.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("another rehearsal of this workspace is running: wait for its end") from None
        for left_behind in (scratch, former):
            shutil.rmtree(left_behind, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
            # Out of the way in one step: who still reads the old one is left a whole folder.
            if target.exists():
                target.rename(former)
            scratch.rename(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            shutil.rmtree(former, ignore_errors=True)
    finally:
        os.close(lock)
