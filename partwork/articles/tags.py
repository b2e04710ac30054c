"""Personal tags in a text written by hand, told apart from its words before Markdown reads those. Pure.

`{{ … }}` and `{% … %}` become opaque words, so that no star or quote in them is read as Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_OPENING = re.compile(r"\{\{|\{%")
_WORD = re.compile(r"\{%[-+]?\s*(\w*)")
CONDITIONS = ("if", "elif", "else", "endif")
# As article files allow none; a tab or a line's end is white space.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class Flaw(NamedTuple):
    """Something wrong in a text, where it stands (from 1), and what would be right."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A personal tag as it is written, and where (from 1)."""

    text: str
    line: int
    column: int

    @property
    def word(self) -> str:
        """`if`, `elif`, `else` or `endif`; empty for a value."""
        found = _WORD.match(self.text)
        return found[1] if found else ""

    @property
    def trimming(self) -> str:
        """The tag, taking the white space before it with it: a case that fails leaves no gap."""
        return "{%- " + self.text.removeprefix("{%").lstrip("-+ ")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text's lines with a word in each tag's place, and what is wrong with its tags."""

    lines: tuple[str, ...]
    tags: tuple[Tag, ...]
    flaws: tuple[Flaw, ...]
    word: str

    def unmasked(self, text: str) -> str:
        """Return `text` with its tags as they were written."""
        return self._pattern.sub(lambda found: self.tags[int(found[1])].text, text)

    def unmasked_markup(self, markup: str) -> str:
        """Return a line's markup with its tags as they were written, escaped as words are."""
        addressed = re.sub(
            rf'<a href="{self.address_of(self.word)}(\d+)x"',
            lambda found: f'<a href="{escape(self.tags[int(found[1])].text)}"',
            markup,
        )
        return self._pattern.sub(lambda found: escape(self.tags[int(found[1])].text, quote=False), addressed)

    def address_of(self, word: str) -> str:
        """Return what stands for a tag's address as long as its word does: readers of HTML keep it."""
        return f"https://{word}"

    def hidden(self, tag: Tag) -> str:
        """Return the word in a tag's place."""
        return f"{self.word}{self.tags.index(tag)}x"

    def column(self, line: int, words: str, *, back_to: str = "") -> int:
        """Return where masked words begin in a line (from 1), or what opens before them; else 1."""
        held = self.lines[line - 1]
        place = held.find(words)
        if place >= 0 and back_to:
            place = held.rfind(back_to, 0, place)
        return len(self.unmasked(held[:place])) + 1 if place > 0 else 1

    def pieces(self, text: str) -> Iterator[str | Tag]:
        """Yield the words of `text` and its tags, in order."""
        for place, piece in enumerate(self._pattern.split(text)):
            if place % 2:
                yield self.tags[int(piece)]
            elif piece:
                yield piece

    def conditions_in(self, text: str) -> Iterator[Tag]:
        """Yield the conditions' tags in `text`, in order."""
        for piece in self.pieces(text):
            if isinstance(piece, Tag) and piece.word in CONDITIONS:
                yield piece

    def tags_alone(self, line: str) -> list[Tag]:
        """Return the conditions of a line that holds nothing else; otherwise none."""
        pieces = [piece for piece in self.pieces(line) if isinstance(piece, Tag) or piece.strip()]
        tags = [piece for piece in pieces if isinstance(piece, Tag) and piece.word in CONDITIONS]
        return tags if len(tags) == len(pieces) else []

    def holds_tag(self, text: str) -> bool:
        return self._pattern.search(text) is not None

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"{self.word}(\d+)x")


def mask(source: str) -> Masked:
    """Return a text with its tags hidden. A tag begins and ends in one line."""
    word = "ptag"
    while word in source:
        word += "q"
    tags: list[Tag] = []
    flaws: list[Flaw] = []
    lines = []
    for number, line in enumerate(_LINE_BREAK.split(source), start=1):
        if control := _CONTROL.search(line):
            text = f"an invisible control character (U+{ord(control[0]):04X}) stands here: take it out"
            flaws.append(Flaw(number, control.start() + 1, text))
        masked, start = "", 0
        for found in _TAG.finditer(line):
            tag = Tag(found[0], number, found.start() + 1)
            masked += f"{line[start : found.start()]}{word}{len(tags)}x"
            start = found.end()
            tags.append(tag)
            if found[0].startswith("{%") and tag.word not in CONDITIONS:
                flaws.append(Flaw(number, tag.column, _no_condition(tag)))
        rest = line[start:]
        if opened := _OPENING.search(rest):
            column = start + opened.start() + 1
            closing = "}}" if opened[0] == "{{" else "%}"
            text = f"the tag that opens here is not closed in its line: write {closing}"
            flaws.append(Flaw(number, column, text))
        lines.append(masked + rest)
    return Masked(tuple(lines), tuple(tags), tuple(flaws), word)


def _no_condition(tag: Tag) -> str:
    return (
        f"{tag.text} is no condition: what may stand here is "
        "{% if … %}, {% elif … %}, {% else %} and {% endif %}"
    )


def unbalanced(tag: Tag, open_tags: list[Tag]) -> list[Flaw]:
    """Return what is wrong with a condition behind those in `open_tags`, which it opens or closes."""
    match tag.word:
        case "if":
            open_tags.append(tag)
        case "elif" | "else" | "endif" if not open_tags:
            return [Flaw(tag.line, tag.column, f"no {{% if … %}} is open where {tag.text} stands")]
        case "endif":
            open_tags.pop()
    return []


def split_by_condition(text: str, masked: Masked) -> list[str | Tag]:
    """Return the conditions and cases of a paragraph that is one condition whole; others as they are.

    So that for whom no case holds no empty paragraph stays behind.
    """
    pieces = [piece for piece in masked.pieces(text) if isinstance(piece, Tag) or piece.strip()]
    if len(pieces) < 2 or not _is_word(pieces[0], "if") or not _is_word(pieces[-1], "endif"):
        return [text]
    found: list[str | Tag] = []
    depth, case = 0, ""
    for place, piece in enumerate(pieces):
        word = piece.word if isinstance(piece, Tag) else ""
        depth -= word == "endif"
        at_the_edge = isinstance(piece, Tag) and word != "" and depth == (0 if word in ("if", "endif") else 1)
        if depth == 0 and word == "endif" and place < len(pieces) - 1:
            return [text]
        if at_the_edge:
            found += [case.strip()] if case.strip() else []
            found.append(piece)
            case = ""
        else:
            case += piece if isinstance(piece, str) else masked.hidden(piece)
        depth += word == "if"
    return found


def _is_word(piece: str | Tag, word: str) -> bool:
    return isinstance(piece, Tag) and piece.word == word
