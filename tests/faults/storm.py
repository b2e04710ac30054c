"""A storm of `kill -9` over real processes, and what it left: `python -m tests.faults.storm --kills 300`.

Two clocks run on one database. Each is killed at a moment of its own and started again, most of them
while a request is in a provider's hands. In the end one run drains what is left, and the provider's own
ledger is compared with the database. The seed is printed; the same seed deals out the same blows.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.faults.invariants import Report, check
from tests.faults.provider import API_KEY, Provider, running
from tests.journeys.place import CAMPAIGN, PATIENCE, Place
from tests.support.postgres import Cluster, a_server, engine_of, restart

CLOCKS = 2
BATCH = 100
READERS_A_KILL = {"resend": 150, "outbox": 150}
LATENCY = 0.4
"""Seconds the double takes to answer: the time a request is on the wire."""

CUT_EVERY = 25.0
RUN_SECONDS = 2.5
"""About how long a clock's run takes from its start: kills by time are spread over it."""


@dataclass(slots=True)
class Storm:
    """What a storm came to, over all its rounds."""

    kills: int = 0
    on_the_wire: int = 0
    left_open: int = 0
    uncertain_before: int = 0
    report: Report = field(default_factory=Report)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.on_the_wire} of them with a request on the wire;"
            f" {self.left_open} messages left open by them, {self.uncertain_before} of them to the end\n"
            f"{self.report}"
        )


def settle_in(place: Place, provider: Provider | None, *, readers: int) -> None:
    """Make a workspace whose first part goes at once, through the double where there is one."""
    place.begin_at_once()
    place.invite_many(readers)
    if provider:
        place.edit(
            "partwork.yaml",
            "  name: outbox",
            f"  name: resend\n  base_url: {provider.base_url}\n  pace:\n    requests_per_second: 1000",
        )
        place.environ |= {
            "PARTWORK_PROVIDER__API_KEY": API_KEY,
            "PARTWORK_LINKS__SECRET": "a-secret-of-the-faults-only-0123456789",
        }
    place.must("publish", CAMPAIGN)


def rage(
    place: Place,
    provider: Provider | None,
    *,
    kills: int,
    dice: random.Random,
    url: str,
    meanwhile: AbstractContextManager[None] | None = None,
) -> Storm:
    """Kill clocks so many times, then drain; return what it came to.

    meanwhile: what else goes wrong while the kills fall
    """
    # Four of five are aimed: at the first request of a run (a replay, if the last one was killed in its
    # middle), or at one of the next.
    wounds = [(dice.choice((0, 0, 1, 2)) if number % 5 else None, dice.random()) for number in range(kills)]
    with meanwhile or nullcontext(), ThreadPoolExecutor(CLOCKS) as pool:
        blows = list(pool.map(lambda wound: _kill_one(place, provider, url, *wound), wounds))
    hits = Counter(where for where, _ in blows)
    storm = Storm(kills=kills - hits["over"], on_the_wire=hits["on the wire"])
    storm.left_open = sum(count for _, count in blows)
    storm.uncertain_before = _left_open(url)
    drain(place)
    storm.report = check(url, ledger_of(place, provider), now=datetime.now(UTC))
    return storm


def drain(place: Place) -> None:
    """Run the clock until nothing is due and nothing is open that the next run could settle."""
    for _ in range(3):
        place.tick()


def ledger_of(place: Place, provider: Provider | None) -> list[str]:
    """Return the message ids the provider took, one for each acceptance."""
    return [one.fid for one in provider.acceptances()] if provider else place.outbox()


def _kill_one(
    place: Place, provider: Provider | None, url: str, after: int | None, chance: float
) -> tuple[str, int]:
    """Run one clock until the blow falls; return where it fell, and how many messages it left open.

    after: wait until so many requests' worth of work is done and the next is under way; None: let the
    time alone decide, so that start-up, enrolling, claiming and shut-down are hit as well
    """
    clock = place.start_clock("--once")
    if after is not None:
        busy = _on_the_wire(provider, clock.pid, after) if provider else _writing(place, after)
        _wait(clock, busy)
        time.sleep(chance * LATENCY / 2)
    else:
        with suppress(subprocess.TimeoutExpired):
            clock.wait(0.05 + chance * RUN_SECONDS)
    has_ended = clock.poll() is not None
    is_on_the_wire = bool(provider and provider.wire().holds_of(clock.pid))
    clock.kill()
    _, err = clock.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    if has_ended:
        return "over", 0
    return "on the wire" if is_on_the_wire else "elsewhere", _left_open(url, pid=clock.pid)


def _wait(clock: subprocess.Popen[str], is_busy: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while clock.poll() is None and not is_busy() and time.monotonic() < deadline:
        time.sleep(0.002)


def _on_the_wire(provider: Provider, pid: int, after: int) -> Callable[[], bool]:
    """Tell whether a request of a process's is in hand, once the provider has taken so many batches more."""
    enough = provider.wire().taken + after * BATCH

    def is_there() -> bool:
        wire = provider.wire()
        return wire.taken >= enough and wire.holds_of(pid)

    return is_there


def _writing(place: Place, after: int) -> Callable[[], bool]:
    """Tell whether the outbox has grown by so many batches since now, and by something more."""
    new = place.state / "outbox" / "new"

    def count() -> int:
        return sum(1 for _ in os.scandir(new)) if new.is_dir() else 0

    before = count()
    return lambda: count() > before + after * BATCH


def _left_open(url: str, *, pid: int | None = None) -> int:
    """Return how many messages were asked for (by one process, or by all) whose fate no row tells yet."""
    engine = engine_of(url)
    whose = f"state = 'sending' AND worker LIKE '%/{pid}/%'" if pid else "state IN ('sending', 'uncertain')"
    query = text(f"SELECT count(*) FROM messages WHERE {whose}")
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with engine.connect() as connection:
                return int(connection.execute(query).scalar_one())
        except OperationalError:  # it is just being restarted
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        finally:
            engine.dispose()


def add(total: Storm, one: Storm) -> None:
    """Add a round to the total."""
    total.kills += one.kills
    total.on_the_wire += one.on_the_wire
    total.left_open += one.left_open
    total.uncertain_before += one.uncertain_before
    for name in ("messages", "accepted", "uncertain", "held", "taken"):
        setattr(total.report, name, getattr(total.report, name) + getattr(one.report, name))
    total.report.lost += one.report.lost
    total.report.doubled += one.report.doubled
    total.report.problems += one.report.problems


def main() -> int:
    """Deal out kills in rounds, each in a workspace of its own, and print what they came to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--round", type=int, default=30, help="kills in one workspace")
    parser.add_argument("--provider", choices=sorted(READERS_A_KILL), default="resend")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--restarts", type=int, default=0, help="of PostgreSQL, as by power cuts, a round")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 10**6))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    dice = random.Random(chosen.seed)
    total = Storm()
    server: AbstractContextManager[Any] = nullcontext()
    if chosen.database == "postgres":
        server = a_server(Path(tempfile.gettempdir()) / f"partwork-storm-{os.getpid()}")
    with tempfile.TemporaryDirectory(prefix="partwork-faults-") as folder, server as postgres:
        cluster = Cluster(postgres.get_uri()) if postgres else None
        number = 0
        while total.kills < chosen.kills:
            number += 1
            kills = min(chosen.round, chosen.kills - total.kills)
            url = cluster.make_blank() if cluster else None
            cuts = _power_cuts(postgres, chosen.restarts)
            place = Path(folder) / str(number)
            one = _round(place, chosen.provider, url, kills=kills, dice=dice, meanwhile=cuts)
            add(total, one)
            print(f"round {number}: {one}", flush=True)
    print(f"{chosen.database}, {chosen.provider}: {total}")
    return 0 if total.report.holds else 1


@contextmanager
def _power_cuts(server: Any, count: int) -> Iterator[None]:
    """Restart a database so many times while the block runs, a quarter of a minute apart."""
    over = threading.Event()

    def cut() -> None:
        for _ in range(count):
            if over.wait(CUT_EVERY):
                return
            restart(server)

    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        yield
    finally:
        over.set()
        cutting.join()


def _round(
    folder: Path,
    provider: str,
    url: str | None,
    *,
    kills: int,
    dice: random.Random,
    meanwhile: AbstractContextManager[None],
) -> Storm:
    folder.mkdir()
    Place(folder).must("new", str(folder / "practice"))
    place = Place(folder / "practice")
    if url:
        place.environ["PARTWORK_DATABASE__URL"] = url
    ledger = folder / "ledger"
    with running(ledger, latency=LATENCY) if provider == "resend" else nullcontext() as double:
        settle_in(place, double, readers=READERS_A_KILL[provider] * kills)
        where = url or f"sqlite:///{place.database}"
        return rage(place, double, kills=kills, dice=dice, url=where, meanwhile=meanwhile)


if __name__ == "__main__":
    sys.exit(main())
