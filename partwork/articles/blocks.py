"""From a tree of elements to what stands in it, one thing after another: no judgement of the whole. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from partwork.articles.asks import reads_as_ask
from partwork.articles.finding import OUTSIDE, Found
from partwork.articles.footnotes import mark_of
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
from partwork.articles.items import (
    DOCUMENT_TITLE,
    INLINE,
    SUMMARY,
    Item,
    What,
    defined,
    is_placed,
    left_lines,
    left_out,
    said_in,
    texts_in,
)
from partwork.articles.listing import Listing, number_in
from partwork.articles.tree import Element, Node

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
_BUTTON = re.compile(r"(?:^|[\s_-])(?:btn|button|cta)(?:$|[\s_-])", re.IGNORECASE)
_LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-orig-src")
_BLANK_SOURCE = re.compile(r"data:image/(?:gif|svg\+xml)", re.IGNORECASE)


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
        elif self.takes_whole(node):
            self.flush()
            self.note(node)
        elif node.tag in INLINE:
            self.inline(node, marks)
        else:
            self.flush()
            self.block(node, marks)
            self.flush()

    def takes_whole(self, element: Element) -> bool:
        """Whether an element is a footnote, or left out: nothing that what stands around it could use."""
        is_note = element.get("id") in self.notes and element.tag not in ("a", "sup")
        return is_note or id(element) in self.reasons

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
                self.aside.append(left_out(element.get("value"), "a form"))
        elif tag == "q":
            self.runs.append(Run("“", marks))
            self.children(element, marks)
            self.runs.append(Run("”", marks))
        elif line := element.get("data-line"):
            self.children(element, (*marks, Mark("line", line)) if line.isdecimal() else marks)
        else:
            self.children(element, (*marks, Mark(_MARKS[tag])) if tag in _MARKS else marks)

    def link(self, element: Element, marks: tuple[Mark, ...]) -> None:
        href = element.get("href").strip()
        if href.startswith("#"):
            note = href[1:]
            if note in self.notes:
                self.runs.append(Run(mark_of(element), (*marks, Mark("note", note))))
            elif not _is_sign(element):
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
            self.aside += left_lines(element, "a control of the page")

    def picture(self, element: Element, marks: tuple[Mark, ...]) -> None:
        alt = None if "data-without-alt" in element.attributes else element.attributes.get("alt")
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
            self.one_line(element, What.HEADING, level=SUMMARY)
        elif tag == "figcaption" or {"wp-caption-text", "caption"} & set(element.get("class").split()):
            self.one_line(element, What.CAPTION)
        elif tag == "pre":
            self.preformatted(element)
        else:
            self.children(element, marks)

    def heading(self, element: Element) -> None:
        level = _HEADINGS.get(element.tag) or number_in(element.get("aria-level"), default=2)
        if DOCUMENT_TITLE in element.get("class").split() or element is self.title:
            level = 0
        self.one_line(element, What.HEADING, level=level)

    def one_line(self, element: Element, what: What, *, level: int = 0) -> None:
        """Take all the words of an element as one line; pictures follow it."""
        inside = self.inside(element, keeps_controls=True)
        if words := joined(line for item in inside if is_placed(item) for line in said_in(item)):
            self.items.append(Item(what, (words,), level=level))
        self.items += [item for item in inside if not is_placed(item)]

    def quote(self, element: Element) -> None:
        inside = self.inside(element)
        lines = tuple(line for item in inside if is_placed(item) for line in said_in(item))
        if lines:
            self.items.append(Item(What.QUOTE, lines))
        self.items += [item for item in inside if not is_placed(item)]

    def preformatted(self, element: Element) -> None:
        runs: list[Run] = []
        for line in element.text.strip("\n").splitlines():
            runs += [*([BREAK] if runs else []), Run(line, (Mark("code"),))]
        if words := settled(runs):
            self.items.append(Item(What.TEXT, (words,)))

    def note(self, element: Element) -> None:
        inside = self.inside(element)
        lines = tuple(line for item in inside if is_placed(item) for line in said_in(item))
        if lines:
            self.items.append(Item(What.NOTE, lines, note=element.get("id")))
        self.items += [item for item in inside if not is_placed(item)]

    def list_of(self, element: Element) -> None:
        Listing(self, element).read()

    def definitions(self, element: Element) -> None:
        """A list of terms: each with its explanation on one line, or, where terms are long, under it."""
        pairs: list[tuple[Words | None, list[Words]]] = []
        others: list[Item] = []
        for child in terms_of(element):
            inside = self.inside(child)
            words = joined(line for item in inside if is_placed(item) for line in said_in(item))
            others += [item for item in inside if not is_placed(item)]
            if words is None:
                continue
            if child.tag == "dt":
                pairs.append((words, []))
            elif pairs:
                pairs[-1][1].append(words)
            else:
                pairs.append((None, [words]))
        self.items += [*defined(pairs), *others]

    def table(self, element: Element) -> None:
        rows: list[Words] = []
        captions: list[Words] = []
        others: list[Item] = []
        contents: list[Item] = []
        is_layout = element.get("role") in ("presentation", "none")
        widest = 0
        for row in rows_of(element):
            cells: list[tuple[bool, Words | None]] = []
            for cell in row.elements:
                inside = self.inside(cell)
                contents += inside
                is_layout |= any(item.what in (What.HEADING, What.TABLE, What.QUOTE) for item in inside)
                cells.append(
                    (
                        cell.tag == "th",
                        joined(line for each in inside if is_placed(each) for line in said_in(each)),
                    )
                )
                others += [item for item in inside if not is_placed(item)]
            widest = max(widest, len(cells))
            if words := row_of(cells):
                rows.append(words)
        for child in element.elements:
            if child.tag == "caption":
                captions += [line for item in self.inside(child) for line in said_in(item)]
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
            self.items += texts_in(words)
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
        self.items += left_lines(node, self.reasons.get(id(node), reason))


def _is_sign(element: Element) -> bool:
    """Whether a link within the page is a mere sign: the way back from a footnote, a heading's own anchor."""
    return not any(char.isalnum() for char in element.text)


def terms_of(element: Element) -> Iterator[Element]:
    """Yield terms and explanations; each may be grouped with its own in a `div`."""
    for child in element.children:
        if isinstance(child, str):
            if child.strip():
                yield Element("dd", {}, (child,))
        elif child.tag == "div":
            yield from terms_of(child)
        else:
            yield child


def rows_of(element: Element) -> Iterator[Element]:
    for child in element.elements:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from rows_of(child)
