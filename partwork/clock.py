"""The clock: a short list of named jobs, stepped live by APScheduler and in a rehearsal by itself.

It owns a process: it reads the time, opens what the jobs need, and drains on SIGTERM. It is not
the ledger: every due time is a row, so a job that runs late or twice loses and doubles nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from partwork.campaigns.publish import refuse_other_secret
from partwork.campaigns.workspace import find_workspace
from partwork.draining import ending_in_time
from partwork.errors import CommandError, PartworkError, file_trouble
from partwork.logs import log_to_stderr, speak_plainly
from partwork.providers.registry import open_provider
from partwork.queue import InlineQueue
from partwork.sending.deliver import deliver
from partwork.sending.desk import Desk
from partwork.sending.dispatch import dispatch
from partwork.sending.enroll import enroll
from partwork.sending.identity import EpochFile, instance_of
from partwork.sending.processes import Worker
from partwork.sending.settle import settle
from partwork.sending.states import CampaignState, MessageState
from partwork.sending.watch import Watch
from partwork.settings import Settings, database_url, restored_settings, state_folder
from partwork.store.accounts import provider_pause
from partwork.store.campaigns import all_campaigns, recorded_settings
from partwork.store.connect import DATABASE_FAILS, DatabaseTrouble, Store, open_store, trouble_in_words
from partwork.store.listings import count_in_state
from partwork.store.messages import next_due_at
from partwork.times import in_words
from partwork.tracking.tokens import Realm, Signer

NOTHING_PUBLISHED = "Nothing is published yet, so nothing is sent: 'partwork publish CAMPAIGN' starts one."
WATCH_SECONDS = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """One thing the clock does. work returns how many rows it touched; every: the wait between runs."""

    name: str
    work: Callable[[Desk], int]
    every: timedelta

    def run(self, desk: Desk) -> int:
        """Do the work, unless a guard has stopped everything: then none of it can be trusted."""
        return 0 if desk.watch.reason_to_wait() else self.work(desk)


def _settle(desk: Desk) -> int:
    settled = settle(desk)
    return settled.freed + settled.accepted + settled.due_again


def _dispatch(desk: Desk) -> int:
    return dispatch(desk, InlineQueue(lambda chunk: deliver(desk, chunk)))


JOBS = (
    Job("settle", _settle, timedelta(seconds=15)),
    Job("enroll", enroll, timedelta(seconds=15)),
    Job("dispatch", _dispatch, timedelta(seconds=5)),
)


class HostClock:
    """The live clock. On SQLite the database's own time is the host's."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, duration: timedelta) -> None:
        self._stop.wait(duration.total_seconds())

    def uptime(self) -> timedelta:
        # Linux's monotonic clock stands still while the machine sleeps; elsewhere it goes on.
        return timedelta(seconds=time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)))


class DatabaseClock(HostClock):
    """The live clock by the database's own time, so that all processes on it go by one clock."""

    def __init__(self, stop: threading.Event, store: Store) -> None:
        super().__init__(stop)
        self._store = store

    def now(self) -> datetime:
        return self._store.now()


def main(arguments: Sequence[str], *, folder: Path) -> int:
    """Run the clock for a workspace; return the exit status.

    folder: the workspace where no option, variable or folder upwards names one (cron)
    """
    parser = argparse.ArgumentParser(
        prog="scheduler.py", description="Enroll, dispatch and deliver what is due."
    )
    parser.add_argument("--once", action="store_true", help="stop as soon as nothing is due (for cron)")
    parser.add_argument("--workspace", type=Path, metavar="DIR", help="the folder that holds partwork.yaml")
    options = parser.parse_args(arguments)
    speak_plainly()
    try:
        run_clock(_workspace(options.workspace, folder, os.environ), os.environ, once=options.once)
    except PartworkError as fault:
        print(fault, file=sys.stderr)
        return 2
    except OSError as fault:
        print(file_trouble(fault), file=sys.stderr)
        return 2
    except DATABASE_FAILS as fault:
        print(trouble_in_words(fault), file=sys.stderr)
        return 2
    return 0


def _workspace(given: Path | None, folder: Path, environ: Mapping[str, str]) -> Path:
    named = given or (Path(environ["PARTWORK_WORKSPACE"]) if environ.get("PARTWORK_WORKSPACE") else None)
    try:
        return find_workspace(Path.cwd(), named)
    except CommandError:
        if named:
            raise
        return find_workspace(folder, folder)


def run_clock(workspace: Path, environ: Mapping[str, str], *, once: bool) -> None:
    """Run the clock in this process, until nothing is due (`once`) or a signal asks it to stop."""
    log_to_stderr()
    stop = threading.Event()
    with stopped_by_signals(stop):
        if once:
            for sentence in run_once(workspace, environ, stop):
                print(sentence)
        else:
            run_until_stopped(workspace, environ, stop)


@contextmanager
def open_live(
    workspace: Path, environ: Mapping[str, str], stopping: threading.Event, *, kind: str = "clock"
) -> Iterator[tuple[Store, Desk | None, Settings | None]]:
    """Yield the live store, and what was published there: desk and settings are None before that.

    kind: what this process is called among those that show signs of life
    """
    state = state_folder(workspace)
    store = open_store(database_url(workspace, environ))
    try:
        with store.read() as connection:
            recorded = recorded_settings(connection)
        if recorded is None:
            yield store, None, None
            return
        settings = restored_settings(json.loads(recorded), environ, workspace=workspace)
        signer = Signer(settings.links.secret, Realm.LIVE)
        with store.read() as connection:
            refuse_other_secret(connection, signer)
        clock, worker = DatabaseClock(stopping, store), Worker(state / "locks")
        desk = Desk(
            store=store,
            provider=open_provider(settings.provider, outbox_folder=state / "outbox"),
            clock=clock,
            worker=worker,
            signer=signer,
            watch=Watch(
                store,
                clock,
                instance=instance_of(workspace, environ),
                epoch=EpochFile(state),
                worker=worker.name,
                kind=kind,
            ),
            stopping=stopping.is_set,
        )
        try:
            yield store, desk, settings
        finally:
            desk.provider.close()
            worker.release()
    finally:
        store.close()


def run_once(workspace: Path, environ: Mapping[str, str], stop: threading.Event) -> list[str]:
    """Step the list until a round does nothing; return what happened, in sentences."""
    with open_live(workspace, environ, stop, kind="once") as (_, desk, settings):
        if desk is None or settings is None:
            return [NOTHING_PUBLISHED]
        done = {job.name: 0 for job in JOBS}
        with ending_in_time(desk, stop):
            while not stop.is_set():
                counts = {job.name: job.run(desk) for job in JOBS}
                for name, count in counts.items():
                    done[name] += count
                if not any(counts.values()):
                    break
            return list(_told(desk, done, ZoneInfo(settings.practice.timezone)))


def _told(desk: Desk, done: Mapping[str, int], zone: ZoneInfo) -> Iterator[str]:
    if reason := desk.watch.reason_to_wait():
        yield nothing_goes(reason)
        return
    now = desk.clock.now()
    with desk.store.read() as connection:
        pause = provider_pause(connection, desk.provider.name, now=now)
        next_at = next_due_at(connection)
        paused = [row.slug for row in all_campaigns(connection) if row.state is CampaignState.PAUSED]
        open_ends = {
            state: count_in_state(connection, state) for state in (MessageState.UNCERTAIN, MessageState.HELD)
        }
    settled = f"Took up {done['settle']} that a stopped run had left. " if done["settle"] else ""
    yield f"{settled}Enrolled {done['enroll']}, sent {desk.tally.accepted_count}."
    if pause:
        yield f"{pause.provider} rests until {in_words(pause.paused_until, zone)}: {pause.reason}."
    for state, count in open_ends.items():
        if count:
            yield f"{count} {state}: 'partwork status' lists them."
    for slug in paused:
        yield f"'{slug}' is paused: 'partwork resume {slug}' lets it go on."
    if next_at:
        yield f"Next falls due on {in_words(next_at, zone)}."


def run_until_stopped(
    workspace: Path, environ: Mapping[str, str], stop: threading.Event, *, kind: str = "clock"
) -> None:
    """Run the clock until `stop` is set; settings published meanwhile are taken up at once."""
    has_told = False
    while not stop.is_set():
        renew = threading.Event()
        with open_live(workspace, environ, renew, kind=kind) as (store, desk, _):
            if desk is None:
                if not has_told:
                    log.warning(NOTHING_PUBLISHED)
                has_told = True
                stop.wait(WATCH_SECONDS)
                continue
            with store.read() as connection:
                pinned = recorded_settings(connection)
            with ending_in_time(desk, stop):
                _step_jobs(desk, lambda turn: _wait_for_change(store, pinned, stop, renew, turn))  # noqa: B023 - used at once


def _wait_for_change(
    store: Store, pinned: str | None, stop: threading.Event, renew: threading.Event, turn: Callable[[], None]
) -> None:
    """Return once the process is to stop or other settings were published; then `renew` is set.

    turn: what is to be done each time this looks
    """
    while not stop.wait(WATCH_SECONDS):
        turn()
        try:
            with store.read() as connection:
                is_other = recorded_settings(connection) != pinned
        except DatabaseTrouble as fault:
            # It may be restarting; the jobs fail meanwhile, and go on afterwards.
            log.warning("the database does not answer", error=type(fault).__name__)
            continue
        if is_other:
            log.info("other settings were published: they are taken up")
            break
    renew.set()


def _step_jobs(desk: Desk, wait: Callable[[Callable[[], None]], None]) -> None:
    """Step each job at its interval until `wait` returns; then let what is in flight finish."""
    # Here and not above: `--once` and every other command would pay for it.
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(JOBS))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in JOBS:
        seconds = job.every.total_seconds()
        scheduler.add_job(_guarded(job), "interval", [desk], seconds=seconds, next_run_time=datetime.now(UTC))
    scheduler.start()
    log.info("the clock runs", jobs=[job.name for job in JOBS], provider=desk.provider.name)

    def keep_near() -> None:
        # After the clock was set back a job would wait for its old instant, and the watch with it.
        now = datetime.now(UTC)
        for job in scheduler.get_jobs():
            if job.next_run_time and job.next_run_time - now > job.trigger.interval + timedelta(seconds=1):
                job.modify(next_run_time=now)

    wait(keep_near)
    scheduler.shutdown(wait=True)
    log.info("the clock has stopped")


def nothing_goes(reason: str) -> str:
    """Say that a guard has stopped everything, and why."""
    return f"Nothing is sent because {reason}."


def _guarded(job: Job) -> Callable[[Desk], None]:
    def step(desk: Desk) -> None:
        started = time.monotonic()
        try:
            count = job.run(desk)
        except Exception:
            # The next step may fare better; the rows say what is left to do.
            log.exception("a job failed", job=job.name)
            return
        if count:
            log.info("job done", job=job.name, count=count, seconds=round(time.monotonic() - started, 3))

    step.__name__ = job.name
    return step


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set `stop`; the handlers that stood before come back in the end."""

    def ask(number: int, _frame: object) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
