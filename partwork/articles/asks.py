"""Calls to action: which short line asks the reader to book. Pure."""

from __future__ import annotations

import re

from partwork.articles.lines import Form, starts_with_emoji, without_marker
from partwork.articles.lists import Run
from partwork.articles.page import Page

ASK_LENGTH = 100
"""A call to action has at most about this many characters, emoji included."""

_BOOKING = (
    r"(?:appointments?|sessions?|consult(?:ation)?s?|assessments?|evaluations?|visits?|calls?|slots?|spots?"
    r"|seats?|places?|demos?|trials?|lessons?|class(?:es)?|treatments?|massages?|check-?ups?|exams?|meetings?"
    r"|chats?|tables?|tours?|reservations?|bookings?)\b"
)
_NOW = r"(?:now|today|here|online|directly|with\s+(?:us|me|our))\b"
_PHONE = r"(?:\+|\(?\d{3})"
_PRACTICE = r"(?:clinic|office|practice|team|studio|surgery|front desk)\b"

# A verb of asking with what makes it an imperative: "Book your …", never "Book lovers …"; "Call us",
# never "Call centers". A line missed stays in the text, a line taken wrongly would leave it: so only
# what surely asks is listed.
_ASKS = "|".join(
    (
        rf"book\s+(?:(?:a|an|your|my|our|the|this|that|free|yours|in|at|by|via|one)\b|{_NOW}|{_PHONE})",
        rf"(?:book|schedule|reserve|arrange|request|claim|secure|make|set\s+up|plan)\s+"
        rf"(?:{_NOW}|(?:[\w'’-]+\s+){{0,4}}{_BOOKING})",
        r"(?:call|contact|phone|ring|text|e-?mail|message|whatsapp|dm|visit|ask)"
        r"(?:\s+(?:or|and)\s+(?:call|text|e-?mail|message|visit|write))?\s+"
        rf"(?:(?:us|me|our|now|today|here|ahead)\b|{_PHONE}|(?:the\s+)?{_PRACTICE})",
        rf"(?:sign\s+up|register|enroll?|apply|subscribe|enquire|inquire)(?:\s+{_NOW}|\s+for\s+our\b|\W*$)",
        r"(?:get\s+in\s+touch|reach\s+out)(?:\s+(?:with|to)\s+(?:us|me|our)\b|\s+(?:now|today|here)\b|\W*$)",
        r"(?:join\s+(?:us|our)|click\s+(?:here|below)|tap\s+(?:here|below)|get\s+started|learn\s+more|download\s+our"
        r"|order\s+(?:now|today|online)|let['’]?s\s+(?:talk|chat))\b",
        rf"(?:get|start|try|take|claim)\s+(?:your|our)\s+(?:(?:first|free|next|complimentary)\s+)?{_BOOKING}",
        r"(?:buchen|vereinbaren|reservieren|sichern|kontaktieren|besuchen|rufen|melden|schreiben)\s+sie\b",
        r"(?:buche?|vereinbare?|reserviere?|kontaktiere?)\s+(?:jetzt|noch|gleich|heute|uns|dein\w*|ein\w*)\b",
        r"(?:jetzt|heute|hier|gleich|termin)\b.*\b(?:buchen|vereinbaren|anrufen|anmelden|reservieren)\b",
    )
)
_AT_A_START = re.compile(
    rf"(?:^|[.!?…:–—-]\s+|\bplease\s+|\btoday,?\s+|^to\s[^,.]+,\s)(?:{_ASKS})", re.IGNORECASE
)
_OPENERS = (
    r"(?:click|tap|want|(?:are\s+you\s+)?ready|it['’]s\s+time|time|contact|call|use|follow|here|visit"
    r"|(?:do\s+not|don['’]t)\s+hesitate|feel\s+free|we\s+invite\s+you)\b[^.!?]*\bto"
)
_AFTER_TO = re.compile(rf"^(?:{_OPENERS}|to)\s+(?:{_ASKS})", re.IGNORECASE)
# Whoever these lines send the reader to, it is not the practice.
_ELSEWHERE = re.compile(
    r"\b(?:call|contact|phone|ring|text|visit|ask|see|tell|dial|kontaktieren\s+sie|rufen\s+sie|melden\s+sie\s+sich)"
    r"\s+(?:[\w'’-]+\s+){0,4}?(?:doctors?|gps?|physicians?|pharmacists?|midwi(?:fe|ves)|hospitals?|ambulances?"
    r"|emergency|emergencies|police|lifelines?|helplines?|hotlines?|poison|providers?|911|999|112|000|111|988"
    r"|arzt|ärztin|hausarzt|notarzt|notruf)\b",
    re.IGNORECASE,
)


def reads_as_ask(text: str) -> bool:
    """Whether a line by itself is short and has an imperative verb of asking (book, call, schedule …)."""
    bare = without_marker(text)
    if len(text) > ASK_LENGTH or bare.endswith((":", "：", ",", ";")) or _ELSEWHERE.search(bare):
        return False
    return bool(_AT_A_START.search(bare) or _AFTER_TO.search(bare))


def is_ask(page: Page, index: int) -> bool:
    """Whether a line may be the call to action where it stands: not if it heads a paragraph."""
    row = page.rows[index]
    if not reads_as_ask(row.text):
        return False
    is_loud = "!" in row.text or starts_with_emoji(row.text)
    could_be_a_heading = row.could_head and (row.is_title_case or row.is_question)
    return is_loud or not (could_be_a_heading and page.text_stands_under(index))


def is_one_step_of(run: Run, page: Page, index: int) -> bool:
    """Whether the line is an item with more items after it: a step of a list, not the button.

    Emoji lines in a row without a lead-in are often a contact card: there it may come first.
    """
    return run.is_inside(index) and (run.has_lead_in or page.rows[index].form is not Form.EMOJI)
