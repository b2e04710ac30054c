"""A person settles what nothing else can; the reader's walk goes on from there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partwork.providers.contract import Uncertain
from partwork.sending.deciding import Decision, decide
from partwork.sending.states import EnrollmentState, MessageState
from partwork.store.deciding import WaitingForAPerson, waiting_for_a_person
from partwork.tracking.ingest import unsubscribe
from tests.support.stage import NOW, Stage, a_revision, reason_of

DAY = timedelta(days=1)


def waiting(stage: Stage) -> list[WaitingForAPerson]:
    with stage.store.read() as connection:
        return waiting_for_a_person(connection)


@pytest.fixture
def held(stage: Stage) -> Stage:
    """One message that may have been sent, a day ago."""
    stage.readers("ann")
    stage.publish(a_revision())
    stage.provider.sees = False
    stage.provider.behave = lambda batch: [Uncertain("no answer") for _ in batch]
    stage.tick(stage.desk())
    stage.clock.sleep(DAY)
    stage.tick(stage.desk())
    stage.provider.behave = stage.provider.take_all
    assert stage.states() == {"ann": MessageState.HELD}
    return stage


@pytest.fixture
def unbuilt(stage: Stage) -> Stage:
    """One message that could not be built, so that nobody was ever asked to take it."""
    stage.readers("ann")
    stage.publish(a_revision(text="{{ town }} {{ links.book }} {{ links.unsubscribe }}"))
    stage.tick(stage.desk())
    assert stage.states() == {"ann": MessageState.HELD}
    return stage


def test_what_is_to_be_sent_again_goes_through_the_guard_once_more(held: Stage) -> None:
    assert len(decide(held.store, waiting(held), Decision.RESEND, now=held.clock.now())) == 1
    assert reason_of(held.message("ann")) == (MessageState.DUE, "sent again: a person decided so")
    held.tick(held.desk())
    assert held.states() == {"ann": MessageState.ACCEPTED}
    assert len(held.provider.taken) == 1


def test_what_is_to_be_sent_again_is_not_sent_to_one_who_has_left(held: Stage) -> None:
    decide(held.store, waiting(held), Decision.RESEND, now=held.clock.now())
    unsubscribe(held.store, message_id=held.message("ann").message, source="link", now=held.clock.now())
    held.tick(held.desk())
    assert held.states() == {"ann": MessageState.SUPPRESSED}
    assert held.provider.taken == []


def test_what_a_person_found_sent_was_sent_when_it_was_asked_for(held: Stage) -> None:
    decide(held.store, waiting(held), Decision.MARK_AS_SENT, now=held.clock.now())
    message = held.message("ann")
    assert (message.state, message.sent_at) == (MessageState.ACCEPTED, NOW)
    assert held.message("ann", "two").due_at == NOW + DAY


def test_what_is_dropped_is_cancelled_and_the_next_part_falls_due(held: Stage) -> None:
    decide(held.store, waiting(held), Decision.DROP, now=held.clock.now())
    assert reason_of(held.message("ann")) == (MessageState.CANCELLED, "dropped: a person decided so")
    assert held.message("ann", "two").due_at == NOW + DAY
    assert held.standing("ann") == (EnrollmentState.ACTIVE, "")


def test_what_has_been_settled_meanwhile_is_left_alone(held: Stage) -> None:
    seen = waiting(held)
    decide(held.store, seen, Decision.DROP, now=held.clock.now())
    assert decide(held.store, seen, Decision.RESEND, now=held.clock.now()) == []
    assert held.states() == {"ann": MessageState.CANCELLED}


@pytest.mark.parametrize("decision", Decision)
def test_a_message_that_could_never_be_built_is_settled_alike(unbuilt: Stage, decision: Decision) -> None:
    (message,) = waiting(unbuilt)
    assert message.asked_at is None
    decide(unbuilt.store, [message], decision, now=NOW)
    expected = {
        Decision.RESEND: MessageState.DUE,
        Decision.MARK_AS_SENT: MessageState.ACCEPTED,
        Decision.DROP: MessageState.CANCELLED,
    }
    assert unbuilt.states() == {"ann": expected[decision]}


def test_a_decision_is_kept_with_the_evidence(held: Stage) -> None:
    decide(held.store, waiting(held), Decision.DROP, now=held.clock.now())
    assert held.column("SELECT outcome FROM evidence WHERE kind = 'person'") == ["drop"]
    assert held.column("SELECT phase || frozen FROM attempts") == ["settled"]
