"""What the benchmarks share: how a time is taken, in time of the processor, and how it is told."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

ROUNDS = 9


def best(work: Callable[[], object], *, count: int) -> tuple[float, float]:
    """Return the least and the median time of one `work` in seconds, over rounds of `count`."""
    work()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(count):
            work()
        taken.append((time.process_time() - start) / count)
    return min(taken), statistics.median(taken)


def told(what: str, took: tuple[float, float], *, unit: str, limit: float | None = None) -> None:
    """Print one line: least and median, and the median's share of the limit."""
    scale = {"ms": 1e3, "µs": 1e6}[unit]
    least, median = (seconds * scale for seconds in took)
    beside = f"  limit {limit:>4g} {unit}: {median / limit:5.2f} of it" if limit else ""
    print(f"{what:<44} least {least:7.1f} {unit}  median {median:7.1f} {unit}{beside}")
