"""Reading one list: its items, and the lists within them, which their own items lead in. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from partwork.articles.inline import Mark, Run, Words, joined, settled
from partwork.articles.items import Item, What, said_in, texts_of
from partwork.articles.lines import form_of
from partwork.articles.tree import Element


class Reader(Protocol):
    """Who reads what stands in the list's items, and takes what the list becomes."""

    items: list[Item]

    def inside(self, element: Element) -> list[Item]: ...

    def takes_whole(self, element: Element) -> bool: ...

    def node(self, node: Element, marks: tuple[Mark, ...]) -> None: ...


class Listing:
    """Reads one list: its items, and the lists within them, which their own items lead in."""

    def __init__(self, reader: Reader, element: Element) -> None:
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
        self._number = number_in(element.get("start"), default=1)
        self._counts_itself = self._is_ordered and (self._has_nested or self._number != 1)

    def read(self) -> None:
        """Read the list to its end."""
        for child in self._element.children:
            if isinstance(child, str):
                if child.strip():
                    self._item([*texts_of(child)])
                continue
            if child.tag in ("ul", "ol") or self._reader.takes_whole(child):
                self._close()
                self._reader.node(child, ())
            else:
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
                said += said_in(item)
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


def number_in(text: str, *, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else default
