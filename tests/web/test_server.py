"""The server as a process sees it: its port, its end, its silence, and how it fails."""

from __future__ import annotations

import json
import logging
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from partwork.errors import CommandError
from partwork.web.app import create_app
from partwork.web.server import WebServer
from tests.web.visitor import FORM, ONE_CLICK, Visitor, serving
from tests.web.world import World


def test_who_knocks_before_the_server_runs_is_answered_once_it_does(world: World) -> None:
    server = WebServer(create_app(world.store, world.signer, world.clock), host="127.0.0.1", port=0)
    place = urlsplit(server.address)
    stop = threading.Event()
    thread = threading.Thread(target=server.run, args=[stop])
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        thread.start()
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    stop.set()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_taken_port_names_the_option_that_helps() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=rf"port {port} of 127\.0\.0\.1 is taken .* --port"):
            WebServer(Starlette(), host="127.0.0.1", port=port)


@pytest.mark.parametrize(
    ("host", "port", "advice"),
    [
        ("192.0.2.1", 0, "192.0.2.1 is no address of this machine: choose one with --host"),
        ("no.such.host.invalid", 0, "--host"),
        ("127.0.0.1", 70_000, "70000 is no port: choose one from 1 to 65535 with --port"),
    ],
)
def test_a_place_that_cannot_be_listened_at_names_the_option_that_helps(
    host: str, port: int, advice: str
) -> None:
    with pytest.raises(CommandError, match=advice):
        WebServer(Starlette(), host=host, port=port)


def test_the_port_is_free_again_once_the_server_has_stopped(world: World) -> None:
    app = create_app(world.store, world.signer, world.clock)
    with serving(app) as visitor:
        port = int(visitor.address.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_signal_reaches_the_program_at_once_and_the_request_in_flight_is_still_answered() -> None:
    program = """
import signal, threading
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from partwork.web.server import WebServer

async def echo(request):
    return Response(await request.body())

def told(*_):
    print("told to stop", flush=True)
    stop.set()

stop = threading.Event()
signal.signal(signal.SIGTERM, told)
app = Starlette(routes=[Route("/", echo, methods=["POST"])])
server = WebServer(app, host="127.0.0.1", port=0)
print(server.address, flush=True)
server.run(stop)
print("ended")
"""
    running = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with running:
        assert running.stdout
        place = urlsplit(running.stdout.readline().strip())
        with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
            # The server asks for the body, so the request has arrived when the signal does.
            connection.sendall(
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
            )
            assert connection.recv(100).startswith(b"HTTP/1.1 100")
            running.send_signal(signal.SIGTERM)
            assert running.stdout.readline() == "told to stop\n"
            connection.sendall(b"body")
            with connection.makefile("rb") as answer:
                assert answer.read().endswith(b"\r\n\r\nbody")
        assert running.communicate(timeout=30) == ("ended\n", "")
    assert running.returncode == 0


def test_a_server_that_ends_by_itself_ends_what_runs_beside_it() -> None:
    async def breaks(_scope: object, _receive: object, _send: object) -> None:
        raise RuntimeError("no start")

    app = Starlette()
    app.middleware_stack = breaks
    stop = threading.Event()
    server = WebServer(app, host="127.0.0.1", port=0)
    with ThreadPoolExecutor(1) as beside:
        assert isinstance(beside.submit(server.run, stop).exception(timeout=30), SystemExit)
    assert stop.is_set()


def test_health_is_told_without_detail(world: World, visitor: Visitor) -> None:
    answer = visitor.ask("GET", "/healthz")
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})
    assert visitor.ask("HEAD", "/healthz").status == 200
    assert visitor.ask("POST", "/healthz").status == 405
    _damage(world, "DROP TABLE published_settings")
    answer = visitor.ask("GET", "/healthz")
    assert (answer.status, json.loads(answer.body)) == (503, {"status": "unavailable"})


def test_a_failure_of_ours_is_a_friendly_page_and_one_line_without_values(world: World) -> None:
    app = create_app(world.store, world.signer, world.clock)

    async def fails(request: Request) -> Response:
        raise ValueError(f"secret {request.path_params['token']}")

    app.router.routes.append(Route("/fails/{token}", fails))
    with serving(app) as visitor, capture_logs() as logs:
        answer = visitor.ask("GET", "/fails/s3cret")
    assert answer.status == 500
    assert "Something went wrong" in answer.body
    assert answer.headers["Content-Security-Policy"]
    assert "s3cret" not in answer.body + repr(logs)
    assert [(log["event"], log["error"]) for log in logs] == [("a request failed", "ValueError")]


def test_a_visitor_who_hangs_up_midway_is_no_failure(world: World) -> None:
    with serving(create_app(world.store, world.signer, world.clock)) as visitor, capture_logs() as logs:
        place = ("127.0.0.1", int(visitor.address.rpartition(":")[2]))
        with socket.create_connection(place) as connection:
            head = f"POST {world.leave_path} HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\nList"
            connection.sendall(head.encode())
        assert visitor.ask("GET", "/healthz").status == 200
    assert (logs, world.suppression()) == ([], None)


def test_no_token_reaches_the_terminal_or_a_log(
    world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    paths = [world.website_path, world.book_path, world.leave_path, f"{world.leave_path}x"]
    with serving(create_app(world.store, world.signer, world.clock)) as visitor:
        for path in paths:
            for method in ("GET", "HEAD", "POST", "PUT"):
                visitor.ask(method, path, body=ONE_CLICK if method == "POST" else b"", content_type=FORM)
        _damage(world, "DROP TABLE events")
        visitor.ask("GET", world.website_path)
        visitor.ask("POST", world.leave_path)
    told = "".join(capfd.readouterr()) + caplog.text
    assert "a reader could not leave" in told
    for path in paths:
        assert path[3:40] not in told


def _damage(world: World, statement: str) -> None:
    with sqlite3.connect(world.path) as connection:
        connection.execute(statement)
    connection.close()
