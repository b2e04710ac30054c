"""The guards that stop everything: a restored database, a cloned installation, a clock that jumped.

Asked before anything is claimed, settled or enrolled. A process also shows its signs of life here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from partwork import __version__
from partwork.errors import CommandError
from partwork.sending.identity import EpochFile, Instance
from partwork.store import installation as rows
from partwork.store.connect import Store
from partwork.store.restoring import hold_due, is_any_due_by
from partwork.times import Clock, iso

BEAT = timedelta(seconds=5)
TOLERANCE = timedelta(minutes=1)
"""So far may the clock be off: less than any part's hour would show, more than any correction needs."""

CONFIRM = "'partwork confirm-restore' says what that means, and lets sending go on"
MAY_HAVE_GONE = "it may have been sent before the database was restored"
FOLLOWS_ONE_THAT_WENT = "it fell due before the database was restored, and may have been sent then"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the file and the database say, the file read first: so it never knows more by chance."""

    known_tick: int | None
    installation: rows.Installation
    identity: str
    is_confirmed: bool
    has_shadows: bool


class Watch:
    """One process's watch over whether it may send. Threads may share it."""

    def __init__(
        self, store: Store, clock: Clock, *, instance: Instance, epoch: EpochFile, worker: str, kind: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._instance = instance
        self._epoch = epoch
        self._life = rows.ProcessRow(
            name=worker,
            kind=kind,
            host=instance.host,
            instance=instance.id,
            version=__version__,
            started_at=clock.now(),
            seen_at=clock.now(),
            ended_at=None,
            stopped_because="",
        )
        self._looking = threading.Lock()
        self._beaten_at: timedelta | None = None
        # When the clock that nobody can set started, by the clock that can be set.
        self._set_off_at: datetime | None = None
        self._confirmed_count: int | None = None

    def reason_to_wait(self) -> str:
        """Return why nothing may be sent now, '' if it may; show a sign of life every few seconds."""
        with self._looking:
            seen = self._see()
            now, uptime = self._clock.now(), self._clock.uptime()
            reason = seen.installation.stopped_because
            if not reason and (reason := self._restored(seen)):
                with self._store.write() as connection:
                    rows.stop_everybody(connection, reason, now=now)
            reason = (
                reason
                or _set_back(seen.installation, now=now)
                or self._jumped(seen, now=now, uptime=uptime)
                or self._cloned(seen, now=now)
            )
            if not reason:
                if seen.known_tick is None or seen.known_tick < seen.installation.tick:
                    self._epoch.keep(seen.installation.tick)
                if seen.has_shadows:
                    self._hold_shadows(seen)
            self._beat(reason, seen.identity, now=now, uptime=uptime)
            return reason

    @contextmanager
    def writing_ahead(self) -> Iterator[Connection]:
        """Yield the transaction that commits `sending`: with it the tick advances, and then the file.

        So a database whose tick is the file's knows of every message that ever left, and a copy made
        before any of them falls behind. Raises CommandError if the database was put back meanwhile.
        """
        known = self._epoch.read() or 0
        with self._store.write() as connection:
            yield connection
            tick = rows.advance_tick(connection)
            if tick is None or tick <= known:
                raise CommandError(f"the database was put back while it was in use: {CONFIRM}")
        self._epoch.keep(tick)

    def end(self) -> None:
        """Write down that this process ended by itself, if it ever showed a sign of life."""
        if self._beaten_at is None:
            return
        now = self._clock.now()
        self._life = replace(self._life, seen_at=now, ended_at=now)
        with self._store.write() as connection:
            rows.show_life(connection, self._life)

    def _see(self) -> _Seen:
        seen = self._read()
        # Another process may have made the file between our look at it and at the database.
        return self._read() if seen.known_tick is None and seen.installation.tick else seen

    def _read(self) -> _Seen:
        known = self._epoch.read()
        with self._store.read() as connection:
            found = rows.read_installation(connection)
            confirmed = {row.instance for row in rows.list_instances(connection) if row.confirmed_at}
            return _Seen(
                known_tick=known,
                installation=found,
                identity=rows.database_identity(connection),
                is_confirmed=self._instance.id in confirmed,
                has_shadows=bool(found.restored_at and is_any_due_by(connection, found.restored_at)),
            )

    def _restored(self, seen: _Seen) -> str:
        found = seen.installation
        if behind := _behind(found, seen.known_tick):
            return behind
        if not _is_same(found.database_identity, seen.identity):
            return f"the database was restored, copied, or taken over by another server: {CONFIRM}"
        # Where PARTWORK_INSTANCE names it, a new container may come with no file of its own.
        if seen.known_tick is None and found.tick and not self._instance.is_named:
            return f"the file .partwork/epoch is missing, so the database may have been restored: {CONFIRM}"
        return ""

    def _cloned(self, seen: _Seen, *, now: datetime) -> str:
        if seen.is_confirmed:
            return ""
        with self._store.write() as connection:
            if rows.meet_instance(connection, self._instance.id, label=self._instance.label, now=now):
                return ""
        return belongs_to_another(self._instance.label)

    def _jumped(self, seen: _Seen, *, now: datetime, uptime: timedelta) -> str:
        set_off_at = now - uptime
        if self._set_off_at is None or self._confirmed_count != seen.installation.confirmed_count:
            self._set_off_at = set_off_at
        self._confirmed_count = seen.installation.confirmed_count
        jump = set_off_at - self._set_off_at
        if abs(jump) <= TOLERANCE:
            # A clock that is brought right little by little is followed.
            self._set_off_at = set_off_at
            return ""
        way = "forward" if jump > timedelta() else "back"
        return (
            f"the clock of this machine was set {way} by {_spoken(abs(jump))} while this process ran: if it "
            "is wrong now, set it right, and sending goes on by itself; if it is right now, start this "
            "process anew, or say 'partwork confirm-restore'"
        )

    def _hold_shadows(self, seen: _Seen) -> None:
        if seen.installation.restored_at:
            with self._store.write() as connection:
                hold_due(connection, until=seen.installation.restored_at, reason=FOLLOWS_ONE_THAT_WENT)

    def _beat(self, reason: str, identity: str, *, now: datetime, uptime: timedelta) -> None:
        is_young = self._beaten_at is not None and uptime - self._beaten_at < BEAT
        if is_young and reason == self._life.stopped_because:
            return
        if reason != self._life.stopped_because:
            log.warning("nothing is sent", because=reason) if reason else log.info("sending goes on")
        self._beaten_at = uptime
        self._life = replace(self._life, seen_at=now, stopped_because=reason)
        with self._store.write() as connection:
            rows.show_life(connection, self._life)
            # While it is stopped it must stay known when the database was last in use.
            if not reason:
                rows.note_alive(connection, now=now, database_identity=identity)


def why_stopped(found: rows.Installation, known_tick: int | None, *, now: datetime) -> str:
    """Return what the database, its file and the clock say against sending, whoever asks; '' if nothing."""
    return found.stopped_because or _behind(found, known_tick) or _set_back(found, now=now)


def belongs_to_another(label: str) -> str:
    """Return what stands against an installation that nobody has confirmed."""
    return (
        f"the database belongs to another installation than this one ({label}): the machine, the folder "
        f"or PARTWORK_INSTANCE has changed, or this is a copy; {CONFIRM}"
    )


def _behind(found: rows.Installation, known_tick: int | None) -> str:
    if known_tick is None or found.tick >= known_tick:
        return ""
    return (
        f"the database stands at tick {found.tick} and its file .partwork/epoch at {known_tick}: "
        f"it was put back from a copy; {CONFIRM}"
    )


def _is_same(identity: str, other: str) -> bool:
    """Say whether two readings may be of one database: what a role could not read tells nothing."""
    pairs = zip(identity.split("/"), other.split("/"), strict=False)
    return all(one == two or not one or not two for one, two in pairs)


def _set_back(found: rows.Installation, *, now: datetime) -> str:
    if found.alive_at is None or now >= found.alive_at - TOLERANCE:
        return ""
    return (
        f"the clock of this machine is behind the last sign of life, which is from {iso(found.alive_at)}: "
        "it was set back. Set it right, and sending goes on by itself once it is past that instant; if it "
        "is right now, say 'partwork confirm-restore'"
    )


def _spoken(duration: timedelta) -> str:
    """Return a duration in the largest unit that fits: `3 hours`."""
    seconds = round(duration.total_seconds())
    for size, word in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size - size // 2:
            return f"{round(seconds / size)} {word}"
    return f"{seconds} seconds"
