"""How data, authored text and inline markup are written into HTML and into its text twin. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from partwork.rendering.inline import Inline, inline_html, inline_text
from partwork.rendering.personal import PersonalEnvironment, authored_html, literal, literal_html
from partwork.rendering.wording import Wording


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

    def wording(self, wording: Wording, *, keep: Callable[[str], str]) -> str:
        """Return a word whose fillings stand apart, so that a name in another script moves nothing."""
        return "".join(
            _data_apart(said, keep) if is_data else _fillings_apart(said, keep)
            for is_data, said in wording.pieces
        )


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

    def wording(self, wording: Wording, *, keep: Callable[[str], str]) -> str:
        return "".join(keep(literal(said) if is_data else said) for is_data, said in wording.pieces)


def _data_apart(text: str, keep: Callable[[str], str]) -> str:
    written = keep(literal_html(text))
    return written if text.isdecimal() else _apart(written)


def _fillings_apart(text: str, keep: Callable[[str], str]) -> str:
    pieces = PersonalEnvironment(autoescape=True).pieces(text)
    return "".join(
        _apart(keep(piece)) if is_tag and piece.startswith("{{") else keep(authored_html(piece))
        for is_tag, piece in pieces
    )


def _apart(written: str) -> str:
    return f'<span dir="auto">{written}</span>'
