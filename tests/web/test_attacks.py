"""Whatever comes in the place of a token meets the same page, which repeats nothing of it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partwork.tracking.tokens import Purpose, Realm, Signer
from tests.web.visitor import Answer, Visitor
from tests.web.world import SECRET, World

MARK = "x0ddw0rd"
_CHANGES = {
    "nothing": "",
    "cut short": "{short}",
    "too long": "{token}A",
    "padded": "{token}=",
    "other case": "{swapped}",
    "lower case": "{lower}",
    "a space behind": "{token}%20",
    "a line end behind": "{token}%0A",
    "a null byte": "{token}%00",
    "a slash behind": "{token}/",
    "a segment behind": "{token}/" + MARK,
    "an encoded slash behind": "{token}%2F",
    "up and back": "../c/{token}",
    "up": "..%2f..%2f..%2fetc%2fpasswd",
    "10 KB": MARK * 1280,
    "full-width letters": "%EF%BC%A1" * 44,
    "broken UTF-8": "%C3%28%FF",
    "markup": f"%3Cscript%3E{MARK}%3C/script%3E",
    "a template": "%7B%7B7*7%7D%7D" + MARK,
    "a format": "%25s%7Bpractice%7D" + MARK,
    "an address": f"https://evil.example/{MARK}",
    "header lines": f"%0d%0aSet-Cookie:%20{MARK}=1",
}


@pytest.mark.parametrize("prefix", ["c", "b", "u"])
@pytest.mark.parametrize("change", _CHANGES)
def test_a_token_that_is_not_ours_is_not_found(
    change: str, prefix: str, still_world: World, passer_by: Visitor
) -> None:
    purpose = {"c": Purpose.CLICK, "b": Purpose.BOOK, "u": Purpose.UNSUBSCRIBE}[prefix]
    token = still_world.token(purpose, link_id=still_world.website_link)
    target = _CHANGES[change].format(
        token=token, short=token[:-1], swapped=token.swapcase(), lower=token.lower()
    )
    before = still_world.standing()
    for method in ("GET", "HEAD", "POST"):
        answer = passer_by.ask(method, f"/{prefix}/{target}")
        assert answer.status in ((404, 405) if method == "POST" else (404,))
        _assert_repeats_nothing(answer)
    assert (still_world.standing(), still_world.events()) == (before, [])


@pytest.mark.parametrize("prefix", ["c", "b", "u"])
def test_a_token_works_for_its_own_purpose_and_realm_alone(
    prefix: str, still_world: World, passer_by: Visitor
) -> None:
    own = {"c": Purpose.CLICK, "b": Purpose.BOOK, "u": Purpose.UNSUBSCRIBE}[prefix]
    strangers = [
        Signer(SECRET, realm).token(purpose, still_world.message_id, link_id=still_world.website_link)
        for realm in Realm
        for purpose in Purpose
        if (realm, purpose) != (Realm.LIVE, own)
    ]
    before = still_world.standing()
    for token in strangers:
        for method in ("GET", "POST"):
            assert passer_by.ask(method, f"/{prefix}/{token}").status in (404, 405)
    assert (still_world.standing(), still_world.events()) == (before, [])


def test_an_escaped_letter_is_the_same_letter(still_world: World, passer_by: Visitor) -> None:
    token = still_world.token(Purpose.UNSUBSCRIBE)
    escaped = "".join(f"%{ord(sign):02X}" for sign in token)
    assert passer_by.ask("GET", f"/u/{escaped}").status == 200


def test_not_found_reads_alike_wherever_one_got_lost(still_world: World, passer_by: Visitor) -> None:
    lost = [passer_by.ask("GET", path).body for path in ("/", f"/{MARK}", f"/c/{MARK}", f"/u/{MARK}?{MARK}")]
    assert len(set(lost)) == 1
    assert 'href="https://www.example.org"' in lost[0]


def test_nothing_of_a_request_comes_back(still_world: World, passer_by: Visitor) -> None:
    more = "".join(
        f"{name}: {MARK}.example\r\n"
        for name in ("X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Referer", "Origin", "User-Agent")
    )
    for path in (still_world.leave_path, still_world.book_path, f"/c/{MARK}", "/healthz/", "//evil.example"):
        for method in ("GET", "PUT"):
            _assert_repeats_nothing(
                passer_by.ask(method, f"{path}?next={MARK}", more=f"{more}Cookie: a={MARK}\r\n")
            )


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"GET /c/\x00 HTTP/1.1", id="a null byte"),
        pytest.param("GET /c/ÅÅÅ HTTP/1.1".encode(), id="letters beyond ASCII"),
        pytest.param(b"GET /c/" + b"A" * 20_000 + b" HTTP/1.1", id="20 KB"),
        pytest.param(b"GET", id="no request"),
    ],
)
def test_what_is_no_request_is_refused_and_the_server_lives_on(line: bytes, passer_by: Visitor) -> None:
    assert passer_by.send(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n").status in (400, 404)
    assert passer_by.ask("GET", "/healthz").status == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=80))
def test_any_path_gets_a_calm_answer(path: str, passer_by: Visitor) -> None:
    answer = passer_by.ask("GET", f"/{path}")
    assert answer.status == (200 if path.partition("?")[0] == "healthz" else 404)


def _assert_repeats_nothing(answer: Answer) -> None:
    everything = f"{answer.headers}\n{answer.body}"
    for word in (MARK, "evil", "passwd", "script"):
        assert word not in everything
