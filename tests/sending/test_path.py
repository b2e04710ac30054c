"""The whole path under random weather, compared with the ledger of a provider that can be asked.

Workers claim, send, are killed, sleep through their leases and wake up; answers come, fail, get
lost; readers leave; time passes. Then the weather clears, and the books must agree.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from partwork.errors import MessageRefused, OutcomeUncertain, ProviderUnavailable, Scope
from partwork.providers.contract import Answer, Unavailable, Uncertain
from partwork.sending.deliver import deliver
from partwork.sending.desk import Desk
from partwork.sending.enroll import enroll
from partwork.sending.outgoing import Outgoing
from partwork.sending.settle import settle
from partwork.sending.states import OPEN_STATES, CampaignState, EnrollmentState, MessageState
from partwork.store.listings import MessageRow
from partwork.tracking.ingest import unsubscribe
from tests.support.ledger import KeyLedger, Killed, LedgerProvider
from tests.support.postgres import Cluster
from tests.support.stage import Stage, a_revision, make_blank, open_stage, stage_on

ZONES = {"ann": "Europe/London", "ben": "Asia/Tokyo", "cat": "America/New_York", "dan": "Pacific/Kiritimati"}
PARTS = ("one", "two", "three")

S = MessageState
LEGAL = {
    S.DUE: {S.CLAIMED, S.CANCELLED, S.SUPPRESSED, S.EXPIRED},
    S.CLAIMED: {S.DUE, S.SENDING, S.HELD, S.CANCELLED, S.SUPPRESSED, S.EXPIRED},
    S.SENDING: {S.ACCEPTED, S.REJECTED, S.UNCERTAIN, S.DUE},
    S.UNCERTAIN: {S.ACCEPTED, S.DUE, S.HELD},
    S.HELD: {S.DUE, S.ACCEPTED, S.CANCELLED},
}


class Weather:
    """How the provider answers: one word for each request, fair when the words run out."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.words: list[str] = []

    def __call__(self, batch: Sequence[Outgoing]) -> list[Answer]:
        word = self.words.pop(0) if self.words else "fair"
        return ANSWERS[word](self, batch)

    def fair(self, batch: Sequence[Outgoing]) -> list[Answer]:
        return self.stage.provider.take_all(batch)

    def busy(self, batch: Sequence[Outgoing]) -> list[Answer]:
        return [Unavailable("busy") for _ in batch]

    def half(self, batch: Sequence[Outgoing]) -> list[Answer]:
        """Take the first; be busy for the others, unless a batch is taken whole or not at all."""
        if self.stage.provider.is_whole:
            return self.busy(batch)
        return [self.stage.provider.take(batch[0]), *self.busy(batch[1:])]

    def lost_before(self, batch: Sequence[Outgoing]) -> list[Answer]:
        raise OutcomeUncertain("no answer")

    def lost_after(self, batch: Sequence[Outgoing]) -> list[Answer]:
        self.stage.provider.take_all(batch)
        return [Uncertain("no answer") for _ in batch]

    def killed_before(self, batch: Sequence[Outgoing]) -> list[Answer]:
        raise Killed

    def killed_after(self, batch: Sequence[Outgoing]) -> list[Answer]:
        self.stage.provider.take_all(batch)
        raise Killed

    def closed(self, batch: Sequence[Outgoing]) -> list[Answer]:
        raise MessageRefused("the account is closed", scope=Scope.ACCOUNT)

    def down(self, batch: Sequence[Outgoing]) -> list[Answer]:
        raise ProviderUnavailable("down", scope=Scope.ACCOUNT)

    def picky(self, batch: Sequence[Outgoing]) -> list[Answer]:
        """Refuse a batch whole, and take its messages one by one."""
        if len(batch) > 1:
            raise MessageRefused("something of it is invalid")
        return self.fair(batch)

    def slow(self, batch: Sequence[Outgoing]) -> list[Answer]:
        """Answer only after the lease is over and another worker has looked."""
        self.stage.clock.sleep(timedelta(minutes=10))
        answers = self.fair(batch)
        settle(self.stage.desk())
        return answers


ANSWERS: dict[str, Callable[[Weather, Sequence[Outgoing]], list[Answer]]] = {
    "killed after": Weather.killed_after,
    "killed before": Weather.killed_before,
    "lost after": Weather.lost_after,
    "lost before": Weather.lost_before,
    "half": Weather.half,
    "busy": Weather.busy,
    "fair": Weather.fair,
    "closed": Weather.closed,
    "down": Weather.down,
    "picky": Weather.picky,
    "slow": Weather.slow,
}
WHICH = st.integers(0, 1)
HOURS = st.sampled_from([24, 9, 1, 15, 50])
WORDS = st.lists(st.sampled_from(list(ANSWERS)), min_size=1, max_size=3)


class Walks(RuleBasedStateMachine):
    """Four readers in four zones, three parts, two workers, a provider that can be asked."""

    provider: Callable[[], LedgerProvider] = LedgerProvider

    def new_stage(self, folder: Path) -> Stage:
        return open_stage(folder, blank=make_blank(folder))

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="partwork-walks-")
        folder = Path(self.folder.name)
        self.stage: Stage = self.new_stage(folder)
        self.stage.provider = type(self).provider()
        for name, zone in ZONES.items():
            self.stage.add_reader(name, timezone=zone)
        self.stage.publish(a_revision(parts=PARTS))
        self.weather = Weather(self.stage)
        self.stage.provider.behave = self.weather
        self.desks = [self.stage.desk(), self.stage.desk()]
        self.claims: list[tuple[Desk, Sequence[str]]] = []
        self.left: dict[str, Counter[str]] = {}
        self.seen: dict[str, MessageState] = {}
        enroll(self.desks[0])

    @rule(which=WHICH, words=WORDS, hours=HOURS)
    def tick(self, which: int, words: list[str], hours: int) -> None:
        self.stage.clock.sleep(timedelta(hours=hours))
        self.weather.words = words
        with suppress(Killed):
            self.stage.tick(self.desks[which])

    @rule(which=WHICH, hours=HOURS)
    def claim(self, which: int, hours: int) -> None:
        self.stage.clock.sleep(timedelta(hours=hours))
        desk = self.desks[which]
        self.claims += [(desk, chunk) for chunk in self.stage.claim(desk)]

    @precondition(lambda self: self.claims)
    @rule(words=WORDS, minutes=st.sampled_from([0, 4, 6]))
    def send_the_oldest_claim(self, words: list[str], minutes: int) -> None:
        self.stage.clock.sleep(timedelta(minutes=minutes))
        self.weather.words = words
        desk, chunk = self.claims.pop(0)
        with suppress(Killed):
            deliver(desk, chunk)

    @precondition(lambda self: self.claims)
    @rule()
    def forget_a_claim(self) -> None:
        """As a worker does that is killed before it sends."""
        self.claims.pop(0)

    @rule(name=st.sampled_from(sorted(ZONES)))
    def leave(self, name: str) -> None:
        row = self.stage.messages(name)[0]
        unsubscribe(self.stage.store, message_id=row.message, source="link", now=self.stage.clock.now())
        self.left.setdefault(name, self.taken_by(name))

    @rule()
    def pause_and_resume_later(self) -> None:
        states = [CampaignState.PUBLISHED, CampaignState.PAUSED]
        (now,) = self.stage.column("SELECT state FROM campaigns")
        before = CampaignState(str(now))
        after = states[1 - states.index(before)]
        self.stage.set_state(after, only_from=before)

    def taken_by(self, name: str) -> Counter[str]:
        mine = {row.message: row.part for row in self.stage.messages(name)}
        return Counter(mine[one] for one in self.stage.provider.taken_ids() if one in mine)

    @invariant()
    def the_books_agree_at_any_time(self) -> None:
        if not hasattr(self, "stage"):
            return
        rows = self.stage.messages()
        open_counts = Counter(row.enrollment_id for row in rows if row.state in OPEN_STATES)
        assert set(open_counts.values()) <= {1}
        taken = self.stage.provider.taken_ids()
        assert len(set(taken)) == len(taken)
        assert {row.message for row in rows if row.state is S.ACCEPTED} <= set(taken)
        # Between two steps a message may go several ways; each is legal, and from an end none leads back.
        now = {row.message: row.state for row in rows}
        assert self.seen.keys() <= now.keys()
        for message, state in now.items():
            assert state in reachable(self.seen.get(message, S.DUE))
        self.seen = now
        for name, before in self.left.items():
            assert self.taken_by(name) == before

    def teardown(self) -> None:
        if not hasattr(self, "stage"):
            return
        try:
            self.clear_the_weather()
            self.compare_the_books()
        finally:
            self.stage.close()
            self.folder.cleanup()

    def clear_the_weather(self) -> None:
        self.weather.words = []
        if self.stage.column("SELECT state FROM campaigns") == ["paused"]:
            self.stage.set_state(CampaignState.PUBLISHED, only_from=CampaignState.PAUSED)
        desk = self.stage.desk()
        for _ in range(30):
            self.stage.tick(desk)
            self.stage.clock.sleep(timedelta(hours=6))

    def compare_the_books(self) -> None:
        for name, zone in ZONES.items():
            rows = [row for row in self.stage.messages(name) if row.state is S.ACCEPTED]
            parts = tuple(row.part for row in sorted(rows, key=sent_at))
            assert parts == PARTS[: len(parts)]
            dates = [sent_at(row).astimezone(ZoneInfo(zone)).date() for row in sorted(rows, key=sent_at)]
            assert dates == sorted(set(dates))
            assert self.taken_by(name) == Counter(parts)
            state, _ = self.stage.standing(name)
            if name in self.left:
                assert state in (EnrollmentState.EXITED, EnrollmentState.COMPLETED)
            else:
                assert (state, parts) == (EnrollmentState.COMPLETED, PARTS)
        assert not [row for row in self.stage.messages() if row.state in OPEN_STATES]


def sent_at(row: MessageRow) -> datetime:
    assert row.sent_at is not None
    return row.sent_at


def reachable(state: MessageState) -> set[MessageState]:
    """Return where a message may be some legal steps after `state`."""
    found, edge = {state}, {state}
    while edge:
        edge = {after for one in edge for after in LEGAL.get(one, set())} - found
        found |= edge
    return found


class WalksUnderKeys(Walks):
    """The same, with a provider that keeps keys, takes batches whole, and shows late what it took."""

    provider = KeyLedger


def weather(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


Walks.TestCase.settings = WalksUnderKeys.TestCase.settings = weather(18)
TestWalks = Walks.TestCase
TestWalksUnderKeys = WalksUnderKeys.TestCase


@pytest.mark.parametrize("walks", [Walks, WalksUnderKeys])
def test_the_books_agree_on_postgresql_too(postgres: Cluster, walks: type[Walks]) -> None:
    class WalksOnPostgres(walks):  # type: ignore[valid-type, misc]
        def new_stage(self, folder: Path) -> Stage:
            return stage_on(folder, postgres.make_blank())

        def teardown(self) -> None:
            super().teardown()
            if hasattr(self, "stage"):
                postgres.drop(self.stage.url)

    run_state_machine_as_test(WalksOnPostgres, settings=weather(6))
