"""From a tree of elements to what stands in it, one thing after another: no judgement of the whole. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urljoin

from partwork.articles.asks import reads_as_ask
from partwork.articles.finding import OUTSIDE, Found
from partwork.articles.inline import (
    BREAK,
    Mark,
    Run,
    Words,
    joined,
    link_target,
    paragraphs_of,
    row_of,
    settled,
)
from partwork.articles.lines import form_of, split_definition, word_set
from partwork.articles.tree import Element, Node

DOCUMENT_TITLE = "document-title"
"""The class of a heading that is the title whatever stands around it."""

_INLINE = word_set(
    "a abbr acronym b bdi bdo big br cite code data del dfn em font i img image ins kbd label mark q rp rt ruby s "
    "samp small span strike strong sub sup time tt u var wbr input button picture source math bold"
)
_MARKS = {
    "strong": "strong",
    "b": "strong",
    "em": "em",
    "i": "em",
    "cite": "em",
    "dfn": "em",
    "code": "code",
    "kbd": "code",
    "samp": "code",
    "tt": "code",
    "sup": "sup",
    "sub": "sub",
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SUMMARY = 6
_BUTTON = re.compile(r"(?:^|[\s_-])(?:btn|button|cta)(?:$|[\s_-])", re.IGNORECASE)
_LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-orig-src")
_BLANK_SOURCE = re.compile(r"data:image/(?:gif|svg\+xml)", re.IGNORECASE)


class What(StrEnum):
    """What an item is."""

    HEADING = "heading"
    TEXT = "text"
    LIST = "list"
    DEFINITIONS = "definitions"
    QUOTE = "quote"
    TABLE = "table"
    PICTURE = "picture"
    CAPTION = "caption"
    NOTE = "note"
    LEFT = "left out"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of an article.

    level:     of a heading, 1 to 6; 0 for the title itself
    after_gap: whether a text begins a paragraph, and no mere line of one
    source, alt: of a picture; alt is None where it says nothing of the kind
    note:      the id of a footnote
    reason:    why something was left out
    reference: whether it stands in the references
    """

    what: What
    lines: tuple[Words, ...] = ()
    level: int = 0
    lead_in: Words | None = None
    is_ordered: bool = False
    after_gap: bool = True
    source: str = ""
    alt: str | None = None
    note: str = ""
    reason: str = ""
    reference: bool = False


def items_of(
    found: Found, *, notes: Mapping[str, str], base: str
) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return all that stands in a page, in its order, and the links that lead nowhere from an email.

    notes: the ids of the elements that are footnotes, with their marks
    base:  what relative links are relative to, where that is known
    """
    reader = _Reader(found.reasons, notes, base, found.title)
    reader.read_around(found.path)
    return tuple(reader.items), tuple(dict.fromkeys(reader.dropped))


@dataclass(slots=True)
class _Reader:
    """Walks elements; what is inline waits in `runs` until something ends the line."""

    reasons: Mapping[int, str]
    notes: Mapping[str, str]
    base: str
    title: Element | None = None
    keeps_controls: bool = False
    dropped: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    aside: list[Item] = field(default_factory=list)

    def read_around(self, path: Sequence[Element]) -> None:
        """Read the last element of `path`, and leave out all that stands around it."""
        here, *below = path
        if not below:
            self.children(here)
            self.flush()
            return
        for child in here.children:
            if child is below[0]:
                self.read_around(below)
            else:
                self.leave(child, OUTSIDE)

    def children(self, element: Element, marks: tuple[Mark, ...] = ()) -> None:
        for child in element.children:
            self.node(child, marks)

    def node(self, node: Node, marks: tuple[Mark, ...]) -> None:
        if isinstance(node, str):
            self.runs.append(Run(node, marks))
            return
        if reason := self.reasons.get(id(node)):
            self.flush()
            self.leave(node, reason)
        elif node.get("id") in self.notes and node.tag != "a" and node.tag != "sup":
            self.flush()
            self.note(node)
        elif node.tag in _INLINE:
            self.inline(node, marks)
        else:
            self.flush()
            self.block(node, marks)
            self.flush()

    def inline(self, element: Element, marks: tuple[Mark, ...]) -> None:
        tag = element.tag
        if tag == "br":
            self.runs.append(BREAK)
        elif tag in ("img", "image"):
            self.picture(element, marks)
        elif tag == "a":
            self.link(element, marks)
        elif tag == "button":
            self.control(element, marks)
        elif tag == "input":
            if element.get("type").lower() in ("submit", "button") and element.get("value").strip():
                self.aside.append(_left(element.get("value"), "a form"))
        elif tag == "q":
            self.runs.append(Run("“", marks))
            self.children(element, marks)
            self.runs.append(Run("”", marks))
        else:
            self.children(element, (*marks, Mark(_MARKS[tag])) if tag in _MARKS else marks)

    def link(self, element: Element, marks: tuple[Mark, ...]) -> None:
        href = element.get("href").strip()
        if href.startswith("#"):
            note = href[1:]
            if note in self.notes:
                self.children(element, (*marks, Mark("note", note)))
            elif not _is_way_back(element, self.notes):
                self.children(element, (*marks, Mark("anchor")))
            return
        looks_pressed = bool(_BUTTON.search(element.get("class"))) or element.get("role") == "button"
        target = link_target(urljoin(self.base, href) if self.base and href else href)
        if href and not target and element.text.strip():
            self.dropped.append(href)
        mark = Mark("a", target, is_button=looks_pressed)
        stands_alone = looks_pressed and reads_as_ask(" ".join(element.text.split()))
        if stands_alone:
            self.flush()
        self.children(element, (*marks, mark))
        if stands_alone:
            self.flush()

    def control(self, element: Element, marks: tuple[Mark, ...]) -> None:
        """A button that is no link: it stands for the call to action, or it works the page."""
        if self.keeps_controls:
            self.children(element, marks)  # a heading that folds away what stands under it
        elif reads_as_ask(" ".join(element.text.split())):
            self.flush()
            self.children(element, (*marks, Mark("a", is_button=True)))
            self.flush()
        else:
            self.aside += _left_lines(element, "a control of the page")

    def picture(self, element: Element, marks: tuple[Mark, ...]) -> None:
        alt = element.attributes.get("alt")
        classes = element.get("class").split()
        if alt and ("emoji" in classes or "wp-smiley" in classes):
            self.runs.append(Run(alt, marks))
            return
        source = element.get("src").strip()
        if not source or _BLANK_SOURCE.match(source):
            source = next(filter(None, (element.get(name).strip() for name in _LAZY_SOURCES)), source)
        self.aside.append(
            Item(What.PICTURE, source=source, alt=None if alt is None else " ".join(alt.split()))
        )

    def block(self, element: Element, marks: tuple[Mark, ...]) -> None:
        tag = element.tag
        if tag in _HEADINGS or element.get("role") == "heading":
            self.heading(element)
        elif tag in ("ul", "ol"):
            self.list_of(element)
        elif tag == "dl":
            self.definitions(element)
        elif tag == "table":
            self.table(element)
        elif tag == "blockquote":
            self.quote(element)
        elif tag == "summary":
            self.one_line(element, What.HEADING, level=_SUMMARY)
        elif tag == "figcaption" or {"wp-caption-text", "caption"} & set(element.get("class").split()):
            self.one_line(element, What.CAPTION)
        elif tag == "pre":
            self.preformatted(element)
        else:
            self.children(element, marks)

    def heading(self, element: Element) -> None:
        level = _HEADINGS.get(element.tag) or _number(element.get("aria-level"), default=2)
        if DOCUMENT_TITLE in element.get("class").split() or element is self.title:
            level = 0
        self.one_line(element, What.HEADING, level=level)

    def one_line(self, element: Element, what: What, *, level: int = 0) -> None:
        """Take all the words of an element as one line; pictures follow it."""
        inside = self.inside(element, keeps_controls=True)
        if words := joined(line for item in inside if _is_placed(item) for line in _said(item)):
            self.items.append(Item(what, (words,), level=level))
        self.items += [item for item in inside if not _is_placed(item)]

    def quote(self, element: Element) -> None:
        inside = self.inside(element)
        lines = tuple(line for item in inside if _is_placed(item) for line in _said(item))
        if lines:
            self.items.append(Item(What.QUOTE, lines))
        self.items += [item for item in inside if not _is_placed(item)]

    def preformatted(self, element: Element) -> None:
        runs: list[Run] = []
        for line in element.text.strip("\n").splitlines():
            runs += [*([BREAK] if runs else []), Run(line, (Mark("code"),))]
        if words := settled(runs):
            self.items.append(Item(What.TEXT, (words,)))

    def note(self, element: Element) -> None:
        inside = self.inside(element)
        lines = tuple(line for item in inside if _is_placed(item) for line in _said(item))
        if lines:
            self.items.append(Item(What.NOTE, lines, note=element.get("id")))
        self.items += [item for item in inside if not _is_placed(item)]

    def list_of(self, element: Element) -> None:
        _Lister(self, element).read()

    def definitions(self, element: Element) -> None:
        """A list of terms: each with its explanation on one line, or, where terms are long, under it."""
        pairs: list[tuple[Words | None, list[Words]]] = []
        others: list[Item] = []
        for child in _terms(element):
            inside = self.inside(child)
            words = joined(line for item in inside if _is_placed(item) for line in _said(item))
            others += [item for item in inside if not _is_placed(item)]
            if words is None:
                continue
            if child.tag == "dt":
                pairs.append((words, []))
            elif pairs:
                pairs[-1][1].append(words)
            else:
                pairs.append((None, [words]))
        self.items += [*_defined(pairs), *others]

    def table(self, element: Element) -> None:
        rows: list[Words] = []
        captions: list[Words] = []
        others: list[Item] = []
        contents: list[Item] = []
        is_layout = element.get("role") in ("presentation", "none")
        widest = 0
        for row in _rows(element):
            cells: list[tuple[bool, Words | None]] = []
            for cell in row.elements:
                inside = self.inside(cell)
                contents += inside
                is_layout |= any(item.what in (What.HEADING, What.TABLE, What.QUOTE) for item in inside)
                cells.append(
                    (
                        cell.tag == "th",
                        joined(line for each in inside if _is_placed(each) for line in _said(each)),
                    )
                )
                others += [item for item in inside if not _is_placed(item)]
            widest = max(widest, len(cells))
            if words := row_of(cells):
                rows.append(words)
        for child in element.elements:
            if child.tag == "caption":
                captions += [line for item in self.inside(child) for line in _said(item)]
        if is_layout or widest < 2:
            self.items += [*(Item(What.TEXT, (line,)) for line in captions), *contents]
            return
        if rows:
            self.items.append(Item(What.TABLE, tuple(rows), lead_in=joined(captions)))
        else:
            self.items += [Item(What.TEXT, (line,)) for line in captions]
        self.items += others

    def inside(self, element: Element, *, keeps_controls: bool = False) -> list[Item]:
        """Return what stands within an element, read for itself."""
        notes = {key: mark for key, mark in self.notes.items() if key != element.get("id")}
        reader = _Reader(self.reasons, notes, self.base, self.title, keeps_controls, self.dropped)
        reader.children(element)
        reader.flush()
        return reader.items

    def flush(self) -> None:
        """End the line: what was inline becomes texts, and pictures in it follow them."""
        runs, self.runs = self.runs, []
        for words in paragraphs_of(runs):
            self.items += _texts(words)
        aside, self.aside = self.aside, []
        self.items += aside

    def leave(self, node: Node, reason: str) -> None:
        """Set aside all the words of a node, line by line; the page's title is kept wherever it stands."""
        if isinstance(node, str):
            if words := settled([Run(node)]):
                self.items.append(Item(What.LEFT, (words,), reason=reason))
            return
        if self.title is not None and any(each is self.title for each in node.walk()):
            if node is self.title:
                self.heading(node)
                return
            for child in node.children:
                self.leave(child, self.reasons.get(id(node), reason))
            return
        self.items += _left_lines(node, self.reasons.get(id(node), reason))


class _Lister:
    """Reads one list: its items, and the lists within them, which their own items lead in."""

    def __init__(self, reader: _Reader, element: Element) -> None:
        self._reader = reader
        self._element = element
        self._is_ordered = element.tag == "ol"
        self._lines: list[Words] = []
        self._has_nested = any(
            within.tag in ("ul", "ol")
            for item in element.elements
            for within in item.walk()
            if within is not element
        )
        self._number = _number(element.get("start"), default=1)
        self._counts_itself = self._is_ordered and (self._has_nested or self._number != 1)

    def read(self) -> None:
        for child in self._element.children:
            if isinstance(child, str):
                if child.strip():
                    self._item([*_texts_of(child)])
                continue
            if child.get("id") in self._reader.notes or id(child) in self._reader.reasons:
                self._close()
                self._reader.node(child, ())
                continue
            if child.tag in ("ul", "ol"):
                self._close()
                self._reader.node(child, ())
                continue
            self._item(self._reader.inside(child))
        self._close()

    def _item(self, inside: list[Item]) -> None:
        if any(item.what in (What.HEADING, What.TABLE, What.QUOTE) for item in inside):
            self._close()
            self._reader.items += inside
            self._number += 1
            return
        others: list[Item] = []
        said: list[Words] = []
        begun = False
        for item in inside:
            if item.what in (What.TEXT, What.DEFINITIONS, What.CAPTION):
                said += _said(item)
            elif item.what is What.LIST:
                lead = self._counted(joined(said)) if not begun else joined(said)
                begun, said = begun or bool(said), []
                self._close()
                if lead and item.lead_in:
                    self._reader.items.append(Item(What.LIST, (lead,)))
                    lead = None
                self._reader.items.append(replace(item, lead_in=item.lead_in or lead))
            else:
                others.append(item)
        if words := joined(said):
            self._lines.append(words if begun else self._counted(words) or words)
        if others:
            self._close()
            self._reader.items += others

    def _counted(self, words: Words | None) -> Words | None:
        if words is None or not self._counts_itself:
            return words
        number, self._number = self._number, self._number + 1
        return settled([Run(f"{number}. "), *words.runs])

    def _close(self) -> None:
        if not self._lines:
            return
        is_marked = all(form_of(words.text).is_marked for words in self._lines)
        is_ordered = self._is_ordered and not self._counts_itself and not is_marked
        self._reader.items.append(Item(What.LIST, tuple(self._lines), is_ordered=is_ordered))
        if is_ordered:
            # Whatever of this list follows could not count on by itself.
            self._number += len(self._lines)
            self._counts_itself = True
        self._lines = []


def _texts_of(text: str) -> Iterator[Item]:
    if words := settled([Run(text)]):
        yield Item(What.TEXT, (words,))


def _texts(words: Words) -> Iterator[Item]:
    """Yield a paragraph: as its lines, where breaks part what bullets or numbers open; else whole."""
    lines = words.at_breaks() if any(run.is_break for run in words.runs) else (words,)
    marked = sum(form_of(line.text).is_marked for line in lines)
    if marked >= 2 or (marked and len(lines) == 2):
        yield from (Item(What.TEXT, (line,), after_gap=place == 0) for place, line in enumerate(lines))
    else:
        yield Item(What.TEXT, (words,))


def _defined(pairs: Iterable[tuple[Words | None, list[Words]]]) -> Iterator[Item]:
    held = list(pairs)
    dash = Run(" – ")
    lines = [
        settled([*term.runs, dash, *explained.runs])
        if term and (explained := joined(said))
        else term or joined(said)
        for term, said in held
    ]
    if all(line and split_definition(line.text) for line in lines):
        yield Item(What.DEFINITIONS, tuple(line for line in lines if line))
        return
    for term, said in held:
        if term and said:
            yield Item(What.HEADING, (term,), level=_SUMMARY)
        elif term:
            yield Item(What.TEXT, (term,))
        yield from (Item(What.TEXT, (line,)) for line in said)


def _terms(element: Element) -> Iterator[Element]:
    """Yield terms and explanations; each may be grouped with its own in a `div`."""
    for child in element.children:
        if isinstance(child, str):
            if child.strip():
                yield Element("dd", {}, (child,))
        elif child.tag == "div":
            yield from _terms(child)
        else:
            yield child


def _rows(element: Element) -> Iterator[Element]:
    for child in element.elements:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(child)


def _is_placed(item: Item) -> bool:
    return item.what not in (What.PICTURE, What.LEFT, What.NOTE)


def _said(item: Item) -> tuple[Words, ...]:
    lines = (item.lead_in, *item.lines) if item.lead_in else item.lines
    return tuple(
        words for line in lines for words in ([cell for _, cell in line.cells if cell.text] or [line])
    )


def _is_way_back(element: Element, notes: Mapping[str, str]) -> bool:
    """Whether a link only leads from a footnote back to its mark."""
    text = element.text.strip()
    return bool(notes) and not any(char.isalnum() for char in text)


def _left(text: str, reason: str) -> Item:
    words = settled([Run(text)]) or Words((Run("…"),))
    return Item(What.LEFT, (words,), reason=reason)


def _left_lines(element: Element, reason: str) -> Iterator[Item]:
    """Yield the words of an element that is left out, one line for each of its blocks."""
    held: list[Run] = []
    waiting: list[Node | None] = [element]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            held.append(Run(node))
        elif node is not None and node.tag in _INLINE and node.tag != "br":
            waiting.extend(reversed(node.children))
        else:
            if words := settled(held):
                yield Item(What.LEFT, (words,), reason=reason)
            held = []
            if node is not None:
                waiting += [None, *reversed(node.children)]
    if words := settled(held):
        yield Item(What.LEFT, (words,), reason=reason)


def _number(text: str, *, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else default
