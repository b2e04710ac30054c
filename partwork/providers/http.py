"""HTTP to an email API, and the only module that imports requests. An adapter that knows no provider.

Whether a request may have been taken hangs on one moment: when the first byte of its body left.
The classes of errors do not tell it (a TLS handshake that stalls raises the same error as an
answer that never comes), so the body itself remembers it.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import urlsplit
from weakref import WeakSet

import requests

from partwork import __version__
from partwork.errors import OutcomeUncertain, ProviderUnavailable, Scope, SettingsError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LONGEST_WAIT = timedelta(hours=1)
"""The most a provider's Retry-After may ask of us."""

_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much we wait for.

    connect_seconds: for the connection and its TLS handshake; also for each 64 KB of the request
    read_seconds:    for any next byte of the answer, and for its whole body
    idle_seconds:    a connection unused for longer is closed, not reused: the other side may be
                     closing it just then, and a request lost in it would be uncertain
    answer_bytes:    the longest answer that is read, after decompression
    """

    connect_seconds: float = 5
    read_seconds: float = 60
    idle_seconds: float = 5
    answer_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One complete answer. `json` is None when the body is no JSON; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    json: Json


class HttpClient:
    """Sends requests to one base address, with a session a thread.

    No proxy, netrc or other setting of the environment is read, no redirect followed, no request
    repeated: each would send what nobody asked for.
    """

    def __init__(self, base_url: str, *, headers: Mapping[str, str], limits: Limits) -> None:
        """Raises SettingsError unless `base_url` is https, or http on this very machine."""
        self._base_url = _checked(base_url)
        self._host = urlsplit(self._base_url).hostname
        self._headers = {"User-Agent": f"partwork/{__version__}", "Accept-Encoding": "identity", **headers}
        self._limits = limits
        self._local = threading.local()
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._lock = threading.Lock()

    def post(self, path: str, *, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """Return the complete answer to one POST, whatever its status.

        body: one byte or more
        Raises ProviderUnavailable when nothing of the body was sent, OutcomeUncertain for all
        that fails later.
        """
        session = self._session()
        content = _Body(body)
        request = requests.Request("POST", self._base_url + path, headers=dict(headers), data=content)
        prepared = session.prepare_request(request)
        try:
            return self._exchange(session, prepared)
        except OutcomeUncertain:
            raise
        except Exception as error:
            # `from None`: the cause carries the whole request, with its key and its reader.
            if content.left:
                raise OutcomeUncertain(
                    f"{self._host}: the request left, but its answer did not come whole"
                    f" ({type(error).__name__})"
                ) from None
            if isinstance(error, OSError):
                raise ProviderUnavailable(
                    f"{self._host}: no connection could be made ({type(error).__name__})",
                    scope=Scope.ACCOUNT,
                ) from None
            raise
        finally:
            self._local.used_at = time.monotonic()

    def get(self, path: str) -> HttpAnswer:
        """Return the complete answer to one GET, whatever its status: it changes nothing over there.

        Raises ProviderUnavailable for all that fails.
        """
        session = self._session()
        prepared = session.prepare_request(requests.Request("GET", self._base_url + path))
        try:
            return self._exchange(session, prepared)
        except (OSError, OutcomeUncertain, requests.RequestException, ValueError) as error:
            # `from None`: the cause carries the request, with its key.
            raise ProviderUnavailable(
                f"{self._host}: no whole answer came ({type(error).__name__})", scope=Scope.ACCOUNT
            ) from None
        finally:
            self._local.used_at = time.monotonic()

    def close(self) -> None:
        """Close the connections of every thread; a later request opens new ones."""
        with self._lock:
            for session in self._sessions:
                session.close()

    def _exchange(self, session: requests.Session, request: requests.PreparedRequest) -> HttpAnswer:
        # Not Session.send: even when told not to follow a redirect it reads that answer's whole
        # body, of any length, and it keeps cookies.
        adapter = session.get_adapter(self._base_url)
        timeout = (self._limits.connect_seconds, self._limits.read_seconds)
        with closing(adapter.send(request, stream=True, timeout=timeout, verify=True)) as response:
            body = self._read(response)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return HttpAnswer(status=response.status_code, headers=headers, json=_parsed(body))

    def _read(self, response: requests.Response) -> bytes:
        """Return the decoded body, read as it arrives: a slow drip must not outlast the limit."""
        deadline = time.monotonic() + self._limits.read_seconds
        body = bytearray()
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            body += piece
            if len(body) > self._limits.answer_bytes:
                raise OutcomeUncertain(f"{self._host}: the answer was longer than we read")
            if time.monotonic() > deadline:
                raise OutcomeUncertain(f"{self._host}: the answer came too slowly to wait for its end")
        return bytes(body)

    def _session(self) -> requests.Session:
        """Return this thread's session, without connections that were idle for too long."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.headers.clear()
            session.headers.update(self._headers)
            self._local.session = session
            with self._lock:
                self._sessions.add(session)
        elif time.monotonic() - self._local.used_at > self._limits.idle_seconds:
            session.close()
        return session


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long the answer asks us to wait, from 0 to LONGEST_WAIT; None if it does not say.

    Seconds or a date; a date counts from the answer's own Date header, so that no clock of ours
    is asked and a wrong one does no harm. Source: RFC 9110, section 10.2.3.
    """
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", asked):
        seconds = float(asked)
    else:
        try:
            wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))
        except (ValueError, TypeError, OverflowError):
            return None
        seconds = wait.total_seconds()
    return timedelta(seconds=min(max(seconds, 0), LONGEST_WAIT.total_seconds()))


class _Body:
    """A request body that knows whether any of it left.

    It is iterated once the connection stands and the head is written, a moment no exception shows.
    A head that announces a body and is followed by none is no request yet.
    """

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.left = False

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[bytes]:
        self.left = True
        for start in range(0, len(self._raw), _PIECE_BYTES):
            yield self._raw[start : start + _PIECE_BYTES]


def _parsed(body: bytes) -> Json:
    try:
        document: Json = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document


def _checked(base_url: str) -> str:
    """Return `base_url` without a final slash. Raises SettingsError for one that would show the key."""
    try:
        url = urlsplit(base_url)
        plain = not (url.query or url.fragment or url.username or url.password)
        fits = url.scheme == "https" or (url.scheme == "http" and _is_this_machine(url.hostname))
        fits = fits and bool(url.hostname) and plain and url.port != 0
        fits = fits and re.fullmatch("[!-~]+", base_url) is not None
    except ValueError:
        fits = False
    if not fits:
        raise SettingsError(
            "provider.base_url must be an https address, such as https://api.example.com"
            " (http only for this machine, such as http://127.0.0.1:8000)"
        )
    return base_url.rstrip("/")


def _is_this_machine(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
