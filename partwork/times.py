"""Instants and clocks. Instants are aware UTC datetimes; wall times live in the calendar alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Asked at the edges, once a chunk and once a wave; below them `now` is an argument."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""

    def sleep(self, duration: timedelta) -> None:
        """Let `duration` pass (a provider's pace asks for it)."""

    def uptime(self) -> timedelta:
        """Return the time since some start, sleep included, by a clock that nobody can set."""


class VirtualClock:
    """A clock that stands still until it is moved. It never goes back."""

    def __init__(self, start: datetime) -> None:
        self._start = self._now = as_instant(start)

    def now(self) -> datetime:
        return self._now

    def sleep(self, duration: timedelta) -> None:
        self._now += duration

    def uptime(self) -> timedelta:
        return self._now - self._start

    def jump_to(self, instant: datetime) -> None:
        """Move to `instant`, or stay if it has already passed."""
        self._now = max(self._now, as_instant(instant))


def as_instant(moment: datetime) -> datetime:
    """Return `moment` in UTC. Raises ValueError for a naive datetime: it names no instant."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone is not an instant")
    return moment.astimezone(UTC)


def iso(instant: datetime) -> str:
    """Return ISO 8601 in UTC, to the second: `2026-11-23T09:00:00Z`."""
    return as_instant(instant).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant; a moment without an offset is taken as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return as_instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def in_words(instant: datetime, zone: ZoneInfo) -> str:
    """Return a person's reading of an instant, zone named: `Mon 23 Nov 2026, 09:00 (Europe/London)`."""
    local = instant.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({zone.key})"
