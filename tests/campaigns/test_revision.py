"""A campaign as published, named by its content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partwork.campaigns.revision import Revision
from tests.support.stage import DAILY, a_revision


def test_a_revision_comes_back_from_its_text_as_it_was() -> None:
    revision = replace(a_revision(), website_link=7, reply_to="desk@practice.example", goal="booking")
    again = Revision.from_json(revision.to_json())
    assert again == revision
    assert again.id == revision.id


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
