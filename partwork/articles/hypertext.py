"""Reading an article from HTML: a saved page, or what Markdown and Word files become.

Pure, but for the pictures it asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from partwork.articles.asks import reads_as_ask
from partwork.articles.blocks import items_of
from partwork.articles.finding import find_article, whole
from partwork.articles.footnotes import marks_of
from partwork.articles.inline import Run, Words, settled
from partwork.articles.items import KINDS, Item, What
from partwork.articles.leavings import without_leavings
from partwork.articles.lines import ends_in_colon
from partwork.articles.lists import run_at
from partwork.articles.model import Article, Block, Image, Kind, Line, Note, Section, Unplaced
from partwork.articles.naming import BlockNames
from partwork.articles.page import Page, Row
from partwork.articles.pictures import PictureBook, is_icon
from partwork.articles.plaintext import INTRODUCTION
from partwork.articles.ranks import ranked
from partwork.articles.slugs import Namer, slug_of
from partwork.articles.tree import parse
from partwork.errors import CommandError

_MOST_DROPPED_TOLD = 5


def read_hypertext(
    html: str, *, book: PictureBook, is_page: bool, title: str = "", left: Iterable[tuple[str, str]] = ()
) -> Article:
    """Return the article that an HTML text holds.

    Every visible word stands in one place of it, or in `unplaced` with the reason.
    is_page: whether the article has to be found amid navigation, notices and the like
    title:   the article's title, where it is known from beside the text
    left:    words from beside the text that are in no place, each with the reason
    Raises CommandError if no text is found.
    """
    document = parse(html)
    found = find_article(document.body) if is_page else whole(document.body)
    marks = marks_of(document.body)
    items, dropped = items_of(found, notes=marks, base=document.base)
    read = [*_beside(title, left), *items]
    read = _with_captions(_without_contents(read))
    if is_page:
        read = without_leavings(read)
    return _Assembly(ranked(read), marks, book, dropped).article()


def _beside(title: str, left: Iterable[tuple[str, str]]) -> Iterator[Item]:
    if words := settled([Run(title)]):
        yield Item(What.HEADING, (words,))
    for text, reason in left:
        if words := settled([Run(text)]):
            yield Item(What.LEFT, (words,), reason=reason)


def _without_contents(items: Iterable[Item]) -> Iterator[Item]:
    """Set aside tables of contents, and texts without a word: stars and dots that part sections."""
    for item in items:
        reason = ""
        if item.what is What.LIST and all(line.is_anchored for line in item.lines):
            reason = "table of contents"
        elif item.what is What.TEXT and not any(char.isalnum() for char in item.lines[0].text):
            reason = "a mere ornament"
        if reason:
            lines = (item.lead_in, *item.lines) if item.lead_in else item.lines
            yield from (Item(What.LEFT, (line,), reason=reason) for line in lines)
        else:
            yield item


def _with_captions(items: Iterable[Item]) -> list[Item]:
    """Put captions with their pictures, above or beneath; a caption of anything else is text."""
    kept: list[Item] = []
    for item in items:
        before = kept[-1] if kept else None
        if item.what is What.CAPTION and before and before.what is What.PICTURE and not before.lines:
            kept[-1] = replace(before, lines=item.lines)
        elif item.what is What.PICTURE and before and before.what is What.CAPTION:
            kept[-1] = replace(item, lines=before.lines)
        else:
            kept.append(item)
    return [replace(item, what=What.TEXT) if item.what is What.CAPTION else item for item in kept]


@dataclass(slots=True)
class _Stretch:
    """A heading with what stands under it, up to the next of its rank."""

    heading: Line | None
    blocks: list[Block] = field(default_factory=list)
    parts: list[_Stretch] = field(default_factory=list)

    @property
    def has_lines(self) -> bool:
        return any(block.all_lines for block in self.blocks) or bool(self.parts)


class _Assembly:
    """Puts items into their places: title, sections, button, references, notes, or none."""

    def __init__(
        self, items: Sequence[Item], marks: dict[str, str], book: PictureBook, dropped: Sequence[str]
    ) -> None:
        self._marks = marks
        self._book = book
        self._names = BlockNames()
        self._source: list[str] = []
        self._marked: dict[str, list[int]] = {}
        self._unplaced: list[Unplaced] = []
        self._remarks: list[str] = _dropped_links(dropped)
        self._notes: list[tuple[str, tuple[Line, ...]]] = []
        self._title: Line | None = None
        self._references_heading: Line | None = None
        self._references: list[Line] = []
        self._button: Line | None = None
        self._stretches = [_Stretch(None)]
        self._texts: list[tuple[Line, bool]] = []
        self._items = items
        self._button_at = _button_at(items)

    def article(self) -> Article:
        for place, item in enumerate(self._items):
            self._place(item, is_button=place == self._button_at)
        self._settle_texts()
        sections = self._sections()
        if not any(block.all_lines for section in sections for block in section.all_blocks):
            raise CommandError("no article was found in it: there is no text besides headings and navigation")
        names = self._names
        return Article(
            title=self._title,
            sections=sections,
            call_to_action=names.block(Kind.CALL_TO_ACTION, (self._button,)) if self._button else None,
            references_heading=self._references_heading,
            references=tuple(names.block(Kind.REFERENCE, (line,)) for line in self._references),
            source=tuple(self._source),
            notes=tuple(
                Note(self._marks[note], names.block(Kind.PARAGRAPH, lines), tuple(self._marked.get(note, ())))
                for note, lines in self._notes
            ),
            unplaced=tuple(self._unplaced),
            remarks=tuple(dict.fromkeys(self._remarks)),
        )

    def _place(self, item: Item, *, is_button: bool) -> None:
        if item.what is What.TEXT and not item.reference and not is_button:
            self._texts.append((self._line(item.lines[0]), item.after_gap))
            return
        self._settle_texts()
        if item.what is What.PICTURE:
            self._picture(item)
            return
        lead_in = self._line(item.lead_in) if item.lead_in else None
        lines = tuple(map(self._line, item.lines))
        if item.what is What.LEFT:
            self._unplaced += [Unplaced(line, item.reason) for line in lines]
        elif item.what is What.NOTE:
            self._notes.append((item.note, lines))
        elif item.reference:
            self._refer(item, [*([lead_in] if lead_in else []), *lines])
        elif is_button:
            self._button = lines[0]
        elif item.what is What.HEADING:
            self._head(item, lines[0])
        else:
            lead_in = lead_in or self._lead_in(item)
            block = self._names.block(KINDS[item.what], lines, lead_in)
            self._blocks.append(replace(block, is_ordered=item.is_ordered))

    def _refer(self, item: Item, lines: Sequence[Line]) -> None:
        if item.what is What.HEADING and self._references_heading is None:
            self._references_heading = lines[0]
        else:
            self._references += lines

    def _head(self, item: Item, line: Line) -> None:
        if item.level == 0:
            self._title = line
        elif item.level == 1:
            self._stretches.append(_Stretch(line))
        else:
            self._stretches[-1].parts.append(_Stretch(line))

    @property
    def _blocks(self) -> list[Block]:
        parts = self._stretches[-1].parts
        return parts[-1].blocks if parts else self._stretches[-1].blocks

    def _lead_in(self, item: Item) -> Line | None:
        """Take the line just above, if it leads in what comes now."""
        above = self._blocks[-1] if self._blocks else None
        if item.what not in KINDS or above is None or above.kind is not Kind.PARAGRAPH:
            return None
        line = above.lines[-1]
        if (
            len(above.lines) > 1
            or not ends_in_colon(line.text)
            or line.number + len(item.lines) < len(self._source)
        ):
            return None
        self._blocks.pop()
        return line

    def _settle_texts(self) -> None:
        """Make blocks of the texts that waited: paragraphs, and lists that nobody marked as such."""
        rows = tuple(Row(line, after_gap) for line, after_gap in self._texts)
        self._texts = []
        page = Page(rows)
        index = 0
        while index < len(rows):
            run = run_at(page, index)
            end = run.end if run else index + 1
            body = rows[index + (run.has_lead_in if run else 0) : end]
            if run and (run.kind is Kind.DEFINITIONS or all(row.form.is_marked for row in body)):
                lead_in = rows[index].line if run.has_lead_in else None
                self._blocks.append(self._names.block(run.kind, [row.line for row in body], lead_in))
                index = end
            else:
                self._blocks.append(self._names.block(Kind.PARAGRAPH, [rows[index].line]))
                index += 1

    def _picture(self, item: Item) -> None:
        name = item.source if len(item.source) <= 80 else f"{item.source[:60]}…"
        caption = self._line(item.lines[0]) if item.lines else None
        found = item.reason or self._book.find(item.source, alt=item.alt or "")
        if isinstance(found, Image) and not caption and not item.alt and is_icon(found):
            found = "a sign without words"
        if isinstance(found, Image):
            if item.alt is None:
                self._remarks.append(
                    f"picture '{name}' has no alternative text: say in a few words what it shows"
                )
            self._blocks.append(self._names.picture(found, caption))
            return
        if not item.reason:
            self._remarks.append(f"picture '{name}' is left out: {found}")
        told = item.alt or name or "a picture"
        self._unplaced.append(
            Unplaced(self._line(settled([Run(told)]) or Words((Run("a picture"),))), f"picture: {found}")
        )
        if caption:
            self._unplaced.append(Unplaced(caption, "caption of a picture that is left out"))

    def _line(self, words: Words) -> Line:
        line = Line(len(self._source) + 1, words.text, words.markup)
        self._source.append(words.text)
        for note in words.notes:
            self._marked.setdefault(note, []).append(line.number)
        return line

    def _sections(self) -> tuple[Section, ...]:
        opening, *headed = self._stretches
        if headed and not opening.has_lines:
            # A picture above the first heading has no line to be named by: it opens what follows.
            headed[0].blocks[:0] = opening.blocks
        elif opening.blocks or opening.parts:
            headed = [opening, *headed]
        namer = Namer()
        return tuple(_section(each, namer, ordinal, under="") for ordinal, each in enumerate(headed, start=1))


def _section(stretch: _Stretch, namer: Namer, ordinal: int, *, under: str) -> Section:
    wanted = slug_of(stretch.heading.text) if stretch.heading else INTRODUCTION
    slug = namer.name(under + (wanted or f"section-{ordinal}"))
    return Section(
        slug=slug,
        heading=stretch.heading,
        blocks=tuple(stretch.blocks),
        subsections=tuple(
            _section(part, namer, number, under=f"{slug}/")
            for number, part in enumerate(stretch.parts, start=1)
        ),
    )


def _button_at(items: Sequence[Item]) -> int | None:
    """Return which item is the call to action: the last asking line of the last section, if it has one."""
    placed = [
        place
        for place, item in enumerate(items)
        if item.what not in (What.LEFT, What.NOTE, What.PICTURE) and not item.reference
    ]
    bodies = sum(items[place].what is not What.HEADING for place in placed)
    for place in reversed(placed):
        item = items[place]
        if item.what is What.HEADING or bodies < 2:
            return None
        if item.what is What.TEXT and (item.lines[0].is_button or reads_as_ask(item.lines[0].text)):
            return place
    return None


def _dropped_links(targets: Sequence[str]) -> list[str]:
    shown = [target if len(target) <= 60 else f"{target[:59]}…" for target in targets]
    told = [f"the link to '{target}' is dropped: from an email it leads nowhere" for target in shown]
    if len(told) > _MOST_DROPPED_TOLD:
        more = len(told) - _MOST_DROPPED_TOLD
        told = [*told[:_MOST_DROPPED_TOLD], f"{more} more links are dropped: from an email they lead nowhere"]
    return told
