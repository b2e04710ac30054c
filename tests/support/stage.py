"""The path on a small stage: a real database file, a ledger for a provider, and a clock to turn."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy import Connection

from partwork.campaigns.revision import Revision, RevisionPart
from partwork.providers.contract import Provider
from partwork.queue import InlineQueue
from partwork.sending.deliver import deliver
from partwork.sending.desk import Desk
from partwork.sending.dispatch import dispatch
from partwork.sending.enroll import enroll
from partwork.sending.identity import EpochFile, instance_of
from partwork.sending.phrases import Interval, Unit
from partwork.sending.processes import Worker
from partwork.sending.schedule import Schedule
from partwork.sending.settle import settle
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.sending.watch import Watch
from partwork.store.audiences import add_consent, add_membership, add_subscriber
from partwork.store.campaigns import save_revision, set_campaign_state, start_campaign
from partwork.store.connect import Store, open_store
from partwork.store.enrollments import EnrollmentRow, enrollments_of
from partwork.store.listings import MessageRow, list_messages
from partwork.times import Clock, VirtualClock
from partwork.tracking.tokens import Realm, Signer
from tests.support.ledger import LedgerProvider

# A Monday, 09:00 in London.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAILY = Schedule(every=Interval(1, Unit.DAYS), at=time(9))
CAMPAIGN = "first-steps"
AUDIENCE = "readers"


class HoldingQueue:
    """Keeps the chunks until a test wants them delivered."""

    def __init__(self) -> None:
        self.chunks: list[Sequence[str]] = []

    def put(self, chunk: Sequence[str]) -> None:
        self.chunks.append(chunk)


def a_revision(
    *,
    campaign: str = CAMPAIGN,
    parts: Sequence[str] = ("one", "two", "three"),
    schedule: Schedule = DAILY,
    on_uncertain: str = "hold",
    audience: str = AUDIENCE,
    text: str = "Good day {{ first_name | default('to you') }}: {{ links.book }} {{ links.unsubscribe }}",
) -> Revision:
    """Return a compiled campaign whose parts say little."""
    return Revision(
        campaign=campaign,
        title="First steps",
        audience=audience,
        schedule=schedule,
        goal=None,
        on_uncertain=on_uncertain,
        sender="The Back Room <hello@practice.example>",
        reply_to=None,
        unsubscribe_mailbox=None,
        base_url="https://links.practice.example",
        list_id="steps.practice.example",
        practice_name="The Back Room",
        book_link=1,
        website_link=None,
        parts=tuple(
            RevisionPart(slug, f"About {slug}", f"More about {slug}", f"<p>{text}</p>", text)
            for slug in parts
        ),
    )


@dataclass(slots=True)
class Stage:
    """One workspace's state. Every desk has a worker of its own, as if it were another process."""

    folder: Path
    store: Store
    clock: VirtualClock
    provider: LedgerProvider
    url: str
    people: dict[str, int] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def close(self) -> None:
        for worker in self.workers:
            worker.release()
        self.store.close()

    @contextmanager
    def outside(self) -> Iterator[Store]:
        """Yield the same database as another process opens it."""
        store = open_store(self.url)
        yield store
        store.close()

    def desk(
        self,
        provider: Provider | None = None,
        *,
        worker: Worker | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Desk:
        # Without /proc, each worker holds a lock file of its own, for as long as the stage stands.
        worker = worker or Worker(self.folder / "locks", proc=self.folder / "no-proc")
        self.workers.append(worker)
        return Desk(
            store=self.store,
            provider=provider or self.provider,
            clock=self.clock,
            worker=worker,
            signer=Signer("a secret that is long enough for anyone", Realm.LIVE),
            watch=self.watch(worker),
            stopping=stopping,
        )

    def watch(self, worker: Worker, environ: Mapping[str, str] | None = None) -> Watch:
        return a_watch(self.store, self.clock, self.folder, worker, environ or {})

    def publish(self, revision: Revision) -> str:
        with self.store.write() as connection:
            save_revision(
                connection,
                revision_id=revision.id,
                campaign=revision.campaign,
                compiled=revision.to_json(),
                now=self.clock.now(),
            )
            start_campaign(
                connection,
                slug=revision.campaign,
                audience=revision.audience,
                revision_id=revision.id,
                now=self.clock.now(),
            )
        return revision.id

    def add_reader(
        self,
        name: str,
        *,
        timezone: str = "Europe/London",
        attributes: Sequence[tuple[str, str]] = (),
        audience: str = AUDIENCE,
        is_subscribed: bool = True,
        has_consent: bool = True,
    ) -> int:
        with self.store.write() as connection:
            person = self._add(connection, name, timezone=timezone, attributes=attributes)
            add_membership(connection, audience, person, is_subscribed=is_subscribed)
            if has_consent:
                self._consent(connection, person, audience)
        return person

    def readers(self, *names: str) -> None:
        """Add consenting members of the audience, all in one commit."""
        with self.store.write() as connection:
            for name in names:
                person = self._add(connection, name, timezone="Europe/London", attributes=())
                add_membership(connection, AUDIENCE, person, is_subscribed=True)
                self._consent(connection, person, AUDIENCE)

    def _add(
        self, connection: Connection, name: str, *, timezone: str, attributes: Sequence[tuple[str, str]]
    ) -> int:
        self.people[name] = add_subscriber(
            connection,
            address=f"{name}@example.org",
            address_key=f"{name}@example.org",
            first_name=name.title(),
            timezone=timezone,
            attributes=attributes,
            now=self.clock.now(),
        )
        return self.people[name]

    def _consent(self, connection: Connection, person: int, audience: str) -> None:
        add_consent(
            connection,
            subscriber_id=person,
            audience=audience,
            basis="consent",
            source="a form",
            consent_on=date(2026, 1, 2),
            now=self.clock.now(),
        )

    def set_state(self, state: CampaignState, *, only_from: CampaignState = CampaignState.PUBLISHED) -> None:
        with self.store.write() as connection:
            assert set_campaign_state(connection, CAMPAIGN, to=state, only_from=only_from)

    def claim(self, desk: Desk) -> list[Sequence[str]]:
        """Let a desk claim what is due; return the chunks, not yet delivered."""
        queue = HoldingQueue()
        dispatch(desk, queue)
        return queue.chunks

    def tick(self, desk: Desk) -> None:
        """Do what the clock does in one round."""
        settle(desk)
        enroll(desk)
        dispatch(desk, InlineQueue(lambda chunk: deliver(desk, chunk)))

    def messages(self, name: str = "") -> list[MessageRow]:
        with self.store.read() as connection:
            return list_messages(connection, subscriber_id=self.people[name] if name else None)

    def message(self, name: str, part: str = "one") -> MessageRow:
        return next(row for row in self.messages(name) if row.part == part)

    def states(self, part: str = "one") -> dict[str, MessageState]:
        """Return name → state of one part."""
        return {row.address.partition("@")[0]: row.state for row in self.messages() if row.part == part}

    def enrollment(self, name: str) -> EnrollmentRow:
        with self.store.read() as connection:
            (row,) = enrollments_of(connection, self.people[name])
        return row

    def standing(self, name: str) -> tuple[EnrollmentState, str]:
        row = self.enrollment(name)
        return row.state, row.reason

    def column(self, sql: str, *parameters: str) -> list[object]:
        """Return the first column of a query (parameters as ?), for what no listing shows."""
        with self.store.read() as connection:
            mark = "?" if connection.dialect.name == "sqlite" else "%s"
            return [row[0] for row in connection.exec_driver_sql(sql.replace("?", mark), parameters)]


def a_watch(
    store: Store, clock: Clock, folder: Path, worker: Worker, environ: Mapping[str, str] | None = None
) -> Watch:
    """Return a clock's watch over an installation that lies in `folder`."""
    return Watch(
        store,
        clock,
        instance=instance_of(folder, environ or {}),
        epoch=EpochFile(folder),
        worker=worker.name,
        kind="clock",
    )


def open_stage(folder: Path, *, blank: Path) -> Stage:
    """Return a stage on a copy of `blank`, an empty database: a migration takes its time."""
    shutil.copy(blank, folder / "partwork.db")
    return stage_on(folder, f"sqlite:///{folder / 'partwork.db'}")


def stage_on(folder: Path, url: str) -> Stage:
    """Return a stage on an empty database that holds the schema."""
    return Stage(folder, open_store(url), VirtualClock(NOW), LedgerProvider(), url)


def make_blank(folder: Path) -> Path:
    """Return a new database that holds the schema and nothing else."""
    path = folder / "blank.db"
    open_store(f"sqlite:///{path}").close()
    return path


def reason_of(row: MessageRow) -> tuple[MessageState, str]:
    """Return what a message's row says became of it."""
    return row.state, row.reason
