"""How fast a provider is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partwork.providers.contract import Pace
from partwork.sending.pace import HORIZON, Pacer, chunk_size
from partwork.times import VirtualClock

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class SettableClock(VirtualClock):
    """A clock that may also be set back, as a host's may."""

    def set_to(self, instant: datetime) -> None:
        self._now = instant


def departures(pace: Pace, *message_counts: int) -> list[float]:
    """Return after how many seconds each request may leave."""
    clock, pacer = VirtualClock(NOW), Pacer(pace)
    instants = []
    for message_count in message_counts:
        pacer.wait(clock, message_count=message_count)
        instants.append((clock.now() - NOW).total_seconds())
    return instants


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        (Pace(), [0, 0, 0]),
        (Pace(messages_per_day=1), [0, 0, 0]),
        (Pace(requests_per_second=2), [0, 0.5, 1]),
        (Pace(messages_per_second=10), [0, 1, 2]),
        (Pace(requests_per_second=0.5, messages_per_second=10), [0, 2, 4]),
        (Pace(requests_per_second=2, messages_per_second=5), [0, 2, 4]),
    ],
)
def test_requests_of_ten_messages_leave_as_the_pace_allows(pace: Pace, expected: list[float]) -> None:
    assert departures(pace, 10, 10, 10) == expected


def test_a_smaller_request_makes_room_sooner() -> None:
    assert departures(Pace(messages_per_second=10), 1, 10, 1) == [0, 0.1, 1.1]


def test_time_that_has_passed_is_not_waited_for_again() -> None:
    clock, pacer = VirtualClock(NOW), Pacer(Pace(requests_per_second=1))
    pacer.wait(clock, message_count=1)
    clock.sleep(timedelta(seconds=5))
    pacer.wait(clock, message_count=1)
    assert clock.now() == NOW + timedelta(seconds=5)


def test_a_clock_that_was_set_back_is_not_waited_for() -> None:
    clock, pacer = SettableClock(NOW), Pacer(Pace(requests_per_second=1))
    pacer.wait(clock, message_count=1)
    clock.set_to(NOW - timedelta(hours=1))
    pacer.wait(clock, message_count=1)
    assert clock.now() == NOW - timedelta(hours=1)


def test_no_request_waits_longer_than_a_claim_may_be_old() -> None:
    assert departures(Pace(requests_per_second=0.001), 1, 1) == [0, HORIZON.total_seconds()]


@pytest.mark.parametrize(
    ("pace", "batch_limit", "expected"),
    [
        (Pace(), 100, 500),
        (Pace(requests_per_second=2), 1, 60),
        (Pace(requests_per_second=2), 100, 500),
        (Pace(messages_per_second=0.1), 100, 3),
        (Pace(requests_per_second=2, messages_per_second=1), 1, 30),
        (Pace(requests_per_second=0.001), 1, 1),
    ],
)
def test_a_chunk_is_never_more_than_half_a_minute_of_the_pace(
    pace: Pace, batch_limit: int, expected: int
) -> None:
    assert chunk_size(pace, batch_limit=batch_limit, most=500) == expected
