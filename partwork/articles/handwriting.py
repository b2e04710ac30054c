"""A part written by hand: Markdown with quotations of the article and personal tags, as pieces. Pure.

A quotation (`[[section: slug]]`, `[[block: id]]`) and a condition (`{% if clinic %}`) stand on lines
of their own; what lies between them is Markdown, whose raw HTML is text. Faults come back as data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from partwork.articles.markdown import PlainMarkdown, Token
from partwork.articles.model import Block, Kind, Line
from partwork.articles.tags import Flaw, Masked, Tag, mask, split_by_condition, unbalanced
from partwork.articles.writing import write_inline

_QUOTATION = re.compile(r"\[\[\s*(?P<kind>section|block)\s*:\s*(?P<name>.*\S)\s*\]\]")
_ANY_QUOTATION = re.compile(r"\[\[\s*(?:section|block)\b")
_ONLY_BRACKETS = re.compile(r"\[\[.*\]\]")
_HOW_TO_QUOTE = "write [[section: its-name]], or [[block: its-id]], on a line of its own"

_NO_PLACE = {
    "fence": "a block of code has no place in an email: write it as text",
    "hr": "a rule has no place here: take the line out (under a line of text, leave one empty)",
    "table_open": "a table written by hand is not built yet: write a list",
}


@dataclass(frozen=True, slots=True)
class Quotation:
    """Something of the article, by the name it goes by in a campaign file.

    is_conditional: it stands between `{% if … %}` and `{% endif %}`, so that some readers miss it
    """

    name: str
    line: int
    column: int
    is_conditional: bool


@dataclass(frozen=True, slots=True)
class OwnHeading:
    """A heading of the text's own."""

    line: Line
    is_sub_heading: bool


Piece: TypeAlias = Quotation | OwnHeading | Block


@dataclass(frozen=True, slots=True)
class HandWriting:
    """One text, in order. name: the file as problems show it; source: what stands in it, verbatim."""

    name: str
    source: str
    pieces: tuple[Piece, ...]
    flaws: tuple[Flaw, ...]

    @property
    def quotations(self) -> tuple[Quotation, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Quotation))


def read_handwriting(source: str, *, name: str) -> HandWriting:
    """Return a text's pieces, its own ones as blocks whose lines are personal."""
    reader = _Reader(mask(source))
    pieces = tuple(_with_lead_ins(list(reader.pieces())))
    return HandWriting(name, source, pieces, tuple(sorted(reader.flaws)))


class _Reader:
    """Cuts a text at its quotations and conditions, and reads the Markdown between them."""

    def __init__(self, masked: Masked) -> None:
        self._masked = masked
        self.flaws: list[Flaw] = list(masked.flaws)
        self._markdown = PlainMarkdown("\n".join(masked.lines))

    def pieces(self) -> Iterator[Piece]:
        open_tags: list[Tag] = []
        waiting: list[str] = []
        first = 1
        for number, line in enumerate(self._masked.lines, start=1):
            tags = self._masked.tags_alone(line)
            quoted = _ONLY_BRACKETS.fullmatch(line.strip())
            if not tags and not quoted:
                self._refuse_inline_quotation(line, number)
                waiting.append(line)
                continue
            yield from self._written(waiting, first)
            waiting, first = [], number + 1
            if quoted:
                yield from self._quotation(line, number, is_conditional=bool(open_tags))
            for tag in tags:
                self.flaws += unbalanced(tag, open_tags)
                yield Block("", Kind.CONDITION, (Line(number, tag.trimming, is_personal=True),))
        yield from self._written(waiting, first)
        self.flaws += (
            Flaw(tag.line, tag.column, f"{tag.text} is never closed: write {{% endif %}} on a line below it")
            for tag in open_tags
        )

    def _quotation(self, line: str, number: int, *, is_conditional: bool) -> Iterator[Quotation]:
        column = line.index("[[") + 1
        match = _QUOTATION.fullmatch(line.strip())
        if match is None or self._masked.holds_tag(line):
            self._fault(number, column, f"this quotes nothing: {_HOW_TO_QUOTE}")
            return
        name = match["name"] if match["kind"] == "section" else f"block: {match['name']}"
        yield Quotation(name, number, column, is_conditional)

    def _refuse_inline_quotation(self, line: str, number: int) -> None:
        if match := _ANY_QUOTATION.search(line):
            self._fault(number, match.start() + 1, f"a quotation stands alone: {_HOW_TO_QUOTE}")

    def _written(self, lines: Sequence[str], first: int) -> Iterator[Piece]:
        """Yield the headings and blocks of a stretch of Markdown that begins in line `first`."""
        tokens = self._markdown.blocks("\n".join(lines))
        index = 0
        while index < len(tokens):
            end = _end_of(tokens, index)
            yield from self._block(tokens[index : end + 1], first)
            index = end + 1

    def _block(self, tokens: Sequence[Token], first: int) -> Iterator[Piece]:
        opening, inner = tokens[0], tokens[1:-1]
        number = first + (opening.map[0] if opening.map else 0)
        match opening.type:
            case "heading_open":
                is_sub_heading = opening.tag not in ("h1", "h2")
                yield OwnHeading(self._line(inner[0], number), is_sub_heading)
            case "paragraph_open":
                yield from self._paragraph(inner[0], number)
            case "blockquote_open":
                lines = tuple(self._lines_within(inner, first, "a quotation holds paragraphs alone"))
                yield Block("", Kind.QUOTE, lines)
            case "bullet_list_open" | "ordered_list_open":
                yield Block("", Kind.LIST, tuple(self._items(opening, inner, first)))
            case kind:
                self._fault(number, 1, _NO_PLACE.get(kind, f"this has no place in an email ({kind})"))

    def _paragraph(self, inline: Token, number: int) -> Iterator[Block]:
        """Yield a paragraph, or the paragraphs of each case if all of it hangs on a condition."""
        for piece in split_by_condition(inline.content, self._masked):
            if isinstance(piece, Tag):
                yield Block("", Kind.CONDITION, (Line(piece.line, piece.trimming, is_personal=True),))
            else:
                yield Block("", Kind.PARAGRAPH, (self._line(self._markdown.inline(piece), number),))

    def _items(self, opening: Token, inner: Sequence[Token], first: int) -> Iterator[Line]:
        """Yield a list's items; a counted one brings its number in its text."""
        count = int(opening.attrs.get("start", 1)) if opening.type.startswith("ordered") else None
        index = 0
        while index < len(inner):
            end = _end_of(inner, index)
            number = first + (inner[index].map or [0])[0]
            within = inner[index + 1 : end]
            if len(within) != 3:
                self._fault(number, 1, "an item is one paragraph: a list within it is not built yet")
            else:
                line = self._line(within[1], number)
                yield line if count is None else _counted(line, count)
            count = None if count is None else count + 1
            index = end + 1

    def _lines_within(self, inner: Sequence[Token], first: int, otherwise: str) -> Iterator[Line]:
        for token in inner:
            number = first + (token.map or [0])[0]
            if token.type == "inline" and token.level == 2:
                yield self._line(token, number)
            elif token.level == 1 and token.nesting >= 0 and token.type != "paragraph_open":
                self._fault(number, 1, otherwise)

    def _line(self, inline: Token, number: int) -> Line:
        text, markup, faults = write_inline(inline.children or [], self._masked)
        self.flaws += (Flaw(tag.line, tag.column, words) for tag, words in faults if tag)
        self.flaws += (Flaw(number, 1, words) for tag, words in faults if not tag)
        return Line(number, text, markup, is_personal=True)

    def _fault(self, line: int, column: int, text: str) -> None:
        self.flaws.append(Flaw(line, column, text))


def _with_lead_ins(pieces: list[Piece]) -> Iterator[Piece]:
    """Yield the pieces with each list under the paragraph that leads it in by its colon."""
    above: Piece | None = None
    for piece in pieces:
        if isinstance(above, Block) and isinstance(piece, Block) and _leads_in(above, piece):
            piece, above = replace(piece, lead_in=above.lines[0]), None
        if above:
            yield above
        above = piece
    if above:
        yield above


def _leads_in(above: Block, block: Block) -> bool:
    return (
        block.kind is Kind.LIST
        and above.kind is Kind.PARAGRAPH
        and above.lines[0].text.rstrip().endswith(":")
    )


def _counted(line: Line, count: int) -> Line:
    return replace(line, text=f"{count}. {line.text}", markup=f"{count}. {line.markup}")


def _end_of(tokens: Sequence[Token], index: int) -> int:
    """Return where the block that begins at `index` closes."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            return place
    raise RuntimeError("markdown-it left a block open")
