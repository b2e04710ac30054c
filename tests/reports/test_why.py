"""What `partwork why` tells, sentence by sentence."""

from datetime import UTC, datetime

import pytest

from partwork.audiences.imports import import_readers
from partwork.audiences.readers import read_readers
from partwork.campaigns.publish import pause, stop
from partwork.errors import CommandError
from partwork.reports.why import why
from partwork.store.listings import list_messages
from partwork.tracking.ingest import record_click, unsubscribe

TOM = "tom.okafor@example.org"
AFTER_PART_ONE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def message_of(workspace, address, part="the-hidden-muscle"):
    with workspace.store.read() as connection:
        rows = list_messages(connection)
    return next(row.message for row in rows if row.address == address and row.part == part)


def test_an_unknown_address_is_told_how_people_come_in(workspace):
    with pytest.raises(CommandError, match="audience import"):
        why(workspace.store, "nobody@example.org")


def test_before_the_clock_runs_nobody_is_enrolled(workspace):
    workspace.publish()
    told = why(workspace.store, TOM)
    assert told.story[-1] == "Not enrolled in any campaign."
    assert told.next == "The clock will enroll them in 'gluteus-medius' when it next runs."


def test_a_member_of_an_audience_without_a_campaign_waits_for_one(workspace):
    path = workspace.folder / "audiences" / "readers.csv"
    readers = read_readers(path, default_zone="Europe/London", now=workspace.clock.now())
    import_readers(workspace.store, "readers", readers, now=workspace.clock.now())
    assert why(workspace.store, TOM).next == (
        "Nothing comes next until a campaign for their audience is published."
    )


def test_whoever_was_imported_as_unsubscribed_gets_nothing_and_is_told_so(workspace):
    workspace.publish()
    workspace.step()
    told = why(workspace.store, "no.more@example.org")
    assert "Unsubscribed from audience 'readers'." in told.story
    assert told.next == "Nothing comes next."


def test_a_reader_in_the_middle_hears_what_was_sent_and_what_comes_next_in_their_own_zone(workspace):
    workspace.publish()
    workspace.step()
    workspace.step(AFTER_PART_ONE)
    told = why(workspace.store, TOM)
    assert told.story == (
        "Tom, tom.okafor@example.org; local time is that of Europe/London.",
        "Subscribed to audience 'readers'.",
        "Consent on record for 'readers': soft opt in (online booking), 2026-03-19.",
        "Enrolled in 'gluteus-medius' on Mon 23 Nov 2026, 06:00 (Europe/London).",
        "Part 1 of 5 'the-hidden-muscle' was sent on Mon 23 Nov 2026, 09:30 (Europe/London) "
        "and accepted by outbox.",
    )
    assert told.next == (
        "Part 2 of 5 'what-it-feels-like' falls due on Thu 26 Nov 2026, 09:00 (Europe/London)."
    )


def test_a_click_is_told_with_its_part(workspace):
    link = workspace.publish().revision.book_link
    workspace.step()
    workspace.step(AFTER_PART_ONE)
    message, now = message_of(workspace, TOM), workspace.clock.now()
    record_click(workspace.store, message_id=message, link_id=link, now=now)
    record_click(workspace.store, message_id=message, link_id=link + 1, now=now)
    assert why(workspace.store, TOM).story[-2:] == (
        "Part 1 of 5 'the-hidden-muscle' was clicked on Mon 23 Nov 2026, 09:30 (Europe/London).",
        "Part 1 of 5 'the-hidden-muscle' was clicked elsewhere on Mon 23 Nov 2026, 09:30 (Europe/London).",
    )


def test_whoever_left_is_told_so_and_that_nothing_comes(workspace):
    workspace.publish()
    workspace.step()
    workspace.step(AFTER_PART_ONE)
    unsubscribe(
        workspace.store, message_id=message_of(workspace, TOM), source="one-click", now=workspace.clock.now()
    )
    told = why(workspace.store, TOM)
    assert "Unsubscribed from audience 'readers'." in told.story
    assert "Is never written to again: unsubscribed on Mon 23 Nov 2026, 09:30 (Europe/London)." in told.story
    assert (
        "Unsubscribed through the link in part 1 of 5 'the-hidden-muscle' on "
        "Mon 23 Nov 2026, 09:30 (Europe/London)." in told.story
    )
    assert "Part 2 of 5 'what-it-feels-like' was not sent (suppressed): unsubscribed." in told.story
    assert told.story[-1] == (
        "Left 'gluteus-medius' on Mon 23 Nov 2026, 09:30 (Europe/London): unsubscribed."
    )
    assert told.next == "Nothing comes next."


def test_a_paused_campaign_says_what_the_part_waits_for(workspace):
    workspace.publish()
    workspace.step()
    pause(workspace.store, "gluteus-medius")
    assert why(workspace.store, TOM).next.endswith(
        "It waits: 'gluteus-medius' is paused ('partwork resume gluteus-medius')."
    )


def test_a_stopped_campaign_tells_why_the_walk_ended(workspace):
    workspace.publish()
    workspace.step()
    stop(workspace.store, "gluteus-medius", now=workspace.clock.now())
    told = why(workspace.store, TOM)
    assert told.story[-1] == (
        "Left 'gluteus-medius' on Mon 23 Nov 2026, 06:00 (Europe/London): the campaign was stopped."
    )


def test_a_reader_who_has_read_it_all_has_completed_the_walk(workspace):
    workspace.publish()
    workspace.step()
    for day in (23, 26, 30):
        workspace.step(datetime(2026, 11, day, 9, 30, tzinfo=UTC))
    for day in (3, 7):
        workspace.step(datetime(2026, 12, day, 9, 30, tzinfo=UTC))
    told = why(workspace.store, TOM)
    assert sum("was sent on" in sentence for sentence in told.story) == 5
    assert told.story[-1] == ("Came to the end of 'gluteus-medius' on Mon 7 Dec 2026, 09:30 (Europe/London).")
    assert told.next == "Nothing comes next."
