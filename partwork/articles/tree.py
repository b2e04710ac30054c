"""An HTML text as a small tree of our own. The one module that calls the HTML parser; it judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from partwork.errors import CommandError

_DEEPEST = 300
_PIT = 3_000  # elements open at once, in a source whose end tags may be missing here and there
_NESTING = re.compile(
    r"<(/?)(?:div|section|article|main|span|table|ul|ol|dl|blockquote|b|i|em|strong|font|a)\b"
)
_NO_TEXT = frozenset({"script", "style", "template", "noscript", "head", "datalist"})
"""What no reader of a page sees."""


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One element; compared by identity. children: elements and texts in order, comments gone."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Node, ...] = ()

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def elements(self) -> Iterator[Element]:
        return (child for child in self.children if isinstance(child, Element))

    def walk(self) -> Iterator[Element]:
        """Yield this element and all within it, in document order."""
        waiting: list[Element] = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(list(element.elements)))

    @property
    def text(self) -> str:
        """All text within, white space as it stands."""
        pieces: list[str] = []
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                pieces.append(node)
            else:
                waiting.extend(reversed(node.children))
        return "".join(pieces)


Node: TypeAlias = Element | str


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed page. base: the address it was saved from, where it says so."""

    body: Element
    base: str


def parse(html: str) -> Document:
    """Return the page, as a browser would understand it. Raises CommandError if it is nested too deep."""
    _refuse_a_pit(html)
    parser = LexborHTMLParser(html.encode("utf-8", "replace"))
    root = parser.root
    body = parser.body
    if root is None or body is None:
        return Document(Element("body"), "")
    return Document(_element(body), _base(parser))


def _refuse_a_pit(html: str) -> None:
    """Refuse what opens thousands of elements and closes none: a parser's time grows with their square."""
    depth = 0
    for match in _NESTING.finditer(html):
        depth += -1 if match[1] else 1
        if depth > _PIT:
            raise CommandError(f"the page is nested more than {_DEEPEST} elements deep: that is no article")


def _base(parser: LexborHTMLParser) -> str:
    for selector, attribute in (
        ("base[href]", "href"),
        ('link[rel="canonical"]', "href"),
        ('meta[property="og:url"]', "content"),
    ):
        found = parser.css_first(selector)
        address = (found.attributes.get(attribute) or "") if found is not None else ""
        if address.startswith(("http://", "https://")):
            return address
    return ""


@dataclass(slots=True)
class _Open:
    """An element whose children are still being read."""

    tag: str
    attributes: Mapping[str, str]
    children: list[Node] = field(default_factory=list)

    def closed(self) -> Element:
        return Element(self.tag, self.attributes, tuple(self.children))


def _element(top: LexborNode) -> Element:
    """Return a node and all below it: a loop, for pages are nested deeper than Python likes to call."""
    stack = [_Open(_tag(top), _attributes(top))]
    node = top.child
    parents: list[LexborNode] = []
    while True:
        if node is None:
            closed = stack.pop().closed()
            if not stack:
                return closed
            stack[-1].children.append(closed)
            node = parents.pop().next
            continue
        if node.is_text_node:
            stack[-1].children.append(node.text_content or "")
        elif node.is_element_node and _tag(node) not in _NO_TEXT:
            if len(stack) > _DEEPEST:
                raise CommandError(
                    f"the page is nested more than {_DEEPEST} elements deep: that is no article"
                )
            stack.append(_Open(_tag(node), _attributes(node)))
            parents.append(node)
            node = node.child
            continue
        node = node.next


def _tag(node: LexborNode) -> str:
    return (node.tag or "").lower()


def _attributes(node: LexborNode) -> Mapping[str, str]:
    return {name.lower(): value or "" for name, value in node.attributes.items()}


def parents_of(body: Element) -> dict[int, Element]:
    """Return the element around each, by the identity of the inner one."""
    return {id(child): element for element in body.walk() for child in element.elements}


def path_to(element: Element, parents: Mapping[int, Element]) -> tuple[Element, ...]:
    """Return the elements from the outermost down to this one, which comes last."""
    return tuple(reversed(list(_upwards(element, parents))))


def _upwards(element: Element, parents: Mapping[int, Element]) -> Iterator[Element]:
    here: Element | None = element
    while here is not None:
        yield here
        here = parents.get(id(here))
