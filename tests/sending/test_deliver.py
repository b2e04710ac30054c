"""From a claimed chunk to a provider's answers: written ahead of the wire, recorded in one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from partwork.audiences.imports import import_readers
from partwork.audiences.readers import ReadersFile
from partwork.campaigns.publish import pause, stop
from partwork.errors import MessageRefused, OutcomeUncertain, ProviderUnavailable, Scope
from partwork.providers.contract import Answer, Pace, Refused, Unavailable, Uncertain
from partwork.providers.outbox import Outbox
from partwork.sending.deliver import deliver
from partwork.sending.enroll import enroll
from partwork.sending.outgoing import Outgoing
from partwork.sending.states import EnrollmentState, MessageState
from partwork.store.accounts import provider_pause
from partwork.store.audiences import suppress
from partwork.store.tables import attempts, messages
from partwork.tracking.ingest import unsubscribe
from tests.support.ledger import Behaviour, Killed, LedgerProvider
from tests.support.stage import CAMPAIGN, NOW, Stage, a_revision, reason_of

NAMES = ("ann", "ben", "cat")


@pytest.fixture
def due(stage: Stage) -> Stage:
    """Three readers whose first part is due now."""
    stage.readers(*NAMES)
    stage.publish(a_revision())
    enroll(stage.desk())
    return stage


def name_of(outgoing: Outgoing) -> str:
    return outgoing.mail.address.partition("@")[0]


# Written ahead of the wire


def test_sending_is_on_disk_before_the_request_leaves(due: Stage) -> None:
    seen: list[list[tuple[object, ...]]] = []

    def look_from_outside(batch: Sequence[Outgoing]) -> list[Answer]:
        with due.outside() as outside, outside.read() as connection:
            asked = select(messages.c.state, messages.c.provider)
            seen.append([tuple(row) for row in connection.execute(asked)])
            asked = select(attempts.c.outcome, attempts.c.started_at).distinct()
            seen.append([tuple(row) for row in connection.execute(asked)])
            asked = select(attempts.c.message_id, attempts.c.idempotency_key)
            keys = [tuple(row) for row in connection.execute(asked.order_by(attempts.c.wave_order))]
        assert [key for _, key in keys] == due.provider.keys * 3
        assert [one for one, _ in keys] == [outgoing.message_id for outgoing in batch]
        return due.provider.take_all(batch)

    due.provider.behave = look_from_outside
    due.tick(due.desk())
    assert seen == [[("sending", "ledger")] * 3, [("", NOW)]]


def test_no_transaction_is_open_while_the_provider_answers(due: Stage) -> None:
    def write_from_outside(batch: Sequence[Outgoing]) -> list[Answer]:
        # On SQLite a transaction that writes is alone; on PostgreSQL whoever has these tables to itself is.
        with due.outside() as outside, outside.write() as connection:
            if connection.dialect.name != "sqlite":
                tables = "messages, attempts, enrollments, campaigns"
                connection.execute(text(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT"))
        return due.provider.take_all(batch)

    due.provider.behave = write_from_outside
    due.tick(due.desk())
    assert len(due.provider.taken) == 3


def test_what_was_accepted_and_what_comes_next_are_one_commit(due: Stage) -> None:
    due.tick(due.desk())
    parts = [(row.part, row.state, row.due_at, row.sent_at) for row in due.messages("ann")]
    assert parts == [
        ("one", MessageState.ACCEPTED, NOW, NOW),
        ("two", MessageState.DUE, NOW + timedelta(days=1), None),
    ]
    assert due.message("ann").provider_id == f"provider-{due.message('ann').message}"


def test_parts_go_in_order_a_day_apart_and_the_walk_is_completed(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()
    for _ in range(5):
        stage.tick(desk)
        stage.clock.sleep(timedelta(days=1))
    assert [(row.part, row.sent_at) for row in stage.messages("ann")] == [
        ("one", NOW),
        ("two", NOW + timedelta(days=1)),
        ("three", NOW + timedelta(days=2)),
    ]
    assert stage.standing("ann") == (EnrollmentState.COMPLETED, "")


def test_the_next_part_counts_from_the_instant_this_one_was_sent(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    desk = stage.desk()
    enroll(desk)
    stage.clock.sleep(timedelta(hours=30))
    stage.tick(desk)
    assert stage.message("ann").sent_at == NOW + timedelta(hours=30)
    # Sent on Tuesday at 15:00, so Wednesday at 09:00.
    assert stage.message("ann", "two").due_at == datetime(2026, 11, 25, 9, tzinfo=UTC)


def test_the_provider_s_pace_is_kept_between_waves(stage: Stage) -> None:
    stage.readers(*NAMES)
    stage.publish(a_revision(parts=("one",)))
    provider = LedgerProvider(batch_limit=1, pace=Pace(requests_per_second=0.5))
    stage.tick(stage.desk(provider))
    sent = sorted(row.sent_at for row in stage.messages() if row.sent_at)
    assert sent == [NOW, NOW + timedelta(seconds=2), NOW + timedelta(seconds=4)]


# Leaving between the claim and the request


def leave_by_link(stage: Stage) -> None:
    unsubscribe(stage.store, message_id=stage.message("ann").message, source="link", now=NOW)


def be_suppressed(stage: Stage) -> None:
    with stage.store.write() as connection:
        suppress(connection, "ann@example.org", reason="unsubscribed", evidence="", now=NOW)


def leave_by_file(stage: Stage) -> None:
    import_readers(
        stage.store, "readers", ReadersFile("readers.csv", (), (), (), (), ("ann@example.org",)), now=NOW
    )


@pytest.mark.parametrize("leave", [leave_by_link, be_suppressed, leave_by_file])
def test_a_subscriber_who_leaves_between_claim_and_send_gets_nothing(
    due: Stage, leave: Callable[[Stage], None]
) -> None:
    desk = due.desk()
    (chunk,) = due.claim(desk)
    leave(due)
    deliver(desk, chunk)
    assert {name_of(outgoing) for outgoing in due.provider.taken} == {"ben", "cat"}
    assert reason_of(due.message("ann")) == (MessageState.SUPPRESSED, "unsubscribed")
    assert due.standing("ann") == (EnrollmentState.EXITED, "unsubscribed")


def test_a_wave_that_everyone_has_left_is_never_asked_for(due: Stage) -> None:
    desk = due.desk()
    (chunk,) = due.claim(desk)
    for name in NAMES:
        unsubscribe(due.store, message_id=due.message(name).message, source="link", now=NOW)
    deliver(desk, chunk)
    assert due.provider.requests == []


def test_who_leaves_while_the_request_is_out_gets_this_part_and_no_other(due: Stage) -> None:
    def leave_meanwhile(batch: Sequence[Outgoing]) -> list[Answer]:
        leave_by_link(due)
        return due.provider.take_all(batch)

    due.provider.behave = leave_meanwhile
    desk = due.desk()
    due.tick(desk)
    assert due.states()["ann"] is MessageState.ACCEPTED
    assert len(due.messages("ann")) == 1
    assert due.standing("ann") == (EnrollmentState.EXITED, "unsubscribed")


def test_a_campaign_paused_between_claim_and_send_sends_nothing_and_keeps_its_messages(due: Stage) -> None:
    desk = due.desk()
    (chunk,) = due.claim(desk)
    pause(due.store, CAMPAIGN)
    deliver(desk, chunk)
    assert due.provider.requests == []
    assert set(due.states().values()) == {MessageState.DUE}
    assert due.column("SELECT DISTINCT worker FROM messages") == [""]


def test_a_campaign_stopped_between_claim_and_send_sends_nothing_and_ends_the_walks(due: Stage) -> None:
    desk = due.desk()
    (chunk,) = due.claim(desk)
    assert stop(due.store, CAMPAIGN, now=NOW) == 3
    deliver(desk, chunk)
    assert due.provider.requests == []
    assert reason_of(due.message("ann")) == (MessageState.CANCELLED, "the campaign was stopped")
    assert due.standing("ann") == (EnrollmentState.EXITED, "the campaign was stopped")


# A message that cannot be built


def test_a_message_that_cannot_be_built_is_held_alone(stage: Stage) -> None:
    stage.add_reader("ann", attributes=[("town", "Bath")])
    stage.add_reader("ben")
    stage.add_reader("cat", attributes=[("town", "York")])
    stage.publish(a_revision(text="{{ town }} {{ links.book }} {{ links.unsubscribe }}"))
    stage.tick(stage.desk())
    assert stage.states() == {
        "ann": MessageState.ACCEPTED,
        "ben": MessageState.HELD,
        "cat": MessageState.ACCEPTED,
    }
    reason = stage.message("ben").reason
    assert reason.startswith("it cannot be built: ")
    assert "town" in reason
    assert stage.standing("ben") == (EnrollmentState.ACTIVE, "")
    assert len(stage.messages("ben")) == 1


# Refusals


def refuse_batches_with(guilty: str, stage: Stage, *, scope: Scope) -> Behaviour:
    """Refuse, whole, each request that holds the guilty reader's message."""

    def behave(batch: Sequence[Outgoing]) -> list[Answer]:
        if guilty in map(name_of, batch):
            raise MessageRefused("the address is invalid", scope=scope)
        return stage.provider.take_all(batch)

    return behave


@pytest.mark.parametrize("batch_limit", [2, 3, 8, 100])
@pytest.mark.parametrize("guilty", ["r0", "r3", "r7"])
def test_a_batch_refused_whole_is_halved_until_the_guilty_message_stands_alone(
    stage: Stage, batch_limit: int, guilty: str
) -> None:
    names = [f"r{number}" for number in range(8)]
    stage.readers(*names)
    stage.publish(a_revision(parts=("one",)))
    stage.provider.batch_limit = batch_limit
    stage.provider.behave = refuse_batches_with(guilty, stage, scope=Scope.RECIPIENT)
    stage.tick(stage.desk())
    assert {name for name, state in stage.states().items() if state is MessageState.REJECTED} == {guilty}
    assert sorted(map(name_of, stage.provider.taken)) == sorted(set(names) - {guilty})
    assert len(set(stage.provider.keys)) == len(stage.provider.keys)


def test_a_request_that_cannot_be_said_exactly_holds_the_message_it_is_about(due: Stage) -> None:
    def refuse(batch: Sequence[Outgoing]) -> list[Answer]:
        if "ben" in map(name_of, batch):
            raise ValueError("two addresses in Reply-To")
        return due.provider.take_all(batch)

    due.provider.behave = refuse
    due.tick(due.desk())
    assert sorted(map(name_of, due.provider.taken)) == ["ann", "cat"]
    assert reason_of(due.message("ben")) == (
        MessageState.HELD,
        "it cannot be said to ledger: two addresses in Reply-To",
    )


@pytest.mark.parametrize(
    ("scope", "enrollment"),
    [
        (Scope.RECIPIENT, (EnrollmentState.EXITED, "the address was refused: no such mailbox")),
        (Scope.MESSAGE, (EnrollmentState.PAUSED, "no such mailbox")),
    ],
)
def test_a_refused_recipient_ends_the_walk_and_any_other_refusal_pauses_it(
    due: Stage, scope: Scope, enrollment: tuple[EnrollmentState, str]
) -> None:
    due.provider.behave = lambda batch: [
        Refused("no such mailbox", scope) if name_of(one) == "ben" else due.provider.take(one)
        for one in batch
    ]
    due.tick(due.desk())
    assert reason_of(due.message("ben")) == (MessageState.REJECTED, "no such mailbox")
    assert due.standing("ben") == enrollment
    assert len(due.messages("ben")) == 1
    assert due.standing("ann") == (EnrollmentState.ACTIVE, "")


def raising(fault: Exception) -> Behaviour:
    def behave(_batch: Sequence[Outgoing]) -> list[Answer]:
        raise fault

    return behave


@pytest.mark.parametrize(
    ("behave", "rest"),
    [
        (raising(MessageRefused("the key is wrong", scope=Scope.ACCOUNT)), timedelta(minutes=15)),
        (raising(MessageRefused("the domain is unproved", scope=Scope.DOMAIN)), timedelta(minutes=15)),
        (
            lambda batch: [Refused("the key is wrong", Scope.ACCOUNT)] * len(batch),
            timedelta(minutes=15),
        ),
        (raising(ProviderUnavailable("slow down", scope=Scope.ACCOUNT)), timedelta(minutes=1)),
        (
            raising(ProviderUnavailable("slow down", scope=Scope.ACCOUNT, retry_after=timedelta(seconds=7))),
            timedelta(seconds=7),
        ),
    ],
)
def test_a_refusal_of_the_account_s_returns_everything_and_lets_the_provider_rest(
    stage: Stage, behave: Behaviour, rest: timedelta
) -> None:
    stage.readers(*(f"r{number}" for number in range(7)))
    stage.publish(a_revision(parts=("one",)))
    stage.provider.behave = behave
    desk = stage.desk()
    stage.tick(desk)
    # One request, not one a wave: whoever refuses the account refuses the next wave too.
    assert len(stage.provider.requests) == 1
    assert set(stage.states().values()) == {MessageState.DUE}
    with stage.store.read() as connection:
        pause = provider_pause(connection, "ledger", now=NOW)
    assert pause is not None
    assert pause.paused_until == NOW + rest
    stage.provider.behave = stage.provider.take_all
    stage.clock.sleep(rest - timedelta(seconds=1))
    stage.tick(desk)
    assert stage.provider.taken == []
    stage.clock.sleep(timedelta(seconds=1))
    stage.tick(desk)
    assert len(stage.provider.taken) == 7
    assert set(stage.states().values()) == {MessageState.ACCEPTED}


def test_a_message_that_was_not_taken_goes_again_after_the_wait_it_was_given(due: Stage) -> None:
    due.provider.behave = lambda batch: [Unavailable("busy", timedelta(minutes=2)) for _ in batch]
    desk = due.desk()
    due.tick(desk)
    assert reason_of(due.message("ann")) == (MessageState.DUE, "busy")
    assert due.message("ann").due_at == NOW
    due.provider.behave = due.provider.take_all
    due.clock.sleep(timedelta(seconds=119))
    due.tick(desk)
    assert due.provider.taken == []
    due.clock.sleep(timedelta(seconds=1))
    due.tick(desk)
    assert len(due.provider.taken) == 3
    assert due.message("ann").reason == ""


def test_without_a_wait_of_the_provider_s_the_waits_grow_and_end_at_an_hour(due: Stage) -> None:
    due.provider.behave = lambda batch: [Unavailable("busy") for _ in batch]
    desk = due.desk()
    for _ in range(12):
        before = due.clock.now()
        due.tick(desk)
        instants = due.column("SELECT max(claimable_at) FROM messages")
        wait = datetime.fromisoformat(str(instants[0])) - before
        assert timedelta() < wait <= timedelta(hours=1)
        due.clock.sleep(wait)
    assert due.provider.taken == []


# Answers that nobody has


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (raising(OutcomeUncertain("no answer in time")), "no answer in time"),
        (lambda batch: [Uncertain("no answer in time") for _ in batch], "no answer in time"),
        (raising(KeyError("id")), "the adapter failed (KeyError)"),
    ],
)
def test_what_nobody_knows_stalls_the_walk_visibly(due: Stage, behave: Behaviour, reason: str) -> None:
    due.provider.behave = behave
    due.provider.sees = False
    desk = due.desk()
    due.tick(desk)
    assert reason_of(due.message("ann")) == (MessageState.UNCERTAIN, reason)
    due.clock.sleep(timedelta(days=3))
    due.tick(desk)
    assert reason_of(due.message("ann")) == (
        MessageState.HELD,
        "it may have been sent: the ledger is closed",
    )
    assert [row.part for row in due.messages("ann")] == ["one"]
    assert due.standing("ann") == (EnrollmentState.ACTIVE, "")
    assert len(due.provider.requests) == 1


def test_each_answer_of_a_batch_counts_for_its_own_message(stage: Stage) -> None:
    stage.readers("ann", "ben", "cat", "dan")
    stage.publish(a_revision())
    stage.provider.batch_limit = 4
    answers: dict[str, Answer] = {
        "ben": Unavailable("busy", timedelta(minutes=1)),
        "cat": Refused("no such mailbox", Scope.RECIPIENT),
        "dan": Uncertain("no answer"),
    }
    stage.provider.behave = lambda batch: [
        answers.get(name_of(one)) or stage.provider.take(one) for one in batch
    ]
    stage.tick(stage.desk())
    assert stage.states() == {
        "ann": MessageState.ACCEPTED,
        "ben": MessageState.DUE,
        "cat": MessageState.REJECTED,
        "dan": MessageState.UNCERTAIN,
    }
    assert stage.column("SELECT outcome FROM attempts ORDER BY 1") == [
        "accepted",
        "refused",
        "unavailable",
        "uncertain",
    ]


# Late answers: a worker whose lease has run out


def settle_meanwhile(stage: Stage, then: Behaviour) -> None:
    """Let another worker find the lease over while the request is out."""

    def behave(batch: Sequence[Outgoing]) -> list[Answer]:
        stage.provider.behave = stage.provider.take_all
        stage.provider.sees = False
        stage.clock.sleep(timedelta(minutes=10))
        stage.tick(stage.desk())
        assert set(stage.states().values()) == {MessageState.UNCERTAIN}
        return then(batch)

    stage.provider.behave = behave


def test_a_late_acceptance_settles_what_had_become_uncertain(due: Stage) -> None:
    settle_meanwhile(due, due.provider.take_all)
    due.tick(due.desk())
    assert set(due.states().values()) == {MessageState.ACCEPTED}
    assert due.message("ann").sent_at == NOW
    assert due.message("ann", "two").due_at == NOW + timedelta(days=1)
    assert len(due.provider.taken) == 3


@pytest.mark.parametrize(
    "late",
    [
        raising(ProviderUnavailable("busy", retry_after=timedelta(minutes=1))),
        lambda batch: [Refused("no such mailbox", Scope.RECIPIENT) for _ in batch],
        raising(MessageRefused("something of it is invalid")),
    ],
)
def test_a_late_answer_that_nothing_was_taken_lets_it_go_again(due: Stage, late: Behaviour) -> None:
    settle_meanwhile(due, late)
    desk = due.desk()
    due.tick(desk)
    due.clock.sleep(timedelta(minutes=1))
    due.tick(desk)
    assert set(due.states().values()) == {MessageState.ACCEPTED}
    assert len(due.provider.taken) == 3


def test_a_late_answer_never_stands_over_another_worker_s(due: Stage) -> None:
    """The first worker's request proved absent and went again; then its refusal comes in."""

    def behave(batch: Sequence[Outgoing]) -> list[Answer]:
        due.provider.behave = due.provider.take_all
        due.clock.sleep(timedelta(minutes=10))
        due.tick(due.desk())
        assert set(due.states().values()) == {MessageState.ACCEPTED}
        return [Refused("no such mailbox", Scope.RECIPIENT) for _ in batch]

    due.provider.behave = behave
    due.tick(due.desk())
    assert set(due.states().values()) == {MessageState.ACCEPTED}
    assert due.standing("ann") == (EnrollmentState.ACTIVE, "")
    # What was decided stands, and the answer is kept beside it.
    assert due.column("SELECT outcome FROM attempts ORDER BY 1") == ["absent"] * 3 + ["accepted"] * 3
    assert (
        due.column("SELECT kind || ': ' || outcome FROM evidence WHERE outcome <> 'absent'")
        == ["late answer: refused"] * 3
    )


def test_a_worker_whose_claim_ran_out_sends_nothing_of_it(due: Stage) -> None:
    slow, quick = due.desk(), due.desk()
    (chunk,) = due.claim(slow)
    due.clock.sleep(timedelta(minutes=6))
    due.tick(quick)
    assert len(due.provider.taken) == 3
    deliver(slow, chunk)
    assert len(due.provider.taken) == 3


# Stopping and dying


def test_a_worker_that_is_to_stop_finishes_its_wave_and_gives_the_rest_back(stage: Stage) -> None:
    stage.readers(*(f"r{number}" for number in range(7)))
    stage.publish(a_revision(parts=("one",)))
    desk = stage.desk(stopping=lambda: bool(stage.provider.requests))
    enroll(desk)
    stage.tick(desk)
    assert len(stage.provider.taken) == 3
    counts = sorted(stage.states().values())
    assert counts == [MessageState.ACCEPTED] * 3 + [MessageState.DUE] * 4
    assert set(stage.column("SELECT worker FROM messages")) == {""}


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_process_that_dies_at_the_wire_leaves_sending_behind(due: Stage, is_taken: bool) -> None:
    def die(batch: Sequence[Outgoing]) -> list[Answer]:
        if is_taken:
            due.provider.take_all(batch)
        raise Killed

    due.provider.behave = die
    with pytest.raises(Killed):
        due.tick(due.desk())
    assert set(due.states().values()) == {MessageState.SENDING}
    due.provider.behave = due.provider.take_all
    due.clock.sleep(timedelta(minutes=4))
    due.tick(due.desk())
    assert set(due.states().values()) == {MessageState.ACCEPTED}
    assert sorted(map(name_of, due.provider.taken)) == sorted(NAMES)


def test_the_real_outbox_holds_each_message_once_under_its_id(due: Stage) -> None:
    outbox = Outbox(due.folder / "outbox")
    desk = due.desk(outbox)
    (chunk,) = due.claim(desk)
    deliver(desk, chunk)
    assert sorted(file.name for file in (due.folder / "outbox" / "new").iterdir()) == sorted(chunk)
