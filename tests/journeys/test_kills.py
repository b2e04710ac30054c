"""The journey of an operator whose machine dies again and again: `kill -9` at any point of a run.

PARTWORK_TEST_KILLS sets how many kills are dealt out; PARTWORK_TEST_SEED repeats a run.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.place import CAMPAIGN, PATIENCE, Message, Place

KILLS = int(os.environ.get("PARTWORK_TEST_KILLS", "16"))
SEED = int(os.environ.get("PARTWORK_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
DOUBLE = Path(__file__).parents[1] / "providers" / "resend_double.py"
RUN_SECONDS = 2.5
"""About how long a run takes from its start: kills by time are spread over it."""

Count = Callable[[], int]


@contextmanager
def _resend(ledger: Path) -> Iterator[str]:
    """Run Resend's double as a process of its own; yield its address."""
    command = [sys.executable, str(DOUBLE), "--ledger", str(ledger), "--api-key", "re_journey"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(PATIENCE)


@dataclass(frozen=True, slots=True)
class Blow:
    """When one clock is killed: as soon as it has run so long, or the work has come so much further."""

    seconds: float = math.inf
    work: float = math.inf


def _kill_again_and_again(place: Place, count: Count, *, kills: int, step: int) -> Counter[str]:
    """Keep two clocks running and kill each at a moment of its own; return what the kills hit.

    count: how far the work has come; half of the kills wait until it has come up to `step` further,
    the other half come by the time alone, so that start-up and shut-down are hit as well.
    """
    dice = random.Random(SEED)
    blows = [
        Blow(work=dice.randint(1, step)) if number % 2 else Blow(seconds=dice.uniform(0.05, RUN_SECONDS))
        for number in range(kills)
    ]
    with ThreadPoolExecutor(2) as pool:
        return Counter(pool.map(lambda blow: _kill_one(place, count, blow), blows))


def _kill_one(place: Place, count: Count, blow: Blow) -> str:
    """Run one clock until the blow falls; return where it fell: idle, inside the work, or over."""
    started, before = time.monotonic(), count()
    clock = place.start_clock("--once")
    while time.monotonic() - started < blow.seconds and count() - before < blow.work:
        with suppress(subprocess.TimeoutExpired):
            clock.wait(0.003)
            break
    has_ended = clock.poll() is not None
    clock.kill()
    _, err = clock.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    return "over" if has_ended else "idle" if count() == before else "inside"


def _by_state(rows: list[Message]) -> Counter[str]:
    return Counter(row["state"] for row in rows)


@pytest.mark.slow
def test_killed_clocks_leave_each_reader_with_one_copy_in_the_outbox(place: Place) -> None:
    readers = 60 * KILLS
    place.begin_at_once()
    place.invite_many(readers)
    place.must("publish", CAMPAIGN)
    outbox = place.state / "outbox" / "new"

    hit = _kill_again_and_again(place, lambda: _file_count(outbox), kills=KILLS, step=60)
    place.tick()

    first = [row for row in place.messages() if row["part"] == "the-hidden-muscle"]
    assert _by_state(first) == {"accepted": readers}, f"seed {SEED}, {hit}"
    assert len({row["address"] for row in first}) == readers
    assert place.outbox() == sorted(row["message"] for row in first)
    recipients = Counter(_recipient(path) for path in outbox.iterdir())
    assert recipients == Counter(row["address"] for row in first)
    assert hit["inside"] >= KILLS // 4, f"the kills missed the work: {hit}; change the numbers"


@pytest.mark.slow
def test_killed_clocks_leave_each_reader_with_one_copy_at_resend_and_nothing_uncertain(
    place: Place, tmp_path: Path
) -> None:
    # Each kill may cost Resend a whole batch of a hundred, so half as many make the same point.
    kills = KILLS // 2
    readers = 150 * kills
    ledger = tmp_path / "ledger"
    ledger.touch()
    place.begin_at_once()
    place.invite_many(readers)
    with _resend(ledger) as base_url:
        place.edit(
            "partwork.yaml",
            "  name: outbox",
            f"  name: resend\n  base_url: {base_url}\n  pace:\n    requests_per_second: 1000",
        )
        place.environ = {
            "PARTWORK_PROVIDER__API_KEY": "re_journey",
            "PARTWORK_LINKS__SECRET": "a-secret-of-the-journeys-only-0123456789",
        }
        place.must("publish", CAMPAIGN)
        hit = _kill_again_and_again(place, lambda: _line_count(ledger), kills=kills, step=2)
        place.tick()

    taken = Counter(_taken_addresses(ledger))
    rows = place.messages()
    first = {row["address"]: row["state"] for row in rows if row["part"] == "the-hidden-muscle"}
    assert len(first) == readers, f"seed {SEED}, {hit}"
    assert set(taken.values()) == {1}, f"seed {SEED}, {hit}"
    # Resend keeps its keys, so nothing that was asked of it stays uncertain.
    assert _by_state([row for row in rows if row["part"] == "the-hidden-muscle"]) == {"accepted": readers}
    assert first.keys() == taken.keys()
    assert hit["inside"] >= kills // 4, f"the kills missed the work: {hit}; change the numbers"


def _file_count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


def _line_count(ledger: Path) -> int:
    return ledger.read_bytes().count(b"\n")


def _recipient(path: Path) -> str:
    head = path.read_text("utf-8").partition("\n\n")[0]
    return next(line.removeprefix("To: ") for line in head.splitlines() if line.startswith("To: "))


def _taken_addresses(ledger: Path) -> list[str]:
    return [
        address
        for line in ledger.read_text("utf-8").splitlines()
        for one in json.loads(line)["taken"]
        for address in one["email"]["to"]
    ]


@pytest.mark.parametrize("command", ["rehearse", "publish"])
def test_a_command_killed_half_way_leaves_nothing_that_stops_the_next(place: Place, command: str) -> None:
    dice = random.Random(SEED)
    for _ in range(2):
        process = place.start([sys.executable, "-m", "partwork", command])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0.3, 1.2))
        process.kill()
        process.communicate(timeout=PATIENCE)
    place.must(command)
