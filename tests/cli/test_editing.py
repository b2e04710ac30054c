"""`partwork schema` and `partwork blocks` as staff meet them."""

import json
from pathlib import Path

import PIL.Image
import pytest
from typer.testing import CliRunner

from partwork.cli.main import app
from partwork.cli.setup import new
from partwork.errors import CommandError

ARTICLE = "campaigns/gluteus-medius/article.txt"


@pytest.fixture
def practice(tmp_path, monkeypatch):
    new(tmp_path / "practice")
    monkeypatch.chdir(tmp_path / "practice")
    return tmp_path / "practice"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_schema_is_printed_without_a_workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert json.loads(run("schema", "campaign").stdout)["title"] == "campaign.yaml"


def test_no_name_and_no_folder_is_asked_back(practice):
    with pytest.raises(CommandError, match="campaign, partwork, audience; or all of them: --out DIR"):
        run("schema")


def test_a_folder_gets_all_three_and_a_proposed_campaign_names_its_own(practice):
    run("split", ARTICLE, "--into", "campaigns/before")
    said = run("schema", "--out", "schemas").stdout
    assert sorted(path.name for path in Path("schemas").iterdir()) == [
        "audience.json",
        "campaign.json",
        "partwork.json",
    ]
    assert "# yaml-language-server: $schema=../../schemas/campaign.json" in said
    run("split", ARTICLE, "--into", "campaigns/after")
    before, after = (
        Path(f"campaigns/{name}/campaign.yaml").read_text("utf-8") for name in ("before", "after")
    )
    assert "yaml-language-server" not in before
    line = after.split("\n")[0]
    assert line == "# yaml-language-server: $schema=../../schemas/campaign.json"
    assert (
        Path("campaigns/after", line.partition("=")[2]).resolve() == Path("schemas/campaign.json").resolve()
    )
    assert run("check").exit_code == 0


def test_blocks_lists_what_a_text_may_quote(practice):
    told = json.loads(run("blocks", "--json").stdout)
    assert told[1] == {
        "quote": "[[block: dy3hnqli6qaa]]",
        "line": "4",
        "kind": "list",
        "section": "common-symptoms-of-gluteus-medius-dysfunction",
        "text": "If your Gluteus Medius is not functioning properly, you may experience:",
    }
    assert "[[block: dy3hnqli6qaa]]" in run("blocks").stdout


def test_blocks_lists_a_picture_by_what_it_says(practice):
    PIL.Image.new("RGB", (40, 30), "teal").save("desk.png")
    text = "# A title\n\nSome words stand here.\n\n![A desk](desk.png)\n\n## Next\n\nMore words stand here.\n"
    Path("desk.md").write_text(text, "utf-8")
    run("split", "desk.md", "--into", "campaigns/desk")
    told = json.loads(run("blocks", "desk", "--json").stdout)
    assert [(row["kind"], row["line"], row["text"]) for row in told][1] == ("image", "", "A desk")
    assert "A desk" in run("blocks", "desk").stdout
