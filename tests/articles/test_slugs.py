"""How headings are spelled in a campaign file."""

from __future__ import annotations

import pytest

from partwork.articles.slugs import Namer, slug_of


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Why Is the Gluteus Medius So Important?", "why-is-the-gluteus-medius-so-important"),
        ("✅ Strengthening & Mobility Exercises", "strengthening-mobility-exercises"),
        (
            "Take Action: Get Relief for Hip & Lower Back Pain",
            "take-action-get-relief-for-hip-lower-back-pain",
        ),
        ("What's Next – and What Isn’t", "whats-next-and-what-isnt"),
        ("1. Raise Your Screen", "1-raise-your-screen"),
        ("Häufige Übungen für große Füße", "haufige-ubungen-fur-grosse-fusse"),
        ("Smørrebrød, Œuvre, İstanbul", "smorrebrod-oeuvre-istanbul"),
        ("Self-care / at home", "self-care-at-home"),
        ("ﬁve ① steps", "five-1-steps"),
        ("髋部疼痛", ""),
        ("髋部 Hip 疼痛", "hip"),
        ("💪", ""),
    ],
)
def test_a_slug_is_lower_case_ascii_with_hyphens_between_words(text: str, slug: str) -> None:
    assert slug_of(text) == slug


def test_a_namer_numbers_what_repeats_and_never_gives_a_name_twice() -> None:
    namer = Namer()
    wanted = ["rest", "rest", "rest-2", "rest", "sleep", "rest-2"]
    assert [namer.name(name) for name in wanted] == [
        "rest",
        "rest-2",
        "rest-2-2",
        "rest-3",
        "sleep",
        "rest-2-3",
    ]
