"""Settings come whole or not at all, and every fault names its line or its variable."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partwork.errors import SettingsError, WorkspaceError
from partwork.providers.registry import PROVIDERS
from partwork.settings import Settings, database_url, load_settings, restored_settings, state_folder

PLAIN = """\
practice:
  name: Riverside Manual Therapy
  postal_address: 14 Mill Lane, Riverside
  timezone: Europe/London
sender:
  from: Riverside <hello@news.example.org>
booking:
  url: https://book.example.org/session
"""
SECRET = "an-invented-secret-of-enough-characters"
REAL = {
    "PARTWORK_PROVIDER__NAME": "resend",
    "PARTWORK_LINKS__BASE_URL": "https://links.example.org",
    "PARTWORK_LINKS__SECRET": SECRET,
}


def settings_of(folder: Path, text: str = PLAIN, environ: dict[str, str] | None = None) -> Settings:
    (folder / "partwork.yaml").write_text(text, "utf-8")
    return load_settings(folder, environ or {})


def complaints(folder: Path, text: str = PLAIN, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings_of(folder, text, environ)
    assert isinstance(caught.value, WorkspaceError)
    return [str(problem) for problem in caught.value.problems]


def test_what_is_left_out_has_its_documented_meaning(tmp_path: Path) -> None:
    found = settings_of(tmp_path)
    assert found.practice.language == "en"
    assert found.practice.website is None
    assert found.booking.label is None
    assert found.booking.reference_parameter == "utm_content"
    assert found.links.base_url == "http://127.0.0.1:8000"
    assert database_url(tmp_path, {}) == f"sqlite:///{tmp_path}/.partwork/partwork.db"
    assert (found.provider.name, found.provider.base_url) == ("outbox", None)
    assert (found.provider.api_key, found.provider.pace) == (None, None)
    assert found.privacy.subjects == "topic"


def test_the_sample_settings_load_without_any_environment(tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "partwork.yaml"
    found = settings_of(tmp_path, sample.read_text("utf-8"))
    assert found.practice.name == "Riverside Manual Therapy"
    assert found.provider.name == "outbox"


def test_the_environment_overrides_each_key_and_its_texts_become_numbers(tmp_path: Path) -> None:
    environ = {
        **REAL,
        "PARTWORK_PRACTICE__NAME": "2 Rivers",
        "PARTWORK_SENDER__FROM": "hello@other.example.org",
        "PARTWORK_LINKS__BASE_URL": "https://links.example.org/mail/",
        "PARTWORK_PROVIDER__API_KEY": "key-1",
        "PARTWORK_PROVIDER__PACE__REQUESTS_PER_SECOND": "2.5",
        "PARTWORK_PROVIDER__PACE__MESSAGES_PER_DAY": "100",
    }
    found = settings_of(tmp_path, environ=environ)
    assert found.practice.name == "2 Rivers"
    assert found.sender.from_ == "hello@other.example.org"
    assert found.links.base_url == "https://links.example.org/mail"
    assert found.links.secret == SECRET
    assert found.provider.api_key == "key-1"
    assert found.provider.pace is not None
    assert found.provider.pace.requests_per_second == 2.5
    assert found.provider.pace.messages_per_second is None
    assert found.provider.pace.messages_per_day == 100
    assert not (tmp_path / ".partwork").exists(), "with a secret given, none is made"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    environ = {"PARTWORK_PRACTICE__NAME": "", "PARTWORK_LINKS__SECRET": "", "PARTWORK_NONE__SUCH": ""}
    assert settings_of(tmp_path, environ=environ).practice.name == "Riverside Manual Therapy"


def test_a_section_with_every_key_commented_out_is_no_fault(tmp_path: Path) -> None:
    text = PLAIN + "links:\n  # base_url: https://links.example.org\nprovider:\n"
    assert settings_of(tmp_path, text).links.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        pytest.param(
            "  postal_address: 14 Mill Lane, Riverside\n",
            "",
            "partwork.yaml:1:1: 'postal_address' is missing: emails must show where to write to you",
            id="no address",
        ),
        pytest.param(
            "14 Mill Lane, Riverside",
            "",
            "partwork.yaml:3:3: 'postal_address' is empty: emails must show where to write to you",
            id="an empty address",
        ),
        pytest.param(
            "14 Mill Lane, Riverside",
            '"  "',
            "partwork.yaml:3:19: 'postal_address' is empty: emails must show where to write to you",
            id="an address of spaces",
        ),
        pytest.param(
            "postal_address",
            "postal_adress",
            "partwork.yaml:3:3: unknown key 'postal_adress'; did you mean 'postal_address'?"
            " The keys here are: name, postal_address, timezone, website, language, signature",
            id="a mis-spelt key",
        ),
        pytest.param(
            "Europe/London",
            "london",
            "partwork.yaml:4:13: 'london' is no time zone; did you mean 'Europe/London'?",
            id="a city alone",
        ),
        pytest.param(
            "Europe/London",
            "Europe/Lodnon",
            "partwork.yaml:4:13: 'Europe/Lodnon' is no time zone; did you mean 'Europe/London'?",
            id="a mis-spelt zone",
        ),
        pytest.param(
            "Europe/London",
            "ours",
            "partwork.yaml:4:13: 'ours' is no time zone: write one as in 'Europe/London'",
            id="no zone at all",
        ),
        pytest.param(
            "name: Riverside Manual Therapy",
            "name: 24",
            "partwork.yaml:2:9: 'name' should be text: put quotes around it",
            id="a number for a name",
        ),
        pytest.param(
            "name: Riverside Manual Therapy",
            'name: "Hi =?utf-8?q?x=0D=0ABcc=3A_evil@x.example?="',
            "partwork.yaml:2:9: '=?' has a meaning of its own in email headers: write it differently",
            id="an encoded word",
        ),
        pytest.param(
            "hello@news.example.org",
            "hello.news.example.org",
            "partwork.yaml:6:9: this is no email address (An email address must have an @-sign):"
            " write one as in 'hello@example.org'",
            id="no address of email",
        ),
        pytest.param(
            "Riverside <hello@news.example.org>",
            "Riverside <hello@news.example.org",
            "partwork.yaml:6:9: this is no sender: write 'Name <hello@example.org>'",
            id="an open bracket",
        ),
        pytest.param(
            "Riverside <hello@news.example.org>",
            '"Riverside\\r\\nBcc: <x@example.org>"',
            "partwork.yaml:6:9: a line break or control character (U+000D) stands here:"
            " write one line of text",
            id="a header of one's own",
        ),
        pytest.param(
            "https://book.example.org/session",
            "http://book.example.org/session",
            "partwork.yaml:8:8: 'http://book.example.org/session' should start with https://,"
            " so that nobody on the way can read or change it",
            id="http",
        ),
        pytest.param(
            "https://book.example.org/session",
            "https://me:secret@book.example.org/",
            "partwork.yaml:8:8: a web address cannot hold a user name or password (the part before '@')",
            id="userinfo",
        ),
        pytest.param(
            "https://book.example.org/session",
            "https://book.example.org/?utm_content=x",
            "partwork.yaml:8:8: the address holds 'utm_content' already, which carries the booking reference:"
            " take it out",
            id="the reference's parameter",
        ),
        pytest.param(
            "booking:\n  url: https://book.example.org/session\n",
            "booking: https://book.example.org\n",
            "partwork.yaml:7:10: 'booking' should hold keys of its own, on lines of their own",
            id="a value for a section",
        ),
        pytest.param(
            "booking:\n",
            "fallback:\n  name: resend\nbooking:\n",
            "partwork.yaml:7:1: unknown key 'fallback'."
            " The keys here are: practice, sender, booking, links, database, provider, privacy, brand,"
            " review",
            id="not built yet",
        ),
        pytest.param(
            "booking:\n",
            "privacy:\n  subjects: loud\nbooking:\n",
            "partwork.yaml:8:13: 'subjects' may be 'topic' or 'neutral', not 'loud'",
            id="subjects of another kind",
        ),
        pytest.param(
            "booking:\n",
            "database:\n  url: postgresql://partwork:pass@db/partwork\nbooking:\n",
            "partwork.yaml:8:8: a password never stands in a file: set the whole address in"
            " PARTWORK_DATABASE__URL, or PARTWORK_DATABASE__URL_FILE",
            id="a password in a file",
        ),
        pytest.param(
            "booking:\n",
            "database:\n  url: postgresql://db\nbooking:\n",
            "partwork.yaml:8:8: this is no address of a PostgreSQL database:"
            " write one as in postgresql://name@host/database",
            id="postgresql without a database",
        ),
        pytest.param(
            "booking:\n",
            "database:\n  url: 'sqlite://'\nbooking:\n",
            "partwork.yaml:8:8: this names no database file: leave the key out, or name one as sqlite:///…",
            id="a database in memory",
        ),
        pytest.param(
            "booking:\n",
            "provider:\n  name: outbx\nbooking:\n",
            "partwork.yaml:8:9: 'name' may be 'outbox' or 'resend', not 'outbx'; did you mean 'outbox'?",
            id="a mis-spelt provider",
        ),
        pytest.param(
            "booking:\n",
            "provider:\n  pace:\n    requests_per_second: true\nbooking:\n",
            "partwork.yaml:9:26: a number belongs here, as in 2",
            id="yes for a number",
        ),
        pytest.param(
            "booking:\n",
            "provider:\n  pace:\n    messages_per_day: 0\nbooking:\n",
            "partwork.yaml:9:23: 'messages_per_day' should be greater than 0",
            id="a pace of nothing",
        ),
        pytest.param(
            "booking:\n",
            "links:\n  base_url: https://links.example.org/?a=b\nbooking:\n",
            "partwork.yaml:8:13: 'https://links.example.org/?a=b' should end before the '?' or '#'",
            id="a base with a query",
        ),
    ],
)
def test_a_mistake_gives_one_line_at_its_place(
    tmp_path: Path, written: str, instead: str, complaint: str
) -> None:
    assert written in PLAIN
    found = complaints(tmp_path, PLAIN.replace(written, instead, 1))
    assert found == [complaint]


@pytest.mark.parametrize(
    "address",
    [
        "https://book.example.org\\@evil.example",
        "https://book.example.org/a b",
        "https://book.example.org/\u202egnp",
        "javascript:alert(1)",
        "//book.example.org/",
        "https:///session",
        "https://book..example.org/",
        "https://book.example.org:99999/",
        "https://[::1",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
    ],
)
def test_a_doubtful_web_address_is_refused(tmp_path: Path, address: str) -> None:
    found = complaints(tmp_path, environ={"PARTWORK_BOOKING__URL": address})
    assert len(found) == 1
    assert found[0].startswith("PARTWORK_BOOKING__URL: ")


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost:9", "[::1]:9", "127.8.8.8"])
def test_plain_http_is_good_enough_within_this_machine(tmp_path: Path, host: str) -> None:
    url = f"http://{host}/session"
    assert settings_of(tmp_path, environ={"PARTWORK_BOOKING__URL": url}).booking.url == url


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Riverside <hello@example.org>", "Riverside <hello@example.org>"),
        ('"Riverside, Manual" <hello@example.org>', '"Riverside, Manual" <hello@example.org>'),
        ("Dr. Ana <hello@example.org>", '"Dr. Ana" <hello@example.org>'),
        ("Zoë <hello@example.org>", "Zoë <hello@example.org>"),
        ("<hello@example.org>", "hello@example.org"),
        ("hello@münchen.example", "hello@xn--mnchen-3ya.example"),
    ],
)
def test_a_sender_is_kept_as_a_header_needs_it(tmp_path: Path, written: str, kept: str) -> None:
    assert settings_of(tmp_path, environ={"PARTWORK_SENDER__FROM": written}).sender.from_ == kept


def test_an_address_on_several_lines_becomes_one(tmp_path: Path) -> None:
    text = PLAIN.replace("14 Mill Lane, Riverside", "|\n    14 Mill Lane,\n    Riverside\n    RV1 4PW")
    assert settings_of(tmp_path, text).practice.postal_address == "14 Mill Lane, Riverside, RV1 4PW"


def test_every_problem_of_file_and_environment_is_reported_at_once(tmp_path: Path) -> None:
    text = PLAIN.replace("Europe/London", "Mars").replace("https://book", "ftp://book")
    text += "links:\n  secret: do-not-show-this\nprovider:\n  api_key: nor-this\n"
    environ = {
        "PARTWORK_SENDER__FORM": "x",
        "PARTWORK_PRACTICE_NAME": "x",
        "PARTWORK_SENDER__REPLY_TO": "nobody",
        "PARTWORK_LINKS__SECRET": "short-one",
    }
    assert complaints(tmp_path, text, environ) == [
        "PARTWORK_LINKS__SECRET: too short: 32 characters or more belong here",
        "PARTWORK_PRACTICE_NAME: write two underscores after the section: PARTWORK_PRACTICE__NAME",
        "PARTWORK_SENDER__FORM: no setting has this name; did you mean PARTWORK_SENDER__FROM?",
        "PARTWORK_SENDER__REPLY_TO: this is no email address (An email address must have an @-sign):"
        " write one as in 'hello@example.org'",
        "partwork.yaml:4:13: 'Mars' is no time zone: write one as in 'Europe/London'",
        "partwork.yaml:8:8: 'ftp://book.example.org/session' is no web address:"
        " write one as in 'https://www.example.org/page'",
        "partwork.yaml:10:3: secrets never stand in files: set PARTWORK_LINKS__SECRET,"
        " or PARTWORK_LINKS__SECRET_FILE to a file that holds it",
        "partwork.yaml:12:3: secrets never stand in files: set PARTWORK_PROVIDER__API_KEY,"
        " or PARTWORK_PROVIDER__API_KEY_FILE to a file that holds it",
    ]


def test_variables_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    environ = {"PARTWORK_WORKSPACE": "/srv", "PARTWORK_TEST_CHROMIUM": "/usr/bin/x", "OTHER__X": "1"}
    assert settings_of(tmp_path, environ=environ).provider.name == "outbox"


def test_a_variable_that_is_no_text_is_named(tmp_path: Path) -> None:
    name = os.fsdecode(b"Caf\xe9")
    assert complaints(tmp_path, environ={"PARTWORK_PRACTICE__NAME": name}) == [
        "PARTWORK_PRACTICE__NAME: this is not UTF-8 text"
    ]


def test_broken_yaml_and_a_wrong_variable_are_reported_together(tmp_path: Path) -> None:
    assert complaints(tmp_path, "practice:\n\tname: x\n", {"PARTWORK_X__Y": "1"}) == [
        "PARTWORK_X__Y: no setting has this name",
        "partwork.yaml:2:1: a tab stands where spaces belong: indent with spaces",
    ]


def test_a_real_provider_asks_for_an_address_and_a_secret_of_ones_own(tmp_path: Path) -> None:
    text = PLAIN + "provider:\n  name: resend\n"
    assert complaints(tmp_path, text) == [
        "PARTWORK_LINKS__SECRET: this is missing: resend needs 32 random characters or more here",
        "partwork.yaml:10:9: resend writes to real people: set links.base_url to an https address of yours",
    ]
    assert not (tmp_path / ".partwork").exists()
    environ = {**REAL, "PARTWORK_LINKS__BASE_URL": "http://links.example.org"}
    assert complaints(tmp_path, environ=environ) == [
        "PARTWORK_LINKS__BASE_URL: 'http://links.example.org' should start with https://,"
        " so that nobody on the way can read or change it"
    ]


def test_the_settings_know_every_provider_there_is_and_no_other(tmp_path: Path) -> None:
    for name in PROVIDERS:
        environ = {**REAL, "PARTWORK_PROVIDER__NAME": name}
        assert settings_of(tmp_path, environ=environ).provider.name == name
    (complaint,) = complaints(tmp_path, environ={"PARTWORK_PROVIDER__NAME": "none"})
    for name in PROVIDERS:
        complaint = complaint.replace(f"'{name}'", "")
    assert complaint.count("'") == 4, "the key and what was written; no name is left"


def test_a_provider_on_this_machine_may_have_links_that_lead_here(tmp_path: Path) -> None:
    environ = {
        "PARTWORK_PROVIDER__NAME": "resend",
        "PARTWORK_PROVIDER__BASE_URL": "http://127.0.0.1:4010/",
        "PARTWORK_LINKS__SECRET": SECRET,
    }
    found = settings_of(tmp_path, environ=environ)
    assert found.provider.base_url == "http://127.0.0.1:4010"
    assert found.links.base_url == "http://127.0.0.1:8000"


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    environ = {"PARTWORK_LINKS__SECRET_FILE": str(file), "PARTWORK_PROVIDER__API_KEY_FILE": str(file)}
    found = settings_of(tmp_path, environ=environ)
    assert (found.links.secret, found.provider.api_key) == (SECRET, SECRET)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "PARTWORK_LINKS__SECRET_FILE: the file it names cannot be read as text"),
        (b"\xff\xfe", "PARTWORK_LINKS__SECRET_FILE: the file it names cannot be read as text"),
        (b"\n", "PARTWORK_LINKS__SECRET_FILE: the file it names is empty"),
        (b"short", "PARTWORK_LINKS__SECRET_FILE: too short: 32 characters or more belong here"),
    ],
)
def test_a_secret_file_that_holds_no_secret_is_named(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    environ = {"PARTWORK_LINKS__SECRET_FILE": str(tmp_path / "secret")}
    assert complaints(tmp_path, environ=environ) == [complaint]


def test_one_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    environ = {"PARTWORK_LINKS__SECRET": SECRET, "PARTWORK_LINKS__SECRET_FILE": str(tmp_path / "secret")}
    assert complaints(tmp_path, environ=environ) == [
        "PARTWORK_LINKS__SECRET_FILE: PARTWORK_LINKS__SECRET is set, too: keep one of them"
    ]


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    found = settings_of(tmp_path, environ={**REAL, "PARTWORK_PROVIDER__API_KEY": "re_key"})
    shown = f"{found!r} {found} {json.dumps(found.without_secrets())}"
    assert SECRET not in shown
    assert "re_key" not in shown


def test_the_outboxs_link_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = settings_of(tmp_path).links.secret
    path = tmp_path / ".partwork" / "links.secret"
    assert len(first) >= 32
    assert path.read_text().strip() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert settings_of(tmp_path).links.secret == first
    assert [file.name for file in path.parent.iterdir()] == ["links.secret"], "no draft is left behind"


def test_processes_that_start_at_once_end_with_one_secret(tmp_path: Path) -> None:
    (tmp_path / "partwork.yaml").write_text(PLAIN)
    start = threading.Barrier(8)
    found: list[str] = []

    def begin() -> None:
        start.wait()
        found.append(load_settings(tmp_path, {}).links.secret)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_damaged_link_secret_is_never_replaced_in_silence(tmp_path: Path) -> None:
    (state_folder(tmp_path) / "links.secret").write_text("abc")
    assert complaints(tmp_path) == [
        ".partwork/links.secret: damaged: restore it from a backup,"
        " or delete it (links in emails sent so far then fail)"
    ]


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / ".partwork").write_text("in the way")
    assert complaints(tmp_path) == [".partwork/links.secret: no secret can be kept here: File exists"]


def test_the_state_folder_is_closed_to_others(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        folder = state_folder(tmp_path)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert state_folder(tmp_path) == folder


def test_recorded_settings_come_back_whole_with_the_secrets_of_their_new_place(tmp_path: Path) -> None:
    environ = {
        **REAL,
        "PARTWORK_PROVIDER__PACE__MESSAGES_PER_DAY": "100",
        "PARTWORK_SENDER__REPLY_TO": "Dr. Ana <a@example.org>",
    }
    found = settings_of(tmp_path, environ=environ)
    record = json.loads(json.dumps(found.without_secrets()))
    elsewhere = {"PARTWORK_LINKS__SECRET": SECRET}
    assert restored_settings(record, elsewhere, workspace=tmp_path) == found


def test_the_environment_overrides_recorded_settings(tmp_path: Path) -> None:
    record = settings_of(tmp_path, environ=REAL).without_secrets()
    environ = {
        "PARTWORK_LINKS__SECRET": SECRET,
        "PARTWORK_PROVIDER__API_KEY": "key-2",
        "PARTWORK_PRACTICE__TIMEZONE": "Asia/Tokyo",
    }
    found = restored_settings(record, environ, workspace=tmp_path)
    assert found.practice.timezone == "Asia/Tokyo"
    assert found.provider.api_key == "key-2"
    assert record["practice"] != found.without_secrets()["practice"]


def test_a_record_that_no_longer_fits_says_so_without_a_line(tmp_path: Path) -> None:
    record = settings_of(tmp_path).without_secrets() | {"practice": {"name": "Riverside"}}
    with pytest.raises(SettingsError) as caught:
        restored_settings(record, {}, workspace=tmp_path)
    assert str(caught.value).splitlines()[0].startswith("the published settings: practice.postal_address: ")


def test_the_database_is_found_whatever_else_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "partwork.yaml").write_text("practice: wrong\ndatabase:\n  url: sqlite:///kept/here.db\n")
    assert database_url(tmp_path, {"PARTWORK_X__Y": "1"}) == f"sqlite:///{tmp_path}/kept/here.db"
    environ = {"PARTWORK_DATABASE__URL": "sqlite:////srv/partwork.db"}
    assert database_url(tmp_path, environ) == "sqlite:////srv/partwork.db"


def test_the_environment_names_the_database_where_no_file_is(tmp_path: Path) -> None:
    environ = {"PARTWORK_DATABASE__URL": "sqlite:///partwork.db"}
    assert database_url(tmp_path, environ) == f"sqlite:///{tmp_path}/partwork.db"


def test_a_database_on_postgresql_is_named_in_the_file_or_with_its_password_in_the_environment(
    tmp_path: Path,
) -> None:
    plain = "postgresql://partwork@db:5433/partwork?sslmode=require"
    (tmp_path / "partwork.yaml").write_text(f"database:\n  url: {plain}\n")
    assert database_url(tmp_path, {}) == plain
    secret = "postgresql://partwork:secret@db/partwork"
    assert database_url(tmp_path, {"PARTWORK_DATABASE__URL": secret}) == secret
    (tmp_path / "url").write_text(secret + "\n")
    assert database_url(tmp_path, {"PARTWORK_DATABASE__URL_FILE": str(tmp_path / "url")}) == secret


@pytest.mark.parametrize(
    ("text", "environ", "complaint"),
    [
        (
            "database: x\n",
            {},
            "partwork.yaml:1:11: 'database' should hold keys of its own, on lines of their own",
        ),
        ("practice:\n\tx", {}, "partwork.yaml:2:1: a tab stands where spaces belong: indent with spaces"),
        (
            PLAIN,
            {"PARTWORK_DATABASE__URL": "postgresql:/db/partwork"},
            "PARTWORK_DATABASE__URL: this is no address of a PostgreSQL database:"
            " write one as in postgresql://name@host/database",
        ),
        (
            "database:\n  url: postgres://partwork:secret@db/partwork\n",
            {},
            "partwork.yaml:2:8: a password never stands in a file: set the whole address in"
            " PARTWORK_DATABASE__URL, or PARTWORK_DATABASE__URL_FILE",
        ),
    ],
)
def test_a_database_that_cannot_be_read_is_never_guessed(
    tmp_path: Path, text: str, environ: dict[str, str], complaint: str
) -> None:
    (tmp_path / "partwork.yaml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        database_url(tmp_path, environ)
    assert str(caught.value) == complaint


written_lines = st.sampled_from(
    [
        *PLAIN.splitlines(),
        "provider:",
        "  name: resend",
        "  pace: [1]",
        "links: ~",
        "  secret: x",
        "\t",
        "- a",
        "x: 'y",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(written_lines, max_size=12))
def test_settings_of_shuffled_lines_load_or_are_explained(tmp_path: Path, lines: list[str]) -> None:
    try:
        told = repr(settings_of(tmp_path, "\n".join(lines)))
    except SettingsError as error:
        told = str(error)
    assert told
