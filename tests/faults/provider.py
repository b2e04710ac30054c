"""Resend's double as a process of its own, which keeps what it took on disk, and how to speak to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.place import PATIENCE

PROGRAM = Path(__file__).parents[1] / "providers" / "resend_double.py"
API_KEY = "re_faults"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One message the provider took. at: seconds since 1970."""

    fid: str
    address: str
    subject: str
    at: float


@dataclass(frozen=True, slots=True)
class Wire:
    """What the provider has in hand just now, by the ports it came from, and how much it has taken."""

    in_hand: list[int]
    taken: int

    def holds_of(self, pid: int) -> bool:
        """Return whether a request of this process's is in hand."""
        return bool(self.in_hand) and not _ports(pid).isdisjoint(self.in_hand)


@dataclass(frozen=True, slots=True)
class Provider:
    """The double as a test sees it."""

    base_url: str
    ledger: Path

    def wire(self) -> Wire:
        return Wire(**json.loads(self._ask("/_double/wire")))

    def always(self, **act: object) -> None:
        """Answer every request so from now on; without an act, as usual again."""
        self._ask("/_double/always", json.dumps(act or None))

    def next(self, **act: object) -> None:
        """Answer the next request so."""
        self._ask("/_double/next", json.dumps(act))

    def acceptances(self) -> list[Acceptance]:
        """Return what was taken, in order; a message that stands there twice was taken twice."""
        return acceptances(self.ledger)

    def _ask(self, path: str, body: str | None = None) -> bytes:
        request = urllib.request.Request(self.base_url + path, body.encode() if body else None)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return bytes(answer.read())


def acceptances(ledger: Path) -> list[Acceptance]:
    """Read a ledger from disk."""
    found = []
    for line in ledger.read_text("utf-8").splitlines():
        for one in json.loads(line)["taken"]:
            (address,) = one["email"]["to"]
            found.append(Acceptance(one["fid"], address, one["email"]["subject"], one["at"]))
    return found


def _ports(pid: int) -> set[int]:
    """Return the local ports of a process's TCP sockets, as the kernel tells them; none once it has ended."""
    try:
        links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
        rows = Path(f"/proc/{pid}/net/tcp").read_text("ascii").splitlines()[1:]
    except OSError:
        return set()
    inodes = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    fields = [row.split() for row in rows]
    return {int(row[1].rpartition(":")[2], 16) for row in fields if row[9] in inodes}


@contextmanager
def running(ledger: Path, *, latency: float = 0) -> Iterator[Provider]:
    """Run the double until the block ends."""
    ledger.touch()
    command = [sys.executable, str(PROGRAM), "--ledger", str(ledger), "--api-key", API_KEY, "--slim"]
    command += ["--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            yield Provider(process.stdout.readline().strip(), ledger)
        finally:
            process.terminate()
            process.wait(PATIENCE)
