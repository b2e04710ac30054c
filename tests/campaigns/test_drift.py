"""How a published revision stands beside the files, part by part and passage by passage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from partwork.campaigns.compiling import any_link, compile_revision
from partwork.campaigns.drift import Change, Drift, Fate, drift
from partwork.campaigns.passages import Passage
from partwork.campaigns.revision import Revision
from partwork.campaigns.workspace import load_campaign
from partwork.settings import load_settings
from tests.support.stage import a_revision

SLUG = "gluteus-medius"
ARTICLE = f"campaigns/{SLUG}/article.txt"
CAMPAIGN = f"campaigns/{SLUG}/campaign.yaml"


def compiled(workspace: Path) -> Revision:
    return compile_revision(
        load_campaign(workspace, SLUG),
        load_settings(workspace, {}),
        templates=workspace / "templates",
        list_label="label",
        link_id=any_link,
    )


def edit(workspace: Path, file: str, before: str, after: str) -> None:
    path = workspace / file
    text = path.read_text("utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), "utf-8")


@pytest.fixture
def after(workspace: Path) -> Callable[..., Drift]:
    """Return the drift that edits of the sample's files make, each a file, what stood and what stands."""

    def drifted(*edits: tuple[str, str, str]) -> Drift:
        published = Revision.from_json(compiled(workspace).to_json())
        for file, old, new in edits:
            edit(workspace, file, old, new)
        return drift(published, compiled(workspace))

    return drifted


def changes(found: Drift) -> dict[str, list[tuple[Fate, str, str]]]:
    return {
        part.slug: [(change.fate, change.kind, change.where) for change in part.changes]
        for part in found.parts
    }


def test_files_that_were_not_touched_are_as_published(after: Callable[..., Drift]) -> None:
    found = after()
    assert (found.matches, found.article_changed, found.differences, found.parts) == (True, False, (), ())


def test_an_edited_paragraph_makes_its_part_alone_stale(after: Callable[..., Drift]) -> None:
    found = after((ARTICLE, "Manual therapy, myofascial", "Hands-on work, myofascial"))
    assert (found.matches, found.article_changed) == (False, True)
    (part,) = found.parts
    (change,) = part.changes
    assert (part.slug, part.number, part.is_stale, part.others) == ("how-to-fix-it", 4, True, ())
    assert (change.fate, change.kind) == (Fate.CHANGED, "paragraph")
    assert change.was.startswith("Manual therapy, myofascial")
    assert change.now.startswith("Hands-on work, myofascial")


def test_what_is_new_and_what_is_gone_is_told_as_such(after: Callable[..., Drift]) -> None:
    found = after(
        (
            ARTICLE,
            "If left untreated, this dysfunction",
            "Nobody knows.\nIf left untreated, this dysfunction",
        ),
        (ARTICLE, "Physiopedia. Gluteus Medius.\n", ""),
    )
    assert changes(found) == {
        "why-it-matters": [(Fate.NEW, "paragraph", "")],
        "next-steps": [(Fate.GONE, "reference", "")],
    }


def test_a_section_that_goes_to_another_part_moved_and_is_neither_gone_nor_new(
    after: Callable[..., Drift],
) -> None:
    section = "      - common-complaints-linked-to-gluteus-medius-dysfunction\n"
    found = after(
        (CAMPAIGN, section, ""),
        (
            CAMPAIGN,
            "sections: [why-is-the",
            "sections: [common-complaints-linked-to-gluteus-medius-dysfunction, why-is-the",
        ),
    )
    assert found.article_changed is False
    assert changes(found) == {
        "what-it-feels-like": [
            (Fate.MOVED, "heading", "to part 'why-it-matters'"),
            (Fate.MOVED, "definitions", "to part 'why-it-matters'"),
        ],
        "why-it-matters": [
            (Fate.MOVED, "heading", "from part 'what-it-feels-like'"),
            (Fate.MOVED, "definitions", "from part 'what-it-feels-like'"),
        ],
    }


def test_the_articles_own_button_is_a_passage_of_its_part(after: Callable[..., Drift]) -> None:
    found = after((ARTICLE, "📅 Book a session today to", "📅 Book your session today to"))
    assert changes(found) == {"next-steps": [(Fate.CHANGED, "button", "")]}


def test_blank_lines_in_the_article_change_nothing(after: Callable[..., Drift]) -> None:
    found = after((ARTICLE, "Physiopedia. Gluteus Medius.\n", "Physiopedia. Gluteus Medius.   \n\n"))
    assert found.matches


def test_a_change_that_no_part_holds_leaves_every_part_as_it_was(
    workspace: Path, after: Callable[..., Drift]
) -> None:
    edit(workspace, CAMPAIGN, "      - common-complaints-linked-to-gluteus-medius-dysfunction\n", "")
    with (workspace / CAMPAIGN).open("a", encoding="utf-8") as file:
        file.write("omit: [common-complaints-linked-to-gluteus-medius-dysfunction]\n")
    found = after((ARTICLE, "Pain after prolonged sitting", "Pain after long sitting"))
    assert (found.article_changed, found.parts, found.differences) == (True, (), ())


@pytest.mark.parametrize(
    ("file", "old", "new", "difference"),
    [
        (CAMPAIGN, "every: 3 days", "every: 4 days", "the schedule (every 3 days at 09:00"),
        (CAMPAIGN, "title: The hidden", "title: A hidden", "the title of the series"),
        (CAMPAIGN, "on_uncertain: hold", "on_uncertain: resend", "on_uncertain"),
        ("templates/part.mjml", 'padding="0 40px 14px"', 'padding="0 40px 15px"', "the template"),
        ("templates/words/en.yaml", "Hello {{", "Good day {{", "the template ('part' was edited)"),
        ("templates/block.mjml", "<li", '<li id="item"', "the template"),
        ("partwork.yaml", "14 Mill Lane", "15 Mill Lane", "the practice's postal address"),
        ("partwork.yaml", "website: https://www.", "website: https://", "the practice's website"),
        ("partwork.yaml", "language: en", "language: en-GB", "the language"),
        ("partwork.yaml", "label: Book a session", "label: Book", "the button's words"),
        ("partwork.yaml", "url: https://book.example.org/session", "url: https://book.example.org/", "the b"),
        ("partwork.yaml", "reply_to: hello@", "reply_to: desk@", "the address for replies"),
    ],
)
def test_what_differs_for_the_whole_series_is_named_in_staffs_words(
    after: Callable[..., Drift], file: str, old: str, new: str, difference: str
) -> None:
    found = after((file, old, new))
    assert not found.matches
    assert [text.startswith(difference) for text in found.differences] == [True]
    assert found.stale == ()


def test_a_comment_in_a_template_changes_nothing(after: Callable[..., Drift]) -> None:
    assert after(("templates/part.mjml", "[% block body %]", "[# A remark. #]\n[% block body %]")).matches


def test_a_new_subject_is_told_where_it_stands_and_where_it_is_announced(
    after: Callable[..., Drift],
) -> None:
    found = after((CAMPAIGN, "subject: Why one hip muscle", "subject: Why this one hip muscle"))
    assert [(part.number, part.is_stale, part.others) for part in found.parts] == [
        (2, False, ("what it announces, or says around the article's text",)),
        (
            3,
            False,
            (
                "its subject (“Why one hip muscle matters so much”; "
                "now “Why this one hip muscle matters so much”)",
            ),
        ),
    ]


def test_parts_that_come_go_and_change_places_are_told() -> None:
    found = drift(a_revision(parts=("one", "two", "three")), a_revision(parts=("three", "one", "four")))
    assert [(part.slug, part.number, part.fate) for part in found.parts] == [
        ("two", 2, Fate.GONE),
        ("three", 3, Fate.MOVED),
        ("four", 3, Fate.NEW),
    ]


def with_passages(*passages: Passage) -> Revision:
    revision = a_revision(parts=("one",))
    return replace(revision, parts=(replace(revision.parts[0], passages=passages),))


def test_a_passage_that_changes_its_place_in_a_part_moved_within_it() -> None:
    first, second, third = (Passage(name, "paragraph", f"The {name} one.") for name in ("a", "b", "c"))
    (part,) = drift(with_passages(first, second, third), with_passages(third, first, second)).parts
    assert part.changes == (Change(Fate.MOVED, "paragraph", "The c one.", "The c one.", "within the part"),)


def test_a_link_that_leads_elsewhere_is_a_change_though_the_words_stay() -> None:
    passage = Passage("a", "paragraph", "See here.", form="one")
    (part,) = drift(with_passages(passage), with_passages(replace(passage, form="two"))).parts
    assert part.changes == (Change(Fate.CHANGED, "paragraph", "See here.", "See here."),)


def test_texts_that_are_not_alike_are_gone_and_new_and_not_edited() -> None:
    was, now = (
        Passage("a", "paragraph", "Rest the hip."),
        Passage("b", "paragraph", "Walk every day at noon."),
    )
    (part,) = drift(with_passages(was), with_passages(now)).parts
    assert [change.fate for change in part.changes] == [Fate.GONE, Fate.NEW]


def test_of_a_revision_from_before_only_what_it_recorded_is_compared(workspace: Path) -> None:
    files = compiled(workspace)
    old = replace(files, origin=None, parts=tuple(replace(part, passages=()) for part in files.parts))
    assert "origin" not in old.to_json()
    edit(workspace, ARTICLE, "Manual therapy, myofascial", "Hands-on work, myofascial")
    found = drift(Revision.from_json(old.to_json()), compiled(workspace))
    assert (found.article_changed, found.stale) == (None, ())
    assert [(part.slug, part.others) for part in found.parts] == [
        ("how-to-fix-it", ("what it says or how it looks",))
    ]
