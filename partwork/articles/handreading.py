"""Reading a part written by hand: Markdown with quotations of the article and personal tags.

A quotation (`[[section: slug]]`, `[[block: id]]`) and a condition (`{% if clinic %}`) stand on lines
of their own. All else is read as an article's Markdown is, by the same reader of HTML, with a word in
each tag's place. Faults come back as data. Pure, but for the pictures it asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from partwork.articles.blocks import items_of
from partwork.articles.finding import whole
from partwork.articles.footnotes import marks_of
from partwork.articles.handwriting import HandWriting, OwnHeading, Piece, Quotation
from partwork.articles.inline import Mark, Words
from partwork.articles.items import KINDS, Item, What, said_in
from partwork.articles.lines import ends_in_colon
from partwork.articles.markdown import DIRECTIVE, HandMarkdown, Token
from partwork.articles.mistakes import HOW_TO_QUOTE, Mistakes
from partwork.articles.model import Block, Image, Kind, Line, Note
from partwork.articles.pictures import PictureBook
from partwork.articles.tags import Flaw, Tag, mask, unbalanced
from partwork.articles.tree import parse

_QUOTATION = re.compile(r"\[\[\s*(?P<kind>section|block)\s*:\s*(?P<name>.*\S)\s*\]\]")

_COUNTS_ON = re.compile(r"(?!1[.)])\d{1,3}[.)] ")


def read_handwriting(source: str, *, name: str, book: PictureBook) -> HandWriting:
    """Return a text's pieces, its own ones as blocks whose lines are personal.

    book: where its pictures are looked for, and kept
    """
    reader = _Reader(source, book)
    pieces = tuple(_with_lead_ins([*reader.pieces()]))
    return HandWriting(
        name=name,
        source=source,
        pieces=pieces,
        notes=tuple(reader.notes),
        tags=reader.masked.tags,
        flaws=tuple(sorted(set(reader.flaws))),
        doubts=tuple(sorted({*reader.doubts, *_gaps_in_counts(pieces)})),
    )


class _Reader:
    """Cuts a text at its quotations and conditions, and reads what lies between them."""

    def __init__(self, source: str, book: PictureBook) -> None:
        self.masked = mask(source)
        self.notes: list[Note] = []
        self._book = book
        self._markdown = HandMarkdown(self.masked)
        mistakes = Mistakes(self.masked, book)
        # It also says in the HTML to come in which line each word stands.
        mistakes.look_through(self._markdown.tokens, unmarked_notes=self._markdown.unmarked_notes)
        self.flaws: list[Flaw] = [*self.masked.flaws, *mistakes.flaws]
        self.doubts = mistakes.doubts
        self._marks = marks_of(parse(self._markdown.html(self._markdown.tokens)).body)

    def pieces(self) -> Iterator[Piece]:
        open_tags: list[Tag] = []
        waiting: list[Token] = []
        for token in self._markdown.tokens:
            if token.type != DIRECTIVE or token.level:
                waiting.append(token)
                continue
            yield from self._written(waiting)
            waiting = []
            if tags := self.masked.tags_alone(token.content):
                for tag in tags:
                    self.flaws += unbalanced(tag, open_tags)
                    yield Block("", Kind.CONDITION, (Line(tag.line, tag.trimming, is_personal=True),))
            else:
                yield from self._quotation(token, is_conditional=bool(open_tags))
        yield from self._written(waiting)
        self.flaws += (
            Flaw(tag.line, tag.column, f"{tag.text} is never closed: write {{% endif %}} on a line below it")
            for tag in open_tags
        )

    def _quotation(self, token: Token, *, is_conditional: bool) -> Iterator[Quotation]:
        number = (token.map or [0])[0] + 1
        column = self.masked.column(number, "[[")
        match = _QUOTATION.fullmatch(token.content)
        if match is None or self.masked.holds_tag(token.content):
            self.flaws.append(Flaw(number, column, f"this quotes nothing: {HOW_TO_QUOTE}"))
            return
        name = match["name"] if match["kind"] == "section" else f"block: {match['name']}"
        yield Quotation(name, number, column, is_conditional)

    def _written(self, tokens: Sequence[Token]) -> Iterator[Piece]:
        """Yield the headings and blocks of a stretch of Markdown; keep its footnotes."""
        body = parse(self._markdown.html(tokens)).body
        items, _ = items_of(whole(body), notes=self._marks, base="")
        for item in items:
            if item.what is What.PICTURE:
                found = self._book.find(item.source, alt=item.alt or "")
                if isinstance(found, Image):  # why there is none is told at its place
                    yield Block("", Kind.IMAGE, (), image=found)
                continue
            # One condition out of place makes others look so.
            self.flaws += [*filter(None, map(self._cut, said_in(item)))][:1]
            if item.what is What.HEADING:
                yield OwnHeading(self._line(item.lines[0]), is_sub_heading=item.level > 2)
            elif item.what is What.NOTE:
                lines = tuple(map(self._line, item.lines))
                self.notes.append(Note(self._marks[item.note], Block("", Kind.PARAGRAPH, lines)))
            else:
                yield self._block(item)

    def _block(self, item: Item) -> Block:
        return Block(
            "",
            KINDS.get(item.what, Kind.PARAGRAPH),
            tuple(map(self._line, item.lines)),
            lead_in=self._line(item.lead_in) if item.lead_in else None,
            is_ordered=item.is_ordered,
        )

    def _line(self, words: Words) -> Line:
        text = self.masked.unmasked(words.text)
        markup = words.markup and self.masked.unmasked_markup(words.markup)
        return Line(words.source_line, text, markup, is_personal=True)

    def _cut(self, words: Words) -> Flaw | None:
        """Return the first condition that the end of an emphasis or of the line itself cuts in two.

        For some readers it would leave half a tag.
        """
        still_open: list[tuple[Tag, tuple[Mark, ...]]] = []
        for run in words.runs:
            for tag, around in still_open:
                if run.shown[: len(around)] != around:
                    text = f"{tag.text} is cut by the end of an emphasis, a link or a line: open it before"
                    return Flaw(tag.line, tag.column, text)
            for tag in self.masked.conditions_in(run.text):
                if tag.word == "if":
                    still_open.append((tag, run.shown))
                elif not still_open or still_open[-1][1] != run.shown:
                    text = f"{tag.text} stands apart from its {{% if … %}}: keep both inside the same "
                    return Flaw(tag.line, tag.column, f"{text}paragraph, item or cell, emphasis or link")
                elif tag.word == "endif":
                    still_open.pop()
        if not still_open:
            return None
        tag, _ = still_open[0]
        text = f"{tag.text} is not closed in its paragraph, item or cell: write {{% endif %}} in it, too"
        return Flaw(tag.line, tag.column, text)


def _with_lead_ins(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces with each list, quote or table under the paragraph that leads it in by its colon."""
    above: Piece | None = None
    for piece in pieces:
        if isinstance(above, Block) and isinstance(piece, Block) and _leads_in(above, piece):
            piece, above = replace(piece, lead_in=above.lines[0]), None
        if above:
            yield above
        above = piece
    if above:
        yield above


def _gaps_in_counts(pieces: Sequence[Piece]) -> Iterator[Flaw]:
    """Yield the first condition that parts a counted list: who misses what it holds sees the count jump."""
    for above, condition, below in zip(pieces, pieces[1:], pieces[2:], strict=False):
        blocks = [piece for piece in (above, condition, below) if isinstance(piece, Block)]
        kinds = [block.kind for block in blocks]
        if kinds == [Kind.LIST, Kind.CONDITION, Kind.LIST] and _COUNTS_ON.match(blocks[2].lines[0].text):
            line = blocks[1].lines[0]
            tag = line.text.replace("{%-", "{%").replace("-%}", "%}")
            text = f"{tag} parts a counted list: who misses an item sees the count jump; use bullets"
            yield Flaw(line.number, 1, text)
            return


def _leads_in(above: Block, block: Block) -> bool:
    return (
        block.kind in KINDS.values()
        and block.lead_in is None
        and above.kind is Kind.PARAGRAPH
        and ends_in_colon(above.lines[0].text)
    )
