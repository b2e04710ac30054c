"""Pictures in emails: one address for all readers, for ever."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from partwork.ids import bytes_hash
from partwork.store.media import find_picture, save_picture
from tests.web.visitor import Visitor
from tests.web.world import NOW, World

DATA = b"\x89PNG bytes \x00\xff"
HASH = bytes_hash(DATA)


@pytest.fixture
def shown(world: World) -> World:
    with world.store.write() as connection:
        for _ in range(2):
            save_picture(connection, content_hash=HASH, media_type="image/png", data=DATA, now=NOW)
    return world


def asked(visitor: Visitor, method: str, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    place = urlsplit(visitor.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_a_picture_is_served_as_it_is_kept_and_may_be_cached_for_ever(shown: World, visitor: Visitor) -> None:
    response, body = asked(visitor, "GET", f"/m/{HASH}")
    assert (response.status, body) == (200, DATA)
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers


def test_asking_for_a_picture_records_nothing(shown: World, visitor: Visitor) -> None:
    before = shown.standing()
    asked(visitor, "GET", f"/m/{HASH}")
    assert (shown.standing(), shown.events()) == (before, [])


def test_a_picture_is_not_sent_again_to_those_who_have_it(shown: World, visitor: Visitor) -> None:
    response, body = asked(visitor, "GET", f"/m/{HASH}", **{"If-None-Match": f'"{HASH}"'})
    assert (response.status, body) == (304, b"")


def test_a_picture_has_its_size_without_being_sent(shown: World, visitor: Visitor) -> None:
    response, body = asked(visitor, "HEAD", f"/m/{HASH}")
    assert (response.status, body, response.headers["Content-Length"]) == (200, b"", str(len(DATA)))


@pytest.mark.parametrize(
    "name", ["a" * 32, "A" * 32, "a" * 31, "a" * 33, "..", "%2e%2e%2fx", "a" * 31 + "%00"]
)
def test_what_is_no_picture_is_not_found_and_nobody_keeps_that(
    shown: World, visitor: Visitor, name: str
) -> None:
    response, _ = asked(visitor, "GET", f"/m/{name}")
    assert (response.status, response.headers["Cache-Control"]) == (404, "no-store")


def test_a_picture_cannot_be_changed_from_outside(shown: World, visitor: Visitor) -> None:
    assert asked(visitor, "POST", f"/m/{HASH}")[0].status == 405
    with shown.store.read() as connection:
        found = find_picture(connection, HASH)
    assert found is not None
    assert found.data == DATA
