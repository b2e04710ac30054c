"""A workspace with the sample campaign, published on a virtual Monday, with the clock's jobs at hand."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from partwork.audiences.imports import import_readers
from partwork.audiences.readers import read_readers
from partwork.campaigns.publish import publish
from partwork.campaigns.workspace import load_campaign
from partwork.cli.setup import new
from partwork.clock import JOBS
from partwork.providers.outbox import Outbox
from partwork.sending.desk import Desk
from partwork.sending.processes import Worker
from partwork.settings import load_settings
from partwork.store.connect import open_store
from partwork.times import VirtualClock
from partwork.tracking.tokens import Realm, Signer
from tests.support.stage import a_watch

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class PublishedWorkspace:
    """The live path on a virtual clock: publish, then step the clock's jobs whenever time has moved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = load_settings(folder, {})
        self.store = open_store(f"sqlite:///{folder / '.partwork' / 'partwork.db'}")
        self.clock = VirtualClock(MONDAY)
        worker = Worker(folder / ".partwork" / "locks")
        self.desk = Desk(
            store=self.store,
            provider=Outbox(folder / ".partwork" / "outbox"),
            clock=self.clock,
            worker=worker,
            signer=Signer(self.settings.links.secret, Realm.LIVE),
            watch=a_watch(self.store, self.clock, folder / ".partwork", worker),
            stopping=lambda: False,
        )

    def publish(self):
        campaign = load_campaign(self.folder, "gluteus-medius")
        path = self.folder / "audiences" / "readers.csv"
        readers = read_readers(path, default_zone="Europe/London", now=self.clock.now())
        import_readers(self.store, "readers", readers, now=self.clock.now())
        return publish(
            self.store,
            campaign,
            self.settings,
            templates=self.folder / "templates",
            signer=self.desk.signer,
            now=self.clock.now(),
        )

    def step(self, until: datetime | None = None) -> None:
        """Run every job now, or at `until`."""
        if until:
            self.clock.jump_to(until)
        for job in JOBS:
            job.run(self.desk)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PARTWORK_")]:
        monkeypatch.delenv(name)
    new(tmp_path / "practice")
    published = PublishedWorkspace(tmp_path / "practice")
    yield published
    published.store.close()
