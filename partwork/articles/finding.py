"""Where in a saved page the article stands: what calls itself so, or where the prose is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from partwork.articles.lines import word_set
from partwork.articles.margins import HIDDEN, margins
from partwork.articles.tree import Element, parents_of, path_to

OUTSIDE = "outside the article"
_DESCENDS = 0.8  # of a container's prose: who holds so much of it is the article's own container
_PROSE = frozenset({"p", "li", "dd", "dt", "blockquote", "td", "th", "pre", "figcaption"})
_CONTAINERS = frozenset({"div", "section", "article", "main", "td", "tbody", "table", "tr", "center", "form"})
_TITLES = word_set("entry-title post-title article-title p-name")


@dataclass(frozen=True, slots=True)
class Found:
    """Where the article is. reasons: what is left out, by the identity of its element, and why.

    path:  the elements from the body down to the article's own, which comes last
    title: the page's heading, where it stands before and outside the article's element
    """

    path: tuple[Element, ...]
    reasons: Mapping[int, str]
    title: Element | None

    @property
    def root(self) -> Element:
        return self.path[-1]


def find_article(body: Element) -> Found:
    """Return where the article stands in a page: what it calls its article, or else where its prose is."""
    parents = parents_of(body)
    reasons = margins(body, parents)
    prose = _prose(body, parents, reasons)
    root = _root(body, prose, reasons, parents)
    path = path_to(root, parents)
    on_path = {id(element) for element in path}
    kept = {key: reason for key, reason in reasons.items() if key not in on_path}
    return Found(path, kept, _title(body, root, kept, parents))


def whole(body: Element) -> Found:
    """Return a page that is nothing but an article, as Markdown and Word files give it."""
    return Found((body,), {}, None)


def _prose(body: Element, parents: Mapping[int, Element], reasons: Mapping[int, str]) -> dict[int, int]:
    """Return how many words of prose stand in each element, links and what is left out not counted."""
    counts: dict[int, int] = {}
    waiting: list[Element] = [body]
    while waiting:
        element = waiting.pop()
        if id(element) in reasons:
            continue
        own = sum(len(child.split()) for child in element.children if isinstance(child, str))
        if (
            own
            and element.tag != "a"
            and any(
                above.tag in (*_PROSE, "div", "section", "article", "main", "body")
                for above in path_to(element, parents)
            )
        ):
            for above in path_to(element, parents):
                counts[id(above)] = counts.get(id(above), 0) + own
        waiting.extend(element.elements)
    return counts


def _root(
    body: Element, prose: Mapping[int, int], reasons: Mapping[int, str], parents: Mapping[int, Element]
) -> Element:
    def words(element: Element) -> int:
        return prose.get(id(element), 0)

    def outermost(wanted: list[Element]) -> list[Element]:
        ids = {id(element) for element in wanted}
        return [each for each in wanted if not any(id(above) in ids for above in path_to(each, parents)[:-1])]

    named = [each for each in body.walk() if _names_itself(each) and words(each)]
    mains = [each for each in named if each.tag == "main" or each.get("role") == "main"]
    scope = max(mains, key=words) if mains else body
    within = {id(each) for each in scope.walk()}
    articles = outermost(
        [each for each in named if each not in mains and id(each) in within and each is not scope]
    )
    articles.sort(key=words, reverse=True)
    if articles and words(articles[0]) * 2 >= words(scope):
        return articles[0]
    if mains and words(scope) * 3 >= words(body):
        return scope
    return _descended(body, prose)


def _names_itself(element: Element) -> bool:
    return (
        element.tag in ("main", "article")
        or element.get("role") in ("main", "article")
        or "articlebody" in element.get("itemprop").lower()
    )


def _descended(body: Element, prose: Mapping[int, int]) -> Element:
    """Follow whoever holds nearly all the prose of its container, while one does."""
    here = body
    while True:
        held = prose.get(id(here), 0)
        inner = [
            child
            for child in here.elements
            if child.tag in _CONTAINERS and held and prose.get(id(child), 0) >= _DESCENDS * held
        ]
        if not inner:
            return here
        here = inner[0]


def _title(
    body: Element, root: Element, reasons: Mapping[int, str], parents: Mapping[int, Element]
) -> Element | None:
    within = {id(each) for each in root.walk()}
    before: list[Element] = []
    for element in body.walk():
        if element is root:
            break
        before.append(element)
    if any(each.tag == "h1" and each.text.strip() for each in root.walk()):
        return None
    # Where a blog's own name is its first heading, themes mark the article's.
    marked = [each for each in before if _TITLES.intersection(each.get("class").split())]
    for element in (*reversed(marked), *reversed(before)):
        is_heading = element.tag == "h1" or (element in marked and element.tag in ("h2", "h3"))
        if not is_heading or id(element) in within or not element.text.strip():
            continue
        if not any(
            id(above) in reasons and reasons[id(above)] == HIDDEN for above in path_to(element, parents)
        ):
            return element
    return None
