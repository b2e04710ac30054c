"""Writing beside the event loop, when the database keeps others waiting."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from partwork.web.recorder import Recorder
from tests.web.world import NOW, World

Result = TypeVar("Result")


def in_a_loop(work: Coroutine[None, None, Result]) -> Result:
    """Run `work` in a thread of its own: a browser that another test drives may own this one's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_leaving_is_not_confirmed_while_the_database_is_held_and_may_still_come(world: World) -> None:
    recorder = Recorder(world.store, leaving_patience_s=0.5)
    holder = sqlite3.connect(world.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(TimeoutError):
        in_a_loop(recorder.leave(message_id=world.message_id, now=NOW))
    assert world.suppression() is None
    holder.execute("COMMIT")
    holder.close()
    recorder.close()
    assert world.suppression()


def test_clicks_that_find_no_room_are_dropped_with_a_word_and_the_others_are_kept(world: World) -> None:
    recorder = Recorder(world.store, clicks_kept=3)
    holder = sqlite3.connect(world.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    async def five_at_once() -> None:
        click = partial(recorder.click, message_id=world.message_id, link_id=world.website_link, now=NOW)
        await asyncio.gather(*(click() for _ in range(5)))

    with capture_logs() as logs:
        in_a_loop(five_at_once())
    assert [log["event"] for log in logs] == ["a click was not recorded: too many wait already"] * 2
    holder.execute("ROLLBACK")
    holder.close()
    recorder.close()
    assert len(world.events()) == 3


def test_a_click_that_was_written_makes_room_for_the_next(world: World) -> None:
    recorder = Recorder(world.store, clicks_kept=1)
    for _ in range(3):
        in_a_loop(recorder.click(message_id=world.message_id, link_id=world.website_link, now=NOW))
    recorder.close()
    assert len(world.events()) == 3
