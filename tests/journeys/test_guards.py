"""The journey of an operator whose database is put back, moved or copied, and whose processes must end."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.place import CAMPAIGN, PATIENCE, Place

STOPPED = "Nothing is sent because"
NAMED = {"PARTWORK_INSTANCE": "the-practice"}
DATABASE_FILES = ("partwork.db", "partwork.db-wal")


def _published(place: Place, *, readers: int) -> None:
    place.begin_at_once(every="1 minutes")
    place.invite_many(readers)
    place.must("publish", CAMPAIGN)


def _copy_while_sending(place: Place, to: Path) -> None:
    """Copy the database as soon as the first mails lie there, then let the clock end its work."""
    clock = place.start_clock("--once")
    outbox = place.state / "outbox" / "new"
    while not (outbox.is_dir() and any(outbox.iterdir())):
        assert clock.poll() is None, "it was over before anything was there"
    to.mkdir()
    for name in DATABASE_FILES:
        shutil.copy(place.state / name, to)
    clock.communicate(timeout=PATIENCE)
    assert clock.returncode == 0


def _put_back(place: Place, copy: Path) -> None:
    for path in place.state.glob("partwork.db*"):
        path.unlink()
    for name in DATABASE_FILES:
        shutil.copy(copy / name, place.state)


def _states(place: Place) -> Counter[str]:
    return Counter(row["state"] for row in place.messages())


def test_a_database_copied_while_sending_and_put_back_sends_nothing_until_confirmed(
    place: Place, tmp_path: Path
) -> None:
    _published(place, readers=600)
    _copy_while_sending(place, tmp_path / "copy")
    sent = place.outbox()
    assert len(sent) == 600
    _put_back(place, tmp_path / "copy")
    # A second delivery to the same name would not show: whatever comes now, comes anew.
    kept = tmp_path / "kept"
    shutil.move(place.state / "outbox" / "new", kept)
    for _ in range(2):
        told = place.tick()
        assert told.startswith(STOPPED)
        assert "'partwork confirm-restore'" in told
    assert place.outbox() == []
    assert STOPPED in place.must("status").splitlines()[0]

    asked = place.partwork("confirm-restore")
    assert asked.status == 1
    assert "Whoever left, bounced or complained since is forgotten" in asked.out
    assert "--yes" in asked.err
    assert place.tick().startswith(STOPPED)

    shutil.rmtree(place.state / "outbox" / "new")
    shutil.move(kept, place.state / "outbox" / "new")
    assert "Confirmed" in place.must("confirm-restore", "--yes")
    place.tick()
    assert place.outbox() == sent
    assert {row["state"] for row in place.messages() if row["part"] == "the-hidden-muscle"} == {"accepted"}


def test_a_restore_is_told_as_one_json_document(place: Place, tmp_path: Path) -> None:
    _published(place, readers=600)
    _copy_while_sending(place, tmp_path / "copy")
    _put_back(place, tmp_path / "copy")
    place.tick()
    found = json.loads(place.partwork("confirm-restore", "--json").out)
    assert found["is_restored"]
    assert found["confirmed"] is None
    assert found["file_tick"] > found["tick"]
    assert found["reasons"] == json.loads(place.must("status", "--json"))["nothing_is_sent_because"]
    done = json.loads(place.must("confirm-restore", "--json", "--yes"))
    assert done["confirmed"]["accepted_count"] == done["confirmed"]["held_count"] > 0
    assert json.loads(place.must("status", "--json"))["nothing_is_sent_because"] == []


def _moved(place: Place, to: Path) -> Place:
    return Place(Path(shutil.move(place.folder, to)), dict(place.environ))


def test_a_restart_an_upgrade_and_a_new_container_under_the_same_name_trip_nothing(
    place: Place, tmp_path: Path
) -> None:
    place.environ = dict(NAMED)
    _published(place, readers=3)
    place.tick()
    place.must("db", "upgrade")
    assert STOPPED not in place.tick()
    moved = _moved(place, tmp_path / "another-place")
    assert STOPPED not in moved.tick()
    # A container whose volume holds the database alone.
    (moved.state / "epoch").unlink()
    assert STOPPED not in moved.tick()
    assert _states(moved)["accepted"] == 3


@pytest.mark.parametrize(
    ("before", "after"), [({}, {}), (NAMED, {"PARTWORK_INSTANCE": "a-copy"})], ids=["unnamed", "renamed"]
)
def test_a_changed_installation_asks_once(
    place: Place, tmp_path: Path, before: dict[str, str], after: dict[str, str]
) -> None:
    place.environ = dict(before)
    _published(place, readers=3)
    place.tick()
    moved = _moved(place, tmp_path / "moved")
    moved.environ = dict(after)
    assert "belongs to another installation" in moved.tick()
    moved.environ = {}  # Whoever confirms need not know the name: the process that waits has left it.
    moved.must("confirm-restore", "--yes", "--nothing-was-sent")
    moved.environ = dict(after)
    assert STOPPED not in moved.tick()
    assert _states(moved) == {"accepted": 3, "due": 3}


def test_with_nothing_in_the_way_there_is_nothing_to_confirm(place: Place) -> None:
    assert "nothing to confirm" in place.partwork("confirm-restore").err
    _published(place, readers=3)
    place.tick()
    assert "Nothing stands in the way" in place.must("confirm-restore")


def test_a_restore_that_no_guard_can_notice_may_be_told(place: Place) -> None:
    """The whole folder was put back, file and all: what is due is held because a person says so."""
    _published(place, readers=3)
    assert place.partwork("confirm-restore", "--hold-due").status == 1
    place.must("confirm-restore", "--hold-due", "--yes")
    place.tick()
    assert place.outbox() == []
    assert _states(place) == {"held": 3}


def test_status_shows_each_process_and_its_last_sign_of_life(place: Place) -> None:
    _published(place, readers=3)
    assert "No clock has run yet" in place.must("status")
    place.tick()
    assert "The clock, run once, on host " in place.must("status")
    with place.start_clock() as clock:
        assert clock.stderr is not None
        while "the clock runs" not in clock.stderr.readline():
            pass
        while len(_processes(place)) < 2:
            pass
        clock.kill()
        clock.communicate(timeout=PATIENCE)
    assert "The clock on host " in place.must("status")
    assert {(row["kind"], bool(row["ended_at"])) for row in _processes(place)} == {
        ("once", True),
        ("clock", False),
    }


def _processes(place: Place) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(place.must("status", "--json"))["processes"]
    return rows


@contextmanager
def _silent_server() -> Iterator[int]:
    """Accept connections on a port and never say a word."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                held.append(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            for connection in held:
                connection.close()
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(PATIENCE)


@pytest.mark.long
def test_every_process_ends_within_75_seconds_of_sigterm_whatever_hangs(place: Place, tmp_path: Path) -> None:
    """All kinds at once, each in a workspace of its own: their requests are never answered."""
    _published(place, readers=3)
    commands = {
        "once": [sys.executable, "-m", "partwork", "clock", "--once"],
        "clock": [sys.executable, "-m", "partwork", "clock"],
        "up": [sys.executable, "-m", "partwork", "up", "--port", "0"],
    }
    running: list[tuple[Place, subprocess.Popen[str]]] = []
    with _silent_server() as port:
        places = {kind: Place(shutil.copytree(place.folder, tmp_path / kind)) for kind in commands}
        for kind, its in places.items():
            its.edit(
                "partwork.yaml", "  name: outbox", f"  name: resend\n  base_url: http://127.0.0.1:{port}"
            )
            its.environ = {
                "PARTWORK_PROVIDER__API_KEY": "re_journey",
                "PARTWORK_LINKS__SECRET": "a-secret-of-the-journeys-only-0123456789",
            }
            its.must("publish", CAMPAIGN, "--new-link-secret")
            running.append((its, its.start(commands[kind])))
        for its, _ in running:
            while _states(its)["sending"] < 3:
                pass
        asked_at = time.monotonic()
        for _, process in running:
            process.send_signal(signal.SIGTERM)
        for its, process in running:
            _, err = process.communicate(timeout=75 - (time.monotonic() - asked_at))
            assert process.returncode == 0, err
            assert "Traceback" not in err
            assert _states(its) == {"uncertain": 3}
