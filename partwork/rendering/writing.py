"""How data, authored text and inline markup are written into HTML and into its text twin. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from partwork.rendering.inline import Inline, inline_html, inline_text
from partwork.rendering.personal import authored_html, literal, literal_html


@dataclass(frozen=True, slots=True)
class HtmlWriter:
    """Writes into HTML. links: the id of each web address."""

    links: Mapping[str, int]

    def data(self, text: str) -> str:
        return literal_html(text)

    def authored(self, text: str) -> str:
        return authored_html(text)

    def inline(self, inline: Inline, *, keep: Callable[[str], str]) -> str:
        return inline_html(inline, links=self.links, keep=keep)


@dataclass(frozen=True, slots=True)
class TextWriter:
    """Writes into the text twin. links: the id of each web address."""

    links: Mapping[str, int]

    def data(self, text: str) -> str:
        return literal(text)

    def authored(self, text: str) -> str:
        return text

    def inline(self, inline: Inline, *, keep: Callable[[str], str]) -> str:
        return keep(inline_text(inline, links=self.links))
