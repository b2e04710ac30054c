"""What stands in an article, one thing after another: the records, and what each of them says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from partwork.articles.inline import Run, Words, joined, settled
from partwork.articles.lines import form_of, split_definition, word_set
from partwork.articles.model import Kind
from partwork.articles.tree import Element, Node

DOCUMENT_TITLE = "document-title"
"""The class of a heading that is the title whatever stands around it."""

SUMMARY = 6
"""The level of a heading that folds away what stands under it: the lowest that HTML has."""

INLINE = word_set(
    "a abbr acronym b bdi bdo big br cite code data del dfn em font i img image ins kbd label mark q rp rt "
    "ruby s samp small span strike strong sub sup time tt u var wbr input button picture source math bold"
)


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


KINDS = {
    What.LIST: Kind.LIST,
    What.DEFINITIONS: Kind.DEFINITIONS,
    What.QUOTE: Kind.QUOTE,
    What.TABLE: Kind.TABLE,
}
"""What may have a line above it that leads it in, and the block that it becomes."""


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


def is_placed(item: Item) -> bool:
    return item.what not in (What.PICTURE, What.LEFT, What.NOTE)


def said_in(item: Item) -> tuple[Words, ...]:
    lines = (item.lead_in, *item.lines) if item.lead_in else item.lines
    return tuple(
        words for line in lines for words in ([cell for _, cell in line.cells if cell.text] or [line])
    )


def texts_of(text: str) -> Iterator[Item]:
    if words := settled([Run(text)]):
        yield Item(What.TEXT, (words,))


def texts_in(words: Words) -> Iterator[Item]:
    """Yield a paragraph: as its lines, where breaks part what bullets or numbers open; else whole."""
    lines = words.at_breaks() if any(run.is_break for run in words.runs) else (words,)
    marked = sum(form_of(line.text).is_marked for line in lines)
    if marked >= 2 or (marked and len(lines) == 2):
        yield from (Item(What.TEXT, (line,), after_gap=place == 0) for place, line in enumerate(lines))
    else:
        yield Item(What.TEXT, (words,))


def defined(pairs: Iterable[tuple[Words | None, list[Words]]]) -> Iterator[Item]:
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
            yield Item(What.HEADING, (term,), level=SUMMARY)
        elif term:
            yield Item(What.TEXT, (term,))
        yield from (Item(What.TEXT, (line,)) for line in said)


def left_out(text: str, reason: str) -> Item:
    words = settled([Run(text)]) or Words((Run("…"),))
    return Item(What.LEFT, (words,), reason=reason)


def left_lines(element: Element, reason: str) -> Iterator[Item]:
    """Yield the words of an element that is left out, one line for each of its blocks."""
    held: list[Run] = []
    waiting: list[Node | None] = [element]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            held.append(Run(node))
        elif node is not None and node.tag in INLINE and node.tag != "br":
            # Links side by side, and labels before fields, are parted by style alone.
            held.append(Run(" " if node.tag in ("a", "button", "label", "input") else ""))
            waiting.extend(reversed(node.children))
        else:
            if words := settled(held):
                yield Item(What.LEFT, (words,), reason=reason)
            held = []
            if node is not None:
                waiting += [None, *reversed(node.children)]
    if words := settled(held):
        yield Item(What.LEFT, (words,), reason=reason)
