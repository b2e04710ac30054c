"""Row 1: killed at every step between a due row and its recorded acceptance, and in the recovery itself."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.crash import PLACES
from tests.faults.invariants import check
from tests.faults.provider import running
from tests.faults.storm import drain, ledger_of, settle_in
from tests.journeys.place import Place

ROOT = Path(__file__).parents[2]
READERS = 130
RECOVERIES = ("freed but not committed", "about to find out", "found out", "settled but not committed")


def die_at(place: Place, where: str) -> None:
    place.environ["PYTHONPATH"] = str(ROOT)
    ran = place.run([sys.executable, "-m", "tests.faults.crash", where, str(place.folder)])
    assert ran.status == -9, f"{where}: {ran.said}"
    assert "Traceback" not in ran.err


@pytest.mark.long
@pytest.mark.parametrize("provider", ["outbox", "resend"])
def test_a_clock_that_dies_at_any_step_loses_and_doubles_nothing(
    place: Place, url: str, provider: str, tmp_path: Path
) -> None:
    """One after the other on one database: each finds what the one before has left."""
    with running(tmp_path / "ledger") if provider == "resend" else nullcontext() as double:
        settle_in(place, double, readers=READERS * len(PLACES))
        for where in PLACES:
            if where in RECOVERIES:
                # There must be something to recover.
                die_at(place, "answered")
            die_at(place, where)
        drain(place)
        report = check(url, ledger_of(place, double), now=datetime.now(UTC))
    assert report.holds, str(report)
    assert (report.accepted, report.uncertain, report.held) == (READERS * len(PLACES), 0, 0)
