"""What the guards watch: the tick, who uses the database, and each process's signs of life. Adapter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, or_, select, text, update

from partwork.store.tables import installation, instances, processes

FORGET_AFTER = timedelta(days=30)
SILENT_AFTER = timedelta(minutes=10)
"""A process that has shown no sign of life for so long makes room for its successor's row."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What the database says of itself.

    tick:     how many waves were ever written ahead of the wire
    alive_at: the newest instant at which a process was alive and might send
    """

    tick: int
    alive_at: datetime | None
    database_identity: str
    stopped_because: str
    stopped_at: datetime | None
    confirmed_count: int
    restored_at: datetime | None


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """One installation that uses this database, or waits to be confirmed (confirmed_at is None)."""

    instance: str
    label: str
    first_seen_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process's signs of life. ended_at: when it ended by itself; None if it runs, or was killed."""

    name: str
    kind: str
    host: str
    instance: str
    version: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    stopped_because: str


def read_installation(connection: Connection) -> Installation:
    """Return what the database says of itself."""
    row = connection.execute(select(installation)).one()
    return Installation(
        tick=row.tick,
        alive_at=row.alive_at,
        database_identity=row.database_identity,
        stopped_because=row.stopped_because,
        stopped_at=row.stopped_at,
        confirmed_count=row.confirmed_count,
        restored_at=row.restored_at,
    )


def advance_tick(connection: Connection) -> int | None:
    """Count one more wave that is written ahead of the wire; return the new tick, None if all are stopped."""
    query = (
        update(installation)
        .where(installation.c.stopped_because == "")
        .values(tick=installation.c.tick + 1)
        .returning(installation.c.tick)
    )
    tick: int | None = connection.execute(query).scalar_one_or_none()
    return tick


def note_alive(connection: Connection, *, now: datetime, database_identity: str) -> None:
    """Write down that a process was alive and might send; an earlier instant changes nothing."""
    connection.execute(
        update(installation)
        .where(or_(installation.c.alive_at.is_(None), installation.c.alive_at < now))
        .values(alive_at=now)
    )
    connection.execute(
        update(installation)
        .where(installation.c.database_identity != database_identity)
        .values(database_identity=database_identity)
    )


def stop_everybody(connection: Connection, reason: str, *, now: datetime) -> None:
    """Let nobody send until a person confirms; the first reason stands."""
    connection.execute(
        update(installation)
        .where(installation.c.stopped_because == "")
        .values(stopped_because=reason, stopped_at=now)
    )


def confirm_installation(
    connection: Connection, *, tick: int, restored_at: datetime | None, database_identity: str, now: datetime
) -> None:
    """Let sending go on from `tick`; clocks that run on begin anew from `now`.

    What stopped a process is forgotten: should it still stand, its next look says so again.
    """
    connection.execute(update(processes).values(stopped_because=""))
    connection.execute(
        update(installation).values(
            tick=tick,
            alive_at=now,
            database_identity=database_identity,
            stopped_because="",
            stopped_at=None,
            confirmed_count=installation.c.confirmed_count + 1,
            restored_at=restored_at,
        )
    )


def database_identity(connection: Connection) -> str:
    """Return what tells this PostgreSQL database from a copy of it; '' on SQLite, whose file tells nothing.

    Cluster, database and timeline: each of them changes when a dump is loaded, a base backup is brought
    to an earlier moment, or a standby takes over. What the role may not read is left out.
    """
    if connection.dialect.name != "postgresql":
        return ""
    cluster = timeline = ""
    if _may_call(connection, "pg_control_system()"):
        cluster = str(connection.execute(text("SELECT system_identifier FROM pg_control_system()")).scalar())
    # The name of the file it writes to begins with the timeline; pg_control_checkpoint() lags behind it.
    if _may_call(connection, "pg_walfile_name(pg_lsn)"):
        name = connection.execute(text("SELECT pg_walfile_name(pg_current_wal_lsn())")).scalar()
        timeline = str(int(str(name)[:8], 16))
    elif _may_call(connection, "pg_control_checkpoint()"):
        query = text("SELECT timeline_id FROM pg_control_checkpoint()")
        timeline = str(connection.execute(query).scalar())
    database = connection.execute(
        text("SELECT oid FROM pg_database WHERE datname = current_database()")
    ).scalar()
    return f"{cluster}/{database}/{timeline}"


def _may_call(connection: Connection, function: str) -> bool:
    query = text("SELECT has_function_privilege(to_regprocedure(:function), 'execute')")
    return bool(connection.execute(query, {"function": function}).scalar())


def list_instances(connection: Connection) -> list[InstanceRow]:
    """Return the installations known here, confirmed or waiting, the oldest first."""
    query = select(instances).order_by(instances.c.first_seen_at, instances.c.instance)
    return [
        InstanceRow(row.instance, row.label, row.first_seen_at, row.confirmed_at)
        for row in connection.execute(query)
    ]


def meet_instance(connection: Connection, instance: str, *, label: str, now: datetime) -> bool:
    """Write an installation down if it is new, the very first as confirmed; return whether it may send."""
    # One after the other: of two that begin at once on a new database, only one is the first.
    connection.execute(select(installation.c.id).with_for_update())
    known = {row.instance: row for row in list_instances(connection)}
    if instance not in known:
        is_first = not known
        connection.execute(
            insert(instances).values(
                instance=instance, label=label, first_seen_at=now, confirmed_at=now if is_first else None
            )
        )
        return is_first
    return known[instance].confirmed_at is not None


def confirm_instances(connection: Connection, *, now: datetime) -> None:
    """Confirm who waits; forget confirmed ones of which no process was seen within a day."""
    seen = select(processes.c.instance).where(processes.c.seen_at > now - timedelta(days=1))
    connection.execute(
        delete(instances).where(instances.c.confirmed_at.is_not(None), instances.c.instance.not_in(seen))
    )
    connection.execute(update(instances).where(instances.c.confirmed_at.is_(None)).values(confirmed_at=now))


def show_life(connection: Connection, process: ProcessRow) -> None:
    """Write a process's sign of life; it takes the place of a silent or ended one of its kind on its host."""
    values = {
        "seen_at": process.seen_at,
        "ended_at": process.ended_at,
        "stopped_because": process.stopped_because,
    }
    its_own = processes.c.name == process.name
    if connection.execute(update(processes).where(its_own).values(values)).rowcount:
        return
    is_over = or_(processes.c.ended_at.is_not(None), processes.c.seen_at < process.seen_at - SILENT_AFTER)
    is_alike = and_(processes.c.kind == process.kind, processes.c.host == process.host)
    connection.execute(
        delete(processes).where(
            or_(and_(is_over, is_alike), processes.c.seen_at < process.seen_at - FORGET_AFTER)
        )
    )
    connection.execute(
        insert(processes).values(
            name=process.name,
            kind=process.kind,
            host=process.host,
            instance=process.instance,
            version=process.version,
            started_at=process.started_at,
            **values,
        )
    )


def list_processes(connection: Connection) -> list[ProcessRow]:
    """Return every process that showed a sign of life of late, the latest first."""
    rows = connection.execute(select(processes).order_by(processes.c.seen_at.desc(), processes.c.name))
    return [
        ProcessRow(
            name=row.name,
            kind=row.kind,
            host=row.host,
            instance=row.instance,
            version=row.version,
            started_at=row.started_at,
            seen_at=row.seen_at,
            ended_at=row.ended_at,
            stopped_because=row.stopped_because,
        )
        for row in rows
    ]
