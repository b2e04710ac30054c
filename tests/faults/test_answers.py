"""Rows 8 to 12 and 14: whatever a provider answers, each reader gets one copy and nothing stays unknown.

The path and its database are real, and so is the HTTP; only the clock is turned, so that waits of hours
pass at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from partwork.providers.contract import Pace
from partwork.providers.http import Limits
from partwork.providers.resend import Resend
from partwork.sending.settle import settle
from partwork.sending.states import MessageState
from partwork.store.accounts import provider_pause
from tests.faults.invariants import Report, check
from tests.providers.resend_double import Act, Json, ResendDouble
from tests.support.stage import NOW, Stage, a_revision

READERS = 25
BATCH = 10
PATIENT = Limits(connect_seconds=2, read_seconds=0.5)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def double() -> Iterator[ResendDouble]:
    with ResendDouble() as double:
        yield double


@pytest.fixture
def resend(double: ResendDouble) -> Iterator[Resend]:
    resend = Resend(double.api_key, base_url=double.base_url, limits=PATIENT, pace=Pace())
    # Small ones, so that a few readers make several waves.
    resend.batch_limit = BATCH
    yield resend
    resend.close()


@pytest.fixture
def crowd(stage: Stage) -> Stage:
    stage.readers(*(f"r{number}" for number in range(READERS)))
    stage.publish(a_revision(parts=("one",)))
    return stage


def drain(stage: Stage, resend: Resend, *, within: timedelta = timedelta(hours=18)) -> None:
    """Let the clock run on until every message has come to rest."""
    desk = stage.desk(resend)
    while stage.clock.now() < NOW + within:
        stage.tick(desk)
        if set(stage.states().values()) == {MessageState.ACCEPTED}:
            break
        stage.clock.sleep(5 * MINUTE)


def compare(stage: Stage, double: ResendDouble) -> Report:
    report = check(stage.url, [one.fid or "" for one in double.taken], now=stage.clock.now())
    assert report.holds, str(report)
    return report


def error(status: int, name: str = "", *, takes: bool = False, **headers: str) -> Act:
    body: Json = {"statusCode": status, "name": name, "message": ""}
    return Act(takes, status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


QUOTA = "rate_limit_exceeded"
FAULTS: dict[str, Act] = {
    # Row 8
    "429 that says nothing": error(429, QUOTA),
    "429 for seven seconds": error(429, QUOTA, retry_after="7"),
    "429 until a date": error(
        429, QUOTA, retry_after="Mon, 23 Nov 2026 09:20:00 GMT", date="Mon, 23 Nov 2026 09:00:00 GMT"
    ),
    "429 for no time": error(429, QUOTA, retry_after="0"),
    "429 for ten years": error(429, QUOTA, retry_after=str(10 * 365 * 86400)),
    "429 for nonsense": error(429, QUOTA, retry_after="soon"),
    # Row 9
    **{f"{status}, not taken": error(status) for status in (500, 502, 503, 504)},
    **{f"{status}, but taken": error(status, takes=True) for status in (500, 502, 503, 504)},
    # Row 10
    "no answer, not taken": Act(then="hang"),
    "no answer, but taken": Act(takes=True, then="hang"),
    "an answer that comes too late": Act(takes=True, after=1.0),
    # Row 11
    "a reset before it is taken": Act(then="reset"),
    "a reset after it is taken": Act(takes=True, then="reset"),
    "an answer cut off in its head": Act(takes=True, then="cut head"),
    "an answer cut off in its body": Act(takes=True, then="cut body"),
    "200 and no JSON": Act(takes=True, status=200, body="{"),
    "200 and the page of a captive portal": Act(status=200, body="<html>Please log in</html>"),
    "200 and fewer ids than messages": Act(takes=True, status=200, body={"data": [{"id": "one"}]}),
    "200 and the same id for all": Act(takes=True, status=200, body={"data": [{"id": "one"}] * BATCH}),
    "a body without end": Act(takes=True, then="endless"),
    "a bomb of a body": Act(takes=True, then="bomb"),
    # Row 14
    "the key is busy": error(409, "concurrent_idempotent_requests"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("times", [1, 4])
def test_each_reader_gets_one_copy_and_nothing_stays_unknown(
    crowd: Stage, resend: Resend, double: ResendDouble, fault: str, times: int
) -> None:
    double.next(*[FAULTS[fault]] * times)
    drain(crowd, resend)
    report = compare(crowd, double)
    assert (report.accepted, report.uncertain, report.held) == (READERS, 0, 0)


def test_a_wait_of_ten_years_is_cut_to_an_hour(crowd: Stage, resend: Resend, double: ResendDouble) -> None:
    double.next(FAULTS["429 for ten years"])
    crowd.tick(crowd.desk(resend))
    with crowd.store.read() as connection:
        pause = provider_pause(connection, "resend", now=NOW)
    assert pause is not None
    assert pause.paused_until - NOW == timedelta(hours=1)
    assert len(double.seen) == 1


def test_a_refused_account_burns_no_message(crowd: Stage, resend: Resend, double: ResendDouble) -> None:
    double.next(*[error(403, "invalid_api_key")] * 3)
    crowd.tick(crowd.desk(resend))
    assert len(double.seen) == 1
    assert set(crowd.states().values()) == {MessageState.DUE}
    drain(crowd, resend)
    assert compare(crowd, double).accepted == READERS


def test_a_provider_that_is_away_is_waited_for(crowd: Stage, resend: Resend, double: ResendDouble) -> None:
    """Row 12: the connection is refused (a wrong certificate: tests/providers/test_http.py)."""
    desk = crowd.desk(resend)
    with double.deaf():
        for _ in range(10):
            crowd.tick(desk)
            crowd.clock.sleep(MINUTE)
        assert set(crowd.states().values()) == {MessageState.DUE}
    drain(crowd, resend)
    assert compare(crowd, double).accepted == READERS


def another_content(double: ResendDouble) -> None:
    """Let Resend know each key with another content."""
    double._keys = {key: ("another", ids) for key, (_, ids) in double._keys.items()}


@pytest.mark.parametrize("spoil", [another_content, lambda double: double._keys.clear()])
def test_keys_that_are_spoilt_or_forgotten_double_nothing_where_a_look_up_can_tell(
    crowd: Stage, resend: Resend, double: ResendDouble, spoil: Callable[[ResendDouble], None]
) -> None:
    """Row 14. A key forgotten before its time would be a second copy: so the look-up comes first then."""
    double.next(*[Act(takes=True, then="reset")] * 3)
    crowd.tick(crowd.desk(resend))
    assert MessageState.UNCERTAIN in crowd.states().values()
    if spoil is another_content:
        spoil(double)
        drain(crowd, resend)
    else:
        crowd.clock.sleep(timedelta(hours=21))
        spoil(double)
        settle(crowd.desk(resend))
        drain(crowd, resend, within=timedelta(hours=40))
    report = compare(crowd, double)
    assert (report.accepted, report.uncertain, report.held) == (READERS, 0, 0)


def test_a_list_that_lags_behind_proves_no_absence_too_early(
    crowd: Stage, resend: Resend, double: ResendDouble
) -> None:
    """A wave with one who has left is not made again, and the list shows it only in the end."""
    double.next(*[Act(takes=True, then="reset")] * 3)
    desk = crowd.desk(resend)
    crowd.tick(desk)
    with crowd.store.write() as connection:
        connection.exec_driver_sql("UPDATE memberships SET status = 'unsubscribed'")
    taken, double.taken = double.taken, []
    for _ in range(5):
        settle(desk)
        crowd.clock.sleep(2 * MINUTE)
    double.taken = taken
    crowd.clock.sleep(10 * MINUTE)
    settle(desk)
    report = compare(crowd, double)
    assert (report.accepted, report.uncertain, report.held) == (READERS, 0, 0)
