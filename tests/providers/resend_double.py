"""Resend on loopback: checks what it is asked, keeps a ledger of what it took, errs when told to.

In a test:  with ResendDouble() as resend: Resend(resend.api_key, base_url=resend.base_url)
By itself:  python tests/providers/resend_double.py --port 0 --ledger FILE [--api-key KEY] [--rate N]
            [--slim] [--latency SECONDS]
            prints its address as one line. POST /_double/next, a JSON object with the fields of `Act`,
            says how to answer the next request, /_double/always how to answer every one (null: as
            usual again); GET /_double/wire tells what is in hand. SIGTERM or SIGINT ends it.

The ledger has one line for each request it took, written before it answers, and is read again
at the start: what was taken under a key stays taken. A slim one keeps no bodies.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import socket
import struct
import threading
import time
import uuid
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType, TracebackType
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_ADDRESS = r"^[^\s<>,;@]+@[^\s<>,;@]+\.[^\s<>,;@]+$"
_MAILBOX = r"^([^<>\r\n]* <[^\s<>,;@]+@[^\s<>,;@]+>|[^\s<>,;@]+@[^\s<>,;@]+)$"
_TAG_TEXT = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,256}$"}


def _one_or_more(item: dict[str, object], at_most: int | None = None) -> dict[str, object]:
    several: dict[str, object] = {"type": "array", "items": item, "minItems": 1}
    return {"anyOf": [item, several | ({"maxItems": at_most} if at_most else {})]}


_EMAIL: dict[str, object] = {
    "type": "object",
    "required": ["from", "to", "subject"],
    "anyOf": [{"required": ["html"]}, {"required": ["text"]}],
    "additionalProperties": False,
    "properties": {
        "from": {"type": "string", "pattern": _MAILBOX},
        "to": _one_or_more({"type": "string", "pattern": _ADDRESS}, at_most=50),
        "cc": _one_or_more({"type": "string", "pattern": _ADDRESS}),
        "bcc": _one_or_more({"type": "string", "pattern": _ADDRESS}),
        "reply_to": _one_or_more({"type": "string", "pattern": _MAILBOX}),
        "subject": {"type": "string", "minLength": 1},
        "html": {"type": "string", "minLength": 1},
        "text": {"type": "string", "minLength": 1},
        "headers": {
            "type": "object",
            "propertyNames": {"pattern": "^[!-9;-~]+$"},
            "additionalProperties": {"type": "string", "pattern": r"^[^\r\n]*$"},
        },
        "tags": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "value"],
                "additionalProperties": False,
                "properties": {"name": _TAG_TEXT, "value": _TAG_TEXT},
            },
        },
    },
}
_SCHEMAS: dict[str, Draft202012Validator] = {
    "/emails": Draft202012Validator(_EMAIL),
    "/emails/batch": Draft202012Validator({"type": "array", "items": _EMAIL, "minItems": 1, "maxItems": 100}),
}


@dataclass(frozen=True, slots=True)
class Act:
    """How the next request is answered.

    takes:   whether the double first checks and takes it, as it does without any act
    then:    `answer`; `hang` (no word until the double is closed); `reset` (the connection);
             `cut head` or `cut body` (it ends half-way through); `endless` (a body without end);
             or `bomb` (a small gzip of a large body)
    status, body, headers: the answer in place of the double's own; a body that is no text is JSON
    before, after: seconds to wait before it takes the request, and before it answers
    """

    takes: bool = False
    then: str = "answer"
    status: int | None = None
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    before: float = 0
    after: float = 0

    def __post_init__(self) -> None:
        if self.then not in ("answer", "hang", "reset", "cut head", "cut body", "endless", "bomb"):
            raise ValueError(f"no such act: {self.then}")


@dataclass(frozen=True, slots=True)
class Taken:
    """One email the double took: its own id, what it was asked to send, and when (seconds since 1970)."""

    id: str
    email: dict[str, Json]
    at: float = field(default_factory=time.time)

    @property
    def fid(self) -> str | None:
        """Return our message id, from the tag."""
        tags = self.email.get("tags")
        for tag in tags if isinstance(tags, list) else []:
            if isinstance(tag, dict) and tag.get("name") == "fid":
                return str(tag["value"])
        return None


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came, whatever was answered."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over the wire."""

    status: int
    document: Json
    headers: Mapping[str, str] = field(default_factory=dict)


def _row(taken: Taken) -> dict[str, Json]:
    """Return an email as the list shows it: no tags."""
    created_at = datetime.fromtimestamp(taken.at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
    email = taken.email
    to = email.get("to")
    return {
        "object": "email",
        "id": taken.id,
        "to": to if isinstance(to, list) else [to],
        "from": email.get("from"),
        "subject": email.get("subject"),
        "created_at": created_at,
        "last_event": "sent",
    }


def _error(status: int, name: str, message: str, **headers: str) -> Reply:
    document: Json = {"statusCode": status, "name": name, "message": message}
    return Reply(status, document, {key.replace("_", "-"): value for key, value in headers.items()})


class ResendDouble:
    """A server with a ledger. `seen` and `taken` are in the order of arrival.

    looks:         the paths that were asked for, taking nothing
    may_only_send: whether the key is refused when it asks what was taken
    lag:           seconds after which the list shows what was taken
    """

    def __init__(
        self,
        *,
        api_key: str = "re_double",
        port: int = 0,
        ledger: Path | None = None,
        rate: int | None = None,
        slim: bool = False,
        latency: float = 0,
    ) -> None:
        self.api_key = api_key
        self.seen: list[Seen] = []
        self.taken: list[Taken] = []
        self.looks: list[str] = []
        self.may_only_send = False
        self.lag = 0.0
        self.always: Act | None = None
        self.in_hand: list[int] = []
        self._slim = slim
        self._latency = latency
        self.closing = threading.Event()
        self._rate = rate
        self._window = (0.0, 0)
        self._acts: deque[Act] = deque()
        self._keys: dict[str, tuple[str, list[str] | None]] = {}
        self._lock = threading.Lock()
        self._ledger = ledger
        self._read_ledger()
        self._serve(port)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def connection_count(self) -> int:
        """How many connections were opened to the double."""
        return len(self._server.connections)

    def next(self, *acts: Act) -> None:
        """Answer the next requests by these acts, one each."""
        with self._lock:
            self._acts.extend(acts)

    def hold_key(self, key: str) -> None:
        """Behave as if a first request under this key were still in progress."""
        with self._lock:
            self._keys[key] = ("", None)

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Refuse every connection while it lasts, and serve again at the same address afterwards."""
        port = self._server.server_address[1]
        self._stop()
        with socket.socket() as holding_the_port:
            holding_the_port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holding_the_port.bind(("127.0.0.1", port))
            yield
        self._serve(port)

    def __enter__(self) -> ResendDouble:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._stop()

    def _serve(self, port: int) -> None:
        self._server = _Server(("127.0.0.1", port), self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()

    def handle(self, seen: Seen) -> tuple[Act, Reply]:
        """Take the request or not, and return how to answer it."""
        with self._lock:
            if not self._slim:
                self.seen.append(seen)
            act = self._acts.popleft() if self._acts else self.always
            act = act or Act(takes=True, after=self._latency)
        self.closing.wait(act.before)
        reply = self._reply(seen) if act.takes else _error(500, "application_error", "scripted")
        if act.status is not None:
            reply = Reply(act.status, act.body, act.headers)
        self.closing.wait(act.after)
        return act, reply

    @contextmanager
    def holding(self, port: int) -> Iterator[None]:
        """Have a request in hand that came from a port of the client's."""
        with self._lock:
            self.in_hand.append(port)
        try:
            yield
        finally:
            with self._lock:
                self.in_hand.remove(port)

    def _reply(self, seen: Seen) -> Reply:
        if fault := self._fault_before_reading(seen):
            return fault
        key = seen.headers.get("idempotency-key")
        if key is not None and not 1 <= len(key) <= 256:
            return _error(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
        try:
            document: Json = json.loads(seen.body)
        except ValueError:
            return _error(400, "validation_error", "The request is no JSON.")
        fault_in_field = next(iter(_SCHEMAS[seen.path].iter_errors(document)), None)
        if fault_in_field:
            named = [part for part in fault_in_field.absolute_path if isinstance(part, str)]
            return _error(422, "validation_error", f"Invalid `{named[0] if named else 'body'}` field.")
        emails = document if isinstance(document, list) else [document]
        return self._take(seen, key, [email for email in emails if isinstance(email, dict)])

    def look(self, path: str, authorization: str | None) -> Reply:
        """Answer a question about what was taken; it takes nothing and is no `seen` request."""
        if authorization != f"Bearer {self.api_key}":
            return _error(403, "invalid_api_key", "API key is invalid.")
        if self.may_only_send:
            return _error(401, "restricted_api_key", "This API key is restricted to only send emails.")
        url = urlsplit(path)
        with self._lock:
            self.looks.append(path)
            taken = list(reversed(self.taken))
        if url.path == "/emails":
            return self._listed(taken, dict(parse_qsl(url.query)))
        found = next((one for one in taken if url.path == f"/emails/{one.id}"), None)
        if found is None:
            return _error(404, "not_found", "Email not found")
        return Reply(200, _row(found) | {"tags": found.email.get("tags")})

    def _listed(self, taken: list[Taken], query: Mapping[str, str]) -> Reply:
        """Return a page of the list, the newest first; what was taken just now is not in it yet."""
        seen = [one for one in taken if one.at <= time.time() - self.lag]
        if after := query.get("after"):
            ids = [one.id for one in seen]
            seen = seen[ids.index(after) + 1 :] if after in ids else []
        limit = int(query.get("limit", "20"))
        rows: list[Json] = [_row(one) for one in seen[:limit]]
        return Reply(200, {"object": "list", "has_more": len(seen) > limit, "data": rows})

    def _fault_before_reading(self, seen: Seen) -> Reply | None:
        authorization = seen.headers.get("authorization")
        if authorization is None:
            return _error(401, "missing_api_key", "Missing API key in the authorization header.")
        if authorization != f"Bearer {self.api_key}":
            return _error(403, "invalid_api_key", "API key is invalid.")
        if seen.path not in _SCHEMAS:
            return _error(404, "not_found", "The requested endpoint does not exist.")
        if seen.headers.get("content-type") != "application/json":
            return _error(422, "validation_error", "The body must be JSON.")
        with self._lock:
            if self._rate is None:
                return None
            began, count = self._window
            now = time.monotonic()
            self._window = (began, count + 1) if now - began < 1 else (now, 1)
            if self._window[1] <= self._rate:
                return None
        return _error(429, "rate_limit_exceeded", "Too many requests.", retry_after="1")

    def _take(self, seen: Seen, key: str | None, emails: list[dict[str, Json]]) -> Reply:
        """Take the emails, or answer once more what was answered under the same key."""
        digest = hashlib.sha256(seen.path.encode() + b"\n" + seen.body).hexdigest()
        with self._lock:
            known_digest, ids = self._keys.get(key or "", (digest, []))
            if ids is None:
                return _error(409, "concurrent_idempotent_requests", "The original request is in progress.")
            if known_digest != digest:
                return _error(409, "invalid_idempotent_request", "Same key, different payload.")
            if not ids:
                taken = [Taken(str(uuid.uuid4()), self._kept(email)) for email in emails]
                ids = [one.id for one in taken]
                self._write_ledger(key, digest, taken)
                self.taken += taken
                if key:
                    self._keys[key] = (digest, ids)
        rows: list[Json] = [{"id": one} for one in ids]
        return Reply(200, {"data": rows} if seen.path == "/emails/batch" else rows[0])

    def _write_ledger(self, key: str | None, digest: str, taken: list[Taken]) -> None:
        if self._ledger is None:
            return
        rows = [{"id": one.id, "fid": one.fid, "email": one.email, "at": one.at} for one in taken]
        with self._ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "digest": digest, "taken": rows}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _kept(self, email: dict[str, Json]) -> dict[str, Json]:
        bodies = ("html", "text", "headers") if self._slim else ()
        return {name: value for name, value in email.items() if name not in bodies}

    def _read_ledger(self) -> None:
        if self._ledger is None or not self._ledger.exists():
            return
        for line in self._ledger.read_text("utf-8").splitlines():
            row = json.loads(line)
            taken = [Taken(one["id"], one["email"], one["at"]) for one in row["taken"]]
            self.taken += taken
            if row["key"]:
                self._keys[row["key"]] = (row["digest"], [one.id for one in taken])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], double: ResendDouble) -> None:
        self.double = double
        self.connections: list[socket.socket] = []
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what many tests are about."""


@cache
def _bomb() -> bytes:
    """Return 200 MB of blanks, packed, without ever holding them."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(200)) + packer.flush()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        double = self.server.double
        if self.path == "/_double/wire":
            wire: Json = {"in_hand": [*double.in_hand], "taken": len(double.taken)}
            return self._answer(Reply(200, wire))
        return self._answer(double.look(self.path, self.headers.get("Authorization")))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        double = self.server.double
        if self.path in ("/_double/next", "/_double/always"):
            told = json.loads(body)
            if self.path == "/_double/next":
                double.next(Act(**told))
            else:
                double.always = Act(**told) if told else None
            return self._answer(Reply(200, {}))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with double.holding(self.client_address[1]):
            act, reply = double.handle(Seen(self.path, headers, body))
            self._act(act, reply)
        return None

    def _act(self, act: Act, reply: Reply) -> None:
        self.close_connection = act.then != "answer"
        match act.then:
            case "answer":
                self._answer(reply)
            case "hang":
                self.server.double.closing.wait()
            case "reset":
                self._reset()
            case "cut head":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: appl")
            case "cut body":
                self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": "')
            case "endless":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                with suppress(OSError):
                    while not self.server.double.closing.is_set():
                        self.wfile.write(b" " * 65536)
            case "bomb":
                bomb = _bomb()
                self.wfile.write(
                    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
                )
                with suppress(OSError):
                    self.wfile.write(bomb)

    def _answer(self, reply: Reply) -> None:
        is_text = isinstance(reply.document, str)
        raw = str(reply.document) if is_text else json.dumps(reply.document)
        body = raw.encode("utf-8")
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/html" if is_text else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        """Break the connection so that the other side sees a reset, not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing on stderr."""


def main() -> None:
    """Serve until a signal says stop."""
    parser = argparse.ArgumentParser(description="Resend on loopback, with a ledger of what it took.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--api-key", default="re_double")
    parser.add_argument("--rate", type=int, help="requests a second, 0 for none; more are answered with 429")
    parser.add_argument("--slim", action="store_true", help="keep no bodies in the ledger")
    parser.add_argument("--latency", type=float, default=0, help="seconds before it answers")
    chosen = parser.parse_args()
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    with ResendDouble(
        api_key=chosen.api_key,
        port=chosen.port,
        ledger=chosen.ledger,
        rate=chosen.rate,
        slim=chosen.slim,
        latency=chosen.latency,
    ) as double:
        print(double.base_url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
