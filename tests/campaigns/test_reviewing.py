"""Sign-offs and review dates: who answers for the words, and what is refused without them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from partwork.campaigns.reviewing import Review, refuse_unreviewed, review, sign_off
from partwork.campaigns.signoff import file_text
from partwork.campaigns.workspace import load_campaign
from partwork.errors import CommandError, WorkspaceError
from partwork.settings import load_settings

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SLUG = "gluteus-medius"
ARTICLE = f"campaigns/{SLUG}/article.txt"
CAMPAIGN = f"campaigns/{SLUG}/campaign.yaml"
SIGN_OFF = f"campaigns/{SLUG}/sign-off.yaml"


def edit(workspace: Path, file: str, before: str, after: str) -> None:
    path = workspace / file
    text = path.read_text("utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), "utf-8")


def ask_for(workspace: Path, *rules: str) -> None:
    with (workspace / "partwork.yaml").open("a", encoding="utf-8") as file:
        file.write("\nreview:\n" + "".join(f"  {rule}\n" for rule in rules))


def sign(workspace: Path, by: str = "Dr A. O'Example") -> None:
    signed, _ = sign_off(
        load_campaign(workspace, SLUG),
        load_settings(workspace, {}),
        templates=workspace / "templates",
        by=by,
        now=NOW,
    )
    (workspace / SIGN_OFF).write_text(file_text(signed, campaign=SLUG), "utf-8")


def reviewed(workspace: Path, *, now: datetime = NOW) -> Review:
    return review(
        load_campaign(workspace, SLUG),
        load_settings(workspace, {}),
        templates=workspace / "templates",
        now=now,
    )


def refuse(workspace: Path, *, now: datetime = NOW) -> None:
    refuse_unreviewed(
        load_campaign(workspace, SLUG),
        load_settings(workspace, {}),
        templates=workspace / "templates",
        now=now,
    )


def test_where_nobody_asks_for_it_nothing_is_said_or_refused(workspace: Path) -> None:
    assert reviewed(workspace) == Review(None, False, None, (), ())
    refuse(workspace)


def test_a_sign_off_says_who_and_when_and_holds_for_the_words_as_they_stand(workspace: Path) -> None:
    sign(workspace)
    signed = reviewed(workspace).signed
    assert signed is not None
    assert (signed.by, signed.at, signed.matches) == ("Dr A. O'Example", NOW, True)
    assert (signed.changed, signed.gone) == ((), ())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (CAMPAIGN, "every: 3 days", "every: 4 days"),
        (CAMPAIGN, "on_uncertain: hold", "on_uncertain: resend"),
        (CAMPAIGN, "slug: next-steps", "slug: what-next"),
        ("partwork.yaml", "reply_to: hello@", "reply_to: desk@"),
        ("templates/part.mjml", 'padding="0 40px 14px"', 'padding="0 40px 15px"'),
    ],
)
def test_neither_the_schedule_nor_a_slug_nor_the_look_is_in_a_sign_off(
    workspace: Path, file: str, old: str, new: str
) -> None:
    sign(workspace)
    edit(workspace, file, old, new)
    assert reviewed(workspace).remarks == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        (ARTICLE, "Manual therapy, myofascial", "Hands-on work, myofascial", ("how-to-fix-it",)),
        (CAMPAIGN, "preheader: Needling,", "preheader: Rest,", ("how-to-fix-it",)),
        # A subject is announced at the end of the part before.
        (CAMPAIGN, "subject: Three ways", "subject: Four ways", ("why-it-matters", "how-to-fix-it")),
    ],
)
def test_when_the_words_change_the_parts_are_named(
    workspace: Path, file: str, old: str, new: str, changed: tuple[str, ...]
) -> None:
    sign(workspace)
    edit(workspace, file, old, new)
    found = reviewed(workspace)
    assert found.signed is not None
    assert (found.signed.matches, found.signed.changed) == (False, changed)
    (remark,) = found.remarks
    assert "what Dr A. O'Example signed off on 2026-11-23 is not what readers would get now" in remark
    assert [f"'{slug}'" in remark for slug in changed] == [True] * len(changed)
    assert found.refusals == ()


def test_words_that_stand_in_the_page_alone_are_signed_off_too(workspace: Path) -> None:
    sign(workspace)
    edit(workspace, "templates/part.mjml", "<p>[[ words.greeting ]]", "<p>A promise. [[ words.greeting ]]")
    signed = reviewed(workspace).signed
    assert signed is not None
    assert len(signed.changed) == 5


def test_where_the_workspace_asks_for_a_sign_off_nothing_is_published_without_one(workspace: Path) -> None:
    ask_for(workspace, "sign_off: required")
    with pytest.raises(CommandError, match=r"^nothing is published: nobody has signed it off: 'partwork s"):
        refuse(workspace)
    sign(workspace)
    refuse(workspace)
    edit(workspace, ARTICLE, "Manual therapy, myofascial", "Hands-on work, myofascial")
    with pytest.raises(CommandError, match="is not what readers would get now"):
        refuse(workspace)


def test_past_its_day_a_review_is_due_by_the_practices_own_clock(workspace: Path) -> None:
    edit(workspace, CAMPAIGN, "goal: booking", "review_by: 2026-11-23\ngoal: booking")
    edit(workspace, "partwork.yaml", "timezone: Europe/London", "timezone: Pacific/Auckland")
    just_before_midnight = datetime(2026, 11, 23, 10, 59, tzinfo=UTC)
    assert reviewed(workspace, now=just_before_midnight).remarks == ()
    found = reviewed(workspace, now=datetime(2026, 11, 23, 11, 0, tzinfo=UTC))
    assert found.is_overdue
    assert found.remarks == ("it was to be reviewed by 2026-11-23: read it, then set a new 'review_by'",)
    assert found.refusals == ()


def test_where_reviews_are_required_nothing_is_published_past_its_day_or_without_one(workspace: Path) -> None:
    ask_for(workspace, "required: true")
    with pytest.raises(CommandError, match=r"it has no 'review_by' day, and partwork\.yaml asks for one"):
        refuse(workspace)
    edit(workspace, CAMPAIGN, "goal: booking", "review_by: 2026-11-23\ngoal: booking")
    refuse(workspace)
    with pytest.raises(CommandError, match="it was to be reviewed by 2026-11-23"):
        refuse(workspace, now=datetime(2026, 11, 24, 9, tzinfo=UTC))


@pytest.mark.parametrize("written", ["tomorrow", "20270301", "2027-02-30", "", "[2027]"])
def test_a_day_that_is_none_is_told_at_its_place(workspace: Path, written: str) -> None:
    edit(workspace, CAMPAIGN, "goal: booking", f"review_by: {written}\ngoal: booking")
    if not written:
        assert load_campaign(workspace, SLUG).definition.review_by is None
        return
    with pytest.raises(WorkspaceError, match=r"'review_by' should be a day: write it as in 2027-03-01"):
        load_campaign(workspace, SLUG)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("by: 'Dr A. O''Example'", "by: ''", ":3:5: this is empty"),
        ("at: 2026-11-23", "at: some day", ":4:5: this is no instant"),
        ("content: '", "content: 'x", "names no content: delete this file and run 'partwork sign-off' again"),
        ("parts:", "parst:", "unknown key 'parst'"),
    ],
)
def test_a_sign_off_that_was_edited_is_told_at_its_place(
    workspace: Path, old: str, new: str, told: str
) -> None:
    sign(workspace)
    path = workspace / SIGN_OFF
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(WorkspaceError) as raised:
        load_campaign(workspace, SLUG)
    assert any(str(problem).startswith(SIGN_OFF) for problem in raised.value.problems)
    assert told in str(raised.value)


def test_a_wrong_rule_is_told_with_the_right_ones(workspace: Path) -> None:
    ask_for(workspace, "sign_off: always")
    with pytest.raises(WorkspaceError, match="'sign_off' may be 'optional' or 'required', not 'always'"):
        load_settings(workspace, {})
