"""Headings: the title, what opens a section, what opens a sub-section, what opens the references. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from partwork.articles.lines import HEADING_LENGTH, Form, could_head, without_marker
from partwork.articles.lists import run_at
from partwork.articles.page import Page, Row

TITLE_LENGTH = 120
_BYLINE = re.compile(
    r"(?:(?i:by|von)\s+(?:[A-ZÄÖÜ][\w.'’-]*,?\s*){2,6}(?:(?<=,\s)[\w\s-]{3,40})?"
    r"|(?i:written|reviewed|medically reviewed|posted|published|updated|last updated)\s+(?:by|on)\b.*"
    r"|(?:[A-ZÄ][a-zä]+\.?\s+)?\d{1,2}(?:st|nd|rd|th)?[.,]?\s+(?:[A-ZÄ][a-zä]+\.?,?\s+)?\d{4}"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?\s+\d{1,2}"
    r"|\d{1,2}[ -]min(?:ute)?s?(?:\s+read)?)"
)
_BETWEEN_BYLINES = re.compile(r"\s*[|·•]\s*")
_AND = re.compile(r"\s+(?:and|und)\s+|\s*[&,/+]\s*")
_REFERENCES = frozenset(
    {
        *("resources", "references", "sources", "bibliography", "further reading", "citations"),
        *("works cited", "literature", "literatur", "literaturverzeichnis", "quellen", "reference list"),
        *("quellenangabe", "quellenangaben", "quellenverzeichnis", "einzelnachweise", "referenzen"),
        *("literaturangaben", "literaturhinweise", "weiterführende literatur", "endnotes", "bibliographie"),
        *("bibliografía", "referencias", "fuentes", "références"),
    }
)


def is_title(rows: Sequence[Row]) -> bool:
    """Whether the first line is a title: at most 120 characters, no bullet, without a final `. : ; ,`."""
    first = rows[0]
    return len(rows) > 1 and first.form is not Form.BULLETED and could_head(first.text, longest=TITLE_LENGTH)


def is_heading(page: Page, index: int) -> bool:
    """Whether the line opens a section. Lists are looked for first: an item is no heading."""
    row = page.rows[index]
    something_under = index + 1 < len(page.rows)
    if not row.could_head or not something_under or row.form in (Form.BULLETED, Form.EMOJI):
        return False
    looks_like_one = row.is_title_case or row.number is not None or row.is_question
    if not looks_like_one and not _is_set_apart(page, index):
        return False
    return run_at(page, index) is None


def is_subheading(page: Page, index: int) -> bool:
    """Whether the line is an emoji or tick line over a paragraph (or over what leads one in)."""
    row = page.rows[index]
    return (
        row.form is Form.EMOJI
        and row.could_head
        and page.holds(index + 1)
        and page.rows[index + 1].form is not Form.EMOJI
        and not is_heading(page, index + 1)
    )


def is_byline(text: str) -> bool:
    """Whether a line only says who wrote an article, or when: right under a title, that heads nothing."""
    return len(text) <= HEADING_LENGTH and all(map(_BYLINE.fullmatch, _BETWEEN_BYLINES.split(text)))


def is_references_heading(text: str) -> bool:
    """Whether a line says that only references follow (a colon, a number or an emoji may stand with it)."""
    words = without_marker(text).rstrip(" :：.").casefold()
    return all(part.strip() in _REFERENCES for part in _AND.split(words))


def _is_set_apart(page: Page, index: int) -> bool:
    """Whether a blank line stands above, and text beneath: directly, or as a paragraph after a blank line.

    A small letter beneath goes on with a sentence: the line is the first of a wrapped paragraph.
    """
    if not page.rows[index].after_blank or not page.holds(index + 1):
        return False
    under = page.rows[index + 1]
    has_text = under.reads_as_text or not under.after_blank or page.body_stands_under(index)
    return has_text and not under.text[0].islower()
