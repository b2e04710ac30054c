"""`partwork split` as staff meet it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from partwork.cli.main import app
from partwork.cli.setup import new
from partwork.errors import CommandError

ARTICLE = Path(__file__).parents[2] / "campaigns" / "gluteus-medius" / "article.txt"


@pytest.fixture
def practice(tmp_path, monkeypatch):
    new(tmp_path / "practice")
    monkeypatch.chdir(tmp_path / "practice")
    return tmp_path / "practice"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_the_seed_article_gives_five_parts_and_every_line_is_accounted_for(practice):
    shown = json.loads(run("split", ARTICLE, "--json").stdout)
    assert [part["word_count"] for part in shown["parts"]] == [58, 123, 79, 99, 51]
    lines = ARTICLE.read_text("utf-8").split("\n")
    fates = shown["coverage"]["lines"]
    assert [fate["number"] for fate in fates] == list(range(1, len(lines) + 1))
    assert [fate["text"] for fate in fates] == lines
    assert {fate["number"]: fate["aside"] for fate in fates if fate["part"] is None} == {
        1: "title of the series",
        24: "button of part 5",
        25: "references: close part 5",
        26: "references: close part 5",
        27: "references: close part 5",
        28: "references: close part 5",
    }


def test_the_table_names_every_part_and_says_how_to_keep_it(practice):
    shown = run("split", ARTICLE).stdout
    assert "28 lines: 22 in parts, 6 set aside, none lost." in shown
    assert "--into campaigns/" in shown


def test_into_writes_a_campaign_that_checks_and_rehearses(practice):
    assert run("split", ARTICLE, "--into", "campaigns/hips").exit_code == 0
    assert Path("campaigns/hips/article.txt").read_bytes() == ARTICLE.read_bytes()
    checked = run("check", "hips")
    assert (checked.exit_code, checked.stdout) == (0, "All is well: hips.\n")
    rehearsed = json.loads(run("rehearse", "hips", "--json").stdout)
    assert list(rehearsed["sent"].values()) == [15] * 5


def test_a_campaign_that_is_there_is_never_replaced(practice):
    before = Path("campaigns/gluteus-medius/campaign.yaml").read_bytes()
    with pytest.raises(CommandError, match="is there already, and is yours"):
        run("split", ARTICLE, "--into", "campaigns/gluteus-medius")
    assert Path("campaigns/gluteus-medius/campaign.yaml").read_bytes() == before


def test_another_article_in_the_folder_is_never_replaced(practice):
    Path("campaigns/hips").mkdir()
    Path("campaigns/hips/article.txt").write_text("Something else.\n")
    with pytest.raises(CommandError, match="differs from this article"):
        run("split", ARTICLE, "--into", "campaigns/hips")
    assert sorted(path.name for path in Path("campaigns/hips").iterdir()) == ["article.txt"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no text"),
        (b" \n\t\n", "holds no text"),
        ("Grüße\nAn alle".encode("cp1252"), "article.txt:1: this is not UTF-8 text"),
    ],
)
def test_an_article_that_cannot_be_read_is_refused_in_words(practice, content, complaint):
    Path("article.txt").write_bytes(content)
    with pytest.raises(CommandError, match=complaint):
        run("split", "article.txt")


def test_a_name_that_is_no_slug_gets_one_proposed(practice):
    with pytest.raises(CommandError, match="try 'my-hips'"):
        run("split", ARTICLE, "--into", "campaigns/My Hips!")


def test_an_exact_number_of_parts_is_kept_or_refused(practice):
    shown = json.loads(run("split", ARTICLE, "--parts", "4", "--json").stdout)
    assert len(shown["parts"]) == 4
    with pytest.raises(CommandError):
        run("split", ARTICLE, "--parts", "40")


def test_why_explains_each_border_and_names_what_else_there_was(practice):
    shown = run("split", ARTICLE, "--why").stdout
    assert "After part 4: the section “Take Action" in shown
    assert "No border here: 3.06 points more (closing not by itself +3.00" in shown
    assert "Next best, with 1.76 points: one more part begins before “Common Complaints" in shown
    assert "or: Complaints Linked to Gluteus Medius Dysfunction  (from the heading" in shown


def test_json_holds_the_costs_the_borders_and_the_candidates(practice):
    shown = json.loads(run("split", ARTICLE, "--json").stdout)
    why = shown["why"]
    assert why["plan"]["total"] == pytest.approx(sum(why["plan"]["costs"].values()), abs=0.001)
    assert [border["after_part"] for border in why["borders"]] == [1, 2, 3, 4]
    assert {"cost", "weight", "meaning"} == set(why["costs"][0])
    assert all({"text", "reason"} == set(each) for part in shown["parts"] for each in part["subjects"])


def test_the_written_campaign_offers_the_other_subjects_as_comments(practice):
    run("split", ARTICLE, "--into", "campaigns/hips")
    text = Path("campaigns/hips/campaign.yaml").read_text("utf-8")
    assert '    #   or: "Complaints Linked to Gluteus Medius Dysfunction"' in text


def test_from_headings_and_minutes_decide_in_place_of_parts(practice):
    by_headings = json.loads(run("split", ARTICLE, "--from-headings", "2", "--json").stdout)
    assert (len(by_headings["parts"]), by_headings["why"]["weighed"]) == (6, False)
    assert "nothing was weighed" in run("split", ARTICLE, "--from-headings", "2", "--why").stdout
    assert len(json.loads(run("split", ARTICLE, "--minutes", "1", "--json").stdout)["parts"]) == 4
    with pytest.raises(CommandError, match="name one of them"):
        run("split", ARTICLE, "--parts", "3", "--minutes", "2")


def test_a_practice_that_keeps_topics_out_of_subjects_is_proposed_such(practice, monkeypatch):
    monkeypatch.setenv("PARTWORK_PRIVACY__SUBJECTS", "neutral")
    run("split", ARTICLE, "--into", "campaigns/hips")
    assert run("check", "hips").exit_code == 0
