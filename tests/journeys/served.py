"""Somebody who opens the links in their emails, and the server that answers them."""

from __future__ import annotations

import email
import email.policy
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.journeys.place import PATIENCE, Place

FORM = "application/x-www-form-urlencoded"
ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Server:
    """One running `partwork serve`."""

    netloc: str

    def ask(self, method: str, path: str, body: str | None = None) -> Answer:
        connection = HTTPConnection(self.netloc, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": FORM} if body is not None else {})
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read().decode("utf-8"))
        finally:
            connection.close()


@contextmanager
def serving(place: Place, *options: str) -> Iterator[Server]:
    """Run the server on a free port; in the end it must stop when asked, without a word of complaint."""
    process = place.start([sys.executable, "-m", "partwork", "serve", "--port", "0", *options])
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        found = re.search(r"http://(127\.0\.0\.1:\d+)", first)
        assert found, first
        yield Server(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")


def mail_to(folder: Path, address: str) -> EmailMessage:
    """Return a mail to this address among those in a folder."""
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.iterdir()
    ]
    return next(mail for mail in mails if mail["To"] == address)


def paths_of(mail: EmailMessage, kind: str) -> set[str]:
    """Return the paths of a mail's links of one kind, from both its bodies."""
    texts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return {
        urlsplit(link).path
        for text in texts
        for link in re.findall(rf"http://[^\s\"'<>]+/{kind}/[\w-]+", text)
    }
