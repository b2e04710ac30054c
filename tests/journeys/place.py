"""A workspace and the processes people start in it. Only what a person could run; nothing is imported."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

CAMPAIGN = "gluteus-medius"
CAMPAIGN_FILE = f"campaigns/{CAMPAIGN}/campaign.yaml"
ARTICLE_FILE = f"campaigns/{CAMPAIGN}/article.txt"
READERS_FILE = "audiences/readers.csv"
COLUMNS = "email,first_name,timezone,consent_basis,consent_source,consent_on,status"

PATIENCE = float(os.environ.get("PARTWORK_TEST_PATIENCE", "60"))
"""Seconds after which a process counts as hung; none of them is expected to come near."""


class Message(TypedDict):
    """One row of `partwork status --messages --json`."""

    message: str
    campaign: str
    part: str
    address: str
    state: str
    reason: str
    due_at: str
    sent_at: str | None
    provider: str | None
    provider_id: str | None


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass(slots=True)
class Place:
    """One workspace.

    environ: what its processes see beside the plain environment
    under:   a command that runs them, put before theirs
    """

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    under: tuple[str, ...] = ()

    @property
    def state(self) -> Path:
        return self.folder / ".partwork"

    @property
    def database(self) -> Path:
        return self.state / "partwork.db"

    def partwork(self, *words: str, cwd: Path | None = None) -> Ran:
        """Run a command, in the workspace unless told otherwise."""
        return self.run([sys.executable, "-m", "partwork", *words], cwd=cwd)

    def must(self, *words: str) -> str:
        """Run a command that is to succeed; return what it printed."""
        ran = self.partwork(*words)
        assert ran.status == 0, ran.said
        return ran.out

    def tick(self) -> str:
        """Run the clock once, as cron does; return what it printed."""
        ran = self.run([sys.executable, str(self.folder / "scheduler.py"), "--once"])
        assert ran.status == 0, ran.said
        return ran.out

    def run(self, command: Sequence[str], *, cwd: Path | None = None) -> Ran:
        """Run a process to its end."""
        with self.start(command, cwd=cwd) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            except BaseException:
                process.kill()
                raise
        return Ran(process.returncode, out, err)

    def start_clock(self, *options: str) -> subprocess.Popen[str]:
        """Start scheduler.py and leave it running."""
        return self.start([sys.executable, str(self.folder / "scheduler.py"), *options])

    def start(self, command: Sequence[str], *, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start a process and leave it running; both of its streams are to be read."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PARTWORK_")}
        return subprocess.Popen(
            [*self.under, *command],
            cwd=cwd or self.folder,
            env=plain | {"COLUMNS": "80", "PYTHONUTF8": "1"} | self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def edit(self, name: str, old: str, new: str) -> None:
        """Put `new` in place of the one `old` in a file."""
        path = self.folder / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), "utf-8")

    def position(self, name: str, text: str) -> str:
        """Return the line and column, from 1, at which the one `text` begins in a file."""
        before, found, after = (self.folder / name).read_text("utf-8").partition(text)
        assert found
        assert text not in after
        return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"

    def invite(self, rows: Sequence[str]) -> None:
        """Let these rows be the whole audience."""
        (self.folder / READERS_FILE).write_text("\n".join((COLUMNS, *rows, "")), "utf-8")

    def invite_many(self, count: int) -> None:
        """Let so many readers in London be the whole audience."""
        self.invite([f"reader{i}@example.org,,Europe/London,consent,form,2026-03-02," for i in range(count)])

    def begin_at_once(self, *, every: str | None = None) -> None:
        """Let the first part go at once, at any hour; the next come as before, or after `every`."""
        path = self.folder / CAMPAIGN_FILE
        text = path.read_text("utf-8")
        # Minutes and hours have no wall time; without days and quiet hours nothing has to wait.
        unwanted = ("days", "quiet", *(("at",) if every else ()))
        text, gone = re.subn(rf"(?m)^  ({'|'.join(unwanted)}):.*\n", "", text)
        text, first = re.subn(r"(?m)^  first: next slot", "  first: at once", text)
        text, intervals = re.subn(r"(?m)^  every: 3 days", f"  every: {every or '3 days'}", text)
        assert (gone, first, intervals) == (len(unwanted), 1, 1)
        path.write_text(text, "utf-8")

    def messages(self) -> list[Message]:
        """Return every message row."""
        rows: list[Message] = json.loads(self.must("status", "--messages", "--json"))
        return rows

    def outbox(self) -> list[str]:
        """Return the names of the files in the outbox, in order."""
        folder = self.state / "outbox"
        return sorted(path.name for place in ("new", "cur") for path in (folder / place).glob("*"))

    def contents(self) -> dict[str, bytes]:
        """Return every file that staff edit, by its path."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and self.state not in path.parents
        }
