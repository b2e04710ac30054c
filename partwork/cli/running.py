"""Commands that run processes: the clock, the web, or both."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from partwork.campaigns.publish import refuse_other_secret
from partwork.campaigns.rehearse import DATABASE, rehearsal_folder
from partwork.cli.output import complain, say
from partwork.cli.workplace import Workplace
from partwork.clock import HostClock, open_live, run_clock, run_until_stopped, stopped_by_signals
from partwork.errors import CommandError, PartworkError
from partwork.logs import log_to_stderr
from partwork.settings import Settings, database_url
from partwork.store.connect import Store, follow_store, open_store
from partwork.tracking.tokens import Realm, Signer

if TYPE_CHECKING:
    from partwork.web.server import WebServer

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[
    int | None, typer.Option(help="The port; by default that of a loopback links.base_url, else 8000.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("clock")(clock)
    app.command("serve")(serve)
    app.command("up")(up)


def clock(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Stop as soon as nothing is due (for cron).")] = False,
) -> None:
    """Enroll, dispatch and deliver what is due, until stopped."""
    place: Workplace = context.obj
    run_clock(place.folder, os.environ, once=once)


def serve(
    context: typer.Context,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="Answer the links of the last rehearsal.")
    ] = False,
    host: Host = "127.0.0.1",
    port: Port = None,
) -> None:
    """Answer the links in emails: clicks, bookings, unsubscribing."""
    place: Workplace = context.obj
    log_to_stderr()
    stop = threading.Event()
    settings = place.settings()
    realm = Realm.REHEARSAL if rehearsal else Realm.LIVE
    # A rehearsal made anew replaces its whole folder, and this server goes on with the new one.
    store = (
        follow_store(_rehearsed(place.folder) / DATABASE)
        if rehearsal
        else open_store(database_url(place.folder, os.environ))
    )
    try:
        if not rehearsal:
            with store.read() as connection:
                refuse_other_secret(connection, Signer(settings.links.secret, realm))
        server = _web_server(store, settings, realm, host, port, stop)
        whose = "the last rehearsal" if rehearsal else "emails"
        _tell(f"Answering the links of {whose}", server, settings)
        with stopped_by_signals(stop):
            server.run(stop)
    finally:
        store.close()


def up(context: typer.Context, host: Host = "127.0.0.1", port: Port = None) -> None:
    """Run the clock and the web in one process."""
    place: Workplace = context.obj
    log_to_stderr()
    stop = threading.Event()
    with open_live(place.folder, os.environ, stop) as (store, _, pinned):
        server = _web_server(store, pinned or place.settings(), Realm.LIVE, host, port, stop)
        ticking = threading.Thread(target=_tick, args=(place.folder, stop), name="clock")
        _tell("The clock runs, and links are answered", server, pinned or place.settings())
        with stopped_by_signals(stop):
            ticking.start()
            server.run(stop)
            ticking.join()


def _tick(workspace: Path, stop: threading.Event) -> None:
    """Run the clock beside the web; if it ends, however it ends, so does the web."""
    try:
        run_until_stopped(workspace, os.environ, stop, kind="up")
    except PartworkError as fault:
        complain(str(fault))
    finally:
        stop.set()


def _web_server(
    store: Store, settings: Settings, realm: Realm, host: str, port: int | None, stop: threading.Event
) -> WebServer:
    # Here and not above: only the commands that serve pay for it.
    from partwork.web.app import create_app
    from partwork.web.practice import Practice
    from partwork.web.server import WebServer

    own, *demonstrations = (
        Signer(settings.links.secret, answered) for answered in (realm, Realm.TEST, Realm.PREVIEW)
    )
    practice = Practice(
        name=settings.practice.name,
        website=settings.practice.website,
        language=settings.practice.language,
    )
    app = create_app(store, own, HostClock(stop), demonstrations=demonstrations, unpublished=practice)
    return WebServer(app, host=host, port=_port(settings) if port is None else port)


def _tell(sentence: str, server: WebServer, settings: Settings) -> None:
    """Say what runs and where, and whether the links in emails lead here."""
    say(f"{sentence} on {server.address} (Ctrl-C stops).")
    if _is_loopback(settings) and urlsplit(server.address).port != _port(settings):
        say(f"But links in emails lead to {settings.links.base_url}: see links.base_url.")


def _port(settings: Settings) -> int:
    return urlsplit(settings.links.base_url).port or 8000 if _is_loopback(settings) else 8000


def _is_loopback(settings: Settings) -> bool:
    return urlsplit(settings.links.base_url).hostname in ("127.0.0.1", "localhost", "::1")


def _rehearsed(workspace: Path) -> Path:
    folder = rehearsal_folder(workspace)
    if not (folder / DATABASE).is_file():
        raise CommandError("nothing was rehearsed here yet: run 'partwork rehearse' first")
    return folder
