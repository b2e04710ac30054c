"""The journey of a live campaign whose first part goes at once: however often the clock is run."""

from __future__ import annotations

import select
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.journeys.place import CAMPAIGN, PATIENCE, Place
from tests.support.postgres import Cluster, a_server, restart

FIRST_PART = "the-hidden-muscle"


@pytest.fixture(params=["sqlite", "postgres"])
def place(place: Place, request: pytest.FixtureRequest) -> Place:
    """A workspace whose database is a file, or one on PostgreSQL that many processes may share."""
    if request.param == "postgres":
        place.environ["PARTWORK_DATABASE__URL"] = request.getfixturevalue("postgres_url")
    return place


def _sent(place: Place) -> list[tuple[str, str]]:
    """Return the part and address of each message that was sent; its file must lie in the outbox."""
    rows = place.messages()
    assert place.outbox() == sorted(row["message"] for row in rows if row["state"] == "accepted")
    assert {row["state"] for row in rows} <= {"accepted", "due"}
    return sorted((row["part"], row["address"]) for row in rows if row["state"] == "accepted")


def _first_part_to(count: int) -> list[tuple[str, str]]:
    return sorted((FIRST_PART, f"reader{i}@example.org") for i in range(count))


def _published(place: Place, *, readers: int) -> None:
    place.begin_at_once()
    place.invite_many(readers)
    place.must("publish", CAMPAIGN)


def test_the_clock_run_five_times_sends_the_first_part_once(place: Place) -> None:
    _published(place, readers=40)
    told = [place.tick() for _ in range(5)]
    assert told[0].startswith("Enrolled 40, sent 40.")
    assert [text.splitlines()[0] for text in told[1:]] == ["Enrolled 0, sent 0."] * 4
    assert _sent(place) == _first_part_to(40)


def test_five_clocks_at_once_send_the_first_part_once(place: Place) -> None:
    _published(place, readers=250)
    with ThreadPoolExecutor(5) as pool:
        told = list(pool.map(lambda _: place.tick(), range(5)))
    counts = [
        [int(word.strip(".,")) for word in text.split() if word.strip(".,").isdigit()][:2] for text in told
    ]
    assert [sum(column) for column in zip(*counts, strict=True)] == [250, 250]
    assert _sent(place) == _first_part_to(250)


def test_two_clocks_that_stay_send_once_and_end_in_peace_when_asked(place: Place) -> None:
    _published(place, readers=250)
    clocks = [place.start_clock(), place.start_clock()]
    try:
        for clock in clocks:
            _wait_for(clock, "the clock runs")
        # Whichever of them is quicker: the other may find nothing left to do.
        _wait_for_files(place.state / "outbox" / "new", clocks[0])
    finally:
        for clock in clocks:
            clock.send_signal(signal.SIGTERM)
        ends = [clock.communicate(timeout=PATIENCE) for clock in clocks]
    assert [clock.returncode for clock in clocks] == [0, 0], ends
    assert "Traceback" not in "".join(err for _, err in ends)
    sent = _sent(place)
    assert len(sent) == len(set(sent))
    place.tick()
    assert _sent(place) == _first_part_to(250)


def test_a_clock_asked_to_stop_in_the_middle_leaves_nothing_in_flight(place: Place) -> None:
    _published(place, readers=600)
    clock = place.start_clock("--once")
    _wait_for_files(place.state / "outbox" / "new", clock)
    clock.send_signal(signal.SIGTERM)
    out, err = clock.communicate(timeout=PATIENCE)
    assert (clock.returncode, err) == (0, ""), out
    assert len(_sent(place)) < 600, "it was over before it could be stopped: take more readers"
    place.tick()
    assert _sent(place) == _first_part_to(600)


def test_a_database_that_restarts_while_two_clocks_send_loses_and_doubles_nothing(
    handed_out: Path, tmp_path: Path, postgres: Cluster
) -> None:
    place = Place(shutil.copytree(handed_out, tmp_path / "practice"))
    with a_server(Path(tempfile.mkdtemp(prefix="partwork-postgres-own-"))) as server:
        place.environ["PARTWORK_DATABASE__URL"] = server.get_uri()
        _published(place, readers=600)
        clocks = [place.start_clock(), place.start_clock()]
        try:
            _wait_for_files(place.state / "outbox" / "new", clocks[0])
            restart(server)
            # They go on by themselves: nobody starts them anew.
            _wait_for_files(place.state / "outbox" / "new", clocks[0], count=600)
        finally:
            for clock in clocks:
                clock.send_signal(signal.SIGTERM)
            ends = [clock.communicate(timeout=PATIENCE) for clock in clocks]
        assert [clock.returncode for clock in clocks] == [0, 0], ends
        place.tick()
        assert _sent(place) == _first_part_to(600)


def test_with_nothing_published_the_clock_says_so_and_how(place: Place) -> None:
    assert "partwork publish" in place.tick()
    assert place.outbox() == []


def test_a_paused_campaign_sends_nothing_until_it_is_resumed(place: Place) -> None:
    _published(place, readers=3)
    place.must("pause", CAMPAIGN)
    assert "partwork resume" in place.tick()
    assert place.outbox() == []
    place.must("resume", CAMPAIGN)
    place.must("clock", "--once")
    assert _sent(place) == _first_part_to(3)


def test_minutes_between_the_parts_mean_a_next_part_that_is_due_in_minutes(place: Place) -> None:
    place.begin_at_once(every="20 minutes")
    place.invite_many(3)
    place.must("publish", CAMPAIGN)
    place.tick()
    rows = {(row["address"], row["part"]): row for row in place.messages()}
    for number in range(3):
        address = f"reader{number}@example.org"
        sent_at = rows[address, FIRST_PART]["sent_at"]
        next_at = rows[address, "what-it-feels-like"]["due_at"]
        assert sent_at is not None
        assert sent_at < next_at
    assert len(rows) == 6


def _wait_for(process: subprocess.Popen[str], *words: str) -> str:
    """Read the process's log until a line holds these words."""
    assert process.stderr is not None
    while select.select([process.stderr], [], [], PATIENCE)[0]:
        line = process.stderr.readline()
        assert line, "the process ended before it said " + ", ".join(words)
        if all(word in line for word in words):
            return line
    raise AssertionError("the process never said " + ", ".join(words))


def _wait_for_files(folder: Path, process: subprocess.Popen[str], *, count: int = 1) -> None:
    """Return once so many files lie in the folder."""
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        if folder.is_dir() and sum(1 for _ in folder.iterdir()) >= count:
            return
    raise AssertionError(f"the process ended, or took too long, before {count} were there")
