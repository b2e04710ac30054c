"""Inline Markdown to the two forms of a line: its text, and its markup of a few known tags. Pure.

Markup is written here tag by tag, everything else escaped: nothing has to be cleaned afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from partwork.articles.markdown import Token
from partwork.articles.tags import CONDITIONS, Masked, Tag

_TAGS = {"em_open": "<em>", "em_close": "</em>", "strong_open": "<strong>", "strong_close": "</strong>"}
_LINKS_TAG = re.compile(r"\{\{-?\s*links\.\w+\s*-?\}\}")
_SCHEMES = ("https", "mailto", "tel")


def write_inline(tokens: Sequence[Token], masked: Masked) -> tuple[str, str, list[tuple[Tag | None, str]]]:
    """Return a line's text, its markup, and its faults, each with the tag it is about if it is about one."""
    writer = _Writer(masked)
    for token in tokens:
        writer.write(token)
    writer.end()
    # One condition out of place makes others look so.
    first = [fault for fault in writer.faults if fault[0]][:1]
    faults = [*first, *(fault for fault in writer.faults if not fault[0])]
    return "".join(writer.text).strip(), "".join(writer.markup).strip(), faults


class _Writer:
    """Writes token by token; knows what is open, so that a condition never cuts a tag in two."""

    def __init__(self, masked: Masked) -> None:
        self._masked = masked
        self._open: list[Tag | str] = []
        self.text: list[str] = []
        self.markup: list[str] = []
        self.faults: list[tuple[Tag | None, str]] = []

    def write(self, token: Token) -> None:
        match token.type:
            case "text" | "text_special":
                self._words(token.content)
            case "softbreak":
                self._both(" ", " ")
            case "hardbreak":
                self._both("\n", "<br />")
            case "code_inline":
                self.markup.append("<code>")
                self._words(token.content)
                self.markup.append("</code>")
            case "em_open" | "strong_open":
                self._open.append(token.tag)
                self.markup.append(_TAGS[token.type])
            case "em_close" | "strong_close":
                self._close(token.tag)
                self.markup.append(_TAGS[token.type])
            case "link_open":
                self._open_link(str(token.attrs["href"]))
            case "link_close":
                self._close("a")
                self.markup.append("</a>")
            case "image":
                self.faults.append((None, "an image in a text written by hand is not built yet: take it out"))
            case kind:
                self.faults.append((None, f"this has no place in an email ({kind})"))

    def end(self) -> None:
        for tag in self._open:
            if isinstance(tag, Tag):
                text = f"{tag.text} is not closed in its paragraph: write {{% endif %}} in it, too"
                self.faults.append((tag, text))

    def _both(self, text: str, markup: str) -> None:
        self.text.append(text)
        self.markup.append(markup)

    def _words(self, content: str) -> None:
        for piece in self._masked.pieces(content):
            if isinstance(piece, Tag):
                self._condition(piece)
                self._both(piece.text, escape(piece.text, quote=False))
            else:
                self._both(piece, escape(piece, quote=False))

    def _condition(self, tag: Tag) -> None:
        if tag.word == "if":
            self._open.append(tag)
        elif tag.word in CONDITIONS and not (self._open and isinstance(self._open[-1], Tag)):
            text = (
                f"{tag.text} stands apart from its {{% if … %}}: keep both inside the same emphasis or link"
            )
            self.faults.append((tag, text))
        elif tag.word == "endif":
            self._open.pop()

    def _close(self, name: str) -> None:
        while self._open and isinstance(tag := self._open[-1], Tag):
            text = (
                f"{tag.text} is cut by the end of an emphasis or a link: close it before, or open it before"
            )
            self.faults.append((tag, text))
            self._open.pop()
        if self._open and self._open[-1] == name:
            self._open.pop()

    def _open_link(self, address: str) -> None:
        href = self._masked.unmasked(address)
        if fault := _address_fault(href, is_personal=href != address):
            self.faults.append((None, fault))
        self._open.append("a")
        self.markup.append(f'<a href="{escape(href)}">')


def _address_fault(href: str, *, is_personal: bool) -> str | None:
    if is_personal:
        if _LINKS_TAG.fullmatch(href):
            return None
        return "nothing about a reader may stand in an address: link to https://…, or to {{ links.book }}"
    try:
        parts = urlsplit(href)
        is_good = parts.scheme in _SCHEMES and (parts.scheme != "https" or bool(parts.hostname))
    except ValueError:
        is_good = False
    if not is_good:
        shown = href if len(href) <= 60 else f"{href[:59]}…"
        return f"'{shown}' is no address to link to: write one that begins with https://, mailto: or tel:"
    return None
