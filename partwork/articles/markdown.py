"""Markdown as HTML, with what stands beside the text: front matter, unmarked footnotes; or as tokens. Pure.

The one module that calls the Markdown parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it import token as parsed
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

_FRONT_MATTER = re.compile(
    r"\A(?P<fence>---|\+\+\+)[ \t]*\n(?P<matter>.*?)(?:^|\n)(?:(?P=fence)|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_TITLE = re.compile(r"title\s*[:=]\s*(?P<value>\S.*?)\s*")
_FOOTNOTE = re.compile(
    r"^ {0,3}\[\^(?P<label>[^\]\s]+)\]:[ \t]*(?P<text>.*(?:\n(?: {4}|\t).*)*)", re.MULTILINE
)
_COMMAND = re.compile(r"^[ \t]*(?:\{\{[<%].*?[%>]\}\}|\{%.*?%\})[ \t]*$", re.MULTILINE)


Token: TypeAlias = parsed.Token


class PlainMarkdown:
    """Reads a text stretch by stretch, its raw HTML as words.

    Addresses that stand at the foot of the text ([name]: https://…) hold for all of it.
    """

    def __init__(self, text: str) -> None:
        self._parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("code")
        self._addresses: dict[str, object] = {}
        self._parser.parse(text, self._addresses)

    def blocks(self, stretch: str) -> list[Token]:
        """Return the tokens of some lines of the text."""
        return self._parser.parse(stretch, self._addresses)

    def inline(self, words: str) -> Token:
        """Return the one token of words within a block."""
        (token,) = self._parser.parseInline(words, self._addresses)
        return token


@dataclass(frozen=True, slots=True)
class Converted:
    """HTML, and what was beside it. left: words that are not in the HTML, each with the reason."""

    html: str
    title: str = ""
    left: tuple[tuple[str, str], ...] = ()


def markdown_to_html(text: str) -> Converted:
    """Return a Markdown text as HTML: CommonMark with tables, footnotes, definition lists, front matter."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    title, left, body = _without_front_matter(plain)
    left += [(command.strip(), "a command to a site's generator") for command in _COMMAND.findall(body)]
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(deflist_plugin)
    shared: dict[str, Mapping[str, Mapping[str, int]]] = {}
    body = _COMMAND.sub("", body)
    # In Markdown, a picture cannot say that it is mere decoration: no words means that they are missing.
    tokens = parser.parse(body, shared)
    for token in (child for block in tokens for child in block.children or ()):
        if token.type == "image" and not token.content.strip():
            token.attrSet("data-without-alt", "yes")
    html = parser.renderer.render(tokens, parser.options, shared)
    left += list(_unmarked_notes(body, shared))
    return Converted(html, title, tuple(left))


def _without_front_matter(text: str) -> tuple[str, list[tuple[str, str]], str]:
    match = _FRONT_MATTER.match(text)
    if not match or not _is_front_matter(match["matter"]):
        return "", [], text
    title, left = "", []
    for line in match["matter"].splitlines():
        named = _TITLE.fullmatch(line)
        if named and not title:
            title = _unquoted(named["value"])
        elif line.strip():
            left.append((line.strip(), "front matter: settings of a site"))
    return title, left, text[match.end() :]


def _is_front_matter(matter: str) -> bool:
    """Whether lines are settings: a text between two rulers is none."""
    return all(
        re.match(r"[\w.-]+\s*[:=]|\s|[#\[\]-]|\}", line) is not None
        for line in matter.splitlines()
        if line.strip()
    )


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _unmarked_notes(
    text: str, shared: Mapping[str, Mapping[str, Mapping[str, int]]]
) -> Iterator[tuple[str, str]]:
    """Yield the footnotes that no text marks; the parser drops them."""
    marks = shared.get("footnotes", {}).get("refs", {})
    unmarked = {label[1:] for label, place in marks.items() if place < 0}
    for match in _FOOTNOTE.finditer(text):
        if match["label"] in unmarked:
            yield match["text"], "a footnote that nothing marks"
