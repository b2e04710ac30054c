"""A test send: the whole series now, marked, to one address; the providers' answers in the end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from partwork.audiences.readers import ConsentBasis, ReaderRow
from partwork.campaigns.testsend import SentPart, send_test
from partwork.campaigns.workspace import load_campaign
from partwork.errors import BadToken, CommandError, MessageRefused, Scope, WorkspaceError
from partwork.providers.contract import Accepted, Answer, Pace, Refused, Unavailable, Uncertain
from partwork.rendering.merge import CannotBuild
from partwork.sending.outgoing import Outgoing
from partwork.settings import load_settings
from partwork.store.audiences import add_membership, add_subscriber, end_membership, suppress
from partwork.store.campaigns import find_link
from partwork.store.connect import Store, open_store
from partwork.store.media import find_picture
from partwork.times import VirtualClock
from partwork.tracking.tokens import Purpose, Realm, Signer
from tests.support.ledger import LedgerProvider
from tests.support.stage import make_blank

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)  # a Sunday, at night: no slot of anybody's
SLUG = "gluteus-medius"
TO = "editor@example.org"
READER = ReaderRow(
    line=2,
    address="ann@example.org",
    address_key="ann@example.org",
    first_name="Ann",
    timezone="Europe/London",
    consent_basis=ConsentBasis.CONSENT,
    consent_source="",
    consent_on=date(2026, 3, 2),
    subscribed=True,
    attributes=(),
)


@dataclass(slots=True)
class Bench:
    """A workspace, a database and a provider to try a campaign out with."""

    workspace: Path
    store: Store
    provider: LedgerProvider = field(default_factory=lambda: LedgerProvider(batch_limit=100))
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))
    progress: list[tuple[int, int]] = field(default_factory=list)

    def send(
        self, *, to: str = TO, reader: ReaderRow | None = None, only: str | None = None
    ) -> list[SentPart]:
        return send_test(
            self.store,
            self.provider,
            self.clock,
            load_campaign(self.workspace, SLUG),
            load_settings(self.workspace, {}),
            templates=self.workspace / "templates",
            address=to,
            reader=reader,
            only=only,
            on_progress=lambda done, count: self.progress.append((done, count)),
        )

    def row_counts(self) -> dict[str, int]:
        """Return how many rows each table holds; empty ones, and what a migration wrote, left out."""
        with self.store.read() as connection:
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).scalars()
            counts = {
                name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
                for name in list(names)
            }
        return {
            name: count
            for name, count in counts.items()
            if count and name not in ("alembic_version", "installation")
        }


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_blank(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def bench(workspace: Path, blank: Path) -> Iterator[Bench]:
    shutil.copy(blank, workspace / "partwork.db")
    store = open_store(f"sqlite:///{workspace / 'partwork.db'}")
    yield Bench(workspace, store)
    store.close()


def test_the_whole_series_goes_at_once_to_the_one_address_in_one_request(bench: Bench) -> None:
    sent = bench.send()
    assert [one.number for one in sent] == [1, 2, 3, 4, 5]
    assert all(isinstance(one.answer, Accepted) for one in sent)
    assert {outgoing.mail.address for outgoing in bench.provider.taken} == {TO}
    assert bench.provider.requests == [tuple(one.message_id for one in sent)]
    assert bench.clock.now() == NOW
    assert bench.progress == [(0, 5), (5, 5)]


def test_every_part_says_that_it_is_a_test_in_subject_html_text_and_a_header(bench: Bench) -> None:
    bench.send()
    for number, outgoing in enumerate(bench.provider.taken, start=1):
        mail = outgoing.mail
        line = f"This is a test: part {number} of 5. Its links work"
        assert mail.subject.startswith(f"[Test {number}/5] ")
        assert mail.text.startswith(line)
        before, found, _ = mail.html.partition(line)
        assert found
        # Only the preheader stands above it, which no program shows in the body.
        assert re.sub(r"<!--.*?-->|<style.*?</style>|<title>.*?</title>", "", before, flags=re.S).count(
            "<div"
        ) == before.count("display:none")
        assert ("X-Partwork-Test", "yes") in mail.headers
        assert ("X-Partwork-Id", mail.message_id) in mail.headers


def test_nothing_is_written_down_but_where_the_links_lead(bench: Bench) -> None:
    bench.send()
    assert bench.row_counts() == {"links": 2}
    bench.send()
    assert bench.row_counts() == {"links": 2}


def test_pictures_are_kept_where_a_test_looks_for_them(bench: Bench) -> None:
    folder = bench.workspace / "campaigns" / SLUG
    Image.new("RGB", (40, 30), "#336699").save(folder / "dot.png")
    (folder / "intro.md").write_text("![A dot](dot.png)\n\n[[section: introduction]]\n", "utf-8")
    file = folder / "campaign.yaml"
    written = file.read_text("utf-8").replace("sections: [introduction]", "text: intro.md")
    file.write_text(written, "utf-8")
    bench.send()
    (picture,) = load_campaign(bench.workspace, SLUG).pictures
    with bench.store.read() as connection:
        kept = find_picture(connection, picture.image.content_hash)
    assert kept is not None
    assert kept.data == picture.data


def test_every_link_is_signed_for_tests_and_known_to_the_database(bench: Bench) -> None:
    bench.send()
    secret = load_settings(bench.workspace, {}).links.secret
    test, others = Signer(secret, Realm.TEST), [r for r in Realm if r is not Realm.TEST]
    purposes = {"b": Purpose.BOOK, "c": Purpose.CLICK, "u": Purpose.UNSUBSCRIBE}
    for outgoing in bench.provider.taken:
        found = set(re.findall(r"/([bcu])/([\w-]{44})", outgoing.mail.html + outgoing.mail.text))
        assert {kind for kind, _ in found} == set(purposes)
        for kind, token in found:
            signed = test.read(purposes[kind], token)
            assert signed.message_id == outgoing.message_id
            if kind != "u":
                with bench.store.read() as connection:
                    assert find_link(connection, signed.link_id)
            assert all(not _reads(Signer(secret, realm), purposes[kind], token) for realm in others)


def _reads(signer: Signer, purpose: Purpose, token: str) -> bool:
    try:
        signer.read(purpose, token)
    except BadToken:
        return False
    return True


def test_without_a_reader_nobodys_values_are_merged_and_with_one_theirs(bench: Bench) -> None:
    bench.send(only="1")
    bench.send(only="1", reader=READER)
    texts = [outgoing.mail.text for outgoing in bench.provider.taken]
    assert ["Hello there," in text for text in texts] == [True, False]
    assert "Hello Ann," in texts[1]
    assert [outgoing.mail.address for outgoing in bench.provider.taken] == [TO, TO]


@pytest.mark.parametrize("only", ["2", "what-it-feels-like"])
def test_one_part_can_be_sent_alone(bench: Bench, only: str) -> None:
    (sent,) = bench.send(only=only)
    assert (sent.number, sent.slug) == (2, "what-it-feels-like")
    assert sent.subject.startswith("[Test 2/5] ")


def test_a_part_there_is_not_is_refused_before_anything_is_sent(bench: Bench) -> None:
    with pytest.raises(CommandError, match="no part is called '6'"):
        bench.send(only="6")
    assert (bench.provider.requests, bench.row_counts()) == ([], {})


def test_a_faulty_template_is_refused_before_anything_is_sent(bench: Bench) -> None:
    template = bench.workspace / "templates" / "part.mjml"
    template.write_text(template.read_text("utf-8").replace("{{ links.book }}", "{{ links.bok }}"), "utf-8")
    with pytest.raises(WorkspaceError, match="bok"):
        bench.send()
    assert (bench.provider.requests, bench.row_counts()) == ([], {})


def test_each_test_is_a_new_one_under_keys_and_ids_of_its_own(bench: Bench) -> None:
    ids = [one.message_id for _ in range(2) for one in bench.send()]
    assert len(set(ids)) == 10
    assert len(set(bench.provider.keys)) == 2


def test_the_providers_pace_and_its_batches_are_kept(bench: Bench) -> None:
    bench.provider = LedgerProvider(batch_limit=2, pace=Pace(requests_per_second=2))
    bench.send()
    assert [len(request) for request in bench.provider.requests] == [2, 2, 1]
    assert bench.clock.now() == NOW + timedelta(seconds=1)


def test_what_may_have_been_taken_is_not_sent_again(bench: Bench) -> None:
    bench.provider.behave = lambda batch: [Uncertain("the answer was lost")] * len(batch)
    assert {one.answer for one in bench.send()} == {Uncertain("the answer was lost")}
    assert len(bench.provider.requests) == 1


def test_what_is_provably_not_taken_is_said_and_left_to_the_person(bench: Bench) -> None:
    bench.provider.behave = lambda batch: [Unavailable("busy")] * len(batch)
    assert {one.answer for one in bench.send()} == {Unavailable("busy")}
    assert len(bench.provider.requests) == 1


def test_an_adapter_that_fails_leaves_every_part_uncertain(bench: Bench) -> None:
    def fail(batch: Sequence[Outgoing]) -> list[Answer]:
        raise RuntimeError

    bench.provider.behave = fail
    assert {type(one.answer) for one in bench.send()} == {Uncertain}


def test_a_batch_refused_for_one_parts_fault_leaves_the_others_their_own_answers(bench: Bench) -> None:
    def refuse_the_third(batch: Sequence[Outgoing]) -> list[Answer]:
        if any(outgoing.mail.subject.startswith("[Test 3/5]") for outgoing in batch):
            raise MessageRefused("too odd")
        return bench.provider.take_all(batch)

    bench.provider.behave = refuse_the_third
    answers = {one.number: one.answer for one in bench.send()}
    assert answers.pop(3) == Refused("too odd")
    assert {type(answer) for answer in answers.values()} == {Accepted}
    assert len(set(bench.provider.taken_ids())) == len(bench.provider.taken) == 4


def test_after_a_refusal_of_the_account_no_further_request_is_made(bench: Bench) -> None:
    def refuse(batch: Sequence[Outgoing]) -> list[Answer]:
        raise MessageRefused("the key is wrong", scope=Scope.ACCOUNT)

    bench.provider = LedgerProvider(batch_limit=2)
    bench.provider.behave = refuse
    first, second, *others = (one.answer for one in bench.send())
    assert first == second == Refused("the key is wrong", Scope.ACCOUNT)
    assert {type(answer) for answer in others} == {Unavailable}
    assert len(bench.provider.requests) == 1


def test_whoever_must_never_be_written_to_gets_no_test_either(bench: Bench) -> None:
    with bench.store.write() as connection:
        suppress(connection, TO, reason="unsubscribed", evidence="a link", now=NOW)
    with pytest.raises(CommandError, match="never written to again") as refused:
        bench.send(to="Editor@example.org")
    assert TO not in str(refused.value).lower()
    assert bench.provider.requests == []


def test_whoever_left_the_campaigns_audience_gets_no_test_and_another_member_does(bench: Bench) -> None:
    with bench.store.write() as connection:
        person = add_subscriber(
            connection,
            address=TO,
            address_key=TO,
            first_name="",
            timezone="Europe/London",
            attributes=(),
            now=NOW,
        )
        add_membership(connection, "readers", person, is_subscribed=True)
    bench.send()
    with bench.store.write() as connection:
        end_membership(connection, "readers", person)
    with pytest.raises(CommandError, match="unsubscribed from audience 'readers'"):
        bench.send()
    assert len(bench.provider.requests) == 1


def test_a_test_that_would_go_beyond_the_days_messages_is_refused_as_a_whole(bench: Bench) -> None:
    bench.provider.pace = Pace(messages_per_day=4)
    with pytest.raises(CommandError, match="may take 4 more messages of its 4 in 24 hours"):
        bench.send()
    assert bench.provider.requests == []
    assert len(bench.send(only="1")) == 1


def test_a_reader_without_a_value_the_part_needs_stops_the_test_before_anything_is_sent(bench: Bench) -> None:
    path = bench.workspace / "campaigns" / SLUG / "campaign.yaml"
    text = path.read_text("utf-8").replace("Why one hip muscle", "For {{ first_name }}, why one hip muscle")
    path.write_text(text, "utf-8")
    with pytest.raises(CannotBuild, match="first_name"):
        bench.send(reader=replace(READER, first_name=""))
    assert bench.provider.requests == []
    assert len(bench.send(reader=READER)) == 5
