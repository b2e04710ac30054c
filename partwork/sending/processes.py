"""Who is working: a process's name for itself, and whether the bearer of a name is dead.

On Linux the kernel knows (boot, pid namespace, pid and start time name one process for ever);
elsewhere a lock file is held for as long as the process lives. Adapter; no rows are touched.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

_PROC = Path("/proc")


class Worker:
    """This process's name, kept until the process ends.

    locks: a folder for lock files, used only where /proc does not exist.
    """

    def __init__(self, locks: Path, *, proc: Path = _PROC) -> None:
        self._locks = locks
        self._proc = proc
        self._lock: int | None = None
        self.name = _kernel_name(proc, os.getpid()) or self._hold_lock()

    def is_dead(self, name: str) -> bool:
        """Return True only if the bearer of `name` is known to be dead; False when in doubt."""
        kind, _, rest = name.partition(":")
        if kind == "lock":
            return self._lock_is_free(rest)
        if kind != "proc" or not self.name.startswith("proc:"):
            return False
        boot, namespace, pid, _ = rest.split("/")
        own_boot, own_namespace, _, _ = self.name.removeprefix("proc:").split("/")
        # Another boot may be another host with the same database: in doubt, the lease decides.
        if (boot, namespace) != (own_boot, own_namespace):
            return False
        seen = _kernel_name(self._proc, int(pid))
        return seen != name if seen else not _may_be_hidden(int(pid))

    def release(self) -> None:
        """Let go of the name: nothing is done under it any more."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _hold_lock(self) -> str:
        self._locks.mkdir(parents=True, exist_ok=True)
        name = secrets.token_hex(8)
        self._lock = os.open(self._locks / f"{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return f"lock:{name}"

    def _lock_is_free(self, name: str) -> bool:
        path = self._locks / f"{name}.lock"
        if not name.isalnum() or not path.exists():
            return False
        handle = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True


def _kernel_name(proc: Path, pid: int) -> str | None:
    """Return `proc:boot/namespace/pid/start`, or None where no such process is to be seen."""
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink(proc / "self/ns/pid").removeprefix("pid:").strip("[]")
        # The command's name may hold spaces and brackets; the fields after the last bracket cannot.
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
        state, start = fields[0], fields[19]
    except (OSError, IndexError):
        return None
    return None if state in "ZX" else f"proc:{boot}/{namespace}/{pid}/{start}"


def _may_be_hidden(pid: int) -> bool:
    """Return True if a process of another user has this pid: /proc may be mounted to hide it."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    return False
