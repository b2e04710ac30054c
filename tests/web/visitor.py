"""A visitor over a real socket: sends exactly the bytes it is told to and follows no redirect."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from urllib.parse import urlsplit

from starlette.applications import Starlette

from partwork.web.server import WebServer

FORM = "application/x-www-form-urlencoded"
ONE_CLICK = b"List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are case-insensitive."""

    status: int
    headers: Message
    body: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the door of one server."""

    address: str

    def ask(
        self, method: str, target: str, *, body: bytes = b"", content_type: str = "", more: str = ""
    ) -> Answer:
        """Send one request. target: as it stands on the request line; more: further header lines."""
        head = f"{method} {target} HTTP/1.1\r\nHost: links.example\r\nConnection: close\r\n{more}"
        if content_type:
            head += f"Content-Type: {content_type}\r\n"
        if body or method == "POST":
            head += f"Content-Length: {len(body)}\r\n"
        return self.send(head.encode("latin-1") + b"\r\n" + body, method=method)

    def send(self, request: bytes, *, method: str = "GET") -> Answer:
        """Send these bytes and read one answer."""
        place = urlsplit(self.address)
        assert place.hostname
        assert place.port
        with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
            connection.sendall(request)
            response = HTTPResponse(connection, method=method)
            response.begin()
            with response:
                return Answer(response.status, response.headers, response.read().decode("utf-8"))


@contextmanager
def serving(app: Starlette) -> Iterator[Visitor]:
    """Serve `app` on a free port; on the way out, stop the server and wait for it."""
    server = WebServer(app, host="127.0.0.1", port=0)
    visitor = Visitor(server.address)
    stop = threading.Event()
    thread = threading.Thread(target=server.run, args=[stop])
    thread.start()
    try:
        yield visitor
    finally:
        stop.set()
        thread.join(timeout=30)
        assert not thread.is_alive()
