"""Who is dead for certain, and who only may be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from partwork.sending.processes import Worker

PROGRAM = """
import sys
from pathlib import Path
from partwork.sending.processes import Worker
proc = Path("/proc") if sys.argv[2] == "proc" else Path(sys.argv[1]) / "none"
print(Worker(Path(sys.argv[1]), proc=proc).name, flush=True)
sys.stdin.read()
"""


@contextmanager
def a_process(folder: Path, kind: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A real process that works under a name of its own until it is ended."""
    command = [sys.executable, "-c", PROGRAM, str(folder), kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def here(folder: Path, kind: str) -> Worker:
    return Worker(folder, proc=Path("/proc") if kind == "proc" else folder / "none")


@pytest.mark.parametrize("kind", ["proc", "lock"])
def test_a_process_is_dead_once_it_was_killed_and_not_before(tmp_path: Path, kind: str) -> None:
    worker = here(tmp_path, kind)
    with a_process(tmp_path, kind) as (process, name):
        assert name.startswith(f"{kind}:")
        assert not worker.is_dead(name)
        process.kill()
        # Not waited for yet: a zombie sends nothing either.
        assert process.stdout is not None
        assert process.stdout.read() == ""
        process.wait()
        assert worker.is_dead(name)


@pytest.mark.parametrize("kind", ["proc", "lock"])
def test_nobody_holds_themselves_for_dead(tmp_path: Path, kind: str) -> None:
    worker = here(tmp_path, kind)
    assert not worker.is_dead(worker.name)
    # Asking must not have let go of the lock.
    assert not here(tmp_path, kind).is_dead(worker.name)


def test_another_process_under_the_same_number_is_not_the_one_that_died(tmp_path: Path) -> None:
    worker = here(tmp_path, "proc")
    *place, _start = worker.name.split("/")
    assert worker.is_dead("/".join([*place, "1"]))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "someone",
        "proc:another-boot/4026531836/1/1",
        "lock:0011223344556677",
        "lock:../../etc/passwd",
    ],
)
@pytest.mark.parametrize("kind", ["proc", "lock"])
def test_in_doubt_nobody_is_dead(tmp_path: Path, kind: str, name: str) -> None:
    assert not here(tmp_path, kind).is_dead(name)


def test_a_process_in_another_pid_namespace_is_left_to_its_lease(tmp_path: Path) -> None:
    worker = here(tmp_path, "proc")
    boot, _namespace, _pid, start = worker.name.removeprefix("proc:").split("/")
    assert not worker.is_dead(f"proc:{boot}/1/999999999/{start}")


def test_a_worker_with_a_lock_knows_nothing_of_the_kernel_s_names(tmp_path: Path) -> None:
    name = here(tmp_path, "proc").name
    *place, _pid, start = name.split("/")
    assert not here(tmp_path, "lock").is_dead("/".join([*place, "999999999", start]))
