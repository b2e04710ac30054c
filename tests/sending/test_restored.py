"""After a restore a person confirms; what may have gone meanwhile is held, or settled by evidence."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from partwork.sending.enroll import enroll
from partwork.sending.identity import EpochFile
from partwork.sending.processes import Worker
from partwork.sending.restored import NEWCOMER, Confirmed, Standing, confirm, examine
from partwork.sending.states import MessageState
from partwork.sending.watch import FOLLOWS_ONE_THAT_WENT, MAY_HAVE_GONE
from partwork.store.connect import open_store
from tests.support.stage import NOW, Stage, a_revision

DAY = timedelta(days=1)
LATER = NOW + 2 * DAY + timedelta(hours=3)
"""Two more parts have gone by then; the third falls due on the day after."""


def _copy(stage: Stage, to: Path) -> None:
    for end in ("", "-wal"):
        if Path(f"{stage.folder}/partwork.db{end}").exists():
            shutil.copy(f"{stage.folder}/partwork.db{end}", f"{to}{end}")


def _put_back(stage: Stage, copy: Path) -> None:
    stage.close()
    for end in ("", "-wal", "-shm"):
        Path(f"{stage.folder}/partwork.db{end}").unlink(missing_ok=True)
        if Path(f"{copy}{end}").exists():
            shutil.copy(f"{copy}{end}", f"{stage.folder}/partwork.db{end}")
    stage.store = open_store(f"sqlite:///{stage.folder}/partwork.db")


@pytest.fixture
def restored(file_stage: Stage, tmp_path: Path) -> Iterator[Stage]:
    """The copy is from before the first part went; two parts have gone since, and eve was yet to enroll."""
    stage = file_stage
    stage.readers("ann", "bob")
    stage.publish(a_revision(parts=("one", "two", "three", "four")))
    desk = stage.desk()
    desk.watch.reason_to_wait()
    enroll(desk)
    stage.readers("eve")
    _copy(stage, tmp_path / "copy.db")
    for day in range(3):
        stage.clock.jump_to(NOW + day * DAY)
        stage.tick(stage.desk())
    assert len(stage.provider.taken) == 9
    _put_back(stage, tmp_path / "copy.db")
    stage.clock.jump_to(LATER)
    assert stage.desk().watch.reason_to_wait()
    yield stage
    stage.close()


def epoch_of(stage: Stage) -> EpochFile:
    return EpochFile(stage.folder)


def confirmed(stage: Stage, *, is_holding: bool = True) -> Confirmed:
    return confirm(stage.desk(), epoch_of(stage), is_holding=is_holding)


def why(stage: Stage) -> Counter[tuple[str, MessageState, str]]:
    return Counter((row.part, row.state, row.reason) for row in stage.messages())


def test_what_is_found_is_told_before_anything_is_changed(restored: Stage) -> None:
    found = examine(restored.store, epoch_of(restored), now=LATER)
    assert found == Standing(
        reasons=(restored.desk().watch.reason_to_wait(),),
        is_restored=True,
        tick=0,
        file_tick=3,
        last_alive_at=NOW,
        stopped_at=LATER,
        waiting=(),
        due_count=2,
        sending_count=0,
        uncertain_count=0,
        held_count=0,
    )


def test_where_the_provider_cannot_tell_what_may_have_gone_is_held_and_nobody_gets_it_again(
    restored: Stage,
) -> None:
    restored.provider.sees = False
    assert confirmed(restored) == Confirmed(
        held_count=2, newcomer_count=1, accepted_count=0, due_again_count=0
    )
    for day in range(5):
        restored.clock.jump_to(LATER + day * DAY)
        restored.tick(restored.desk())
    assert len(restored.provider.taken) == 9
    assert why(restored) == {
        ("one", MessageState.HELD, MAY_HAVE_GONE): 2,
        ("one", MessageState.HELD, NEWCOMER): 1,
    }


def test_where_the_provider_can_tell_that_settles_it_and_what_follows_in_the_past_is_held(
    restored: Stage,
) -> None:
    """The second part had another id before the restore, so nobody can be asked for it."""
    assert confirmed(restored) == Confirmed(2, 1, accepted_count=2, due_again_count=0)
    restored.tick(restored.desk())
    assert len(restored.provider.taken) == 9
    assert why(restored) == {
        ("one", MessageState.ACCEPTED, ""): 2,
        ("two", MessageState.HELD, FOLLOWS_ONE_THAT_WENT): 2,
        ("one", MessageState.HELD, NEWCOMER): 1,
    }


def test_what_provably_never_left_is_due_again_and_goes(restored: Stage) -> None:
    restored.provider.taken.clear()
    assert confirmed(restored) == Confirmed(2, 1, accepted_count=0, due_again_count=2)
    restored.clock.jump_to(NOW + 3 * DAY)
    restored.tick(restored.desk())
    assert restored.states() == {
        "ann": MessageState.ACCEPTED,
        "bob": MessageState.ACCEPTED,
        "eve": MessageState.HELD,
    }
    assert len(restored.provider.taken) == 2


def test_who_is_sure_that_nothing_was_sent_holds_nothing(restored: Stage) -> None:
    assert confirmed(restored, is_holding=False) == Confirmed(0, 0, 0, 0)
    restored.clock.jump_to(NOW + 3 * DAY)
    restored.tick(restored.desk())
    assert len(restored.provider.taken) == 12


def test_a_confirmed_database_is_ahead_of_its_file_and_of_every_copy_before(
    restored: Stage, tmp_path: Path
) -> None:
    confirmed(restored)
    assert epoch_of(restored).read() == 4
    assert restored.desk().watch.reason_to_wait() == ""
    assert examine(restored.store, epoch_of(restored), now=LATER).reasons == ()
    _put_back(restored, tmp_path / "copy.db")
    assert "at tick 0 and its file .partwork/epoch at 4" in restored.desk().watch.reason_to_wait()


def test_confirming_twice_changes_nothing_more(restored: Stage) -> None:
    restored.provider.sees = False
    confirmed(restored)
    before = why(restored)
    assert confirmed(restored, is_holding=False) == Confirmed(0, 0, 0, 0)
    assert why(restored) == before


def test_a_confirmation_that_died_after_holding_goes_on_where_it_was(restored: Stage) -> None:
    restored.provider.sees = False
    confirmed(restored)
    restored.provider.sees = True
    assert confirmed(restored, is_holding=False) == Confirmed(0, 0, accepted_count=2, due_again_count=0)


def test_an_installation_that_moved_is_confirmed_once(file_stage: Stage) -> None:
    stage = file_stage
    old, new = ({"PARTWORK_INSTANCE": name} for name in ("old", "new"))
    watches = [stage.watch(Worker(stage.folder / "locks"), environ) for environ in (old, new)]
    assert [bool(watch.reason_to_wait()) for watch in watches] == [False, True]
    found = examine(stage.store, epoch_of(stage), now=NOW)
    assert (found.waiting, found.is_restored) == (("'new'",), True)
    stage.clock.sleep(2 * DAY)
    confirmed(stage)
    assert watches[1].reason_to_wait() == ""
    assert stage.watch(Worker(stage.folder / "locks"), new).reason_to_wait() == ""
    # Its former home was last seen two days ago, and has been forgotten.
    assert watches[0].reason_to_wait() != ""


def test_a_clock_that_is_right_after_all_is_confirmed_and_holds_nothing(stage: Stage) -> None:
    stage.readers("ann")
    stage.publish(a_revision())
    stage.clock.jump_to(NOW + 400 * DAY)
    stage.desk().watch.reason_to_wait()
    stage.clock = type(stage.clock)(NOW)
    found = examine(stage.store, epoch_of(stage), now=NOW)
    assert "from 2027-12-28T09:00:00Z: it was set back" in found.reasons[0]
    assert not found.is_restored
    confirmed(stage, is_holding=found.is_restored)
    stage.tick(stage.desk())
    assert stage.provider.taken_ids() == [stage.message("ann").message]
