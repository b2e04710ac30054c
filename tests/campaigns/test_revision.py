"""A campaign as published, named by its content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partwork.campaigns.passages import Origin, Passage
from partwork.campaigns.revision import Revision
from partwork.ids import content_hash
from tests.support.stage import DAILY, a_revision


def test_a_revision_comes_back_from_its_text_as_it_was() -> None:
    revision = replace(a_revision(), website_link=7, reply_to="desk@practice.example", goal="booking")
    again = Revision.from_json(revision.to_json())
    assert again == revision
    assert again.id == revision.id


def test_what_a_revision_was_made_of_comes_back_with_it() -> None:
    origin = Origin("a", "part", "l", "1 Some Street", "", "en", "https://book.example.org", "Book")
    passages = (Passage("one", "paragraph", "A word.", "form"), Passage("two", "heading", "Another."))
    plain = a_revision(parts=("one",))
    revision = replace(plain, origin=origin, parts=(replace(plain.parts[0], passages=passages),))
    assert Revision.from_json(revision.to_json()) == revision
    assert revision.id != plain.id


def test_a_revision_from_before_that_was_recorded_reads_as_it_was_and_keeps_its_name() -> None:
    text = a_revision().to_json()
    assert "origin" not in text
    assert "passages" not in text
    assert Revision.from_json(text).id == content_hash(text)


@pytest.mark.parametrize(
    "other",
    [
        replace(a_revision(), title="Second steps"),
        replace(a_revision(), sender="someone@practice.example"),
        replace(a_revision(), book_link=2),
        replace(a_revision(), on_uncertain="resend"),
        a_revision(parts=("one", "three", "two")),
        a_revision(text="Another text {{ links.book }} {{ links.unsubscribe }}"),
        a_revision(schedule=replace(DAILY, at=DAILY.at.replace(minute=1) if DAILY.at else None)),
    ],
)
def test_whatever_changes_changes_the_name(other: Revision) -> None:
    assert other.id != a_revision().id


def test_the_same_content_has_the_same_name() -> None:
    assert a_revision().id == a_revision().id
    assert len(a_revision().id) == 32


def test_parts_are_found_by_slug_and_follow_each_other() -> None:
    revision = a_revision()
    assert [revision.part_number(slug) for slug in ("one", "two", "three")] == [1, 2, 3]
    assert [revision.part_after(slug) for slug in ("one", "two", "three")] == [
        revision.part("two"),
        revision.part("three"),
        None,
    ]
