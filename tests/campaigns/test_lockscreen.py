"""What subjects and preheaders tell on a lock screen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from partwork.campaigns.check import Checked, check
from partwork.campaigns.lockscreen import Topic, refusals_of, refuse_telling, remarks_on, topic_of
from partwork.campaigns.workspace import load_campaign
from partwork.errors import WorkspaceError
from partwork.settings import load_settings
from tests.articles.shapes import seed

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOPIC = Topic(frozenset({"hip", "stairs"}), ("long covid",))


def checked(workspace: Path, **environ: str) -> Checked:
    return check(workspace, environ, slug=None, now=NOW)


@pytest.mark.parametrize(
    "subject",
    [
        "What your back pain says",
        "Your long covid, step by step",
        "When your joints show signs of arthritis",
        "Ihre Schmerzen verstehen",
        "You have tendinitis, and now?",
        "{{ first_name }}, about dry needling",
        "Stairs again, {{ first_name | default('friend') }}?",
    ],
)
def test_a_condition_as_the_readers_own_and_a_topic_with_their_name_are_remarked(subject: str) -> None:
    (telling,) = remarks_on(subject, "Read it in five minutes", TOPIC)
    assert telling.key == "subject"


def test_the_name_in_one_line_and_the_topic_in_the_other_show_together() -> None:
    (telling,) = remarks_on("For you, {{ first_name }}", "Why stairs are hard", TOPIC)
    assert (telling.key, "in the subject" in telling.text) == ("preheader", True)


@pytest.mark.parametrize(
    ("subject", "preheader"),
    [
        ("Lower back pain: three things to know", "What helps, and what does not"),
        ("Your next step, {{ first_name }}", "A few minutes of reading"),
        ("What your therapist wishes you knew", "Reaching, teaching and painting with ease"),
        ("Your questions, our answers. Pain is one of them", "Romania, diagnosis, empathy and purposes"),
    ],
)
def test_a_topic_alone_is_no_one_elses_business_but_tells_nothing_of_the_reader(
    subject: str, preheader: str
) -> None:
    assert list(remarks_on(subject, preheader, TOPIC)) == []


def test_neutral_lines_name_no_word_of_the_topic() -> None:
    assert list(refusals_of("Your next step", "Part 2, in four minutes", TOPIC)) == []
    told = [telling.key for telling in refusals_of("Strong on stairs", "How surgery helps", TOPIC)]
    assert told == ["subject", "preheader"]


def test_the_topic_is_what_a_title_says_and_the_article_comes_back_to() -> None:
    topic = topic_of(seed(), title="The hidden culprit behind lower back and sacral pain", terms=["SI joint"])
    assert {"gluteus", "medius", "pain", "back"} <= topic.words
    assert not {"hidden", "culprit", "the", "behind"} & topic.words
    assert topic.terms == ("si joint",)


def test_check_remarks_on_a_telling_subject_at_its_line_and_still_passes(workspace: Path) -> None:
    _replace_subject(workspace, "What your hip pain tells you")
    found = checked(workspace)
    assert found.problems == ()
    assert [
        remark.partition(": ")[0] for remark in found.remarks if "lock" in remark or "phone" in remark
    ] == ["campaigns/gluteus-medius/campaign.yaml:27:14"]


def test_terms_of_the_practices_own_count(workspace: Path) -> None:
    _replace_subject(workspace, "Why your walking pattern matters")
    assert len(checked(workspace, PARTWORK_PRIVACY__TERMS="gait, walking pattern").remarks) == (
        len(checked(workspace).remarks) + 1
    )


def test_where_subjects_have_to_be_neutral_check_and_publish_refuse_the_topic(workspace: Path) -> None:
    environ = {"PARTWORK_PRIVACY__SUBJECTS": "neutral"}
    lines = [problem.line for problem in checked(workspace, **environ).problems]
    assert 27 in lines
    campaign = load_campaign(workspace, "gluteus-medius")
    with pytest.raises(WorkspaceError, match=r"privacy\.subjects is neutral"):
        refuse_telling(campaign, load_settings(workspace, environ).privacy)
    refuse_telling(campaign, load_settings(workspace, {}).privacy)


def _replace_subject(workspace: Path, subject: str) -> None:
    file = workspace / "campaigns" / "gluteus-medius" / "campaign.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("The hidden culprit behind lower back pain", subject), "utf-8")
