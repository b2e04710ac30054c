"""The clock process: it says what it does, takes up what is published, and drains when told to stop."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from partwork import clock
from partwork.cli.setup import new
from partwork.times import VirtualClock, parse_instant


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PARTWORK_")]:
        monkeypatch.delenv(name)
    new(tmp_path / "practice")
    return tmp_path / "practice"


def partwork(folder, *arguments):
    command = [sys.executable, "-m", "partwork", "--workspace", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def wait_for(condition, *, seconds=30.0):
    """Poll a real process: what it does shows in files and rows, at a time of its own."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        threading.Event().wait(0.05)


def test_with_nothing_published_it_says_so_and_how(folder):
    assert clock.run_once(folder, {}, threading.Event()) == [clock.NOTHING_PUBLISHED]


def test_once_tells_what_it_did_and_what_comes_next(folder):
    campaign = folder / "campaigns" / "gluteus-medius" / "campaign.yaml"
    text = campaign.read_text("utf-8")
    for before, after in (("first: next slot", "first: at once"), ("days: mon-fri", "days: mon-sun")):
        assert before in text
        text = text.replace(before, after)
    campaign.write_text("".join(line for line in text.splitlines(True) if "quiet:" not in line), "utf-8")
    partwork(folder, "publish")
    told = clock.run_once(folder, {}, threading.Event())
    assert told[0] == "Enrolled 15, sent 15."
    assert told[1].startswith("Next falls due on ")
    assert told[1].endswith("(Europe/London).")
    assert clock.run_once(folder, {}, threading.Event())[0] == "Enrolled 0, sent 0."


def test_a_clock_that_is_told_to_stop_beforehand_does_nothing(folder):
    partwork(folder, "publish")
    stop = threading.Event()
    stop.set()
    assert clock.run_once(folder, {}, stop)[0] == "Enrolled 0, sent 0."


def test_the_service_takes_up_what_is_published_later_and_ends_at_sigterm(folder):
    log = folder / "clock.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, str(folder / "scheduler.py")], cwd="/", stdout=out, stderr=out
        )
    try:
        wait_for(lambda: "Nothing is published yet" in log.read_text())
        partwork(folder, "publish")
        wait_for(lambda: "job=enroll count=15" in log.read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
    text = log.read_text()
    assert "the clock has stopped" in text
    assert "Traceback" not in text
    assert "example.org" not in text


def test_cron_may_start_it_from_anywhere(folder):
    result = subprocess.run(
        [sys.executable, str(folder / "scheduler.py"), "--once"], cwd="/", capture_output=True, text=True
    )
    assert (result.returncode, result.stdout.strip()) == (0, clock.NOTHING_PUBLISHED)


def test_a_workspace_that_is_none_is_said_in_one_line(folder, tmp_path):
    result = subprocess.run(
        [sys.executable, str(folder / "scheduler.py"), "--once", "--workspace", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert result.stderr.startswith("no partwork.yaml in ")
    assert len(result.stderr.splitlines()) == 1


def test_another_link_secret_stops_everything_until_it_is_accepted(folder):
    """Links in emails sent so far, unsubscribing too, must not die in silence."""
    partwork(folder, "publish")
    (folder / ".partwork" / "links.secret").unlink()
    for arguments in (["publish"], ["clock", "--once"], ["serve", "--port", "0"]):
        refused = subprocess.run(
            [sys.executable, "-m", "partwork", "--workspace", str(folder), *arguments],
            capture_output=True,
            text=True,
        )
        assert refused.returncode == 2
        assert refused.stderr.startswith("the link secret is not the one that signed the emails sent so far")
    partwork(folder, "publish", "--new-link-secret")
    assert partwork(folder, "clock", "--once").startswith("Enrolled 15")


def test_publishing_again_says_whom_it_does_not_reach(folder):
    partwork(folder, "publish")
    partwork(folder, "clock", "--once")
    campaign = folder / "campaigns" / "gluteus-medius" / "campaign.yaml"
    campaign.write_text(campaign.read_text("utf-8").replace("every: 3 days", "every: 4 days"), "utf-8")
    assert "15 readers under way go on with the revision they began with" in partwork(folder, "publish")


def test_a_virtual_clock_never_goes_back():
    turned = VirtualClock(parse_instant("2026-11-23T09:00Z"))
    turned.jump_to(parse_instant("2026-11-22T09:00Z"))
    assert turned.now() == parse_instant("2026-11-23T09:00Z")
    turned.sleep(timedelta(minutes=1))
    assert turned.now() == parse_instant("2026-11-23T09:01Z")
