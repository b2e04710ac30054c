"""What `partwork status` counts."""

from datetime import UTC, datetime

from partwork.reports.status import status
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.store.accounts import pause_provider
from partwork.store.listings import list_messages
from partwork.tracking.ingest import unsubscribe


def test_a_workspace_with_nothing_published_has_no_campaigns(workspace):
    assert status(workspace.store, provider="outbox", now=workspace.clock.now()).campaigns == ()


def test_counts_come_from_the_rows(workspace):
    workspace.publish()
    workspace.step()
    workspace.step(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
    (campaign,) = status(workspace.store, provider="outbox", now=workspace.clock.now()).campaigns
    assert campaign.state is CampaignState.PUBLISHED
    assert (campaign.subscribed_count, campaign.unsubscribed_count) == (15, 1)
    assert campaign.enrollments == {EnrollmentState.ACTIVE: 15}
    assert [part.slug for part in campaign.parts][:2] == ["the-hidden-muscle", "what-it-feels-like"]
    # By half past nine in London nine o'clock has passed east of it; the far west is still asleep,
    # and those far east have had it, or have their Tuesday to come.
    sent, waiting = campaign.count(MessageState.ACCEPTED), campaign.count(MessageState.DUE)
    assert sent > 0
    assert waiting == 15
    assert sum(sum(part.counts.values()) for part in campaign.parts) == sent + waiting
    assert campaign.next_due_at is not None
    assert campaign.next_due_at > workspace.clock.now()


def test_a_resting_provider_is_named_with_its_reason_until_its_time_is_over(workspace):
    now = workspace.clock.now()
    until = datetime(2026, 11, 23, 6, 15, tzinfo=UTC)
    with workspace.store.write() as connection:
        pause_provider(connection, "outbox", reason="the disk is full", until=until)
    rest = status(workspace.store, provider="outbox", now=now).provider_pause
    assert rest is not None
    assert (rest.reason, rest.paused_until) == ("the disk is full", until)
    assert status(workspace.store, provider="outbox", now=until).provider_pause is None


def test_who_left_through_a_link_is_counted_as_unsubscribed(workspace):
    workspace.publish()
    workspace.step()
    with workspace.store.read() as connection:
        message = list_messages(connection)[0].message
    unsubscribe(workspace.store, message_id=message, source="one-click", now=workspace.clock.now())
    (campaign,) = status(workspace.store, provider="outbox", now=workspace.clock.now()).campaigns
    assert (campaign.subscribed_count, campaign.unsubscribed_count) == (14, 2)
    assert campaign.enrollments == {EnrollmentState.ACTIVE: 14, EnrollmentState.EXITED: 1}
