"""What one line looks like by itself."""

from __future__ import annotations

import pytest

from partwork.articles.lines import (
    Form,
    could_head,
    ends_in_colon,
    form_of,
    is_title_case,
    number_of,
    split_definition,
    trimmed,
    without_marker,
)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("✅ Dry Needling", Form.EMOJI),
        ("✓ Rest", Form.EMOJI),
        ("✔️ Rest", Form.EMOJI),
        ("☑ Rest", Form.EMOJI),
        ("➡ Rest", Form.EMOJI),
        ("★ Rest", Form.EMOJI),
        ("1️⃣ Rest", Form.EMOJI),
        ("🇬🇧 English", Form.EMOJI),
        ("🏃🏽‍♀️ Running.", Form.EMOJI),
        ("① Rest", Form.EMOJI),
        ("• Rest", Form.BULLETED),
        ("•Rest", Form.BULLETED),
        ("- Rest", Form.BULLETED),
        ("– Rest", Form.BULLETED),
        ("* Rest", Form.BULLETED),
        ("\uf0b7 Rest", Form.BULLETED),
        ("o\tRest", Form.BULLETED),
        ("▪️ Rest", Form.BULLETED),
        ("-5 degrees outside.", Form.STOPPED),
        ("* * *", Form.UNSTOPPED),
        ("© The Clinic", Form.UNSTOPPED),
        ("1. Rest", Form.NUMBERED),
        ("Rest.", Form.STOPPED),
        ("Rest!", Form.STOPPED),
        ("Rest;", Form.STOPPED),
        ("Is it rest? 🤔", Form.STOPPED),
        ("(It is rest.)", Form.STOPPED),
        ("It is “rest.”", Form.STOPPED),
        ("休息。", Form.STOPPED),
        ("Rest", Form.UNSTOPPED),
        ("Rest,", Form.UNSTOPPED),
    ],
)
def test_a_line_has_one_form(text: str, form: Form) -> None:
    assert form_of(text) is form


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3. Rest", 3),
        ("3.Rest", 3),
        ("3) Rest", 3),
        ("(3) Rest", 3),
        ("3: Rest", 3),
        ("3 – Rest", 3),
        ("#3 Rest", 3),
        ("Step 3: Rest", 3),
        ("Day 12 – Rest", 12),
        ("c) Rest", 3),
        ("3.5 hours of rest", None),
        ("10:30 in the morning", None),
        ("2019. A year of rest", None),
        ("3 kinds of rest", None),
        ("5 – 10 minutes of rest", None),
        ("Rest 3 times", None),
    ],
)
def test_a_number_counts_a_line_only_where_it_is_set_off(text: str, number: int | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "own_words"),
    [
        ("✅ Dry Needling", "Dry Needling"),
        ("1️⃣ Dry Needling 💪🏽", "Dry Needling"),
        ("• 1. Rest", "1. Rest"),
        ("👉 2) Rest", "Rest"),
        ("Step 3: Rest", "Rest"),
        ("Rest well", "Rest well"),
        ("💪", ""),
    ],
)
def test_a_line_without_its_marker_is_its_own_words(text: str, own_words: str) -> None:
    assert without_marker(text) == own_words


@pytest.mark.parametrize(
    "text",
    [
        "Common Symptoms of Gluteus Medius Dysfunction",
        "Why Is the Gluteus Medius So Important?",
        "Take Action: Get Relief for Hip & Lower Back Pain",
        "How to Live with Hip Pain",
        "Introduction",
        "COMMON SYMPTOMS",
        "5 Minutes a Day",
        "iPhone Neck",
        "“Just Breathe”",
        "髋部疼痛",
        "Self-care Tips",
        "Why Me",
    ],
)
def test_title_case_is_recognised(text: str) -> None:
    assert is_title_case(text)


@pytest.mark.parametrize(
    "text",
    [
        "Weakness and instability, making it hard to balance or stand on one leg",
        "the Gluteus Medius",
        "Deep, aching pain in the lower back and side of the hip",
        "Walking with the dog",
        "How to fix a hip",
        "Was hilft wirklich",
        "– – –",
        "",
    ],
)
def test_a_sentence_is_not_title_case(text: str) -> None:
    assert not is_title_case(text)


@pytest.mark.parametrize(
    ("text", "can"),
    [
        ("Rest", True),
        ("Why rest?", True),
        ("Rest!", True),
        ("Rest (part 2)", True),
        ("Rest.", False),
        ("Rest:", False),
        ("Rest;", False),
        ("Rest,", False),
        ("“Rest.”", False),
        ("休息：", False),
        ("-----", False),
        ("R" * 80, True),
        ("R" * 81, False),
    ],
)
def test_a_heading_is_short_and_open(text: str, can: bool) -> None:
    assert could_head(text) is can


def test_an_emoji_after_the_colon_still_leads_in() -> None:
    assert ends_in_colon("You may experience: 👇")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Pain while walking – Weakness shows.", ("Pain while walking", "– Weakness shows.")),
        ("Heat - relaxes", ("Heat", "- relaxes")),
        ("Heat — relaxes - truly", ("Heat", "— relaxes - truly")),
        ("Heat  –  relaxes", ("Heat", " –  relaxes")),
        (
            "One two three four five six seven eight – many",
            ("One two three four five six seven eight", "– many"),
        ),
        ("One two three four five six seven eight nine – many", None),
        ("self-care matters", None),
        ("Heat– relaxes", None),
        ("Heat –", None),
        ("• Heat – relaxes", None),
        ("✅ Heat – relaxes", None),
        ("It hurts. Heat – relaxes", None),
        ("X" * 60 + " – long", ("X" * 60, "– long")),
        ("X" * 61 + " – long", None),
    ],
)
def test_a_definition_parts_at_its_dash(text: str, parts: tuple[str, str] | None) -> None:
    assert split_definition(text) == parts


def test_a_split_definition_is_the_line_again() -> None:
    text = "Heat  –  relaxes, mostly"
    parts = split_definition(text)
    assert parts
    assert " ".join(parts) == text


@pytest.mark.parametrize("text", ["\u200b Rest \ufeff", " Rest\t", "\u00a0Rest\u2003"])
def test_what_cannot_be_seen_around_a_line_is_trimmed(text: str) -> None:
    assert trimmed(text) == "Rest"
