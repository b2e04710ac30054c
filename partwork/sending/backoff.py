"""How long to wait when something fails again and again: doubled each time, and drawn by lot. Pure."""

from __future__ import annotations

import secrets
from datetime import timedelta

_random = secrets.SystemRandom()


def doubled(first: timedelta, *, times: int, most: timedelta) -> timedelta:
    """Return `first`, doubled so many times (none below one), at most `most`."""
    factor: int = 2 ** max(0, min(times, 20))
    return min(most, first * factor)


def drawn(least: timedelta, most: timedelta) -> timedelta:
    """Return a wait drawn evenly between two, so that many who wait do not come back at once."""
    return least + (most - least) * _random.random()
