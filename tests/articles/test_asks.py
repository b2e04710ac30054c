"""Which line asks the reader to book, and becomes the button."""

from __future__ import annotations

import pytest

from partwork.articles.asks import reads_as_ask
from tests.articles.shapes import outline, read

TEXT = "It carries you through the day. It asks for little."


@pytest.mark.parametrize(
    "line",
    [
        "📅 Book a session today to eliminate pain and restore function!",
        "Ready to feel better? Book a session today.",
        "Call us at (555) 123-4567 to schedule.",
        "Call (555) 123-4567",
        "To book, call 555-123-4567",
        "Schedule Your Free Consultation",
        "Schedule an appointment with one of our therapists",
        "Please call us with questions.",
        "Click here to book your appointment",
        "👉 Book Now!",
        "• Book online",
        "Call or text us",
        "Contact our clinic to arrange a visit",
        "Get in touch",
        "Make an appointment today",
        "Don't wait – book your session now",
        "It's time to book your assessment.",
        "Request an Appointment",
        "Sign up today!",
        "Jetzt Termin buchen!",
        "Vereinbaren Sie noch heute einen Termin.",
    ],
)
def test_a_short_line_with_an_imperative_of_asking_asks(line: str) -> None:
    assert reads_as_ask(line)


@pytest.mark.parametrize(
    "line",
    [
        "Call your doctor if the pain gets worse.",
        "Call your own GP at once",
        "Call 911 if you cannot move your legs.",
        "Visit your local emergency department.",
        "When to Call a Doctor",
        "Kontaktieren Sie Ihren Hausarzt.",
        "The book by Travell is a classic.",
        "Book recommendations",
        "Book lovers sit a lot.",
        "Call centers are stressful",
        "Contact sports are risky.",
        "Schedule a daily walk.",
        "Schedule your walks in the morning.",
        "Apply heat for 20 minutes.",
        "Visit the park daily.",
        "Reach out to a friend.",
        "Make time for rest.",
        "Most people need to schedule rest days.",
        "Text neck is common.",
        "Book a session if you notice:",
        "Book a session, and " + "rest " * 20 + "well.",
    ],
)
def test_no_other_line_asks(line: str) -> None:
    assert not reads_as_ask(line)


def test_only_the_asking_line_is_set_aside_and_the_paragraph_above_it_stays() -> None:
    assert outline(read("A Title", TEXT, "Next Steps", TEXT, "Book a session today!", TEXT)) == [
        "# A Title",
        "## (introduction)",
        f"text: {TEXT}",
        "## Next Steps",
        f"text: {TEXT}",
        f"text: {TEXT}",
        "button: Book a session today!",
    ]


def test_the_last_of_several_asking_lines_is_the_button() -> None:
    assert outline(read("A Title", TEXT, "Call us now.", "Book a session today!"))[2:] == [
        f"text: {TEXT}",
        "text: Call us now.",
        "button: Book a session today!",
    ]


def test_a_line_that_asks_before_the_last_section_stays_where_it_is() -> None:
    article = read("A Title", "Book a session today!", "What Helps", TEXT)
    assert article.call_to_action is None
    assert outline(article)[2] == "text: Book a session today!"


def test_the_button_is_looked_for_above_the_references() -> None:
    article = read(
        "A Title", TEXT, "Book a session today!", "References", "Call us: a history.", "Book your trip."
    )
    assert outline(article)[3:] == [
        "button: Book a session today!",
        "references: References",
        "reference: Call us: a history.",
        "reference: Book your trip.",
    ]


def test_a_title_case_line_over_a_paragraph_stays_a_heading() -> None:
    article = read("A Title", TEXT, "Schedule Your Visit", TEXT)
    assert article.call_to_action is None
    assert [section.slug for section in article.sections] == ["introduction", "schedule-your-visit"]


def test_a_plain_line_asks_over_a_paragraph_even_where_blank_lines_set_it_apart() -> None:
    assert outline(read("A Title", "", TEXT, "", "Book a session today", "", TEXT))[3:] == [
        f"text: {TEXT}",
        "button: Book a session today",
    ]


@pytest.mark.parametrize("line", ["Schedule Your Visit!", "📅 Schedule Your Visit"])
def test_a_loud_line_asks_even_over_a_paragraph(line: str) -> None:
    assert outline(read("A Title", TEXT, line, TEXT))[-1] == f"button: {line}"


def test_a_heading_may_have_nothing_but_the_button_under_it() -> None:
    assert outline(read("A Title", TEXT, "Ready to Start?", "Book a session today!"))[3:] == [
        "## Ready to Start?",
        "button: Book a session today!",
    ]


def test_the_last_line_of_a_list_may_be_the_button() -> None:
    assert outline(read("A Title", TEXT, "✅ Move", "✅ Sleep", "✅ Book a session today!"))[3:] == [
        "item: ✅ Move",
        "item: ✅ Sleep",
        "button: ✅ Book a session today!",
    ]


@pytest.mark.parametrize("marks", [("1. ", "2. "), ("• ", "• "), ("", "")])
def test_a_step_in_the_middle_of_a_list_is_no_button(marks: tuple[str, str]) -> None:
    steps = [f"{marks[0]}Book your first session", f"{marks[1]}come in comfortable clothes"]
    article = read("A Title", "How it works:", *steps)
    assert article.call_to_action is None
    assert outline(article)[3:] == [f"item: {step}" for step in steps]


def test_the_first_line_of_a_contact_card_may_be_the_button() -> None:
    assert outline(
        read("A Title", TEXT, "📅 Book a session today!", "📍 12 Main Street", "📞 (555) 010-2244")
    )[3:] == [
        "item: 📍 12 Main Street",
        "item: 📞 (555) 010-2244",
        "button: 📅 Book a session today!",
    ]


def test_an_article_that_only_asks_keeps_its_text() -> None:
    assert outline(read("A Title", "Book a session today!"))[2:] == ["text: Book a session today!"]
