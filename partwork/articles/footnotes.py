"""Footnotes: which elements of a page they are, what marks them, and with which part they stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from partwork.articles.model import Article, Note, Section
from partwork.articles.tree import Element

_HOLDERS = frozenset({"li", "p", "div", "dd", "aside", "section", "td"})
_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[a-z*†‡§]{1,3})[\])]?")
_NAMED = re.compile(r"\b(?:footnote|fn|endnote|noteref|note)(?:\b|[-_:]?ref|\d)", re.IGNORECASE)
_LONGEST = 12


def marks_of(body: Element) -> dict[str, str]:
    """Return the ids of all elements that are footnotes, each with its mark as the text shows it first.

    A link inside the page marks a footnote if it is raised, or is called one, or the note links back.
    """
    targets = {
        element.get("id"): element for element in body.walk() if element.get("id") and element.tag in _HOLDERS
    }
    marks: dict[str, str] = {}
    for element, raised in _links(body):
        target = targets.get(element.get("href")[1:])
        text = mark_of(element)
        if target is None or len(text) > _LONGEST or not _MARK.fullmatch(text):
            continue
        if element in target.walk() or any(each.tag in ("h1", "h2", "h3") for each in target.walk()):
            continue
        if raised or _is_called_so(element) or _leads_back(target, element):
            marks.setdefault(element.get("href")[1:], text)
    return marks


def mark_of(element: Element) -> str:
    """Return what marks a footnote: as the page shows it, in brackets where it only stands raised."""
    text = " ".join(element.text.split())
    return f"[{text}]" if text.isalnum() else text


def notes_of(article: Article, sections: Sequence[Section], *, is_last: bool) -> tuple[Note, ...]:
    """Return the notes that stand with a part: those its lines mark, and in the last the unmarked too."""
    held = {line.number for section in sections for line in section.all_lines}
    return tuple(
        note
        for note in article.notes
        if held.intersection(note.marked_on) or (is_last and not note.marked_on)
    )


def _links(body: Element) -> list[tuple[Element, bool]]:
    """Return every link to a place in the page, and whether it is raised."""
    found: list[tuple[Element, bool]] = []
    waiting: list[tuple[Element, bool]] = [(body, False)]
    while waiting:
        element, raised = waiting.pop()
        raised = raised or element.tag == "sup"
        if element.tag == "a" and element.get("href").startswith("#"):
            is_raised = raised or any(each.tag == "sup" for each in element.walk())
            found.append((element, is_raised))
        waiting.extend((child, raised) for child in reversed(list(element.elements)))
    return found


def _is_called_so(element: Element) -> bool:
    names = " ".join((element.get("class"), element.get("role"), element.get("epub:type")))
    return bool(_NAMED.search(names))


def _leads_back(note: Element, mark: Element) -> bool:
    wanted = f"#{mark.get('id')}"
    return len(wanted) > 1 and any(each.get("href") == wanted for each in note.walk())
