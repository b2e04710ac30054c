"""A workspace is read whole: campaigns, the articles and audiences they name, and all that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partwork.campaigns.workspace import (
    campaign_slugs,
    find_workspace,
    load_audience,
    load_campaign,
    survey,
)
from partwork.errors import CommandError, WorkspaceError

ARTICLE = """\
The Quiet Muscle
Most people have never heard of the muscle at the side of the hip, and yet every step needs it.
Common Signs
Some people notice a dull ache after a long walk, others only when they lie on one side at night.
Why It Matters
The hip keeps the pelvis level. When it tires, the lower back does the work and starts to complain.
How It Heals
Patience and a few well chosen exercises bring strength back within weeks rather than months.
Book a session today!
References
Somebody, A. (2018). A book about hips.
"""
CAMPAIGN = """\
campaign: quiet-muscle
title: The quiet muscle
article: article.txt
audience: readers
schedule:
  every: 3 days
  at: "09:00"
  days: mon-fri
parts:
  - slug: first-step
    subject: The muscle nobody knows
    preheader: Every step needs it
    sections: [introduction]
  - slug: signs
    subject: Signs you may know
    preheader: A dull ache after a long walk
    sections:
      - common-signs
      - why-it-matters
  - slug: healing
    subject: How it heals
    preheader: Patience and a few exercises
    sections: [how-it-heals]
"""
AUDIENCE = "audience: readers\ntitle: Readers\nfile: readers.csv\n"
FILE = "campaigns/quiet-muscle/campaign.yaml"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    files = {
        "partwork.yaml": "",
        "templates/part.mjml": "",
        "audiences/readers.yaml": AUDIENCE,
        "audiences/readers.csv": "email,consent_basis,consent_on\n",
        "campaigns/quiet-muscle/article.txt": ARTICLE,
        FILE: CAMPAIGN,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def complaints(step: Callable[[], object]) -> list[str]:
    with pytest.raises(WorkspaceError) as caught:
        step()
    return [str(problem) for problem in caught.value.problems]


def campaign_complaints(workspace: Path, text: str) -> list[str]:
    (workspace / FILE).write_text(text, "utf-8")
    return complaints(lambda: load_campaign(workspace, "quiet-muscle"))


def test_a_campaign_comes_with_its_article_its_audience_and_its_sections(workspace: Path) -> None:
    campaign = load_campaign(workspace, "quiet-muscle")
    assert campaign.definition.title == "The quiet muscle"
    assert campaign.definition.schedule.at == time(9)
    assert campaign.audience.file == "readers.csv"
    assert campaign.article.title is not None
    assert campaign.article.title.text == "The Quiet Muscle"
    held = [[section.slug for section in part.sections] for part in campaign.parts]
    assert held == [["introduction"], ["common-signs", "why-it-matters"], ["how-it-heals"]]
    assert [part.definition.slug for part in campaign.parts] == ["first-step", "signs", "healing"]


def test_what_a_campaign_leaves_out_has_its_documented_meaning(workspace: Path) -> None:
    definition = load_campaign(workspace, "quiet-muscle").definition
    assert (definition.template, definition.goal, definition.on_uncertain) == ("part", None, "hold")
    assert definition.omit == ()


def test_a_section_may_be_left_out_on_purpose(workspace: Path) -> None:
    text = CAMPAIGN.replace("      - why-it-matters\n", "") + "omit: [why-it-matters]\n"
    (workspace / FILE).write_text(text, "utf-8")
    assert load_campaign(workspace, "quiet-muscle").definition.omit == ("why-it-matters",)


def test_a_piece_may_be_left_out_and_the_others_stay_as_they_are(workspace: Path) -> None:
    article = workspace / "campaigns/quiet-muscle/article.txt"
    article.write_text(
        ARTICLE.replace("How It Heals\n", "Second, it needs a rest from time to time.\nHow It Heals\n"),
        "utf-8",
    )
    text = CAMPAIGN.replace("- why-it-matters", "- why-it-matters[1]") + "omit: ['why-it-matters[2]']\n"
    (workspace / FILE).write_text(text, "utf-8")
    piece = load_campaign(workspace, "quiet-muscle").parts[1].sections[1]
    assert [line.text.split()[0] for line in piece.all_lines] == ["Why", "The"]


def test_a_sub_section_that_came_along_with_its_section_is_not_sent_to_its_own_line(workspace: Path) -> None:
    article = workspace / "campaigns/quiet-muscle/article.txt"
    article.write_text(ARTICLE.replace("Patience and", "✅ With Time\nPatience and"), "utf-8")
    text = CAMPAIGN.replace("[how-it-heals]", "[how-it-heals, how-it-heals/with-time]")
    assert campaign_complaints(workspace, text) == [
        f"{FILE}:23:30: part 'healing': section 'how-it-heals/with-time' is named again:"
        " 'how-it-heals' has it already; name it once"
    ]


def test_a_part_that_cannot_be_read_makes_no_section_forgotten(workspace: Path) -> None:
    text = CAMPAIGN.replace("sections: [how-it-heals]", "sections: how-it-heals")
    assert campaign_complaints(workspace, text) == [
        f"{FILE}:23:15: 'sections' should be a list: below the key, each item on a line that starts with '- '"
    ]
    text = CAMPAIGN.partition("parts:")[0] + "parts: []\n"
    assert campaign_complaints(workspace, text) == [
        f"{FILE}:9:8: 'parts' is empty: list the emails, each starting with '- slug:'"
    ]


def test_a_file_with_the_other_ending_is_not_passed_over_in_silence(workspace: Path) -> None:
    (workspace / "audiences/others.yml").touch()
    (workspace / FILE).rename(workspace / "campaigns/quiet-muscle/campaign.yml")
    assert sorted(map(str, survey(workspace).problems)) == [
        "audiences/others.yml: never read: rename it to others.yaml",
        "campaigns/quiet-muscle/campaign.yml: never read: rename it to campaign.yaml",
    ]


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        pytest.param(
            "      - why-it-matters",
            "      - why-it-maters",
            ":19:9: part 'signs': there is no section 'why-it-maters'; did you mean 'why-it-matters'?"
            " the article has: introduction, common-signs, why-it-matters, how-it-heals",
            id="a mis-spelt section",
        ),
        pytest.param(
            "      - why-it-matters\n",
            "",
            ":9:1: section 'why-it-matters' is in no part; name it in one, or under 'omit' to leave it out",
            id="a forgotten section",
        ),
        pytest.param(
            "sections: [how-it-heals]",
            "sections: [how-it-heals, common-signs]",
            ":23:30: part 'healing': section 'common-signs' is named again: 'common-signs' has it already;"
            " name it once (first in line 18)",
            id="a repeated section",
        ),
        pytest.param(
            "      - common-signs\n      - why-it-matters\n",
            "      - why-it-matters\n      - common-signs\n",
            ":19:9: part 'signs': section 'common-signs' comes after 'why-it-matters' here,"
            " but before it in the article; keep the article's order",
            id="sections out of order",
        ),
        pytest.param(
            "  - slug: healing",
            "  - slug: signs",
            ":20:11: another part is called 'signs' (in line 14): call this one otherwise",
            id="a repeated slug",
        ),
        pytest.param(
            "campaign: quiet-muscle",
            "campaign: loud-muscle",
            ":1:11: 'loud-muscle' should be the name of this folder: write 'quiet-muscle'",
            id="another folder's name",
        ),
        pytest.param(
            "audience: readers",
            "audience: reders",
            ":4:11: no audience is called 'reders'; did you mean 'readers'? the audiences are: readers",
            id="a mis-spelt audience",
        ),
        pytest.param(
            "article: article.txt",
            "article: artikle.txt",
            ":3:10: file 'artikle.txt' is not in this folder; did you mean 'article.txt'?",
            id="a mis-spelt file",
        ),
        pytest.param(
            "article: article.txt",
            "article: ../../partwork.yaml",
            ":3:10: '../../partwork.yaml' should be the name of a file in this folder,"
            " without '/' or a leading '.'",
            id="a file elsewhere",
        ),
        pytest.param(
            "article: article.txt",
            "article: campaign.yaml",
            ":3:10: 'campaign.yaml' is no article that can be read: "
            "it should end in .txt, .md, .markdown, .html, .htm, .docx",
            id="no article",
        ),
        pytest.param(
            "schedule:",
            "template: prat\nschedule:",
            ":5:11: templates/ holds no 'prat.mjml'; did you mean 'part'?",
            id="a mis-spelt template",
        ),
    ],
)
def test_what_does_not_fit_the_other_files_is_said_at_its_line(
    workspace: Path, written: str, instead: str, complaint: str
) -> None:
    assert written in CAMPAIGN
    found = campaign_complaints(workspace, CAMPAIGN.replace(written, instead, 1))
    assert found == [FILE + complaint]


def test_sections_are_checked_even_while_other_keys_are_faulty(workspace: Path) -> None:
    text = (
        CAMPAIGN.replace("every: 3 days", "every: 3 dasy")
        .replace("days: mon-fri", "days: mon-fry")
        .replace("- common-signs", "- comon-signs")
        .replace("slug: healing", "slug: first-step")
        .replace("    subject: How it heals\n", "")
    )
    places = [line.partition(" ")[0] for line in campaign_complaints(workspace, text)]
    assert places == [f"{FILE}:{place}:" for place in ("6:10", "8:9", "18:9", "20:5", "20:11")]


def test_all_problems_of_all_files_are_reported_together(workspace: Path) -> None:
    (workspace / FILE).write_text(CAMPAIGN.replace("article.txt", "missing.txt"), "utf-8")
    (workspace / "audiences/readers.yaml").write_text("audience: reader\ntitle: Readers\nfile: no.csv\n")
    (workspace / "audiences/others.yaml").write_text("audience: others\n\ttitle: x\n")
    other = workspace / "campaigns/another"
    other.mkdir()
    (other / "campaign.yaml").write_text("title: [1]\n")
    found = survey(workspace)
    assert (found.campaigns, found.audiences) == ((), ())
    assert [str(problem) for problem in sorted(set(found.problems))] == [
        "audiences/others.yaml:2:1: a tab stands where spaces belong: indent with spaces",
        "audiences/readers.yaml:1:11: 'reader' should be the name of this file: write 'readers'",
        "audiences/readers.yaml:3:7: file 'no.csv' is not in this folder",
        "campaigns/another/campaign.yaml:1:1: 'article' is missing: name the article's file in this folder,"
        " as in 'article.txt'",
        "campaigns/another/campaign.yaml:1:1: 'audience' is missing: name who gets it,"
        " as the files in audiences/ are named",
        "campaigns/another/campaign.yaml:1:1: 'campaign' is missing: write the name of this folder",
        "campaigns/another/campaign.yaml:1:1: 'parts' is missing: list the emails,"
        " each starting with '- slug:'",
        "campaigns/another/campaign.yaml:1:1: 'schedule' is missing: say how often and at what hour,"
        " under 'every' and 'at'",
        "campaigns/another/campaign.yaml:1:8: 'title' should be text: write the title of the series",
        f"{FILE}:3:10: file 'missing.txt' is not in this folder",
    ]


def test_every_campaign_of_a_sound_workspace_loads_in_order(workspace: Path) -> None:
    found = survey(workspace)
    assert [campaign.definition.campaign for campaign in found.campaigns] == ["quiet-muscle"]
    assert found.problems == ()
    (workspace / "campaigns/draft").mkdir()
    assert campaign_slugs(workspace) == ("quiet-muscle",), "a folder without campaign.yaml is no campaign"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\n \n", "campaigns/quiet-muscle/article.txt: the article holds no text"),
        (
            "Café\nMenü".encode("cp1252"),
            "campaigns/quiet-muscle/article.txt:1:4: this character is not UTF-8:"
            " save the file with the encoding UTF-8",
        ),
    ],
)
def test_an_article_that_cannot_be_read_is_named(workspace: Path, content: bytes, complaint: str) -> None:
    (workspace / "campaigns/quiet-muscle/article.txt").write_bytes(content)
    assert complaints(lambda: load_campaign(workspace, "quiet-muscle")) == [complaint]


@pytest.mark.parametrize("slug", ["quiet-mussel", "../quiet-muscle", "", "quiet-muscle\x00"])
def test_an_unknown_campaign_is_a_command_that_cannot_be_carried_out(workspace: Path, slug: str) -> None:
    with pytest.raises(CommandError, match="there are: quiet-muscle"):
        load_campaign(workspace, slug)


def test_an_unknown_audience_is_told_with_the_nearest_name(workspace: Path) -> None:
    assert load_audience(workspace, "readers").title == "Readers"
    with pytest.raises(CommandError) as caught:
        load_audience(workspace, "raeders")
    assert str(caught.value) == "no audience is called 'raeders'; did you mean 'readers'? there are: readers"


def test_a_workspace_is_the_nearest_folder_upwards_that_holds_the_settings(workspace: Path) -> None:
    inside = workspace / "campaigns" / "quiet-muscle"
    assert find_workspace(inside, None) == workspace.resolve()
    (inside / "partwork.yaml").touch()
    assert find_workspace(inside, None) == inside.resolve()
    assert find_workspace(inside, workspace) == workspace.resolve(), "a named one wins"


def test_without_a_workspace_the_way_to_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no partwork\.yaml here or above: run 'partwork new DIR'"):
        find_workspace(tmp_path, None)
    with pytest.raises(CommandError, match=r"no partwork\.yaml in .*nowhere: 'partwork new .*' makes one"):
        find_workspace(tmp_path, tmp_path / "nowhere")


lines = st.sampled_from(
    [*CAMPAIGN.splitlines(), "\tslug: x", "omit: [", "  - [a]", "parts:", "title: 'x", "? y", 'a: "\\ud800"']
)
changed = st.lists(lines, max_size=25).map("\n".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=changed)
def test_a_campaign_file_of_shuffled_lines_loads_or_is_explained(workspace: Path, text: str) -> None:
    (workspace / FILE).write_text(text, "utf-8")
    try:
        load_campaign(workspace, "quiet-muscle")
        told = "sound"
    except WorkspaceError as error:
        told = str(error)
    assert told.encode("utf-8")
