"""Which installation this is, and the file that remembers how far it has come. Adapter; no rows."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from partwork.errors import SettingsError
from partwork.ids import content_hash

INSTANCE_VARIABLE = "PARTWORK_INSTANCE"
EPOCH_FILE = "epoch"
_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Instance:
    """One installation of Partwork, told from its copies.

    id:    the same on every start; a hash, so that neither machine nor folder can be read from it
    label: what people are shown of it
    host:  what people are shown of the machine; no host name, since those bear people's names
    is_named: PARTWORK_INSTANCE says which one it is, wherever it runs
    """

    id: str
    label: str
    host: str
    is_named: bool


def instance_of(
    workspace: Path, environ: Mapping[str, str], *, machine_files: tuple[Path, ...] = _MACHINE_ID_FILES
) -> Instance:
    """Return the installation that works in this folder: as it is named, else by machine and folder."""
    machine = _machine_id(machine_files)
    host = f"host {content_hash('host', machine)[:8]}"
    name = environ.get(INSTANCE_VARIABLE, "").strip()
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise SettingsError(
            f"{INSTANCE_VARIABLE}: a name of at most {_LONGEST_NAME} printable characters belongs here"
        )
    if name:
        return Instance(content_hash("named", name), f"'{name}'", host, is_named=True)
    found = content_hash("found", machine, str(workspace.resolve()))
    return Instance(found, f"{host}, folder {found[:8]}", host, is_named=False)


def _machine_id(files: tuple[Path, ...]) -> str:
    """Return what tells this machine from others, and is the same after it has started anew."""
    for path in files:
        try:
            text = path.read_text("ascii").strip()
        except (OSError, ValueError):
            continue
        if text and text != "uninitialized":
            return text
    hardware = uuid.getnode()
    # Where no network card tells its address, one is drawn at random, and marked so (RFC 9562, 6.10).
    return platform.node() if hardware >> 40 & 1 else f"{hardware:012x}"


class EpochFile:
    """The newest tick that this folder has seen, kept beside the database and not in it.

    It is written after the database's own commit and before anything leaves the machine. So it
    never knows more than the database it belongs to, however a process dies.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / EPOCH_FILE

    def read(self) -> int | None:
        """Return the tick in the file, None if there is none to be read."""
        try:
            tick = json.loads(self._path.read_text("utf-8"))["tick"]
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return None
        return tick if isinstance(tick, int) else None

    def keep(self, tick: int) -> None:
        """Let the file say at least `tick`, durably: whole, on the disk, or as it was."""
        lock = os.open(self._path.with_name(f"{EPOCH_FILE}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            # Two processes that commit one after the other may come here in the other order.
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.read()
            if known is None or known < tick:
                self._write(json.dumps({"tick": tick}) + "\n")
        finally:
            os.close(lock)

    def _write(self, text: str) -> None:
        draft = self._path.with_name(f"{EPOCH_FILE}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
