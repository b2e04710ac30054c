"""A rehearsal plays the whole campaign on a virtual clock, and touches nothing that is live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from partwork.audiences.readers import read_readers
from partwork.campaigns.rehearse import Rehearsed, rehearsal_folder, rehearse
from partwork.campaigns.workspace import load_campaign
from partwork.errors import CommandError
from partwork.sending.states import MessageState
from partwork.settings import load_settings
from partwork.store.connect import open_store
from tests.support.workspaces import copy_sample

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
SLUG = "gluteus-medius"


def run(
    workspace: Path,
    on_step: Callable[[datetime, int], None] = lambda instant, sent_count: None,
    *,
    reader_count: int = 2,
) -> Rehearsed:
    settings = load_settings(workspace, {})
    readers = read_readers(
        workspace / "audiences" / "readers.csv", default_zone=settings.practice.timezone, now=START
    )
    readers = replace(readers, rows=readers.rows[:reader_count])
    return rehearse(
        workspace, load_campaign(workspace, SLUG), settings, readers, start=START, on_step=on_step
    )


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return run(copy_sample(tmp_path_factory.mktemp("sample") / "workspace"), reader_count=100)


def test_every_subscribed_reader_gets_every_part_once_and_in_order(rehearsed: Rehearsed) -> None:
    slugs = [part.slug for part in rehearsed.revision.parts]
    subscribed = {row.address for row in rehearsed.readers.rows if row.subscribed}
    assert rehearsed.enrolled_count == len(subscribed)
    assert {message.state for message in rehearsed.messages} == {MessageState.ACCEPTED}
    by_address = sorted(rehearsed.messages, key=lambda message: (message.address, message.sent_at))
    walks = {
        address: [message.part for message in walk]
        for address, walk in groupby(by_address, key=lambda message: message.address)
    }
    assert walks == dict.fromkeys(subscribed, slugs)


def test_each_part_goes_on_a_later_local_day_at_the_wanted_local_hour(rehearsed: Rehearsed) -> None:
    schedule = rehearsed.revision.schedule
    walks: dict[str, list[datetime]] = {}
    for message in sorted(rehearsed.messages, key=lambda message: message.due_at):
        assert message.sent_at == message.due_at
        walks.setdefault(message.address, []).append(message.due_at.astimezone(ZoneInfo(message.timezone)))
    for locals_ in walks.values():
        assert {local.time() for local in locals_} == {schedule.at}
        assert {local.weekday() for local in locals_} <= schedule.days
        assert all((after.date() - before.date()).days >= 3 for before, after in pairwise(locals_))


def test_the_emails_lie_in_the_outbox_under_their_ids(rehearsed: Rehearsed) -> None:
    files = {file.name for file in (rehearsed.folder / "outbox" / "new").iterdir()}
    assert files == {message.message for message in rehearsed.messages}


def test_the_live_database_and_outbox_are_not_even_made(workspace: Path) -> None:
    run(workspace)
    assert {path.name for path in (workspace / ".partwork").iterdir()} == {
        "links.secret",
        "rehearsal",
        "rehearsal.lock",
    }


def test_what_is_live_already_stays_byte_for_byte(workspace: Path) -> None:
    live = workspace / ".partwork" / "partwork.db"
    open_store(f"sqlite:///{live}").close()
    before = live.read_bytes()
    run(workspace)
    assert live.read_bytes() == before


def test_each_rehearsal_begins_afresh(workspace: Path) -> None:
    first, second = run(workspace), run(workspace)
    assert len(second.messages) == len(first.messages)
    files = {file.name for file in (second.folder / "outbox" / "new").iterdir()}
    assert files == {message.message for message in second.messages}
    assert files.isdisjoint(message.message for message in first.messages)


def test_two_rehearsals_at_once_do_not_mix(workspace: Path) -> None:
    refused: list[str] = []

    def begin_another(_instant: datetime, _sent_count: int) -> None:
        if not refused:
            with pytest.raises(CommandError) as fault:
                run(workspace)
            refused.append(str(fault.value))

    rehearsed = run(workspace, begin_another)
    assert refused == ["another rehearsal of this workspace is running: wait for its end"]
    files = {file.name for file in (rehearsed.folder / "outbox" / "new").iterdir()}
    assert files == {message.message for message in rehearsed.messages}


def test_a_rehearsal_that_breaks_off_leaves_the_last_whole_one(workspace: Path) -> None:
    whole = run(workspace)

    def break_off(_instant: datetime, _sent_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(workspace, break_off)
    files = {file.name for file in (rehearsal_folder(workspace) / "outbox" / "new").iterdir()}
    assert files == {message.message for message in whole.messages}
    # And the next one is not kept from running.
    assert len(run(workspace).messages) == len(whole.messages)
