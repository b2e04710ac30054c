"""`partwork coverage`, `split --html`, and the page they write, as staff meet them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import Result
from rich.cells import cell_len
from typer.testing import CliRunner

from partwork.articles.coverage import coverage
from partwork.articles.picture import BlockFate, Fate, Picture, picture
from partwork.articles.plaintext import read_plain_text
from partwork.articles.split import split
from partwork.cli import covering
from partwork.cli.main import app
from partwork.cli.setup import new
from partwork.errors import CommandError
from partwork.reports.coverage_page import coverage_page

ARTICLE = Path(__file__).parents[2] / "campaigns" / "gluteus-medius" / "article.txt"
CAMPAIGN = Path("campaigns/gluteus-medius/campaign.yaml")


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    new(tmp_path / "practice")
    monkeypatch.chdir(tmp_path / "practice")
    return tmp_path / "practice"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def leave_out_a_section() -> None:
    text = CAMPAIGN.read_text("utf-8")
    section = "      - common-complaints-linked-to-gluteus-medius-dysfunction\n"
    assert section in text
    CAMPAIGN.write_text(text.replace(section, ""), "utf-8")


@pytest.mark.usefixtures("practice")
class TestOnATerminal:
    def test_the_article_stands_down_one_side_and_its_parts_down_the_other(self) -> None:
        ran = run("coverage")
        lines = ran.stdout.splitlines()
        assert ran.exit_code == 0
        assert [line.rsplit("─ ")[-1] for line in lines if "─" in line] == ["1 the-hidden-muscle"]
        assert sum("┐" in line for line in lines) == sum("┘" in line for line in lines) == 4
        assert lines[-1] == "23 headings and blocks: 17 in 5 parts, 6 set aside, none in no part."

    @pytest.mark.parametrize("width", [30, 66, 80, 110, 200])
    def test_it_fits_its_window(self, width: int) -> None:
        lines = list(covering.drawn_for(_picture(), width))
        assert lines
        assert max(map(cell_len, lines)) <= width

    def test_a_section_in_no_part_is_shown_and_the_answer_is_no(self) -> None:
        leave_out_a_section()
        ran = run("coverage")
        assert ran.exit_code == 1
        assert "! in no part" in ran.stdout
        assert "23 headings and blocks: 15 in 5 parts, 6 set aside, 2 in no part." in ran.stdout
        assert "campaign.yaml:24:1: section 'common-complaints" in ran.stdout

    def test_what_is_omitted_on_purpose_is_no_fault(self) -> None:
        leave_out_a_section()
        with CAMPAIGN.open("a", encoding="utf-8") as file:
            file.write("omit: [common-complaints-linked-to-gluteus-medius-dysfunction]\n")
        ran = run("coverage")
        assert ran.exit_code == 0
        assert "15 in 5 parts, 6 set aside, 2 omitted on purpose, none in no part." in ran.stdout

    def test_json_holds_every_block_with_its_fate(self) -> None:
        shown = json.loads(run("coverage", "--json").stdout)
        assert [len(shown["blocks"]), len(shown["parts"])] == [23, 5]
        assert shown["blocks"][3] == {
            "first": 4,
            "last": 7,
            "kind": "list",
            "lines": shown["blocks"][3]["lines"],
            "has_lead_in": True,
            "section": "common-symptoms-of-gluteus-medius-dysfunction",
            "fate": "in a part",
            "part": 2,
            "why": "",
        }


@pytest.mark.usefixtures("practice")
class TestAsAPage:
    def test_coverage_writes_a_page_that_leads_from_each_block_to_its_part(self) -> None:
        assert run("coverage", "--html", "out/coverage.html").exit_code == 0
        page = BeautifulSoup(Path("out/coverage.html").read_text("utf-8"), "html.parser")
        names = {element["id"] for element in page.find_all(id=True)}
        assert len(names) == len(page.find_all(id=True))
        targets = [link["href"] for link in page.find_all("a")]
        assert targets
        assert {target.removeprefix("#") for target in targets} <= names
        assert page.select_one(".brand").text == "Riverside Manual Therapy"
        for block in page.select("li.block"):
            assert (block.find("a") is None) == ("data-part" not in block.attrs)

    def test_the_page_is_whole_by_itself(self) -> None:
        run("coverage", "--html", "coverage.html")
        text = Path("coverage.html").read_text("utf-8")
        page = BeautifulSoup(text, "html.parser")
        assert page.find_all(["script", "link", "img", "iframe"]) == []
        assert "url(" not in text
        assert "http" not in text.replace("http-equiv", "")

    def test_split_writes_the_page_of_what_it_proposes(self) -> None:
        ran = run("split", ARTICLE, "--html", "proposed.html")
        assert "Written: proposed.html" in ran.stdout
        page = BeautifulSoup(Path("proposed.html").read_text("utf-8"), "html.parser")
        assert len(page.select(".series li")) == 5

    def test_no_other_kind_of_file_is_written_over(self) -> None:
        before = Path("partwork.yaml").read_bytes()
        with pytest.raises(CommandError, match=r"--html: name a file that ends in \.html, as in partwork"):
            run("coverage", "--html", "partwork.yaml")
        assert Path("partwork.yaml").read_bytes() == before

    def test_a_section_in_no_part_is_seen_at_once(self) -> None:
        leave_out_a_section()
        run("coverage", "--html", "coverage.html")
        page = BeautifulSoup(Path("coverage.html").read_text("utf-8"), "html.parser")
        assert page.select_one(".counts .alarm").text == "2 in no part"
        assert len(page.select(".band.in-no-part .block")) == 2


def test_outside_of_a_workspace_split_writes_its_page_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("split", ARTICLE, "--html", "proposed.html").exit_code == 0
    page = BeautifulSoup(Path("proposed.html").read_text("utf-8"), "html.parser")
    assert page.select_one(".brand") is None


def test_nothing_of_an_article_is_markup_in_the_page() -> None:
    seen = _picture()
    hostile = "<script>alert(1)</script><b>&amp;"
    blocks = tuple(_replaced(block, hostile) for block in seen.blocks)
    page = coverage_page(Picture(hostile, blocks, seen.parts), practice=hostile, language='en" x="')
    soup = BeautifulSoup(page, "html.parser")
    assert soup.find_all("script") == []
    assert soup.select_one(".text p").text == hostile
    assert not any("x" in element.attrs for element in soup.find_all(True))


def _replaced(block: BlockFate, text: str) -> BlockFate:
    return replace(block, lines=(text,), why=text)


def _picture() -> Picture:
    article = read_plain_text(ARTICLE.read_text("utf-8"))
    seen = picture(article, coverage(article, split(article)), {})
    assert seen.count(Fate.IN_PART)
    return seen
