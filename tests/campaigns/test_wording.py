"""The templates' own words: one file a language, the same keys in each, and English where there is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from partwork.campaigns.check import check
from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.wording import read_words
from partwork.campaigns.workspace import load_campaign
from partwork.errors import WorkspaceError
from partwork.ids import new_message_id
from partwork.sending.merging import frame_of, links_for
from partwork.sending.outgoing import Form, Mail
from partwork.settings import load_settings
from partwork.tracking.tokens import Realm, Signer
from tests.campaigns.test_inspecting import NOW

TEMPLATES = Path(__file__).parents[2] / "templates"
LANGUAGES = sorted(path.stem for path in TEMPLATES.glob("words/*.yaml"))
ENGLISH = read_words(TEMPLATES, "en").words


def speak(workspace: Path, language: str, *, template: str = "part") -> None:
    """Let the practice of a workspace speak a language; its button says what the templates say."""
    file = workspace / "partwork.yaml"
    text = file.read_text("utf-8").replace("language: en", f"language: {language}")
    file.write_text(text.replace("  label: Book a session\n", ""), "utf-8")
    campaign = workspace / "campaigns/gluteus-medius/campaign.yaml"
    campaign.write_text(
        campaign.read_text("utf-8").replace("template: part ", f"template: {template} "), "utf-8"
    )


def first_mail(workspace: Path, name: str = "") -> Mail:
    settings = load_settings(workspace, {})
    revision = compile_revision(
        load_campaign(workspace, "gluteus-medius"),
        settings,
        templates=workspace / "templates",
        list_label="x",
        link_id=any_link,
    )
    signer = Signer("s" * 32, Realm.PREVIEW)
    message_id = new_message_id()
    return (
        frame_of(revision, revision.parts[0].slug)
        .merge(
            {"first_name": name},
            message_id=message_id,
            address="reader@example.org",
            links=links_for(signer, revision, message_id),
            date=NOW,
            form=Form.FIELDS,
        )
        .mail
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_with_the_gaps_of_the_english_one(language: str) -> None:
    words = read_words(TEMPLATES, language).words
    for name, english in ENGLISH:
        assert sorted(re.findall(r"\[\[.*?\]\]", getattr(words, name))) == sorted(
            re.findall(r"\[\[.*?\]\]", english)
        ), name


@pytest.mark.parametrize("template", ["part", "letter"])
@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_an_email_says_nothing_of_its_own_in_another_language(
    workspace: Path, language: str, template: str
) -> None:
    speak(workspace, language, template=template)
    mail = first_mail(workspace)
    for word in ("Part 1", "part 1 of", "Hello", "Book a session", "Next", "website", "You are getting"):
        assert word not in mail.text
        assert f">{word}" not in mail.html
    assert f'<html lang="{language}"' in mail.html
    words = read_words(workspace / "templates", language).words
    for word in (words.leave, words.button, words.website):
        assert word in mail.text
        assert word in mail.html


def test_a_region_of_a_language_has_that_languages_words_unless_it_has_its_own(workspace: Path) -> None:
    templates = workspace / "templates"
    assert read_words(templates, "de-CH").file == "templates/words/de.yaml"
    (templates / "words/de-CH.yaml").write_bytes((templates / "words/de.yaml").read_bytes())
    assert read_words(templates, "de-ch").file == "templates/words/de-CH.yaml"


def test_a_language_without_words_speaks_english_and_the_check_says_so(
    workspace: Path,
) -> None:
    speak(workspace, "it")
    assert "Unsubscribe" in first_mail(workspace).text
    (warning,) = [
        str(one) for one in check(workspace, {}, slug=None, now=NOW).warnings if "partwork.yaml" in str(one)
    ]
    assert re.match(r"partwork\.yaml:\d+:13: ", warning)
    assert "copy templates/words/en.yaml to templates/words/it.yaml and translate it" in warning


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("leave: Unsubscribe\n", "", "'leave' is missing: write the words of the link that unsubscribes"),
        ("leave: Unsub", "leav: Unsub", "unknown key 'leav'; did you mean 'leave'?"),
        ("leave: Unsubscribe", "leave:", "'leave' is empty"),
        ('"Part [[ number ]]', '"Part [[ numbr ]]', "nothing fills '[[ numbr ]]'; did you mean 'number'?"),
        ("{{ first_name | default('there') }}", "{{ first_name ", "unexpected 'end of template'"),
        ("button: Book", "button: For {{ first_name }}, book", "is not filled in this word: say it without"),
        ("{{ first_name | ", "{{ frst_name | ", "readers have no 'frst_name'; did you mean 'first_name'?"),
    ],
)
def test_a_slip_in_a_word_is_told_at_its_line(workspace: Path, written: str, instead: str, told: str) -> None:
    file = workspace / "templates/words/en.yaml"
    file.write_text(file.read_text("utf-8").replace(written, instead), "utf-8")
    problems = [str(problem) for problem in check(workspace, {}, slug=None, now=NOW).problems]
    assert len(problems) == 1
    assert re.match(r"templates/words/en\.yaml:\d+:\d+: ", problems[0])
    assert told in problems[0]


def test_without_any_words_the_check_says_where_to_get_them(workspace: Path) -> None:
    (workspace / "templates/words/en.yaml").unlink()
    with pytest.raises(WorkspaceError, match=r"words/en\.yaml: this file is missing: .*partwork new"):
        read_words(workspace / "templates", "it")


@pytest.mark.parametrize("template", ["part", "letter"])
@pytest.mark.parametrize("language", ["ar", "he"])
def test_what_runs_from_right_to_left_is_laid_out_so_and_names_stand_apart(
    workspace: Path, language: str, template: str
) -> None:
    speak(workspace, language, template=template)
    mail = first_mail(workspace, name="Ann B.")
    assert f'<html lang="{language}" dir="rtl"' in mail.html
    assert '<span dir="auto">Ann B.</span>' in mail.html
    assert "direction:rtl" in mail.html
    assert "direction:ltr" not in mail.html
    # Outlook takes the attribute: every cell of text begins at the right.
    cells = [cell for cell in re.findall(r"<td [^>]*>", mail.html) if 'class="ink' in cell]
    assert cells
    assert all('align="right"' in cell for cell in cells)
    for mark in "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069":
        assert mark not in mail.subject
