"""Serves the application over HTTP until it is told to stop. It owns a socket; it logs no request."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from partwork.errors import CommandError

GRACE_S = 10
_BACKLOG = 2048


class WebServer:
    """A server whose socket listens from the start, so that a taken port is known before anything runs."""

    def __init__(self, app: Starlette, *, host: str, port: int) -> None:
        """Listen on `port`, or on any free one for 0. Raises CommandError if that cannot be."""
        self._socket = _listen(host, port)
        self._config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,  # it would print tokens
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_S,
        )

    @property
    def address(self) -> str:
        """Where it listens: `http://127.0.0.1:8000`."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set, then let requests in flight finish. Works in any thread, once.

        Signals are left to the caller, who may have more to stop than this server. However the
        server ends, it sets `stop`, so that what runs beside it ends with it.
        """
        try:
            with self._socket:
                _Server(self._config, stop).run(sockets=[self._socket])
        finally:
            stop.set()


class _Server(uvicorn.Server):
    """uvicorn, with an event in the place of its signal handlers."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event) -> None:
        super().__init__(config)
        self._stop = stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise CommandError(f"{port} is no port: choose one from 1 to 65535 with --port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CommandError(_refusal(host, port, error)) from None


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is taken by another program: stop it, or choose another port with --port"
        )
    if error.errno == errno.EACCES:
        return f"port {port} needs rights this user lacks: choose one above 1023 with --port"
    return f"{host} is no address of this machine: choose one with --host, as in 127.0.0.1"
