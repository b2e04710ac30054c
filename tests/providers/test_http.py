"""What each failure of a real connection on loopback tells about the request."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from partwork.errors import OutcomeUncertain, ProviderUnavailable, Scope, SettingsError
from partwork.providers.http import HttpAnswer, HttpClient, Limits, retry_after
from tests.providers.resend_double import ResendDouble

SECRET = "Bearer re_not_to_be_told"
BODY = b'{"to":["ann@example.org"]}'
UNTRUSTED = Path(__file__).parent / "untrusted.pem"
SHORT = Limits(connect_seconds=0.3, read_seconds=0.3)
PATIENT = Limits(connect_seconds=5, read_seconds=5)

Behaviour = Callable[[socket.socket], None]


class Loopback:
    """A listening socket that treats each connection as it is told, one after the other."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._behaviours = behaviours
        self._open: list[socket.socket] = []
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._run)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def _run(self) -> None:
        for behaviour in self._behaviours:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            with suppress(OSError):
                behaviour(connection)

    @contextmanager
    def running(self) -> Iterator[Loopback]:
        self._thread.start()
        try:
            yield self
        finally:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            for connection in self._open:
                connection.close()


def read_request(connection: socket.socket) -> bytes:
    """Read one request up to the end of BODY."""
    data = b""
    while not data.endswith(BODY):
        received = connection.recv(65536)
        if not received:
            raise ConnectionError
        data += received
    return data


def replying(raw: bytes) -> Behaviour:
    """Answer one request with these bytes and end the connection."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)

    return behave


def answer(body: bytes, *, status: str = "200 OK", head: bytes = b"") -> bytes:
    length = str(len(body)).encode()
    return b"HTTP/1.1 " + status.encode() + b"\r\n" + head + b"Content-Length: " + length + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def after_reading(then: Behaviour) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        then(connection)

    return behave


def until_hung_up(connection: socket.socket) -> None:
    """Say nothing until the other side, or the end of the test, closes the connection."""
    while connection.recv(65536):
        pass


def dripping(connection: socket.socket) -> None:
    """Announce a long body and send a byte whenever the other side could still be waiting."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    never = threading.Event()
    for _ in range(100):
        connection.sendall(b" ")
        never.wait(0.05)


def resetting_within(raw: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(raw)
        reset(connection)

    return after_reading(behave)


def speaking_untrusted_tls(connection: socket.socket) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(UNTRUSTED)
    with context.wrap_socket(connection, server_side=True) as secure:
        replying(answer(b"{}"))(secure)


def resetting_a_handshake(connection: socket.socket) -> None:
    connection.recv(65536)
    reset(connection)


def speaking_plainly(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def a_client(address: str, *, scheme: str = "http", limits: Limits = PATIENT) -> HttpClient:
    return HttpClient(f"{scheme}://{address}", headers={"Authorization": SECRET}, limits=limits)


def post(client: HttpClient) -> HttpAnswer:
    return client.post("/emails", body=BODY, headers={"Idempotency-Key": "one"})


def post_to(behaviour: Behaviour, *, scheme: str = "http", limits: Limits = PATIENT) -> HttpAnswer:
    with Loopback(behaviour).running() as server:
        client = a_client(server.address, scheme=scheme, limits=limits)
        try:
            return post(client)
        finally:
            client.close()


def assert_tells_nothing(error: BaseException) -> None:
    assert SECRET not in str(error)
    assert "ann@example.org" not in str(error)
    assert error.__suppress_context__ or error.__context__ is None
    assert error.__cause__ is None


def test_a_complete_answer_comes_back_whatever_its_status() -> None:
    raw = answer(b'{"name":"not_found"}', status="404 Not Found", head=b"Retry-After: 7\r\n")
    assert post_to(replying(raw)) == HttpAnswer(
        status=404, headers={"retry-after": "7", "content-length": "20"}, json={"name": "not_found"}
    )


def test_a_refused_connection_means_not_sent() -> None:
    with socket.socket() as bound_but_deaf:
        bound_but_deaf.bind(("127.0.0.1", 0))
        port = bound_but_deaf.getsockname()[1]
        with pytest.raises(ProviderUnavailable) as refused:
            post(a_client(f"127.0.0.1:{port}"))
    assert refused.value.scope is Scope.ACCOUNT
    assert_tells_nothing(refused.value)


def test_a_name_that_nobody_knows_means_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*question: object, **details: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ProviderUnavailable):
        post(a_client("api.provider.example", scheme="https"))


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(speaking_plainly, id="a plain port"),
        pytest.param(speaking_untrusted_tls, id="a certificate nobody trusts"),
        pytest.param(until_hung_up, id="a stalled handshake"),
        pytest.param(resetting_a_handshake, id="a reset handshake"),
    ],
)
def test_a_secure_connection_that_fails_means_not_sent(behaviour: Behaviour) -> None:
    limits = SHORT if behaviour is until_hung_up else PATIENT
    with pytest.raises(ProviderUnavailable) as refused:
        post_to(behaviour, scheme="https", limits=limits)
    assert_tells_nothing(refused.value)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GZIPPED = b"Content-Encoding: gzip\r\n"


@pytest.mark.parametrize(
    ("behaviour", "limits"),
    [
        pytest.param(after_reading(lambda end: end.shutdown(socket.SHUT_WR)), PATIENT, id="closed"),
        pytest.param(after_reading(reset), PATIENT, id="reset before the answer"),
        pytest.param(after_reading(until_hung_up), SHORT, id="no answer in time"),
        pytest.param(resetting_within(b"HTTP/1.1 200 OK\r\nContent-"), PATIENT, id="reset in the head"),
        pytest.param(
            resetting_within(b'HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{"id"'),
            PATIENT,
            id="reset in the body",
        ),
        pytest.param(
            replying(b'HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{"id"'), PATIENT, id="a short body"
        ),
        pytest.param(replying(CHUNKED + b"5\r\n{}"), PATIENT, id="a short chunk"),
        pytest.param(replying(CHUNKED + b"zz\r\n{}"), PATIENT, id="a chunk of no length"),
        pytest.param(replying(b"SSH-2.0-OpenSSH_9.6\r\n"), PATIENT, id="another protocol"),
        pytest.param(replying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), PATIENT, id="an endless header"),
        pytest.param(replying(answer(b" " * 10_000_000)), PATIENT, id="10 MB"),
        pytest.param(
            replying(answer(gzip.compress(b" " * 50_000_000), head=GZIPPED)), PATIENT, id="a gzip bomb"
        ),
        pytest.param(replying(answer(b"no gzip at all", head=GZIPPED)), PATIENT, id="broken gzip"),
        pytest.param(
            replying(answer(b" " * 2_000_000, status="302 Found", head=b"Location: /else\r\n")),
            PATIENT,
            id="a redirect with a body without end",
        ),
    ],
)
def test_what_fails_after_the_request_left_is_uncertain(behaviour: Behaviour, limits: Limits) -> None:
    with pytest.raises(OutcomeUncertain) as uncertain:
        post_to(behaviour, limits=limits)
    assert_tells_nothing(uncertain.value)


def test_an_answer_that_drips_is_waited_for_only_so_long() -> None:
    with pytest.raises(OutcomeUncertain, match="too slowly"):
        post_to(after_reading(dripping), limits=SHORT)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"id": "\xff"}',
        b"[" * 200_000,
        b"1" * 5_000,
        b"<html>Sign in to the station's wifi</html>",
    ],
    ids=["empty", "cut", "no UTF-8", "deep", "a huge number", "a captive portal"],
)
def test_a_whole_answer_that_is_no_json_holds_none(body: bytes) -> None:
    received = post_to(replying(answer(body)))
    assert (received.status, received.json) == (200, None)


def test_a_compressed_answer_is_read() -> None:
    raw = answer(gzip.compress(b'{"id":"x"}'), head=GZIPPED)
    assert post_to(replying(raw)).json == {"id": "x"}


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    raw = answer(b"", status="307 Temporary Redirect", head=b"Location: https://elsewhere.example/\r\n")
    assert post_to(replying(raw)).status == 307


def keeping_alive(server_side: list[bytes], *, count: int) -> Behaviour:
    """Answer `count` requests on one connection, noting each, then wait for its end."""

    def behave(connection: socket.socket) -> None:
        for _ in range(count):
            server_side.append(read_request(connection))
            connection.sendall(answer(b"{}", head=b"Set-Cookie: a=b\r\n"))
        until_hung_up(connection)

    return behave


def test_a_connection_just_used_is_used_again_and_no_cookie_comes_back() -> None:
    requests: list[bytes] = []
    with Loopback(keeping_alive(requests, count=2)).running() as server:
        client = a_client(server.address)
        post(client)
        post(client)
        client.close()
    assert len(requests) == 2
    assert requests[0] == requests[1]


def test_a_connection_idle_for_too_long_is_not_used_again() -> None:
    requests: list[bytes] = []
    with Loopback(keeping_alive(requests, count=1), keeping_alive(requests, count=1)).running() as server:
        client = a_client(server.address, limits=Limits(read_seconds=5, idle_seconds=0))
        post(client)
        post(client)
        client.close()
    assert len(requests) == 2


def test_a_client_works_again_after_a_failure() -> None:
    with Loopback(after_reading(reset), replying(answer(b"{}"))).running() as server:
        client = a_client(server.address)
        with pytest.raises(OutcomeUncertain):
            post(client)
        assert post(client).status == 200
        client.close()


def test_each_thread_has_a_connection_of_its_own() -> None:
    with ResendDouble() as resend, ThreadPoolExecutor(2) as threads:
        client = a_client(resend.base_url.removeprefix("http://"))
        both = threading.Barrier(2, timeout=10)

        def post_twice(number: int) -> list[int]:
            statuses = []
            for _ in range(2):
                both.wait()
                statuses.append(post(client).status)
            return statuses

        assert list(threads.map(post_twice, range(2))) == [[403, 403], [403, 403]]
        assert resend.connection_count == 2
        client.close()


def test_nothing_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    for name, value in {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
        "NETRC": str(netrc),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "nowhere"),
    }.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    requests: list[bytes] = []
    with Loopback(keeping_alive(requests, count=1)).running() as server:
        client = a_client(server.address)
        post(client)
        client.close()
    assert f"Authorization: {SECRET}\r\n".encode() in requests[0]


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.provider.example",
        "ftp://127.0.0.1",
        "api.provider.example",
        "https://",
        "https://name:word@api.provider.example",
        "https://api.provider.example?key=1",
        "https://api.provider.example:notaport",
        "http://[::1",
        "https://api.\nprovider.example",
        "",
    ],
)
def test_a_base_address_that_would_show_the_key_is_refused(base_url: str) -> None:
    with pytest.raises(SettingsError, match=r"provider\.base_url"):
        HttpClient(base_url, headers={}, limits=PATIENT)


@pytest.mark.parametrize(
    "base_url",
    ["https://api.provider.example", "http://localhost:8000/", "http://127.0.0.9:1", "http://[::1]:1/v1"],
)
def test_https_or_this_machine_is_a_base_address(base_url: str) -> None:
    HttpClient(base_url, headers={}, limits=PATIENT).close()


SUNDAY = "Sun, 22 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("1.5", 1.5),
        (" 12 ", 12.0),
        ("315360000", 3600.0),
        ("9" * 5_000, 3600.0),
        ("Sun, 22 Nov 2026 09:02:00 GMT", 120.0),
        ("Sun, 22 Nov 2026 08:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2036 09:00:00 GMT", 3600.0),
        ("soon", None),
        ("1, 2", None),
        ("nan", None),
        ("Sun, 99 Nov 2026 09:02:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_read_and_bounded(asked: str, wait: float | None) -> None:
    expected = None if wait is None else timedelta(seconds=wait)
    assert retry_after({"retry-after": asked, "date": SUNDAY}) == expected


def test_a_date_to_retry_at_says_nothing_without_the_answers_own_date() -> None:
    assert retry_after({"retry-after": "Sun, 22 Nov 2026 09:02:00 GMT"}) is None


def test_an_answer_that_names_no_wait_has_none() -> None:
    assert retry_after({}) is None
