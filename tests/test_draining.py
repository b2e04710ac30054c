"""A process that is asked to end does so in time, and marks what it could not finish."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from partwork.draining import ending_in_time
from partwork.providers.contract import Answer
from partwork.sending.outgoing import Outgoing
from partwork.sending.states import MessageState
from tests.support.stage import Stage, a_revision, make_blank, open_stage

SOON = timedelta(milliseconds=50)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = open_stage(tmp_path, blank=make_blank(tmp_path))
    yield stage
    stage.close()


def test_what_hangs_is_uncertain_what_was_claimed_is_due_and_the_process_ends(stage: Stage) -> None:
    """The provider answers only after the process should have been gone: its answer is still evidence."""
    stage.readers("ann", "bob", "cem", "dan", "eve")
    stage.publish(a_revision())
    stop, ended = threading.Event(), threading.Event()
    at_the_end: list[dict[str, MessageState]] = []

    def hang(batch: Sequence[Outgoing]) -> list[Answer]:
        stop.set()
        assert ended.wait(60)
        at_the_end.append(stage.states())
        return stage.provider.take_all(batch)

    stage.provider.behave = hang
    desk = stage.desk(stopping=stop.is_set)
    with ending_in_time(desk, stop, drain=SOON, end=ended.set):
        stage.tick(desk)
    (states,) = at_the_end
    assert sorted(states.values()) == [MessageState.DUE] * 2 + [MessageState.UNCERTAIN] * 3
    assert len([1 for state in stage.states().values() if state is MessageState.ACCEPTED]) == 3


def test_what_ends_in_time_is_left_alone(stage: Stage) -> None:
    stop, ended = threading.Event(), threading.Event()
    with ending_in_time(stage.desk(), stop, drain=SOON, end=ended.set):
        pass
    stop.set()
    assert not ended.wait(5 * SOON.total_seconds())
