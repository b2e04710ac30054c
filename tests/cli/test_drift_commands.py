"""`check`, `status`, `publish` and `sign-off`: how files stand beside what is published, as staff meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from partwork.cli.main import app
from partwork.cli.setup import new
from partwork.errors import CommandError

SLUG = "gluteus-medius"
ARTICLE = f"campaigns/{SLUG}/article.txt"
CAMPAIGN = f"campaigns/{SLUG}/campaign.yaml"
SIGN_OFF = Path(f"campaigns/{SLUG}/sign-off.yaml")
DATABASE = Path(".partwork/partwork.db")


@pytest.fixture(autouse=True)
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    new(tmp_path / "practice")
    monkeypatch.chdir(tmp_path / "practice")
    return tmp_path / "practice"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def edit(file: str, before: str, after: str) -> None:
    text = Path(file).read_text("utf-8")
    assert text.count(before) == 1
    Path(file).write_text(text.replace(before, after), "utf-8")


def ask_for(*rules: str) -> None:
    with Path("partwork.yaml").open("a", encoding="utf-8") as file:
        file.write("\nreview:\n" + "".join(f"  {rule}\n" for rule in rules))


def test_before_anything_is_published_check_says_nothing_of_it_and_makes_no_database() -> None:
    assert run("check").stdout == f"All is well: {SLUG}.\n"
    assert not DATABASE.exists()
    (standing,) = json.loads(run("check", "--json").stdout)["standings"]
    assert (standing["campaign"], standing["drift"]) == (SLUG, None)


def test_after_publishing_check_and_status_say_that_the_files_are_as_published() -> None:
    revision = json.loads(run("publish", "--json").stdout)["revision"]
    sentence = f"The files are as published (revision {revision[:8]})."
    assert run("check").stdout == f"{SLUG}: {sentence}\nAll is well: {SLUG}.\n"
    assert sentence in run("status").stdout.splitlines()
    (standing,) = json.loads(run("check", "--json").stdout)["standings"]
    assert (standing["drift"]["matches"], standing["drift"]["revision_id"]) == (True, revision)


def test_check_shows_what_of_an_edited_article_is_otherwise() -> None:
    revision = json.loads(run("publish", "--json").stdout)["revision"][:8]
    edit(ARTICLE, "Deep, aching pain in the lower back", "Deep, dull pain in the lower back")
    edit(CAMPAIGN, "every: 3 days", "every: 4 days")
    ran = run("check")
    assert ran.exit_code == 0
    said = ran.stdout.splitlines()
    assert said[:5] == [
        f"{SLUG}: The article changed since revision {revision} was published: 1 of 5 parts stale (part 2).",
        "  part 2 'what-it-feels-like' is stale",
        "    ~ list changed",
        "        was: “Deep, aching pain in the lower back and side of the hip”",
        "        now: “Deep, dull pain in the lower back and side of the hip”",
    ]
    assert said[5].startswith("  for the whole series differs: the schedule (every 3 days at 09:00")
    assert f"'partwork publish {SLUG}' takes up the files." in said[6]
    (standing,) = json.loads(run("check", "--json").stdout)["standings"]
    assert standing["drift"]["stale"] == ["what-it-feels-like"]
    assert f"1 of 5 parts stale (part 2). 'partwork check {SLUG}' shows how." in run("status").stdout
    (campaign,) = json.loads(run("status", "--json").stdout)["campaigns"]
    assert campaign["drift"]["article_changed"] is True


def test_publishing_again_takes_the_article_up() -> None:
    run("publish")
    edit(ARTICLE, "Deep, aching pain in the lower back", "Deep, dull pain in the lower back")
    run("publish")
    assert "The files are as published" in run("check").stdout


def test_what_differs_beside_the_article_is_said_in_a_line() -> None:
    run("publish")
    edit("partwork.yaml", "14 Mill Lane", "15 Mill Lane")
    edit(CAMPAIGN, "subject: Three ways", "subject: Four ways")
    (line,) = (line for line in run("status").stdout.splitlines() if line.startswith("The files differ"))
    assert "): the practice's postal address, part 4." in line
    assert "part 4 'how-to-fix-it' differs: its subject (“Three ways to" in run("check").stdout


def test_a_campaign_with_a_fault_says_in_status_where_the_fault_is_told() -> None:
    run("publish")
    edit(CAMPAIGN, "goal: booking", "gaol: booking")
    assert f"Its files cannot be compared with it: 'partwork check {SLUG}' says why." in run("status").stdout
    assert run("check").exit_code == 1


def test_a_database_that_is_none_keeps_no_fault_and_no_review_from_being_told() -> None:
    DATABASE.parent.mkdir(exist_ok=True)
    DATABASE.write_bytes(b"this was never a database\n" * 500)
    ask_for("sign_off: required")
    ran = run("check")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("What is published cannot be compared: the database ")
    assert f"{SLUG}: publishing is refused: nobody has signed it off" in ran.stdout
    (remark,) = json.loads(run("check", "--json").stdout)["remarks"]
    assert remark.startswith("What is published cannot be compared")


def test_a_sign_off_is_written_down_and_holds_until_the_words_change() -> None:
    shown = json.loads(run("sign-off", SLUG, "--by", "Dr A. Example", "--json").stdout)
    assert (shown["campaign"], shown["by"], len(shown["parts"])) == (SLUG, "Dr A. Example", 5)
    assert SIGN_OFF.is_file()
    assert f"{SLUG}: signed off by Dr A. Example on " in run("check").stdout
    edit(ARTICLE, "Deep, aching pain in the lower back", "Deep, dull pain in the lower back")
    said = run("check").stdout
    assert "is not what readers would get now (other words in 'what-it-feels-like')" in said
    assert "signed off by Dr A. Example on" not in said


@pytest.mark.parametrize("by", [[], ["--by", " "], ["--by", "Two\nlines"]])
def test_a_sign_off_needs_a_name(by: list[str]) -> None:
    with pytest.raises(CommandError, match="who signs off"):
        run("sign-off", *by)
    assert not SIGN_OFF.exists()


def test_without_the_sign_off_it_asks_for_a_workspace_publishes_nothing_and_imports_nobody() -> None:
    ask_for("sign_off: required")
    assert run("check").stdout.endswith(
        "The files have no fault, but as they stand they are not published.\n"
    )
    with pytest.raises(CommandError, match="nothing is published: nobody has signed it off"):
        run("publish")
    assert not DATABASE.exists()
    run("sign-off", "--by", "Dr A. Example")
    assert json.loads(run("publish", "--json").stdout)["is_new"] is True


def test_a_rehearsal_needs_no_sign_off() -> None:
    ask_for("sign_off: required", "required: true")
    assert run("rehearse").exit_code == 0


def test_past_its_day_check_warns_and_publish_refuses_only_where_it_must() -> None:
    edit(CAMPAIGN, "goal: booking", "review_by: 2001-01-01\ngoal: booking")
    ran = run("check")
    assert ran.exit_code == 0
    assert f"{SLUG}: it was to be reviewed by 2001-01-01: read it, then" in ran.stdout
    assert run("publish").exit_code == 0
    ask_for("required: true")
    with pytest.raises(CommandError, match="nothing is published: it was to be reviewed by 2001-01-01"):
        run("publish")
    edit(CAMPAIGN, "review_by: 2001-01-01", "review_by: 2199-01-01")
    assert f"{SLUG}: to be reviewed by 2199-01-01." in run("check").stdout
    assert run("publish").exit_code == 0
