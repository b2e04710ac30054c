"""What dead workers held is freed, and evidence decides what nobody knows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from partwork.ids import new_message_id
from partwork.providers.contract import Answer, Sighting, Uncertain
from partwork.providers.outbox import Outbox
from partwork.sending.enroll import enroll
from partwork.sending.outgoing import Outgoing
from partwork.sending.processes import Worker
from partwork.sending.settle import Settled, settle
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.store.messages import claim
from partwork.store.waves import Attempt, begin_sending
from partwork.tracking.ingest import unsubscribe
from tests.support.ledger import LedgerProvider
from tests.support.stage import NOW, Stage, a_revision, reason_of

MINUTE = timedelta(minutes=1)
IN_A_HOUR = NOW + timedelta(hours=1)
LOST = "the process that was sending it stopped before the answer was recorded"


@pytest.fixture
def due(stage: Stage) -> Stage:
    """One reader whose first part is due now."""
    stage.readers("ann")
    stage.publish(a_revision())
    enroll(stage.desk())
    return stage


@pytest.fixture(scope="module")
def dead_worker(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a process that was really there and was really killed."""
    folder = tmp_path_factory.mktemp("locks")
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom partwork.sending.processes import Worker\n"
        "print(Worker(Path(sys.argv[1])).name, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        process.kill()
    return name


def take(stage: Stage, worker: str, *, up_to: MessageState) -> str:
    """Leave ann's message behind as `worker` had it when it stopped; return its id."""
    message_id = stage.message("ann").message
    with stage.store.write() as connection:
        claim(connection, [message_id], worker=worker, lease_until=IN_A_HOUR)
        if up_to is MessageState.SENDING:
            begin_sending(
                connection,
                [Attempt(message_id, 0, "hash", "")],
                wave_id=new_message_id(),
                provider="ledger",
                idempotency_key="key",
                worker=worker,
                now=stage.clock.now(),
                lease_until=IN_A_HOUR,
            )
    return message_id


def a_message_sent_without_an_answer(stage: Stage, *, is_taken: bool, on_uncertain: str = "hold") -> None:
    """Have everyone's first part asked for, ann's too, and let the answer get lost."""

    def lose_the_answer(batch: Sequence[Outgoing]) -> list[Answer]:
        if is_taken:
            stage.provider.take_all(batch)
        return [Uncertain("no answer") for _ in batch]

    stage.readers("ann")
    stage.publish(a_revision(on_uncertain=on_uncertain))
    stage.provider.behave = lose_the_answer
    stage.tick(stage.desk())
    assert set(stage.states().values()) == {MessageState.UNCERTAIN}
    stage.provider.behave = stage.provider.take_all


# Claims and sendings that were left behind


def test_what_a_dead_process_had_claimed_is_due_at_once(due: Stage, dead_worker: str) -> None:
    take(due, dead_worker, up_to=MessageState.CLAIMED)
    assert settle(due.desk(worker=Worker(due.folder))) == Settled(
        freed=1, accepted=0, due_again=0, uncertain=0
    )
    assert reason_of(due.message("ann")) == (MessageState.DUE, "")
    assert due.column("SELECT worker FROM messages WHERE lease_until IS NULL") == [""]


def test_what_a_dead_process_was_sending_is_uncertain_never_due(due: Stage, dead_worker: str) -> None:
    due.provider.sees = False
    take(due, dead_worker, up_to=MessageState.SENDING)
    assert settle(due.desk(worker=Worker(due.folder))) == Settled(
        freed=0, accepted=0, due_again=0, uncertain=1
    )
    assert reason_of(due.message("ann")) == (MessageState.UNCERTAIN, LOST)
    assert due.provider.requests == []


@pytest.mark.parametrize("up_to", [MessageState.CLAIMED, MessageState.SENDING])
def test_what_a_living_worker_holds_is_its_own_until_the_lease_ends(due: Stage, up_to: MessageState) -> None:
    other = due.desk()
    take(due, other.worker.name, up_to=up_to)
    due.provider.sees = False
    due.clock.jump_to(IN_A_HOUR - timedelta(seconds=1))
    settle(due.desk())
    assert due.states() == {"ann": up_to}
    due.clock.jump_to(IN_A_HOUR)
    settle(due.desk())
    freed = {MessageState.CLAIMED: MessageState.DUE, MessageState.SENDING: MessageState.UNCERTAIN}
    assert due.states() == {"ann": freed[up_to]}


def test_a_worker_of_another_host_is_left_to_its_lease(due: Stage) -> None:
    take(due, "proc:another-boot/4026531836/1/1", up_to=MessageState.CLAIMED)
    settle(due.desk())
    assert due.states() == {"ann": MessageState.CLAIMED}


# Evidence


def test_what_a_look_up_finds_was_accepted_when_it_was_sent(stage: Stage) -> None:
    a_message_sent_without_an_answer(stage, is_taken=True)
    stage.clock.sleep(timedelta(hours=2))
    assert settle(stage.desk()) == Settled(freed=0, accepted=1, due_again=0, uncertain=0)
    message = stage.message("ann")
    assert (message.state, message.sent_at, message.reason) == (MessageState.ACCEPTED, NOW, "")
    assert message.provider_id == f"provider-{message.message}"
    assert stage.message("ann", "two").due_at == NOW + timedelta(days=1)
    assert settle(stage.desk()) == Settled(freed=0, accepted=0, due_again=0, uncertain=0)


def test_what_a_look_up_proves_absent_goes_again_under_another_key(stage: Stage) -> None:
    a_message_sent_without_an_answer(stage, is_taken=False)
    assert settle(stage.desk()) == Settled(freed=0, accepted=0, due_again=1, uncertain=0)
    assert reason_of(stage.message("ann")) == (
        MessageState.DUE,
        "looked up: the provider never took it",
    )
    stage.tick(stage.desk())
    assert stage.states() == {"ann": MessageState.ACCEPTED}
    assert len(stage.provider.taken) == 1
    assert len(set(stage.provider.keys)) == 2


def test_without_evidence_a_campaign_that_holds_sends_nothing_again(stage: Stage) -> None:
    a_message_sent_without_an_answer(stage, is_taken=True)
    stage.provider.sees = False
    desk = stage.desk()
    for _ in range(3):
        stage.clock.sleep(timedelta(days=1))
        stage.tick(desk)
    assert reason_of(stage.message("ann")) == (
        MessageState.HELD,
        "it may have been sent: the ledger is closed",
    )
    assert len(stage.provider.requests) == 1


def test_without_evidence_a_campaign_may_prefer_a_second_copy(stage: Stage) -> None:
    a_message_sent_without_an_answer(stage, is_taken=True, on_uncertain="resend")
    stage.provider.sees = False
    stage.tick(stage.desk())
    assert stage.states() == {"ann": MessageState.ACCEPTED}
    assert len(stage.provider.taken) == 2


def test_a_campaign_that_resends_is_not_without_end(stage: Stage) -> None:
    """A provider that takes all and never answers would fill the reader's inbox."""
    a_message_sent_without_an_answer(stage, is_taken=True, on_uncertain="resend")
    stage.provider.sees = False

    def answer_nothing(batch: Sequence[Outgoing]) -> list[Answer]:
        stage.provider.take_all(batch)
        return [Uncertain("no answer") for _ in batch]

    stage.provider.behave = answer_nothing
    desk = stage.desk()
    for _ in range(200):
        stage.tick(desk)
        stage.clock.sleep(MINUTE)
    assert len(stage.provider.taken) == 3
    assert stage.states() == {"ann": MessageState.UNCERTAIN}


def test_what_proves_absent_again_and_again_is_asked_for_ever_more_seldom(stage: Stage) -> None:
    a_message_sent_without_an_answer(stage, is_taken=False)
    stage.provider.behave = lambda batch: [Uncertain("no answer") for _ in batch]
    desk = stage.desk()
    asked_at: list[datetime] = [NOW]
    for _ in range(40):
        before = len(stage.provider.requests)
        stage.tick(desk)
        stage.tick(desk)
        if len(stage.provider.requests) > before:
            asked_at.append(stage.clock.now())
        stage.clock.sleep(MINUTE)
    waits = [int((later - earlier) / MINUTE) for earlier, later in pairwise(asked_at)]
    assert waits == [0, 1, 2, 4, 8, 16]
    assert stage.provider.taken == []


def test_a_provider_that_is_not_the_one_it_was_sent_through_knows_nothing(stage: Stage) -> None:
    a_message_sent_without_an_answer(stage, is_taken=True)
    another = LedgerProvider()
    another.name = "another"
    assert settle(stage.desk(another)).uncertain == 1
    assert stage.states() == {"ann": MessageState.UNCERTAIN}


def test_an_adapter_that_trips_over_one_message_keeps_no_other_from_being_settled(stage: Stage) -> None:
    class Tripping(LedgerProvider):
        def look_for(self, message_id: str) -> Sighting:
            if message_id == tripped_over:
                raise KeyError("data")
            return super().look_for(message_id)

    stage.provider = Tripping()
    stage.readers("ben")
    a_message_sent_without_an_answer(stage, is_taken=True)
    tripped_over = stage.message("ann").message
    assert settle(stage.desk()) == Settled(freed=0, accepted=1, due_again=0, uncertain=1)
    assert stage.states() == {"ann": MessageState.UNCERTAIN, "ben": MessageState.ACCEPTED}


# Leaving, pausing and stopping while nobody knows


def test_who_leaves_while_nobody_knows_gets_nothing_more_whatever_comes_to_light(stage: Stage) -> None:
    a_message_sent_without_an_answer(stage, is_taken=False)
    unsubscribe(stage.store, message_id=stage.message("ann").message, source="link", now=NOW)
    assert stage.states() == {"ann": MessageState.UNCERTAIN}
    for _ in range(2):
        stage.tick(stage.desk())
    assert stage.states() == {"ann": MessageState.SUPPRESSED}
    assert stage.standing("ann") == (EnrollmentState.EXITED, "unsubscribed")
    assert stage.provider.taken == []


def test_a_paused_campaign_is_settled_and_moves_on_only_when_it_is_resumed(stage: Stage) -> None:
    a_message_sent_without_an_answer(stage, is_taken=True)
    stage.set_state(CampaignState.PAUSED)
    stage.clock.jump_to(datetime(2026, 11, 24, 9, tzinfo=UTC))
    stage.tick(stage.desk())
    assert [(row.part, row.state) for row in stage.messages("ann")] == [
        ("one", MessageState.ACCEPTED),
        ("two", MessageState.DUE),
    ]
    stage.set_state(CampaignState.PUBLISHED, only_from=CampaignState.PAUSED)
    stage.tick(stage.desk())
    assert stage.states("two") == {"ann": MessageState.ACCEPTED}


def test_a_real_kill_in_the_middle_of_a_request_loses_and_doubles_nothing(due: Stage, tmp_path: Path) -> None:
    """A process that is killed with its message delivered and unrecorded; then a new one."""
    outbox_folder = tmp_path / "outbox"
    program = """
import os, signal, sys
from itertools import pairwise
from pathlib import Path
from partwork.providers.outbox import Outbox
from partwork.sending.processes import Worker
from tests.support.stage import stage_on

class Fatal(Outbox):
    def send(self, batch, *, idempotency_key):
        super().send(batch, idempotency_key=idempotency_key)
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
stage = stage_on(folder, sys.argv[3])
stage.tick(stage.desk(Fatal(Path(sys.argv[2])), worker=Worker(folder)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, str(due.folder), str(outbox_folder), due.url], check=False, timeout=60
    )
    assert ended.returncode == -9
    assert due.states() == {"ann": MessageState.SENDING}
    due.tick(due.desk(Outbox(outbox_folder), worker=Worker(due.folder)))
    assert due.states() == {"ann": MessageState.ACCEPTED}
    assert [file.name for file in (outbox_folder / "new").iterdir()] == [due.message("ann").message]
    assert due.message("ann", "two").due_at == NOW + timedelta(days=1)
