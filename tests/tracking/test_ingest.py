"""What comes back through links, written down; leaving takes effect at the commit."""

from __future__ import annotations

from datetime import timedelta

from partwork.ids import new_message_id
from partwork.sending.states import EnrollmentState
from partwork.store.audiences import SuppressionRow, memberships_of
from partwork.store.campaigns import ensure_link
from partwork.store.events import EventRow
from partwork.tracking.ingest import record_click, unsubscribe
from tests.web.world import NOW, World

LATER = NOW + timedelta(hours=1)


def leave(world: World, *, message_id: str = "") -> bool:
    return unsubscribe(world.store, message_id=message_id or world.message_id, source="a link", now=LATER)


def test_leaving_is_for_good_for_all_campaigns_and_in_one_commit(world: World) -> None:
    assert world.due_count() == 2
    assert leave(world)
    assert world.suppression() == SuppressionRow(
        reason="unsubscribed", evidence=f"a link, message {world.message_id}", recorded_at=LATER
    )
    assert [(row.state, row.reason, row.ended_at) for row in world.enrollments()] == [
        (EnrollmentState.EXITED, "unsubscribed", LATER)
    ] * 2
    assert world.due_count() == 0
    assert world.events() == [EventRow("unsubscribed", world.message_id, "first-steps", "part-one", LATER)]


def test_leaving_again_is_answered_alike_and_changes_nothing(world: World) -> None:
    leave(world)
    standing, events = world.standing(), world.events()
    assert unsubscribe(
        world.store, message_id=world.message_id, source="another way", now=LATER + timedelta(days=1)
    )
    assert (world.standing(), world.events()) == (standing, events)


def test_who_leaves_is_unsubscribed_in_every_audience(world: World) -> None:
    leave(world)
    with world.store.read() as connection:
        assert not any(member.is_subscribed for member in memberships_of(connection, world.subscriber_id))


def test_leaving_by_a_message_nobody_has_changes_nothing(world: World) -> None:
    before = world.standing()
    assert not leave(world, message_id=new_message_id())
    assert (world.standing(), world.events()) == (before, [])


def test_a_click_is_a_fact_and_moves_nobody(world: World) -> None:
    before = world.standing()
    assert record_click(world.store, message_id=world.message_id, link_id=world.website_link, now=LATER)
    assert world.standing() == before
    assert world.events() == [EventRow("clicked", world.message_id, "first-steps", "part-one", LATER)]


def test_two_clicks_of_one_instant_are_two_facts(world: World) -> None:
    for _ in range(2):
        assert record_click(world.store, message_id=world.message_id, link_id=world.website_link, now=NOW)
    assert len(world.events()) == 2


def test_a_click_through_a_message_nobody_has_is_not_recorded(world: World) -> None:
    assert not record_click(world.store, message_id=new_message_id(), link_id=world.website_link, now=LATER)
    assert world.events() == []


def test_a_click_through_a_message_of_one_who_left_is_still_a_fact(world: World) -> None:
    leave(world)
    assert record_click(world.store, message_id=world.message_id, link_id=world.website_link, now=LATER)
    assert [event.kind for event in world.events()] == ["unsubscribed", "clicked"]


def test_a_link_that_is_not_in_the_message_is_no_click_of_it_and_can_be_told_apart(world: World) -> None:
    with world.store.write() as connection:
        foreign = ensure_link(connection, "https://www.example.org/of-another-campaign")
    for link_id in (foreign, 2**32 - 1, 0):
        assert record_click(world.store, message_id=world.message_id, link_id=link_id, now=LATER)
    assert [event.kind for event in world.events()] == ["clicked_elsewhere"] * 3


def test_every_link_of_the_message_is_a_click(world: World) -> None:
    for link_id in (world.booking_link, world.website_link):
        assert record_click(world.store, message_id=world.message_id, link_id=link_id, now=LATER)
    assert [event.kind for event in world.events()] == ["clicked"] * 2
