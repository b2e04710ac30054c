"""A finished email's HTML as a tree to look through. Pure; it mends nothing and drops nothing.

What stands in conditional comments is Outlook's alone and is no part of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)


class Element:
    """One element: its attributes as written, what it holds in order, and what it stands in."""

    __slots__ = ("attributes", "children", "line", "parent", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], *, parent: Element | None, line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.line = line
        self.children: list[Element | str] = []

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())

    @property
    def elements(self) -> Iterator[Element]:
        """Yield this element and all below it, in the order of the source."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.elements

    @property
    def ancestors(self) -> Iterator[Element]:
        """Yield what this element stands in, the nearest first."""
        around = self.parent
        while around is not None:
            yield around
            around = around.parent

    @property
    def text(self) -> str:
        """Return all text in it, seen or not."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, *tags: str) -> Iterator[Element]:
        """Yield the elements in it that have one of these names."""
        return (element for element in self.elements if element.tag in tags)


class Page:
    """A whole document. `root` holds everything; `faults` is what no tree can be made of."""

    def __init__(self, html: str) -> None:
        reader = _Reader()
        reader.feed(html)
        reader.close()
        self.root = reader.root
        self.doctype = reader.doctype
        self.faults = tuple(reader.faults())

    def first(self, tag: str) -> Element | None:
        """Return the first element of this name."""
        return next(self.root.all(tag), None)

    def shown_texts(self) -> Iterator[tuple[Element, str]]:
        """Yield each text that is seen, with the element it stands in."""
        body = self.first("body")
        if body is not None:
            yield from _shown(body)

    def shown_words(self) -> str:
        """Return what a reader sees or hears: the texts, and what pictures say to those who see none."""
        return " ".join(text for _, text in self.shown_texts())


def inline_style(element: Element) -> dict[str, str]:
    """Return the declarations of an element's own style attribute; of several the last."""
    return dict(declarations(element.attributes.get("style", "")))


def declarations(style: str) -> Iterator[tuple[str, str]]:
    """Yield (property, value) of a list of declarations, names in lower case."""
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        if colon and name.strip():
            yield name.strip().lower(), value.strip()


def is_hidden(element: Element) -> bool:
    """Say whether an element, by itself, is kept from sight and from screen readers."""
    style = inline_style(element)
    return (
        style.get("display", "").startswith("none")
        or style.get("visibility", "").startswith("hidden")
        or element.attributes.get("aria-hidden") == "true"
        or "hidden" in element.attributes
    )


def _shown(element: Element) -> Iterator[tuple[Element, str]]:
    if is_hidden(element) or element.tag in ("style", "script", "title", "template"):
        return
    if element.tag == "img" and (alt := element.attributes.get("alt", "").strip()):
        yield element, alt
    for child in element.children:
        if isinstance(child, Element):
            yield from _shown(child)
        elif child.strip():
            yield element, child


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {}, parent=None, line=0)
        self.doctype = ""
        self._here = self.root
        self._faults: list[str] = []

    def faults(self) -> Iterator[str]:
        yield from self._faults
        for element in (self._here, *self._here.ancestors):
            if element.tag:
                yield f"<{element.tag}> in line {element.line} is never closed"

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl.strip().lower()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._faults.append(f"<{tag}> in line {self.getpos()[0]} has '{name}' twice: keep one")
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag, attributes, parent=self._here, line=self.getpos()[0])
        self._here.children.append(element)
        if tag not in VOID:
            self._here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        line = self.getpos()[0]
        if tag in VOID:
            self._faults.append(f"</{tag}> in line {line}: <{tag}> is never closed with a tag of its own")
        elif tag not in [element.tag for element in (self._here, *self._here.ancestors)]:
            self._faults.append(f"</{tag}> in line {line} closes nothing")
        else:
            while self._here.tag != tag:
                self._faults.append(f"<{self._here.tag}> in line {self._here.line} is never closed")
                self._here = self._here.parent or self.root
            self._here = self._here.parent or self.root

    def handle_data(self, data: str) -> None:
        self._here.children.append(data)
