"""The journey of staff whose machine dies half-way through a command (clocks: tests/faults)."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from tests.journeys.place import PATIENCE, Place


@pytest.mark.parametrize("command", ["rehearse", "publish"])
def test_a_command_killed_half_way_leaves_nothing_that_stops_the_next(place: Place, command: str) -> None:
    dice = random.SystemRandom()
    for _ in range(2):
        process = place.start([sys.executable, "-m", "partwork", command])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0.3, 1.2))
        process.kill()
        process.communicate(timeout=PATIENCE)
    place.must(command)
