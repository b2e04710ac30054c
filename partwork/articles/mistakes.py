"""What cannot be sent of a text written by hand, seen in its tokens, each at its place in the file.

Pure, but for the pictures it asks for. It also notes in the tokens in which line their words stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from partwork.articles.markdown import DIRECTIVE, Token
from partwork.articles.pictures import PictureBook
from partwork.articles.tags import Flaw, Masked, Tag

HOW_TO_QUOTE = "write [[section: its-name]], or [[block: its-id]], on a line of its own"

_LINKS_TAG = re.compile(r"\{\{-?\s*links\.\w+\s*-?\}\}")
_SCHEMES = ("https", "mailto", "tel")
_NOT_UNDERSTOOD = (
    (re.compile(r"\[\[\s*(?:section|block)\b"), f"a quotation stands alone: {HOW_TO_QUOTE}"),
    (
        re.compile(r"!?\[[^\]\n]*\]\("),
        "this is read as no link or picture: between ( and ) stands an address without spaces (%20 is one)",
    ),
    (re.compile(r"\[\^[^\]\n]*\]"), "no footnote is called so: write it below, as in [^1]: Its words."),
    (
        re.compile(r"\A\s*\|"),
        "this row is in no table: a table begins with a row of headings and one of dashes (|---|---|), "
        "and no other line stands between its rows",
    ),
)
_PERSONAL_ADDRESS = (
    "nothing about a reader may stand in an address: link to https://…, or to {{ links.book }}"
)
_ALONE = "for some readers only, it stands on lines of its own between {% if … %} and {% endif %}"


class Mistakes:
    """Looks through tokens once. flaws: what has to be mended; doubts: what a person should weigh."""

    def __init__(self, masked: Masked, book: PictureBook) -> None:
        self.flaws: list[Flaw] = []
        self.doubts: list[Flaw] = []
        self._masked = masked
        self._book = book
        self._around = 0  # conditions that are open on lines of their own
        self._within = 0  # and within the line one is at
        self._in_link = False
        self._line = 1

    def look_through(self, tokens: Sequence[Token], *, unmarked_notes: Mapping[str, int]) -> None:
        """unmarked_notes: the line of each footnote that no text marks, by its label."""
        for token in tokens:
            if token.map:
                self._line = token.map[0] + 1
            if token.type == DIRECTIVE:
                self._directive(token)
            elif token.type == "html_block":
                self._refuse_html(token)
                token.type = "fence"
            elif token.type == "hr":
                text = "a rule has no place here: take the line out (under a line of text, leave one empty)"
                self.flaws.append(Flaw(self._line, 1, text))
            elif token.type == "inline":
                self._inline(token)
        for label, line in unmarked_notes.items():
            text = f"no text marks this footnote: write [^{label}] where it belongs, or take it out"
            self.flaws.append(Flaw(line, self._masked.column(line, "[^"), text))

    def _directive(self, token: Token) -> None:
        """Count the conditions that stand between blocks; refuse those within a list or a quote."""
        tags = self._masked.tags_alone(token.content)
        self._around += sum(map(_opens, tags))
        if token.level and (not tags or tags[0].word == "if"):
            what = "a condition" if tags else "a quotation"
            text = f"{what} on a line of its own cannot stand within a list, a quote or a footnote: "
            self._flaw(token.content.strip(), f"{text}put it before or behind, not indented")

    def _inline(self, token: Token) -> None:
        first = self._line
        children = token.children or []
        for child in children:
            match child.type:
                case "text":
                    self._words(child)
                case "softbreak" | "hardbreak":
                    self._line += 1
                case "html_inline":
                    self._refuse_html(child)
                    self._line += child.content.count("\n")
                    child.type = "text"
                case "link_open":
                    self._in_link = True
                    self._link(child)
                case "link_close":
                    self._in_link = False
                case "image":
                    self._picture(child)
                case "footnote_ref" if self._around or self._within:
                    self._flaw("[^", f"a footnote shows to all: {_ALONE}, without a footnote in it")
        self._within, self._line = 0, first
        token.children = [_placed(first), *children, Token("html_inline", "", 0, content="</span>")]

    def _words(self, token: Token) -> None:
        for pattern, text in _NOT_UNDERSTOOD:
            if found := pattern.search(token.content):
                self._flaw(found[0].strip(), text)
        self._within += sum(map(_opens, self._masked.conditions_in(token.content)))

    def _refuse_html(self, token: Token) -> None:
        shown = self._masked.unmasked(token.content.strip().split("\n")[0])
        text = f"'{_short(shown)}' is HTML, which is not read here: write it as Markdown, or take it out"
        self._flaw(token.content.strip().split("\n")[0], text)

    def _link(self, token: Token) -> None:
        address = str(token.attrs["href"])
        href = self._masked.unmasked(address)
        if href != address:
            if not _LINKS_TAG.fullmatch(href):
                self._flaw(address, _PERSONAL_ADDRESS, back_to="[")
            token.attrSet("href", self._masked.address_of(address))
            return
        try:
            parts = urlsplit(href)
            is_good = parts.scheme in _SCHEMES and (parts.scheme != "https" or bool(parts.hostname))
        except ValueError:
            is_good = False
        if not is_good:
            text = "is no address to link to: write one that begins with https://, mailto: or tel:"
            self._flaw(address, f"'{_short(href)}' {text}", back_to="[")

    def _picture(self, token: Token) -> None:
        source = str(token.attrs["src"])
        alt = token.content.strip()
        found = self._book.find(source, alt="")
        if self._masked.holds_tag(source):
            self._flaw(source, "a picture is the same for all: name one file", back_to="![")
        elif isinstance(found, str):
            shown = _short(unquote(source))
            self._flaw(source, f"picture '{shown}' cannot be shown: {found}", back_to="![")
        if self._in_link:
            text = "a picture cannot be a link here: write the link on a line below it"
            self._flaw(source, text, back_to="![")
        if self._within:
            self._flaw(source, f"a picture stands behind its paragraph: {_ALONE}", back_to="![")
        if self._masked.holds_tag(alt):
            text = "what a picture shows is said to all readers alike: take the tag out of its words"
            self._flaw(source, text, back_to="![")
        elif not alt:
            # In Markdown, a picture cannot say that it is mere decoration.
            text = "has no alternative text: say in a few words what it shows"
            place = Flaw(
                self._line, self._column(source, "!["), f"picture '{_short(unquote(source))}' {text}"
            )
            self.doubts.append(place)

    def _flaw(self, words: str, text: str, *, back_to: str = "") -> None:
        self.flaws.append(Flaw(self._line, self._column(words, back_to), text))

    def _column(self, words: str, back_to: str) -> int:
        """Return where words stand in the line one is at, or what opens before them."""
        typed = next(filter(self._is_typed, (words, unquote(words))), words)
        return self._masked.column(self._line, typed, back_to=back_to)

    def _is_typed(self, words: str) -> bool:
        return words in self._masked.lines[self._line - 1]


def _opens(tag: Tag) -> int:
    return (tag.word == "if") - (tag.word == "endif")


def _placed(line: int) -> Token:
    return Token("html_inline", "", 0, content=f'<span data-line="{line}">')


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
