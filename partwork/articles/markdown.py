"""Markdown as HTML: an article, with what stands beside its text; a text by hand by way of tokens. Pure.

The one module that calls the Markdown parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it import token as parsed
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from partwork.articles.tags import Masked, Tag, split_by_condition

DIRECTIVE = "directive"
"""The type of a token that stands for a line of a text by hand that is no Markdown."""

_FRONT_MATTER = re.compile(
    r"\A(?P<fence>---|\+\+\+)[ \t]*\n(?P<matter>.*?)(?:^|\n)(?:(?P=fence)|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_TITLE = re.compile(r"title\s*[:=]\s*(?P<value>\S.*?)\s*")
_FOOTNOTE = re.compile(
    r"^ {0,3}\[\^(?P<label>[^\]\s]+)\]:[ \t]*(?P<text>.*(?:\n(?: {4}|\t).*)*)", re.MULTILINE
)
_COMMAND = re.compile(r"\{\{[<%][^\n]*?[%>]\}\}|^[ \t]*\{%.*?%\}[ \t]*$", re.MULTILINE)


_ONLY_BRACKETS = re.compile(r"\[\[.*\]\]")

Token: TypeAlias = parsed.Token


def _parser() -> MarkdownIt:
    """Return the one parser: CommonMark with tables, footnotes and definition lists."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return parser.use(footnote_plugin).use(deflist_plugin)


class HandMarkdown:
    """A text written by hand as tokens, for somebody to look through before they become HTML.

    A quotation or a condition on a line of its own is a directive, which ends whatever stands above it.
    A paragraph that is one condition whole becomes directives with the paragraphs of its cases, so that
    for whom no case holds no empty one stays behind. Footnotes bear letters: numbers are the article's.
    """

    def __init__(self, masked: Masked) -> None:
        self._parser = _parser().disable("code")  # an indented line is no code: many indent by mistake
        self._shared: dict[str, Mapping[str, Mapping[str, int]]] = {}
        self._masked = masked
        ends = ["paragraph", "reference", "blockquote", "list", "footnote_def"]
        self._parser.block.ruler.before("table", DIRECTIVE, self._directive, {"alt": ends})
        self._parser.core.ruler.after("block", DIRECTIVE, self._part_cases)
        self._parser.add_render_rule("footnote_caption", _lettered)
        self._text = "\n".join(masked.lines)
        self.tokens = self._parser.parse(self._text, self._shared)

    def html(self, tokens: Sequence[Token]) -> str:
        """Return some of the tokens as HTML, directives left out."""
        shown = [token for token in tokens if token.type != DIRECTIVE]
        return str(self._parser.renderer.render(shown, self._parser.options, self._shared))

    @property
    def unmarked_notes(self) -> dict[str, int]:
        """The line of each footnote that no text marks, by its label; the parser drops them."""
        return {
            match["label"]: self._text.count("\n", 0, match.start()) + 1
            for match in _unmarked(self._text, self._shared)
        }

    def _directive(self, state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].strip()
        if not _ONLY_BRACKETS.fullmatch(line) and not self._masked.tags_alone(line):
            return False
        if not silent:
            state.line = start + 1
            token = state.push(DIRECTIVE, "", 0)
            token.content, token.map = line, [start, start + 1]
        return True

    def _part_cases(self, state: StateCore) -> None:
        tokens: list[Token] = []
        for token in state.tokens:
            if token.type != "inline" or token.level != 1 or tokens[-1].type != "paragraph_open":
                tokens.append(token)
                continue
            pieces = split_by_condition(token.content, self._masked)
            if len(pieces) == 1:
                tokens.append(token)
                continue
            opening, at = tokens.pop(), token.map
            for piece in pieces:
                if isinstance(piece, Tag):
                    at = [piece.line - 1, piece.line]
                    tokens.append(Token(DIRECTIVE, "", 0, map=at, content=self._masked.hidden(piece)))
                else:
                    words = Token("inline", "", 0, map=at, level=1, content=piece, children=[])
                    tokens += [opening, words, Token("paragraph_close", "p", -1, block=True)]
        # What closed each paragraph that was parted stands once too often.
        state.tokens = [
            token
            for place, token in enumerate(tokens)
            if token.type != "paragraph_close" or (place and tokens[place - 1].type == "inline")
        ]


def _lettered(
    _self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _shared: EnvType
) -> str:
    """Return a footnote's mark: [a] to [z], then [aa]."""
    turns, letter = divmod(int(tokens[index].meta["id"]), 26)
    return f"[{chr(ord('a') + letter) * (turns + 1)}]"


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
    parser = _parser()
    shared: dict[str, Mapping[str, Mapping[str, int]]] = {}
    body = _COMMAND.sub("", body)
    # In Markdown, a picture cannot say that it is mere decoration: no words means that they are missing.
    tokens = parser.parse(body, shared)
    for token in (child for block in tokens for child in block.children or ()):
        if token.type == "image" and not token.content.strip():
            token.attrSet("data-without-alt", "yes")
    html = parser.renderer.render(tokens, parser.options, shared)
    left += [(match["text"], "a footnote that nothing marks") for match in _unmarked(body, shared)]
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


def _unmarked(text: str, shared: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Iterator[re.Match[str]]:
    """Yield the footnotes that no text marks; the parser drops them."""
    marks = shared.get("footnotes", {}).get("refs", {})
    unmarked = {label[1:] for label, place in marks.items() if place < 0}
    return (match for match in _FOOTNOTE.finditer(text) if match["label"] in unmarked)
