"""What only Resend does: its requests, and the table of its answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from partwork.errors import MessageRefused, OutcomeUncertain, ProviderUnavailable, Scope, SettingsError
from partwork.providers.contract import Absent, Accepted, Found, Pace, Refused, Sought, Unseen
from partwork.providers.http import Limits
from partwork.providers.resend import Resend
from partwork.sending.outgoing import Form, Outgoing
from tests.providers.mails import READER, an_outgoing, some_outgoing
from tests.providers.resend_double import Act, Json, Reply, ResendDouble

HOUR = timedelta(hours=1)


@pytest.fixture
def double() -> Iterator[ResendDouble]:
    with ResendDouble() as double:
        yield double


@pytest.fixture
def resend(double: ResendDouble) -> Iterator[Resend]:
    resend = Resend(double.api_key, base_url=double.base_url, limits=Limits(read_seconds=5))
    yield resend
    resend.close()


def error(status: int, name: str, message: str = "", **headers: str) -> Act:
    body: Json = {"statusCode": status, "name": name, "message": message}
    return Act(
        status=status, body=body, headers={key.replace("_", "-"): value for key, value in headers.items()}
    )


def test_one_message_says_all_of_it_and_nothing_else_of_the_reader(
    double: ResendDouble, resend: Resend
) -> None:
    outgoing = an_outgoing(Form.FIELDS)
    resend.send([outgoing], idempotency_key="wave-1")
    (seen,) = double.seen
    assert seen.path == "/emails"
    assert seen.headers["idempotency-key"] == "wave-1"
    assert seen.headers["authorization"] == "Bearer re_double"
    assert json.loads(seen.body) == {
        "from": "The Back Room <hello@practice.example>",
        "to": [READER],
        "subject": "The hidden culprit",
        "reply_to": "desk@practice.example",
        "html": outgoing.mail.html,
        "text": outgoing.mail.text,
        "headers": dict(outgoing.mail.headers),
        "tags": [{"name": "fid", "value": outgoing.message_id}],
    }


def test_more_messages_are_one_request_in_order(double: ResendDouble, resend: Resend) -> None:
    batch = some_outgoing(Form.FIELDS, 100)
    answers = resend.send(batch, idempotency_key="wave-1")
    assert [seen.path for seen in double.seen] == ["/emails/batch"]
    assert [taken.fid for taken in double.taken] == [outgoing.message_id for outgoing in batch]
    assert answers == [Accepted(taken.id) for taken in double.taken]


def test_a_mail_without_an_address_to_reply_to_names_none(double: ResendDouble, resend: Resend) -> None:
    resend.send([an_outgoing(Form.FIELDS, reply_to=None)], idempotency_key="k")
    assert "reply_to" not in double.taken[0].email


def test_the_date_and_the_message_id_are_left_to_resend(double: ResendDouble, resend: Resend) -> None:
    headers = (("Message-ID", "<a@b>"), ("Date", "Mon, 23 Nov 2026 09:00:00 +0000"), ("X-Partwork-Id", "x"))
    resend.send([an_outgoing(Form.FIELDS, headers=headers)], idempotency_key="k")
    assert double.taken[0].email["headers"] == {"X-Partwork-Id": "x"}


def test_the_same_batch_is_the_same_bytes(double: ResendDouble, resend: Resend) -> None:
    batch = some_outgoing(Form.FIELDS, 3)
    first = resend.send(batch, idempotency_key="k")
    with_another_client = Resend(double.api_key, base_url=double.base_url)
    assert with_another_client.send(batch, idempotency_key="k") == first
    with_another_client.close()
    assert double.seen[0].body == double.seen[1].body
    assert len(double.taken) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "a@example.org, b@example.org"},
        {"address": "Ann <a@example.org>"},
        {"address": "a@example.org\r\nBcc: evil@x.example"},
        {"address": ""},
        {"subject": "one\r\nBcc: evil@x.example"},
        {"subject": "one\u2028two"},
        {"subject": "\x00"},
        {"subject": "half \ud83d"},
        {"sender": "A\nB <a@practice.example>"},
        {"reply_to": "a@practice.example\r"},
        {"headers": (("X-One", "a\nb"),)},
        {"headers": (("X One", "a"),)},
        {"headers": (("X-One:", "a"),)},
        {"headers": (("X-One", "a"), ("x-one", "b"))},
        {"headers": (("Bcc", "evil@x.example"),)},
        {"headers": (("Content-Type", "text/plain"),)},
    ],
    ids=lambda changes: ascii(changes),
)
def test_what_would_not_arrive_as_it_is_said_is_never_sent(
    double: ResendDouble, resend: Resend, changes: dict[str, object]
) -> None:
    bad = an_outgoing(Form.FIELDS, **changes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="message") as refused:
        resend.send([an_outgoing(Form.FIELDS), bad], idempotency_key="k")
    assert "x.example" not in str(refused.value)
    assert double.seen == []


UNAVAILABLE: list[tuple[Act, Scope, timedelta | None]] = [
    (error(429, "rate_limit_exceeded", retry_after="3"), Scope.ACCOUNT, timedelta(seconds=3)),
    (error(429, "rate_limit_exceeded"), Scope.ACCOUNT, None),
    (error(429, "daily_quota_exceeded"), Scope.ACCOUNT, HOUR),
    (error(429, "daily_quota_exceeded", retry_after="0"), Scope.ACCOUNT, timedelta(0)),
    (error(429, "monthly_quota_exceeded", retry_after="2592000"), Scope.ACCOUNT, HOUR),
    (error(429, "a_new_word"), Scope.ACCOUNT, None),
    (Act(status=429, body="<h1>slow down</h1>"), Scope.ACCOUNT, None),
    (error(409, "concurrent_idempotent_requests"), Scope.MESSAGE, None),
]
REFUSED: list[tuple[Act, Scope]] = [
    (error(400, "validation_error", "One or more fields."), Scope.MESSAGE),
    (error(400, "validation_error", "API key is invalid"), Scope.ACCOUNT),
    (error(401, "missing_api_key"), Scope.ACCOUNT),
    (error(401, "restricted_api_key"), Scope.ACCOUNT),
    (error(403, "invalid_api_key"), Scope.ACCOUNT),
    (error(403, "suspended_api_key"), Scope.ACCOUNT),
    (error(403, "validation_error", "The domain is not verified."), Scope.ACCOUNT),
    (error(404, "not_found"), Scope.ACCOUNT),
    (error(405, "method_not_allowed"), Scope.ACCOUNT),
    (Act(status=413, body="<h1>too large</h1>"), Scope.MESSAGE),
    (error(422, "validation_error", "Invalid `to` field."), Scope.RECIPIENT),
    (error(422, "validation_error", "Invalid 'to' field."), Scope.RECIPIENT),
    (error(422, "validation_error", "Invalid `subject` field."), Scope.MESSAGE),
    (error(403, "validation_error", "The `to` field may only name yourself."), Scope.ACCOUNT),
    (error(422, "missing_required_field"), Scope.MESSAGE),
    (error(422, "invalid_from_address"), Scope.DOMAIN),
    (error(451, "security_error"), Scope.ACCOUNT),
]
PROVIDER_ID: Json = {"id": "one"}
UNCERTAIN: list[Act] = [
    error(500, "application_error"),
    error(500, "internal_server_error", retry_after="3"),
    Act(status=502, body="<h1>Bad gateway</h1>"),
    Act(status=503, body={"name": "service_unavailable"}, headers={"Retry-After": "3"}),
    Act(status=504, body=""),
    error(409, "a_new_word"),
    error(418, "a_new_word"),
    Act(status=302, body="", headers={"Location": "/else"}),
    Act(status=200, body="<html>Sign in to the station's wifi</html>"),
    Act(status=200, body={}),
    Act(status=200, body=[]),
    Act(status=200, body=None),
    Act(status=200, body={"id": 7}),
    Act(status=200, body={"id": ""}),
    Act(status=200, body={"data": "one"}),
    Act(status=200, body={"data": [PROVIDER_ID]}),
    Act(status=200, body={"data": [PROVIDER_ID, PROVIDER_ID]}),
    Act(status=200, body={"data": [PROVIDER_ID, None]}),
    Act(status=200, body={"data": [PROVIDER_ID, {"id": "two"}, {"id": "three"}]}),
    Act(status=200, body={"data": [PROVIDER_ID, {}]}),
    Act(takes=True, then="reset"),
    Act(then="reset"),
]


def named(value: object) -> str | None:
    return f"{value.status} {value.body}"[:60] if isinstance(value, Act) else None


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("act", "scope", "wait"), UNAVAILABLE, ids=named)
def test_an_answer_that_asks_for_patience_is_unavailable(
    double: ResendDouble, resend: Resend, act: Act, scope: Scope, wait: timedelta | None, count: int
) -> None:
    double.next(act)
    with pytest.raises(ProviderUnavailable) as raised:
        resend.send(some_outgoing(Form.FIELDS, count), idempotency_key="k")
    assert (raised.value.scope, raised.value.retry_after) == (scope, wait)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("act", "scope"), REFUSED, ids=named)
def test_an_answer_that_says_no_is_refused(
    double: ResendDouble, resend: Resend, act: Act, scope: Scope, count: int
) -> None:
    double.next(act)
    with pytest.raises(MessageRefused) as raised:
        resend.send(some_outgoing(Form.FIELDS, count), idempotency_key="k")
    assert raised.value.scope is scope


@pytest.mark.parametrize("act", UNCERTAIN, ids=named)
def test_an_answer_that_says_neither_is_uncertain(double: ResendDouble, resend: Resend, act: Act) -> None:
    double.next(act)
    with pytest.raises(OutcomeUncertain):
        resend.send(some_outgoing(Form.FIELDS, 2), idempotency_key="k")


@pytest.mark.parametrize("body", [{"data": [PROVIDER_ID]}, {}, [PROVIDER_ID], {"id": None}, "one"], ids=str)
def test_one_message_is_accepted_only_by_an_id_of_its_own(
    double: ResendDouble, resend: Resend, body: Json
) -> None:
    double.next(Act(status=200, body=body))
    with pytest.raises(OutcomeUncertain):
        resend.send([an_outgoing(Form.FIELDS)], idempotency_key="k")


@pytest.mark.parametrize("count", [1, 2])
def test_a_key_used_for_another_content_is_refused_item_by_item_so_that_nobody_sends_it_anew(
    double: ResendDouble, resend: Resend, count: int
) -> None:
    resend.send([an_outgoing(Form.FIELDS)], idempotency_key="k")
    answers = resend.send(some_outgoing(Form.FIELDS, count), idempotency_key="k")
    assert all(isinstance(answer, Refused) for answer in answers)
    assert len(answers) == count
    assert "fault in Partwork" in str(answers[0])
    assert len(double.taken) == 1


def test_a_key_still_in_progress_may_be_asked_again_later(double: ResendDouble, resend: Resend) -> None:
    double.hold_key("k")
    with pytest.raises(ProviderUnavailable):
        resend.send([an_outgoing(Form.FIELDS)], idempotency_key="k")


def test_what_was_taken_before_the_connection_broke_is_told_by_a_replay(
    double: ResendDouble, resend: Resend
) -> None:
    batch = some_outgoing(Form.FIELDS, 3)
    double.next(Act(takes=True, then="reset"))
    with pytest.raises(OutcomeUncertain):
        resend.send(batch, idempotency_key="k")
    assert resend.send(batch, idempotency_key="k") == [Accepted(taken.id) for taken in double.taken]
    assert len(double.taken) == 3


def test_an_answer_that_never_comes_is_uncertain(double: ResendDouble) -> None:
    impatient = Resend(double.api_key, base_url=double.base_url, limits=Limits(read_seconds=0.2))
    double.next(Act(takes=True, then="hang"))
    with pytest.raises(OutcomeUncertain):
        impatient.send([an_outgoing(Form.FIELDS)], idempotency_key="k")
    impatient.close()


FAULTS = [act for act, _, _ in UNAVAILABLE] + [act for act, _ in REFUSED] + UNCERTAIN


@pytest.mark.parametrize("act", FAULTS, ids=named)
def test_no_fault_repeats_what_the_answer_said(double: ResendDouble, resend: Resend, act: Act) -> None:
    told = f"secret {READER} re_double"
    if isinstance(act.body, dict):
        body: Json = {**act.body, "message": f"{act.body.get('message', '')} {told}"}
        act = Act(act.takes, act.then, act.status, body, act.headers)
    double.next(act)
    with pytest.raises((ProviderUnavailable, MessageRefused, OutcomeUncertain)) as raised:
        resend.send(some_outgoing(Form.FIELDS, 2), idempotency_key="k")
    for leaked in ("secret", READER, "re_double", "a_new_word", "<h"):
        assert leaked not in str(raised.value)


def test_two_requests_a_second_unless_the_settings_say_otherwise() -> None:
    assert Resend("re_key").pace == Pace(requests_per_second=2)


@pytest.mark.parametrize("api_key", ["", "re key", "re_key\n", "clé", "re_\x00"])
def test_a_key_that_no_header_can_hold_is_a_fault_of_the_settings(api_key: str) -> None:
    with pytest.raises(SettingsError, match="PARTWORK_PROVIDER__API_KEY") as refused:
        Resend(api_key)
    assert not api_key or api_key not in str(refused.value)


# What it took


def sought(outgoing: Outgoing, asked_at: datetime | None = None) -> Sought:
    return Sought(outgoing.message_id, outgoing.mail.address, asked_at or datetime.now(UTC))


def test_a_look_up_goes_through_the_list_page_by_page_and_no_further_back_than_it_was_asked(
    double: ResendDouble, resend: Resend
) -> None:
    hour_ago = time.time() - 3600
    batches = [some_outgoing(Form.FIELDS, 100) for _ in range(4)]
    for number, batch in enumerate(batches):
        resend.send(batch, idempotency_key=f"k{number}")
    double.taken = [
        replace(taken, at=hour_ago) if number < 200 else taken for number, taken in enumerate(double.taken)
    ]
    assert resend.look_up([sought(batches[2][0])]) == [Found(double.taken[200].id)]
    pages = [path for path in double.looks if path.startswith("/emails?")]
    assert [path.partition("&")[0] for path in pages] == ["/emails?limit=100"] * 3
    # Each reader has two emails in the time: only those to the right address are opened.
    assert len(double.looks) - len(pages) == 2
    assert resend.look_up([sought(batches[0][0])]) == [Absent()]


def test_an_address_is_the_same_whatever_the_case_resend_lists_it_in(
    double: ResendDouble, resend: Resend
) -> None:
    outgoing = an_outgoing(Form.FIELDS, address="Ann@Example.org")
    resend.send([outgoing], idempotency_key="k")
    double.taken[0].email["to"] = ["ann@example.org"]
    assert resend.look_up([sought(outgoing)]) == [Found(double.taken[0].id)]


def test_a_key_that_may_only_send_cannot_ask_and_never_will(double: ResendDouble, resend: Resend) -> None:
    double.may_only_send = True
    assert resend.look_up([sought(an_outgoing(Form.FIELDS))]) == [
        Unseen("the API key may only send: a key with full access can ask Resend what it took", is_final=True)
    ]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"message": "not a list"}, "Resend's list of emails is none"),
        ({"data": [{"id": "1", "to": [READER]}]}, "does not say when they were sent"),
        ({"data": ["1"]}, "does not say when they were sent"),
    ],
)
def test_a_list_that_is_not_understood_proves_nothing(
    double: ResendDouble, resend: Resend, document: Json, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(double, "look", lambda *_: Reply(200, document))
    (sighting,) = resend.look_up([sought(an_outgoing(Form.FIELDS))])
    assert isinstance(sighting, Unseen)
    assert told in sighting.reason
    assert not sighting.is_final
