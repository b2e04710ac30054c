"""A bounded share of the storm that `make faults` lets loose in full.

PARTWORK_TEST_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.faults.provider import running
from tests.faults.storm import LATENCY, READERS_A_KILL, rage, settle_in
from tests.journeys.place import Place

SEED = int(os.environ.get("PARTWORK_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
KILLS = {"resend": 18, "outbox": 8}


@pytest.mark.long
@pytest.mark.parametrize("provider", KILLS)
def test_killed_clocks_leave_each_reader_with_one_copy_and_nothing_unknown(
    place: Place, url: str, provider: str, tmp_path: Path
) -> None:
    kills = KILLS[provider]
    readers = READERS_A_KILL[provider] * kills
    with running(tmp_path / "ledger", latency=LATENCY) if provider == "resend" else nullcontext() as double:
        settle_in(place, double, readers=readers)
        storm = rage(place, double, kills=kills, dice=random.Random(SEED), url=url)
    told = f"seed {SEED}: {storm}"
    assert storm.report.holds, told
    assert (storm.report.uncertain, storm.report.held, storm.report.accepted) == (0, 0, readers), told
    if provider == "resend":
        assert storm.on_the_wire >= storm.kills // 3, f"the kills missed the requests: {told}"
