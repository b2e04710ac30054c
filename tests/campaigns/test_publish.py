"""Publishing pins: what was published goes on as it was, until it is published again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from partwork.audiences.imports import import_readers
from partwork.audiences.readers import read_readers
from partwork.campaigns.publish import Published, pause, publish, resume, stop
from partwork.campaigns.workspace import load_campaign
from partwork.errors import CommandError, WorkspaceError
from partwork.sending.desk import Desk
from partwork.sending.enroll import enroll
from partwork.sending.processes import Worker
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.settings import load_settings
from partwork.store.accounts import pause_provider, provider_pause
from partwork.store.campaigns import all_campaigns, find_link, recorded_settings
from partwork.store.connect import Store, open_store
from partwork.store.listings import count_enrollments, list_messages
from partwork.times import VirtualClock
from partwork.tracking.tokens import Realm, Signer
from tests.support.ledger import LedgerProvider
from tests.support.stage import a_watch

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SLUG = "gluteus-medius"
SIGNER = Signer("a secret that is long enough for anyone", Realm.LIVE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'partwork.db'}")
    yield store
    store.close()


def put_live(store: Store, workspace: Path, *, now: datetime = NOW) -> Published:
    return publish(
        store,
        load_campaign(workspace, SLUG),
        load_settings(workspace, {}),
        templates=workspace / "templates",
        signer=SIGNER,
        now=now,
    )


def edit(workspace: Path, file: str, before: str, after: str) -> None:
    path = workspace / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def edit_title(workspace: Path) -> None:
    path = workspace / "campaigns" / SLUG / "campaign.yaml"
    lines = path.read_text("utf-8").splitlines()
    path.write_text(
        "\n".join("title: Another title" if line.startswith("title:") else line for line in lines), "utf-8"
    )


def dump(store: Store) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [
            (table, *row)
            for table in ("campaigns", "revisions", "links", "published_settings")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1")
        ]


def import_sample(store: Store, workspace: Path) -> None:
    readers = read_readers(workspace / "audiences" / "readers.csv", default_zone="Europe/London", now=NOW)
    import_readers(store, "readers", readers, now=NOW)


def a_desk(store: Store, tmp_path: Path) -> Desk:
    clock, worker = VirtualClock(NOW), Worker(tmp_path)
    return Desk(
        store=store,
        provider=LedgerProvider(),
        clock=clock,
        worker=worker,
        signer=SIGNER,
        watch=a_watch(store, clock, tmp_path, worker),
        stopping=lambda: False,
    )


def test_publishing_pins_the_campaign_its_links_and_the_settings(store: Store, workspace: Path) -> None:
    published = put_live(store, workspace)
    assert (published.is_new, published.state) == (True, CampaignState.PUBLISHED)
    with store.read() as connection:
        (row,) = all_campaigns(connection)
        booking = find_link(connection, published.revision.book_link)
        pinned = recorded_settings(connection)
    assert (row.slug, row.audience, row.revision_id) == (SLUG, "readers", published.revision.id)
    settings = load_settings(workspace, {})
    assert booking is not None
    assert (booking.url, booking.reference_parameter) == (settings.booking.url, "utm_content")
    assert pinned is not None
    assert settings.links.secret not in pinned


def test_publishing_the_same_again_changes_nothing(store: Store, workspace: Path) -> None:
    first = put_live(store, workspace)
    before = dump(store)
    again = put_live(store, workspace, now=NOW + timedelta(days=3))
    assert again == replace(first, is_new=False)
    assert dump(store) == before


def test_an_edit_of_the_files_changes_nothing_until_it_is_published(
    store: Store, workspace: Path, tmp_path: Path
) -> None:
    put_live(store, workspace)
    import_sample(store, workspace)
    desk = a_desk(store, tmp_path)
    enroll(desk)
    before = dump(store)
    edit_title(workspace)
    edit(
        workspace, f"campaigns/{SLUG}/article.txt", "we think about hip strength", "we speak of hip strength"
    )
    assert dump(store) == before
    with store.read() as connection:
        old = {row[0] for row in connection.exec_driver_sql("SELECT revision_id FROM enrollments")}
    published = put_live(store, workspace)
    assert published.is_new
    with store.read() as connection:
        after = {row[0] for row in connection.exec_driver_sql("SELECT revision_id FROM enrollments")}
        (row,) = all_campaigns(connection)
    assert after == old
    assert row.revision_id == published.revision.id
    assert row.revision_id not in old


def test_a_fault_in_a_template_publishes_nothing_at_all(store: Store, workspace: Path) -> None:
    edit(workspace, "templates/part.txt", "{{", "{{ |")
    with pytest.raises(WorkspaceError):
        put_live(store, workspace)
    assert dump(store) == []


def test_an_earlier_content_may_come_back(store: Store, workspace: Path) -> None:
    first = put_live(store, workspace)
    kept = (workspace / "campaigns" / SLUG / "campaign.yaml").read_text("utf-8")
    edit_title(workspace)
    put_live(store, workspace)
    (workspace / "campaigns" / SLUG / "campaign.yaml").write_text(kept, "utf-8")
    assert put_live(store, workspace) == first
    with store.read() as connection:
        assert all_campaigns(connection)[0].revision_id == first.revision.id


def test_whoever_publishes_wakes_a_provider_that_rests(store: Store, workspace: Path) -> None:
    with store.write() as connection:
        pause_provider(connection, "outbox", reason="the disk is full", until=NOW + timedelta(hours=1))
    put_live(store, workspace)
    with store.read() as connection:
        assert provider_pause(connection, "outbox", now=NOW) is None


def test_a_paused_campaign_stays_paused_when_it_is_published_again(store: Store, workspace: Path) -> None:
    put_live(store, workspace)
    pause(store, SLUG)
    edit_title(workspace)
    assert put_live(store, workspace).state is CampaignState.PAUSED
    resume(store, SLUG)
    assert put_live(store, workspace).state is CampaignState.PUBLISHED


def test_stopping_ends_every_walk_and_publishing_again_reaches_only_others(
    store: Store, workspace: Path, tmp_path: Path
) -> None:
    put_live(store, workspace)
    import_sample(store, workspace)
    desk = a_desk(store, tmp_path)
    enrolled = enroll(desk)
    assert enrolled > 1
    assert stop(store, SLUG, now=NOW) == enrolled
    assert stop(store, SLUG, now=NOW) == 0
    assert put_live(store, workspace).state is CampaignState.PUBLISHED
    assert enroll(desk) == 0
    with store.read() as connection:
        assert count_enrollments(connection, SLUG) == {EnrollmentState.EXITED: enrolled}
        assert {row.state for row in list_messages(connection)} == {MessageState.CANCELLED}


def test_a_paused_campaign_can_be_stopped(store: Store, workspace: Path) -> None:
    put_live(store, workspace)
    pause(store, SLUG)
    stop(store, SLUG, now=NOW)
    with store.read() as connection:
        assert all_campaigns(connection)[0].state is CampaignState.STOPPED


def test_what_is_paused_already_or_runs_already_is_no_fault(store: Store, workspace: Path) -> None:
    put_live(store, workspace)
    assert [pause(store, SLUG), pause(store, SLUG)] == [True, False]
    assert [resume(store, SLUG), resume(store, SLUG)] == [True, False]


def test_what_was_never_published_cannot_be_changed(store: Store) -> None:
    for verb in (pause, resume):
        with pytest.raises(CommandError, match="'gluteus-medius' was never published"):
            verb(store, SLUG)
    with pytest.raises(CommandError, match="was never published: there is nothing to stop"):
        stop(store, SLUG, now=NOW)


def test_what_is_stopped_says_how_it_starts_again(store: Store, workspace: Path) -> None:
    put_live(store, workspace)
    stop(store, SLUG, now=NOW)
    for verb in (pause, resume):
        with pytest.raises(
            CommandError,
            match="is stopped, for its readers for good",
        ):
            verb(store, SLUG)
