"""The journey of a marketer's mistakes: each gives one clear line and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.journeys.place import CAMPAIGN, CAMPAIGN_FILE, READERS_FILE, Place, Ran

POSTAL = "  postal_address: 14 Mill Lane, Riverside, RV1 4PW, United Kingdom\n"
PART = "templates/part.mjml"
GREETING = "Hello {{ frist_name | default('there') }},"
WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake and what is said about it.

    file:     what is edited, in the folder of a campaign; or a template or the settings
    old, new: what stood there, and what stands there now
    at:       the text the line points at, once it is edited
    says:     what the line must mention
    """

    file: str
    old: str
    new: str
    at: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """A command that cannot be carried out, and what is said about it."""

    words: tuple[str, ...]
    says: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)


YAML = "campaign.yaml"

MISTAKES = {
    "section-mis-spelt": Mistake(
        *(YAML, "[introduction]", "[introductoin]", "introductoin"),
        ("'introductoin'", "did you mean 'introduction'", "why-is-the-gluteus-medius-so-important"),
    ),
    "section-named-twice": Mistake(
        *(YAML, "[introduction]", "[introduction, introduction]", "introduction]"), ("'introduction'",)
    ),
    "section-forgotten": Mistake(
        *(YAML, "      - common-complaints-linked-to-gluteus-medius-dysfunction\n", "", "parts:\n"),
        ("'common-complaints-linked-to-gluteus-medius-dysfunction'", "omit"),
    ),
    "day-that-is-no-day": Mistake(YAML, "mon-fri", "mon-fry", "mon-fry", ("'fry'", "did you mean friday")),
    "tab": Mistake(YAML, "  every:", "\tevery:", "\tevery", ("tab", "spaces")),
    "interval-that-is-none": Mistake(YAML, "every: 3 days", "every: 3 dasy", "3 dasy", ("'3 dasy'", "days")),
    "hour-that-is-none": Mistake(YAML, '"09:00"', '"25:00"', '"25:00"', ("'25:00'", "'09:00'")),
    "key-mis-spelt": Mistake(YAML, "goal:", "gaol:", "gaol:", ("'gaol'", "did you mean 'goal'")),
    "title-with-a-colon": Mistake(
        YAML, "title: The", "title: Hidden: The", ": The hidden culprit behind lower back and", ("quotes",)
    ),
    "audience-of-no-name": Mistake(
        *(YAML, "audience: readers", "audience: raeders", "raeders"),
        ("'raeders'", "did you mean 'readers'"),
    ),
    "article-not-there": Mistake(
        YAML, "article: article.txt", "article: artcle.txt", "artcle.txt", ("'artcle.txt'",)
    ),
    "section-vanished": Mistake(
        *("article.txt", "Why Is the Gluteus Medius So Important?", "So much for that."),
        *("why-is-the-gluteus-medius-so-important", ("'why-is-the-gluteus-medius-so-important'",)),
    ),
    "template-of-no-name": Mistake(
        *(YAML, "template: part", "template: prat", "prat"), ("'prat.mjml'", "did you mean 'part'")
    ),
}

TEMPLATES = {
    "tag-that-is-none": Mistake(
        *("part.mjml", "<mj-button", "<mj-buton", "<mj-buton"),
        ("<mj-buton>", "did you mean <mj-button>"),
    ),
    "value-mis-spelt-in-a-page": Mistake(
        "part.mjml", "[[ words.greeting ]]", GREETING, "frist_name", ("'frist_name'", "first_name")
    ),
    "value-mis-spelt-in-a-text": Mistake(
        "part.txt", "[[ words.greeting ]]", GREETING, "frist_name", ("'frist_name'", "first_name")
    ),
}

SETTINGS = {
    "address-missing": Mistake("partwork.yaml", POSTAL, "", "practice:", ("'postal_address' is missing",)),
    "address-empty": Mistake(
        *("partwork.yaml", POSTAL, "  postal_address:\n", "postal_address:"),
        ("'postal_address' is empty",),
    ),
    "secret-in-the-file": Mistake(
        *("partwork.yaml", "  name: outbox", "  name: outbox\n  api_key: re_123", "api_key:"),
        ("PARTWORK_PROVIDER__API_KEY",),
    ),
}

SLIPS = {
    "an unknown campaign": Slip(("publish", "gluteus"), ("'gluteus'", "there are: gluteus-medius")),
    "an unknown audience": Slip(("audience", "import", "everyone"), ("'everyone'", "readers")),
    "an unknown part": Slip(("preview", "--part", "9"), ("'9'", "the-hidden-muscle")),
    "no instant": Slip(("rehearse", "--from", "nonsense"), ("'nonsense'", "2026-12-01T08:00Z")),
    "no instant we can count with": Slip(
        ("rehearse", "--from", "9999-12-30T00:00Z"), ("'9999-12-30T00:00Z'",)
    ),
    "no address": Slip(("why", "nonsense"), ("address",)),
    "a folder that is no workspace": Slip(("--workspace", "campaigns", "status"), ("partwork new",)),
    "a database of no kind": Slip(("status",), ("sqlite",), {"PARTWORK_DATABASE__URL": "nonsense"}),
    "a setting of no name": Slip(
        ("rehearse",), ("PARTWORK_SENDER__FORM", "PARTWORK_SENDER__FROM"), {"PARTWORK_SENDER__FORM": "x"}
    ),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A command run on mistakes: how it ended, and what it left behind."""

    place: Place
    ran: Ran
    was_changed: bool
    left: set[str]

    def faults(self) -> list[str]:
        """Return the lines of a check that found faults, and said how many, and nothing else."""
        assert (self.ran.status, self.ran.err) == (1, "")
        *faults, verdict = self.ran.out.splitlines()
        assert verdict == f"{len(faults)} to mend."
        return faults


def _made(place: Place, *words: str) -> Made:
    before = place.contents()
    ran = place.partwork(*words)
    left = {path.name for path in place.state.iterdir()} if place.state.exists() else set()
    return Made(place, ran, place.contents() != before, left)


@pytest.fixture(scope="module")
def faulty_campaigns(make_place: Callable[[str], Place]) -> Made:
    """One check of a workspace with a campaign for each mistake: none may hide another."""
    place = make_place("campaigns")
    campaigns, templates = place.folder / "campaigns", place.folder / "templates"
    for slug, wrong in {**MISTAKES, **TEMPLATES}.items():
        shutil.copytree(campaigns / CAMPAIGN, campaigns / slug)
        place.edit(f"campaigns/{slug}/{YAML}", f"campaign: {CAMPAIGN}", f"campaign: {slug}")
        if slug in TEMPLATES:
            for name in ("part.mjml", "part.txt"):
                shutil.copy(templates / name, templates / name.replace("part", slug))
            place.edit(f"campaigns/{slug}/{YAML}", "template: part", f"template: {slug}")
            place.edit(f"templates/{wrong.file.replace('part', slug)}", wrong.old, wrong.new)
        else:
            place.edit(f"campaigns/{slug}/{wrong.file}", wrong.old, wrong.new)
    return _made(place, "check")


@pytest.mark.parametrize("slug", MISTAKES)
def test_a_mistake_in_a_campaign_gives_one_line_that_says_where_and_what_would_be_right(
    faulty_campaigns: Made, slug: str
) -> None:
    wrong = MISTAKES[slug]
    said = [line for line in faulty_campaigns.faults() if line.startswith(f"campaigns/{slug}/")]
    file = f"campaigns/{slug}/{YAML}"
    position = faulty_campaigns.place.position(file, wrong.at)
    assert [line.split(": ")[0] for line in said] == [f"{file}:{position}"]
    assert [words for words in wrong.says if words not in said[0]] == []


@pytest.mark.parametrize("slug", TEMPLATES)
def test_a_mistake_in_a_template_gives_one_line_that_says_where_and_what_would_be_right(
    faulty_campaigns: Made, slug: str
) -> None:
    wrong = TEMPLATES[slug]
    file = f"templates/{wrong.file.replace('part', slug)}"
    said = [line for line in faulty_campaigns.faults() if line.startswith(f"templates/{slug}.")]
    line = faulty_campaigns.place.position(file, wrong.at).partition(":")[0]
    assert [":".join(text.split(":")[:2]) for text in said] == [f"{file}:{line}"]
    assert re.match(r"[^:]+:\d+:\d+: ", said[0])
    assert [words for words in wrong.says if words not in said[0]] == []


def test_a_check_says_nothing_beside_the_faults_and_changes_nothing(faulty_campaigns: Made) -> None:
    assert len(faulty_campaigns.faults()) == len(MISTAKES) + len(TEMPLATES)
    assert not faulty_campaigns.was_changed
    assert faulty_campaigns.left <= {"links.secret"}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_mistake_in_the_settings_gives_one_line_that_says_where_and_what_would_be_right(
    place: Place, name: str
) -> None:
    wrong = SETTINGS[name]
    place.edit(wrong.file, wrong.old, wrong.new)
    made = _made(place, "check")
    (said,) = made.faults()
    assert said.startswith(f"{wrong.file}:{place.position(wrong.file, wrong.at)}: ")
    assert [words for words in wrong.says if words not in said] == []
    assert (made.was_changed, made.left) == (False, set())


@pytest.mark.parametrize("name", SLIPS)
def test_a_command_that_cannot_be_carried_out_says_why_in_one_line(place: Place, name: str) -> None:
    slip = SLIPS[name]
    place.environ = slip.environ
    made = _made(place, *slip.words)
    assert (made.ran.status, made.ran.out, len(made.ran.err.splitlines())) == (2, "", 1)
    assert [words for words in slip.says if words not in made.ran.err] == []
    # The secret is made once for good; nothing else may come of a failure.
    assert (made.was_changed, made.left - {"links.secret"}) == (False, set())


def test_real_mail_without_a_key_is_refused_before_anybody_is_enrolled(place: Place) -> None:
    place.begin_at_once()
    place.environ = {
        "PARTWORK_PROVIDER__NAME": "resend",
        "PARTWORK_LINKS__BASE_URL": "https://links.example.org",
        "PARTWORK_LINKS__SECRET": "a-secret-of-the-journeys-only-0123456789",
    }
    place.partwork("publish")
    ran = place.partwork("clock", "--once")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "PARTWORK_PROVIDER__API_KEY" in ran.err
    assert place.messages() == []


def test_every_fault_of_every_file_is_told_at_once(place: Place) -> None:
    wrongs = [MISTAKES[name] for name in ("interval-that-is-none", "day-that-is-no-day", "section-mis-spelt")]
    for wrong in wrongs:
        place.edit(CAMPAIGN_FILE, wrong.old, wrong.new)
    place.edit("partwork.yaml", POSTAL, "")
    looked, published = _made(place, "check"), place.partwork("publish")
    faults = looked.faults()
    assert [fault.split(": ")[0] for fault in faults] == [
        *(f"{CAMPAIGN_FILE}:{place.position(CAMPAIGN_FILE, wrong.at)}" for wrong in wrongs),
        f"partwork.yaml:{place.position('partwork.yaml', 'practice:')}",
    ]
    assert (published.status, published.out, published.err.splitlines()) == (2, "", faults)
    assert not place.database.exists()


def _published(place: Place) -> object:
    """Return what status says of what is published, without how the files stand beside it."""
    told = json.loads(place.must("status", "--json"))
    for campaign in told["campaigns"]:
        del campaign["drift"]
    return told


def test_a_broken_template_stops_a_publication_before_anything_is_kept(place: Place) -> None:
    place.must("publish", CAMPAIGN)
    before = _published(place)
    place.edit(PART, "</mj-button>", "")
    for command in ("publish", "rehearse", "preview"):
        ran = place.partwork(command)
        assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
        assert ran.err.startswith(f"{PART}:{place.position(PART, '<mj-button')}: <mj-button>")
    assert _published(place) == before
    assert {path.name for path in place.state.iterdir()} <= {
        *("links.secret", "partwork.db", "partwork.db-wal", "partwork.db-shm", "rehearsal.lock")
    }


def test_rows_that_cannot_be_used_are_named_by_line_and_the_rest_load(place: Place) -> None:
    place.edit(READERS_FILE, "Asia/Tokyo,consent", "Asia/Tokio,consent")
    place.edit(READERS_FILE, "America/New_York,existing_relation", "America/New_York,")
    place.edit(READERS_FILE, "2026-05-09,subscribed,Riverside\nyui", "9 May,subscribed,Riverside\nyui")
    ran = place.partwork("audience", "import", "readers")
    assert ran.status == 0
    told = ran.err.splitlines()
    assert [re.sub(r".*csv:(\d+):.*", r"\1", line) for line in told] == ["5", "6", "10"]
    for line, word in zip(told, ("2026-", "Asia/Tokyo", "consent"), strict=True):
        assert word in line
    assert ran.out.startswith("Audience 'readers': 13 added")
    assert "3 refused" in ran.out


def test_a_file_saved_by_excel_loads_and_one_line_says_so(place: Place) -> None:
    path = place.folder / READERS_FILE
    rows = [
        line.split(",") for line in path.read_text("utf-8").replace(", spring", " in spring").splitlines()
    ]
    text = "\r\n".join(";".join(cell.strip('"') for cell in row) for row in rows) + "\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    ran = place.partwork("audience", "import", "readers")
    assert (ran.status, len(ran.err.splitlines())) == (0, 1)
    assert "Excel" in ran.err
    assert ran.out.startswith("Audience 'readers': 16 added")
    assert "Mélanie" in place.must("why", "m.fournier@example.org")


def test_an_audience_of_nobody_is_no_success(place: Place) -> None:
    path = place.folder / READERS_FILE
    path.write_text("", "utf-8")
    empty = place.partwork("audience", "import", "readers")
    assert (empty.status, empty.out, len(empty.err.splitlines())) == (2, "", 1)
    place.invite([f"reader{number}@example.org,,Europe/London,,,," for number in range(2)])
    refused = place.partwork("audience", "import", "readers")
    assert (refused.status, len(refused.err.splitlines())) == (1, 2)


def test_an_address_nobody_has_is_said_not_to_be_here(place: Place) -> None:
    ran = place.partwork("why", "nobody@example.org")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "nobody here has this address" in ran.err


@pytest.mark.parametrize("command", ["publish", "clock"])
def test_a_database_that_is_none_is_named_and_left_alone(place: Place, command: str) -> None:
    place.state.mkdir()
    rubbish = b"this was never a database\n" * 500
    place.database.write_bytes(rubbish)
    ran = place.partwork(command, *(["--once"] if command == "clock" else []))
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert str(place.database) in ran.err
    assert place.database.read_bytes() == rubbish


@pytest.mark.parametrize("command", ["publish", "status", "clock --once"])
def test_a_file_in_the_place_of_the_state_folder_is_said_in_one_line(place: Place, command: str) -> None:
    place.state.write_text("somebody's notes", "utf-8")
    ran = place.partwork(*command.split())
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert ".partwork" in ran.err
    assert place.state.read_text("utf-8") == "somebody's notes"


def test_a_preview_goes_only_where_a_folder_can_be(place: Place) -> None:
    ran = place.partwork("preview", "--out", "partwork.yaml")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "partwork.yaml" in ran.err


@pytest.fixture
def closed_place(place: Place) -> Iterator[Place]:
    """A workspace whose folder nobody may write in; root, who may, gives up the right to."""
    place.folder.chmod(0o555)
    yield Place(place.folder, under=WITHOUT_ROOTS_RIGHTS if os.geteuid() == 0 else ())
    place.folder.chmod(0o755)


@pytest.mark.parametrize("command", ["rehearse", "status"])
def test_a_folder_that_cannot_be_written_is_said_in_one_line(closed_place: Place, command: str) -> None:
    made = _made(closed_place, *command.split())
    assert (made.ran.status, made.ran.out, len(made.ran.err.splitlines())) == (2, "", 1)
    assert ".partwork" in made.ran.err
    assert (made.was_changed, made.left) == (False, set())
