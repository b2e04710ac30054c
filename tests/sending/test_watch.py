"""Nothing goes after a restore, from a clone, or by a clock that was set; everything ordinary goes on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from partwork.errors import CommandError
from partwork.providers.contract import Answer
from partwork.sending.identity import EpochFile
from partwork.sending.outgoing import Outgoing
from partwork.sending.processes import Worker
from partwork.sending.states import MessageState
from partwork.store.connect import open_store
from partwork.store.installation import list_processes, read_installation
from partwork.times import VirtualClock
from tests.support.stage import NOW, Stage, a_revision

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class SettableClock(VirtualClock):
    """A clock that somebody may set, while the one that nobody can set goes on."""

    def set_by(self, duration: timedelta) -> None:
        self._now += duration
        self._start += duration


@pytest.fixture
def clock(stage: Stage) -> SettableClock:
    stage.clock = SettableClock(NOW)
    return stage.clock


@pytest.fixture
def sent(stage: Stage) -> Stage:
    """Three readers have had their first part."""
    stage.readers("ann", "bob", "cem")
    stage.publish(a_revision())
    stage.tick(stage.desk())
    assert len(stage.provider.taken) == 3
    return stage


@pytest.fixture
def copied(file_stage: Stage, tmp_path: Path) -> Iterator[Stage]:
    """A copy made after the first of two waves has taken the database's place."""
    stage = file_stage
    stage.readers("ann", "bob", "cem", "dan", "eve")
    stage.publish(a_revision())
    copy = tmp_path / "copy.db"

    def copy_while_sending(batch: Sequence[Outgoing]) -> list[Answer]:
        if len(stage.provider.requests) == 1:
            _copy(stage, copy)
        return stage.provider.take_all(batch)

    stage.provider.behave = copy_while_sending
    stage.tick(stage.desk())
    assert len(stage.provider.taken) == 5
    _put_back(stage, copy)
    yield stage
    stage.close()


def _copy(stage: Stage, to: Path) -> None:
    for end in ("", "-wal"):
        shutil.copy(f"{stage.folder}/partwork.db{end}", f"{to}{end}")


def _put_back(stage: Stage, copy: Path) -> None:
    stage.close()
    for end in ("", "-wal", "-shm"):
        Path(f"{stage.folder}/partwork.db{end}").unlink(missing_ok=True)
    for end in ("", "-wal"):
        if Path(f"{copy}{end}").exists():
            shutil.copy(f"{copy}{end}", f"{stage.folder}/partwork.db{end}")
    stage.store = open_store(f"sqlite:///{stage.folder}/partwork.db")


def tick_of(stage: Stage) -> tuple[int, int | None]:
    """Return the tick of the database and of its file."""
    with stage.store.read() as connection:
        return read_installation(connection).tick, EpochFile(stage.folder).read()


def test_each_wave_advances_the_tick_in_the_database_and_in_its_file(sent: Stage) -> None:
    assert tick_of(sent) == (1, 1)
    sent.clock.jump_to(NOW + timedelta(days=1))
    sent.tick(sent.desk())
    assert tick_of(sent) == (2, 2)


def test_a_tick_with_nothing_to_send_advances_nothing(sent: Stage) -> None:
    for _ in range(3):
        sent.clock.sleep(MINUTE)
        sent.tick(sent.desk())
    assert tick_of(sent) == (1, 1)


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=1), timedelta(days=400)])
def test_a_database_copied_while_sending_and_put_back_sends_nothing(copied: Stage, later: timedelta) -> None:
    copied.clock.jump_to(NOW + later)
    desk = copied.desk()
    assert "stands at tick 1 and its file .partwork/epoch at 2" in desk.watch.reason_to_wait()
    assert "'partwork confirm-restore'" in desk.watch.reason_to_wait()
    copied.claim(desk)
    copied.claim(copied.desk())
    assert len(copied.provider.taken) == 5


def test_whenever_the_copy_was_made_it_is_stopped_or_knows_of_every_message_that_left(
    file_stage: Stage, tmp_path: Path
) -> None:
    stage = file_stage
    names = {"PARTWORK_INSTANCE": "practice"}
    stage.readers(*"abcdefg")
    stage.publish(a_revision())
    copies: list[Path] = []

    def copy_and_take(batch: Sequence[Outgoing]) -> list[Answer]:
        answers: list[Answer] = []
        for outgoing in batch:
            copies.append(tmp_path / f"copy-{len(copies)}.db")
            _copy(stage, copies[-1])
            answers.append(stage.provider.take(outgoing))
        return answers

    stage.provider.behave = copy_and_take
    desk = replace(stage.desk(), watch=stage.watch(Worker(stage.folder / "locks"), names))
    stage.tick(desk)
    left = set(stage.provider.taken_ids())
    assert len(left) == len(copies) == 7
    verdicts = []
    for copy in copies:
        _put_back(stage, copy)
        knows = {row.message for row in stage.messages() if row.state is MessageState.SENDING} | {
            row.message for row in stage.messages() if row.state is MessageState.ACCEPTED
        }
        is_stopped = bool(stage.watch(Worker(stage.folder / "locks"), names).reason_to_wait())
        verdicts.append((is_stopped, knows >= left))
    assert verdicts == [(True, False)] * 6 + [(False, True)]
    stage.close()


def test_what_one_process_notices_stops_all_others_even_without_a_file(copied: Stage) -> None:
    noticed = copied.desk().watch.reason_to_wait()
    (copied.folder / "epoch").unlink()
    other = copied.watch(Worker(copied.folder / "locks"), {"PARTWORK_INSTANCE": "elsewhere"})
    assert other.reason_to_wait() == noticed


def test_a_database_put_back_in_the_middle_of_a_chunk_commits_no_wave(sent: Stage, tmp_path: Path) -> None:
    """The watch looked before the chunk was claimed; the commit of each wave looks again."""
    desk = sent.desk()
    assert desk.watch.reason_to_wait() == ""
    EpochFile(sent.folder).keep(7)
    with pytest.raises(CommandError, match="put back while it was in use"), desk.watch.writing_ahead():
        pass
    assert tick_of(sent) == (1, 7)


def test_a_file_behind_its_database_is_what_a_kill_leaves_and_trips_nothing(sent: Stage) -> None:
    before = (sent.folder / "epoch").read_bytes()
    sent.clock.jump_to(NOW + timedelta(days=1))
    sent.tick(sent.desk())
    (sent.folder / "epoch").write_bytes(before)
    assert tick_of(sent) == (2, 1)
    assert sent.desk().watch.reason_to_wait() == ""
    assert tick_of(sent) == (2, 2)


def test_a_file_that_is_half_written_when_the_power_fails_is_the_one_before(sent: Stage) -> None:
    (sent.folder / "epoch.new").write_text('{"ti')
    assert sent.desk().watch.reason_to_wait() == ""
    sent.clock.jump_to(NOW + timedelta(days=1))
    sent.tick(sent.desk())
    assert tick_of(sent) == (2, 2)


def test_processes_that_commit_one_after_the_other_and_write_the_other_way_round_lose_nothing(
    tmp_path: Path,
) -> None:
    epoch = EpochFile(tmp_path)
    epoch.keep(5)
    epoch.keep(4)
    assert epoch.read() == 5


def test_a_missing_file_asks_once_unless_the_installation_is_named(sent: Stage) -> None:
    named = {"PARTWORK_INSTANCE": "practice"}
    (sent.folder / "epoch").unlink()
    with sent.store.write() as connection:
        connection.execute(text("DELETE FROM instances"))
    assert sent.watch(Worker(sent.folder / "locks"), named).reason_to_wait() == ""
    (sent.folder / "epoch").unlink()
    assert "epoch is missing" in sent.desk().watch.reason_to_wait()


def test_a_damaged_file_counts_as_a_missing_one(sent: Stage) -> None:
    (sent.folder / "epoch").write_text("?")
    assert "epoch is missing" in sent.desk().watch.reason_to_wait()


def test_many_processes_that_begin_at_once_with_a_new_database_trip_nothing(stage: Stage) -> None:
    desks = [stage.desk() for _ in range(3)]
    assert [desk.watch.reason_to_wait() for desk in desks] == ["", "", ""]
    assert tick_of(stage) == (0, 0)


@pytest.fixture
def elsewhere(file_stage: Stage, tmp_path: Path) -> Iterator[Stage]:
    """The same volume, in another folder."""
    sent = file_stage
    sent.readers("ann", "bob", "cem")
    sent.publish(a_revision())
    sent.tick(sent.desk())
    sent.close()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("partwork.db", "epoch"):
        shutil.copy(sent.folder / name, folder)
    url = f"sqlite:///{folder / 'partwork.db'}"
    moved = Stage(folder, open_store(url), sent.clock, sent.provider, url)
    yield moved
    moved.close()


def test_another_folder_sends_nothing_until_it_is_confirmed(elsewhere: Stage) -> None:
    elsewhere.clock.jump_to(NOW + timedelta(days=1))
    desk = elsewhere.desk()
    assert "belongs to another installation" in desk.watch.reason_to_wait()
    elsewhere.claim(desk)
    assert len(elsewhere.provider.taken) == 3


NAMES = [
    ("practice", "practice", True),
    ("practice", "staging", False),
    ("practice", "", False),
    ("", "practice", False),
]


@pytest.mark.parametrize(("before", "after", "goes"), NAMES)
def test_it_is_the_same_installation_exactly_if_it_is_named_the_same(
    stage: Stage, before: str, after: str, goes: bool
) -> None:
    first, second = (
        stage.watch(Worker(stage.folder / "locks"), {"PARTWORK_INSTANCE": name}) for name in (before, after)
    )
    assert first.reason_to_wait() == ""
    assert (second.reason_to_wait() == "") is goes
    assert first.reason_to_wait() == ""


def test_a_clock_set_back_by_more_than_a_minute_stops_until_it_is_right(
    sent: Stage, clock: SettableClock
) -> None:
    clock.set_by(-2 * HOUR)
    reason = sent.desk().watch.reason_to_wait()
    assert "behind the last sign of life, which is from 2026-11-23T09:00:00Z" in reason
    assert "sending goes on by itself" in reason
    clock.set_by(2 * HOUR)
    assert sent.desk().watch.reason_to_wait() == ""


def test_a_clock_set_back_by_a_minute_sends_on(sent: Stage, clock: SettableClock) -> None:
    clock.set_by(-MINUTE)
    assert sent.desk().watch.reason_to_wait() == ""


@pytest.mark.parametrize(("by", "way"), [(2 * HOUR, "forward by 2 hours"), (timedelta(days=400), "forward")])
def test_a_clock_that_jumps_within_one_process_stops_it_until_both_clocks_agree(
    sent: Stage, clock: SettableClock, by: timedelta, way: str
) -> None:
    watch = sent.desk().watch
    assert watch.reason_to_wait() == ""
    clock.set_by(by)
    assert way in watch.reason_to_wait()
    clock.sleep(MINUTE)
    assert way in watch.reason_to_wait()
    with sent.store.read() as connection:
        assert read_installation(connection).alive_at == NOW
    clock.set_by(-by)
    assert watch.reason_to_wait() == ""


@pytest.mark.parametrize("nap", [MINUTE, timedelta(days=3), timedelta(days=400)])
def test_waking_from_sleep_and_cron_after_downtime_trip_nothing(
    sent: Stage, clock: SettableClock, nap: timedelta
) -> None:
    watch = sent.desk().watch
    assert watch.reason_to_wait() == ""
    clock.sleep(nap)
    assert (watch.reason_to_wait(), sent.desk().watch.reason_to_wait()) == ("", "")


def test_a_clock_that_is_brought_right_little_by_little_trips_nothing(
    sent: Stage, clock: SettableClock
) -> None:
    watch = sent.desk().watch
    for _ in range(200):
        assert watch.reason_to_wait() == ""
        clock.sleep(MINUTE)
        clock.set_by(-MINUTE / 2)


def alive(stage: Stage) -> list[tuple[str, object, object, str]]:
    with stage.store.read() as connection:
        rows = list_processes(connection)
    return [(row.kind, row.seen_at - NOW, row.ended_at, row.stopped_because) for row in rows]


def test_a_process_shows_a_sign_of_life_at_most_every_five_seconds(stage: Stage) -> None:
    watch = stage.desk().watch
    seen = []
    for _ in range(6):
        watch.reason_to_wait()
        seen.append(alive(stage)[0][1])
        stage.clock.sleep(timedelta(seconds=2))
    assert [instant.total_seconds() for instant in seen] == [0, 0, 0, 6, 6, 6]


def test_a_process_that_ends_says_so_and_its_successor_takes_its_place(stage: Stage) -> None:
    first = stage.desk().watch
    first.reason_to_wait()
    first.end()
    assert alive(stage) == [("clock", timedelta(), NOW, "")]
    stage.desk().watch.reason_to_wait()
    assert alive(stage) == [("clock", timedelta(), None, "")]


def test_a_silent_process_stays_to_be_seen_until_a_successor_comes(stage: Stage) -> None:
    stage.desk().watch.reason_to_wait()
    stage.clock.sleep(MINUTE)
    stage.desk().watch.reason_to_wait()
    assert len(alive(stage)) == 2
    stage.clock.sleep(HOUR)
    stage.desk().watch.reason_to_wait()
    assert alive(stage) == [("clock", HOUR + MINUTE, None, "")]


def test_a_process_that_never_looked_is_none_to_be_seen(stage: Stage) -> None:
    stage.desk().watch.end()
    assert alive(stage) == []


def test_why_a_process_sends_nothing_stands_beside_its_sign_of_life(
    sent: Stage, clock: SettableClock
) -> None:
    watch = sent.desk().watch
    watch.reason_to_wait()
    clock.set_by(HOUR)
    reason = watch.reason_to_wait()
    assert alive(sent)[0][3] == reason != ""
