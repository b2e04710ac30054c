"""Confirm a restore: say what was found, hold what may have been sent unknown to the database, go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from partwork.errors import PartworkError
from partwork.providers.contract import Absent, Found, Sighting, Sought, Unseen
from partwork.sending.advance import Step, move_on
from partwork.sending.desk import Desk
from partwork.sending.enroll import enroll
from partwork.sending.identity import EpochFile
from partwork.sending.states import MessageState
from partwork.sending.watch import MAY_HAVE_GONE, belongs_to_another, why_stopped
from partwork.store import installation as rows
from partwork.store import restoring
from partwork.store.connect import Store
from partwork.store.listings import count_in_state
from partwork.store.settling import expire_leases, workers_at_work

CHUNK = 500
NEWCOMER = "the reader may have been enrolled, and written to, before the database was restored"
ALIVE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is to know before confirming. Counts are of messages.

    reasons:      why nothing is sent, one for each cause; none if nothing stands in the way
    is_restored:  whether what was due may have been sent unknown to this database
    file_tick:    None if there is no file
    last_alive_at: the newest instant the database knows of; what came later it has forgotten
    """

    reasons: tuple[str, ...]
    is_restored: bool
    tick: int
    file_tick: int | None
    last_alive_at: datetime | None
    stopped_at: datetime | None
    waiting: tuple[str, ...]
    due_count: int
    sending_count: int
    uncertain_count: int
    held_count: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of the messages that were due: held, or settled by what the provider still knows."""

    held_count: int
    newcomer_count: int
    accepted_count: int
    due_again_count: int


def reasons_to_wait(store: Store, epoch: EpochFile, *, now: datetime) -> tuple[str, ...]:
    """Return why nothing is sent, by the database, its file and the processes; none if nothing stops it."""
    # The file first: then it never knows more than the database by chance.
    file_tick = epoch.read()
    with store.read() as connection:
        by_all = why_stopped(rows.read_installation(connection), file_tick, now=now)
        stopped = sorted(
            row.stopped_because
            for row in rows.list_processes(connection)
            if row.stopped_because and row.ended_at is None and abs(now - row.seen_at) < ALIVE
        )
        waiting = [belongs_to_another(row.label) for row in _waiting(connection)]
    return tuple(dict.fromkeys([*([by_all] if by_all else []), *stopped, *waiting]))


def _waiting(connection: Connection) -> list[rows.InstanceRow]:
    return [row for row in rows.list_instances(connection) if row.confirmed_at is None]


def examine(store: Store, epoch: EpochFile, *, now: datetime) -> Standing:
    """Return how the installation stands, whoever asks; nothing is changed."""
    reasons, file_tick = reasons_to_wait(store, epoch, now=now), epoch.read()
    with store.read() as connection:
        found = rows.read_installation(connection)
        waiting = _waiting(connection)
        # A file has one home: who comes with it has moved, or was copied. A server may have many guests.
        is_elsewhere = bool(waiting) and not rows.database_identity(connection)
        is_behind = file_tick is not None and found.tick < file_tick
        return Standing(
            reasons=reasons,
            is_restored=bool(found.stopped_because) or is_behind or is_elsewhere,
            tick=found.tick,
            file_tick=file_tick,
            last_alive_at=found.alive_at,
            stopped_at=found.stopped_at,
            waiting=tuple(row.label for row in waiting),
            due_count=restoring.count_due_by(connection, now),
            sending_count=count_in_state(connection, MessageState.SENDING),
            uncertain_count=count_in_state(connection, MessageState.UNCERTAIN),
            held_count=count_in_state(connection, MessageState.HELD),
        )


def confirm(desk: Desk, epoch: EpochFile, *, is_holding: bool) -> Confirmed:
    """Let sending go on. Where it is held, nothing goes that may have gone unknown to the database.

    Held are: what was due by now, or was just being claimed; the first messages of readers whom the
    database only now enrolls; and later, by the watch, what follows a part that turns out to have gone
    and fell due itself before now. Whatever moment this is killed at, it can be said again.
    """
    held = newcomers = 0
    now = desk.clock.now()
    if is_holding:
        held, newcomers = _hold(desk, now=now)
    with desk.store.write() as connection:
        found = rows.read_installation(connection)
        tick = max(found.tick, epoch.read() or 0) + 1
        rows.confirm_installation(
            connection,
            tick=tick,
            # What an earlier restore left in doubt stays so.
            restored_at=now if is_holding else found.restored_at,
            database_identity=rows.database_identity(connection),
            now=now,
        )
        rows.confirm_instances(connection, now=now)
    epoch.keep(tick)
    accepted, due_again = look_up_held(desk)
    return Confirmed(held, newcomers, accepted, due_again)


def _hold(desk: Desk, *, now: datetime) -> tuple[int, int]:
    with desk.store.write() as connection:
        since = rows.read_installation(connection).alive_at
        # Nobody works with a database that was put back: who claimed in it belongs to another time.
        expire_leases(connection, now=now, dead_workers=workers_at_work(connection))
        held = restoring.hold_due(connection, until=now, reason=MAY_HAVE_GONE)
    # Whom it had still to enroll it may have enrolled, and written to under ids it has forgotten.
    enroll(desk)
    with desk.store.write() as connection:
        return held, restoring.hold_newcomers(connection, since=since, reason=NEWCOMER)


def look_up_held(desk: Desk) -> tuple[int, int]:
    """Ask the provider for what a restore left held; return how many it had taken, and how many not.

    The others stay held, for a person to settle: also those that are absent where a look-up lags.
    """
    accepted = due_again = 0
    is_prompt = not any(desk.provider.looks)
    after = ""
    while True:
        with desk.store.read() as connection:
            chunk = restoring.held_because(connection, MAY_HAVE_GONE, after=after, limit=CHUNK)
        if not chunk:
            return accepted, due_again
        after = chunk[-1].id
        for message, sighting in zip(chunk, _look_up(desk, chunk), strict=True):
            if isinstance(sighting, Found) and _accept(desk, message, sighting):
                accepted += 1
            elif isinstance(sighting, Absent) and is_prompt and _free(desk, message):
                due_again += 1


def _look_up(desk: Desk, chunk: Sequence[restoring.ShadowedMessage]) -> list[Sighting]:
    try:
        return desk.provider.look_up(
            [Sought(message.id, message.address, message.due_at) for message in chunk]
        )
    except PartworkError as fault:
        return [Unseen(str(fault))] * len(chunk)


def _free(desk: Desk, message: restoring.ShadowedMessage) -> bool:
    with desk.store.write() as connection:
        return restoring.free_held(connection, message.id, reason=MAY_HAVE_GONE, now=desk.clock.now())


def _accept(desk: Desk, message: restoring.ShadowedMessage, found: Found) -> bool:
    now = desk.clock.now()
    revision = desk.frames.revision(message.revision_id)
    # When it left, only the lost database knew: about when it was due.
    anchor = message.due_at
    with desk.store.write() as connection:
        has_moved = restoring.accept_held(
            connection,
            message.id,
            reason=MAY_HAVE_GONE,
            provider=desk.provider.name,
            provider_id=found.provider_id,
            sent_at=anchor,
        )
        if has_moved:
            step = Step(message.enrollment_id, revision, message.part, message.timezone, anchor)
            move_on(connection, [step], now=now)
        return has_moved
