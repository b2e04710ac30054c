"""The double must be as strict as what it stands for, or the tests that use it prove nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers import resend_double
from tests.providers.resend_double import Act, Json, ResendDouble

EMAIL: dict[str, Json] = {
    "from": "The Back Room <hello@practice.example>",
    "to": ["ann@example.org"],
    "subject": "One",
    "html": "<p>One</p>",
    "tags": [{"name": "fid", "value": "aaaa"}],
}


@pytest.fixture
def double(tmp_path: Path) -> Iterator[ResendDouble]:
    with ResendDouble(ledger=tmp_path / "ledger.jsonl") as double:
        yield double


def ask(
    base_url: str,
    document: Json,
    *,
    path: str = "/emails",
    key: str | None = None,
    api_key: str | None = "re_double",
) -> tuple[int, Json]:
    """Return status and document of one POST, by a client that is not the one under test elsewhere."""
    headers = {"Content-Type": "application/json", "Connection": "close"}
    if key is not None:
        headers["Idempotency-Key"] = key
    if api_key is not None:
        headers["Authorization"] = f"Bearer {api_key}"
    request = urllib.request.Request(base_url + path, json.dumps(document).encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def name_of(document: Json) -> str:
    assert isinstance(document, dict)
    return str(document["name"])


def test_a_good_email_is_taken_and_named(double: ResendDouble) -> None:
    status, document = ask(double.base_url, EMAIL)
    (taken,) = double.taken
    assert (status, document) == (200, {"id": taken.id})
    assert (taken.fid, taken.email) == ("aaaa", EMAIL)


def test_a_good_batch_is_taken_in_order(double: ResendDouble) -> None:
    status, document = ask(double.base_url, [EMAIL, {**EMAIL, "subject": "Two"}], path="/emails/batch")
    assert (status, document) == (200, {"data": [{"id": taken.id} for taken in double.taken]})
    assert [taken.email["subject"] for taken in double.taken] == ["One", "Two"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to": []}, "to"),
        ({"to": ["a@example.org, b@example.org"]}, "to"),
        ({"to": ["Ann <a@example.org>"]}, "to"),
        ({"to": ["a@example.org"] * 51}, "to"),
        ({"from": "nobody"}, "from"),
        ({"subject": None}, "subject"),
        ({"headers": {"X-A": 1}}, "headers"),
        ({"headers": {"X A": "1"}}, "headers"),
        ({"headers": {"X-A": "1\r\nBcc: b@example.org"}}, "headers"),
        ({"tags": [{"name": "fid", "value": "a b"}]}, "tags"),
        ({"tags": [{"name": "fid", "value": "a" * 257}]}, "tags"),
        ({"campaign": "backs"}, "body"),
        ({"html": ""}, "html"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_email_is_refused_and_spoils_its_batch(
    double: ResendDouble, changes: dict[str, Json], field: str
) -> None:
    bad: dict[str, Json] = {**EMAIL, **changes}
    asked: list[tuple[Json, str]] = [(bad, "/emails"), ([EMAIL, bad], "/emails/batch")]
    for document, path in asked:
        status, answer = ask(double.base_url, document, path=path)
        assert (status, name_of(answer)) == (422, "validation_error")
        assert isinstance(answer, dict)
        assert f"`{field}`" in str(answer["message"])
    assert double.taken == []


@pytest.mark.parametrize("missing", ["from", "to", "subject", "html"])
def test_an_email_that_lacks_a_part_is_refused(double: ResendDouble, missing: str) -> None:
    status, _ = ask(double.base_url, {name: value for name, value in EMAIL.items() if name != missing})
    assert (status, double.taken) == (422, [])


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_holds_1_to_100(double: ResendDouble, count: int) -> None:
    status, _ = ask(double.base_url, [EMAIL] * count, path="/emails/batch")
    assert (status, double.taken) == (422, [])


@pytest.mark.parametrize(
    ("api_key", "path", "key", "status", "name"),
    [
        (None, "/emails", None, 401, "missing_api_key"),
        ("re_other", "/emails", None, 403, "invalid_api_key"),
        ("re_double", "/mails", None, 404, "not_found"),
        ("re_double", "/emails", "", 400, "invalid_idempotency_key"),
        ("re_double", "/emails", "k" * 257, 400, "invalid_idempotency_key"),
    ],
)
def test_a_request_with_a_bad_head_is_refused(
    double: ResendDouble, api_key: str | None, path: str, key: str | None, status: int, name: str
) -> None:
    answered, document = ask(double.base_url, EMAIL, path=path, key=key, api_key=api_key)
    assert (answered, name_of(document)) == (status, name)
    assert double.taken == []


def test_the_same_request_under_the_same_key_is_answered_alike_and_taken_once(double: ResendDouble) -> None:
    assert ask(double.base_url, EMAIL, key="k") == ask(double.base_url, EMAIL, key="k")
    assert len(double.taken) == 1


def test_another_request_under_the_same_key_is_refused(double: ResendDouble) -> None:
    ask(double.base_url, EMAIL, key="k")
    others: list[tuple[Json, str]] = [({**EMAIL, "subject": "Two"}, "/emails"), ([EMAIL], "/emails/batch")]
    for document, path in others:
        status, answer = ask(double.base_url, document, path=path, key="k")
        assert (status, name_of(answer)) == (409, "invalid_idempotent_request")
    assert len(double.taken) == 1


def test_without_a_key_the_same_email_is_taken_twice(double: ResendDouble) -> None:
    ask(double.base_url, EMAIL)
    ask(double.base_url, EMAIL)
    assert len(double.taken) == 2


def test_more_requests_than_the_rate_allows_are_told_to_wait() -> None:
    with ResendDouble(rate=0) as double:
        status, document = ask(double.base_url, EMAIL)
        assert (status, name_of(document)) == (429, "rate_limit_exceeded")
        assert double.taken == []


def test_a_scripted_answer_can_hide_that_the_request_was_taken(double: ResendDouble) -> None:
    double.next(Act(takes=True, status=500, body={"name": "application_error"}), Act(status=500, body={}))
    assert ask(double.base_url, EMAIL, key="k")[0] == 500
    assert ask(double.base_url, EMAIL, key="other")[0] == 500
    assert len(double.taken) == 1
    assert ask(double.base_url, EMAIL, key="k") == (200, {"id": double.taken[0].id})


def test_what_was_taken_under_a_key_outlives_the_double(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    with ResendDouble(ledger=ledger) as before:
        first = ask(before.base_url, EMAIL, key="k")
    with ResendDouble(ledger=ledger) as after:
        assert after.taken == before.taken
        assert ask(after.base_url, EMAIL, key="k") == first
        assert len(after.taken) == 1


def test_by_itself_it_prints_its_address_and_keeps_its_ledger_on_disk(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    command = [
        sys.executable,
        resend_double.__file__,
        "--port",
        "0",
        "--ledger",
        str(ledger),
        "--api-key",
        "re_x",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        try:
            ask(base_url, {"takes": True, "status": 502, "body": {}}, path="/_double/next")
            assert ask(base_url, EMAIL, key="k", api_key="re_x") == (502, {})
            status, document = ask(base_url, EMAIL, key="k", api_key="re_x")
            (line,) = ledger.read_text("utf-8").splitlines()
        finally:
            process.terminate()
        assert process.wait(timeout=10) == 0
    taken = json.loads(line)["taken"]
    assert (status, document) == (200, {"id": taken[0]["id"]})
    assert (taken[0]["fid"], taken[0]["email"]) == ("aaaa", EMAIL)
