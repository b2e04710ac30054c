"""What every provider must do. One suite; its parameters are the adapters.

A gap is declared at the adapter, in words, and the suite holds the adapter to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from pathlib import Path

import pytest

from partwork.errors import ProviderUnavailable
from partwork.ids import new_message_id
from partwork.providers.contract import Absent, Accepted, Found, Provider, ProviderSettings, Sought, Unseen
from partwork.providers.registry import PROVIDERS, open_provider
from partwork.sending.outgoing import Form, Outgoing
from tests.providers.mails import READER, an_outgoing, some_outgoing
from tests.providers.resend_double import ResendDouble

SECRET = "re_double"
ENCODED_WORD = "Hi =?utf-8?q?x=0D=0ABcc=3A_evil@x.example?= there"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as it lies at the provider: all the names of its headers, lower-case, and two values."""

    message_id: str
    header_names: frozenset[str]
    subject: str
    list_id: str


@dataclass(frozen=True, slots=True)
class Rig:
    """An adapter with the provider it talks to.

    arrived:    all the provider took, in order, a message taken twice standing there twice
    away:       while it lasts, the provider provably takes nothing
    """

    provider: Provider
    arrived: Callable[[], list[Arrived]]
    away: Callable[[], AbstractContextManager[None]]


@contextmanager
def outbox(tmp_path: Path) -> Iterator[Rig]:
    folder = tmp_path / "outbox"

    def arrived() -> list[Arrived]:
        found = []
        for file in sorted((folder / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns):
            head = BytesHeaderParser(policy=compat32).parsebytes(file.read_bytes())
            names = frozenset(name.lower() for name in head)
            found.append(Arrived(file.name, names, str(head["Subject"]), str(head["List-Id"])))
        return found

    @contextmanager
    def away() -> Iterator[None]:
        folder.rename(tmp_path / "unmounted")
        yield
        (tmp_path / "unmounted").rename(folder)

    provider = open_provider(ProviderSettings("outbox"), outbox_folder=folder)
    yield Rig(provider, arrived, away)
    provider.close()


@contextmanager
def resend(tmp_path: Path) -> Iterator[Rig]:
    with ResendDouble(api_key=SECRET) as double:

        def arrived() -> list[Arrived]:
            found = []
            for taken in double.taken:
                headers = taken.email["headers"]
                assert isinstance(headers, dict)
                names = {name.lower() for name in headers} | taken.email.keys() - {
                    "headers",
                    "html",
                    "text",
                    "tags",
                }
                names = {name.replace("_", "-") for name in names}
                subject, list_id = str(taken.email["subject"]), str(headers.get("List-Id"))
                found.append(Arrived(taken.fid or "", frozenset(names), subject, list_id))
            return found

        @contextmanager
        def away() -> Iterator[None]:
            with double.deaf():
                yield

        settings = ProviderSettings("resend", base_url=double.base_url, api_key=SECRET)
        provider = open_provider(settings, outbox_folder=tmp_path)
        yield Rig(provider, arrived, away)
        provider.close()


RIGS = {"outbox": outbox, "resend": resend}


@pytest.fixture(params=PROVIDERS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](tmp_path) as rig:
        yield rig


def ids(batch: list[Outgoing]) -> list[str]:
    return [outgoing.message_id for outgoing in batch]


def test_a_provider_says_who_it_is_and_what_it_takes(rig: Rig) -> None:
    assert rig.provider.name in PROVIDERS
    assert rig.provider.form in Form
    assert rig.provider.batch_limit >= 1


@pytest.mark.parametrize("count", [1, 2, 100])
def test_every_message_has_one_answer_and_arrives_once(rig: Rig, count: int) -> None:
    batch = some_outgoing(rig.provider.form, count)
    answers = rig.provider.send(batch, idempotency_key="k")
    assert all(isinstance(answer, Accepted) for answer in answers)
    assert len(answers) == count
    assert [arrived.message_id for arrived in rig.arrived()] == ids(batch)


def test_each_accepted_message_has_an_id_of_its_own_at_the_provider(rig: Rig) -> None:
    answers = rig.provider.send(some_outgoing(rig.provider.form, 10), idempotency_key="k")
    assert len({answer.provider_id for answer in answers if isinstance(answer, Accepted)}) == 10


@pytest.mark.parametrize("count", [1, 5])
def test_sending_the_same_again_under_the_same_key_doubles_nothing(rig: Rig, count: int) -> None:
    batch = some_outgoing(rig.provider.form, count)
    first = rig.provider.send(batch, idempotency_key="k")
    assert rig.provider.send(batch, idempotency_key="k") == first
    assert len(rig.arrived()) == count


def test_a_provider_that_is_away_took_nothing_and_works_when_it_is_back(rig: Rig) -> None:
    batch = some_outgoing(rig.provider.form, 3)
    rig.provider.send([an_outgoing(rig.provider.form)], idempotency_key="before")
    with rig.away(), pytest.raises(ProviderUnavailable) as raised:
        rig.provider.send(batch, idempotency_key="k")
    assert len(rig.arrived()) == 1
    for leaked in (SECRET, READER, "reader0@example.org", batch[0].mail.subject):
        assert leaked not in str(raised.value)
    rig.provider.send(batch, idempotency_key="k")
    assert [arrived.message_id for arrived in rig.arrived()][1:] == ids(batch)


def another_form(form: Form) -> Form:
    return Form.FIELDS if form is Form.MIME else Form.MIME


@pytest.mark.parametrize(
    ("make_batch", "key"),
    [
        pytest.param(lambda form: [], "k", id="nothing"),
        pytest.param(lambda form: some_outgoing(form, 101), "k", id="more than a request holds"),
        pytest.param(lambda form: [an_outgoing(form)] * 2, "k", id="one message twice"),
        pytest.param(lambda form: some_outgoing(another_form(form), 1), "k", id="another form"),
        pytest.param(lambda form: [an_outgoing(form, message_id="../../x")], "k", id="no message id"),
        pytest.param(lambda form: some_outgoing(form, 2), "", id="no key"),
        pytest.param(lambda form: some_outgoing(form, 2), "k" * 257, id="a key too long"),
        pytest.param(lambda form: some_outgoing(form, 2), "k\r\nX: y", id="a key of two lines"),
    ],
)
def test_what_no_provider_can_be_asked_raises_before_anything_is_sent(
    rig: Rig, make_batch: Callable[[Form], list[Outgoing]], key: str
) -> None:
    with pytest.raises(ValueError, match=r"message|key"):
        rig.provider.send(make_batch(rig.provider.form), idempotency_key=key)
    assert rig.arrived() == []


def test_the_longest_key_there_may_be_is_taken(rig: Rig) -> None:
    rig.provider.send([an_outgoing(rig.provider.form)], idempotency_key="k" * 256)
    assert len(rig.arrived()) == 1


def test_an_encoded_word_arrives_as_the_text_it_is_and_makes_no_header(rig: Rig) -> None:
    headers = (("List-Id", f"{ENCODED_WORD} <r.practice.example>"), ("X-Partwork-Id", "x"))
    outgoing = an_outgoing(rig.provider.form, subject=ENCODED_WORD, headers=headers)
    rig.provider.send([outgoing], idempotency_key="k")
    (arrived,) = rig.arrived()
    assert (arrived.subject, arrived.list_id) == (ENCODED_WORD, f"{ENCODED_WORD} <r.practice.example>")
    assert "bcc" not in arrived.header_names
    assert {"from", "to", "subject", "list-id", "x-partwork-id"} <= arrived.header_names


def sought(message_id: str, address: str = READER) -> Sought:
    return Sought(message_id, address, datetime.now(UTC))


def test_a_look_up_finds_what_was_taken_and_misses_what_was_not(rig: Rig) -> None:
    first, second = some_outgoing(rig.provider.form, 2)
    answers = rig.provider.send([first], idempotency_key="one")
    answers += rig.provider.send([second], idempotency_key="two")
    taken = [
        rig.provider.look_up([sought(outgoing.message_id, outgoing.mail.address)])[0]
        for outgoing in (first, second)
    ]
    assert taken == [Found(answer.provider_id) for answer in answers if isinstance(answer, Accepted)]
    # Another message to the same reader is not this one.
    assert rig.provider.look_up([sought(new_message_id(), first.mail.address)]) == [Absent()]


def test_a_look_up_of_several_answers_for_each_in_order(rig: Rig) -> None:
    batch = some_outgoing(rig.provider.form, 5)
    rig.provider.send(batch[1:4], idempotency_key="k")
    sightings = rig.provider.look_up([sought(one.message_id, one.mail.address) for one in batch])
    assert [type(sighting) for sighting in sightings] == [Absent, Found, Found, Found, Absent]


def test_a_look_up_takes_nothing(rig: Rig) -> None:
    outgoing = an_outgoing(rig.provider.form)
    rig.provider.look_up([sought(outgoing.message_id)])
    assert rig.arrived() == []


def test_a_look_up_while_the_provider_is_away_proves_nothing(rig: Rig) -> None:
    outgoing = an_outgoing(rig.provider.form)
    with rig.away():
        (sighting,) = rig.provider.look_up([sought(outgoing.message_id)])
    assert isinstance(sighting, Unseen)
    assert not sighting.is_final


def test_a_look_up_of_what_is_no_message_id_is_a_fault_of_the_caller(rig: Rig) -> None:
    with pytest.raises(ValueError, match="message id"):
        rig.provider.look_up([sought("../../etc/passwd")])


def test_a_closed_provider_can_be_asked_again(rig: Rig) -> None:
    rig.provider.send([an_outgoing(rig.provider.form)], idempotency_key="one")
    rig.provider.close()
    rig.provider.send([an_outgoing(rig.provider.form)], idempotency_key="two")
    assert len(rig.arrived()) == 2
