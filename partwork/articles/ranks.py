"""What heads what: title, sections, sub-sections and references, whatever levels the author used. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partwork.articles.asks import reads_as_ask
from partwork.articles.headings import (
    TITLE_LENGTH,
    is_byline,
    is_heading,
    is_references_heading,
    is_subheading,
)
from partwork.articles.inline import Run, Words, settled
from partwork.articles.items import Item, What
from partwork.articles.lines import could_head, ends_in_colon, form_of, is_question, is_title_case
from partwork.articles.model import Line
from partwork.articles.page import Page, Row

_LOWEST = 7
_OPENING = 40  # words: a heading under more text than this is no title
_BODIES = (What.TEXT, What.LIST, What.DEFINITIONS, What.QUOTE, What.TABLE)


def ranked(items: Sequence[Item]) -> list[Item]:
    """Return the items with levels 0 (the title), 1 (a section) and 2 (a sub-section), and no others.

    Lines that are headings without being marked as such become so, and the other way round; what
    stands under “References” is marked as reference.
    """
    read = _titled(_with_plain_headings(_with_bold_headings(list(items))))
    read = _without_asking_headings(read)
    return _with_references(_levelled(read, _section_level(read)))


def _levelled(items: Sequence[Item], level: int) -> list[Item]:
    """Let headings down to `level` open sections, and those above the first of them, whatever their own."""
    kept: list[Item] = []
    has_begun = False
    for item in items:
        if item.what is What.HEADING and item.level:
            has_begun = has_begun or item.level <= level
            item = replace(item, level=2 if has_begun and item.level > level else 1)
        kept.append(item)
    return kept


def _body_under(items: Sequence[Item], place: int) -> Item | None:
    """Return what stands right under an item, pictures and things left out not looked at."""
    for item in items[place + 1 :]:
        if item.what in (*_BODIES, What.HEADING):
            return item
    return None


def _with_bold_headings(items: list[Item]) -> list[Item]:
    """A paragraph that is all bold and could head what stands under it is a heading, the lowest there is."""
    kept: list[Item] = []
    for place, item in enumerate(items):
        if item.what is What.TEXT and item.lines[0].is_bold and not item.lines[0].is_linked:
            text = item.lines[0].text
            under = _body_under(items, place)
            heads = under is not None and under.what in _BODIES
            is_first = not any(each.what in (*_BODIES, What.HEADING) for each in items[:place])
            if (
                could_head(text)
                and not reads_as_ask(text)
                and not is_byline(text)
                and (heads or (is_first and under))
            ):
                item = replace(item, what=What.HEADING, level=_LOWEST)
        kept.append(item)
    return kept


def _with_plain_headings(items: list[Item]) -> list[Item]:
    """Where nothing is marked as a heading, lines head that would in a plain text; emoji lines always may."""
    headed = [item for item in items if item.what is What.HEADING]
    has_headings = len(headed) >= 2 or any(item.level for item in headed[1:])
    rows = [Row(Line(1, item.lines[0].text), item.after_gap) for item in items if item.what is What.TEXT]
    page, at = Page(tuple(rows)), -1
    kept: list[Item] = []
    opened = False
    for place, item in enumerate(items):
        if item.what is not What.TEXT:
            opened = opened or item.what in (*_BODIES, What.HEADING)
            kept.append(item)
            continue
        at += 1
        text = item.lines[0].text
        under = _body_under(items, place)
        level = 0
        if (
            under is None
            or under.what not in _BODIES
            or reads_as_ask(text)
            or is_byline(text)
            or ends_in_colon(text)
        ):
            pass
        elif under.what is What.TEXT and is_subheading(page, at):
            level = _LOWEST + 1
        elif not has_headings and opened and _heads_plainly(page, at, under):
            level = _LOWEST
        opened = True
        kept.append(replace(item, what=What.HEADING, level=level) if level else item)
    return kept


def _heads_plainly(page: Page, at: int, under: Item) -> bool:
    row = page.rows[at]
    if under.what is What.TEXT:
        return is_heading(page, at)
    return (
        row.could_head
        and not form_of(row.text).is_marked
        and (is_title_case(row.text) or is_question(row.text))
    )


def _titled(items: list[Item]) -> list[Item]:
    """Let one heading be the title, at level 0: the marked one, or the first, if little stands above it."""
    places = [place for place, item in enumerate(items) if item.what is What.HEADING]
    if any(items[place].level == 0 for place in places):
        return _with_one_title(items, places)
    firsts = [place for place in places if items[place].level == 1]
    chosen: int | None = None
    if firsts and (len(firsts) == 1 or firsts[0] == places[0]):
        chosen = firsts[0]
    elif places:
        top = min(items[place].level for place in places)
        is_alone = sum(items[place].level == top for place in places) == 1
        opens = top == _LOWEST and not any(item.what in _BODIES for item in items[: places[0]])
        if items[places[0]].level == top and (is_alone or opens):
            chosen = places[0]
    if chosen is not None and _words_above(items, chosen) <= _OPENING:
        above = [
            Item(What.LEFT, item.lines, reason="above the title") if item.what is What.HEADING else item
            for item in items[:chosen]
        ]
        return [*above, replace(items[chosen], level=0), *items[chosen + 1 :]]
    return _with_first_line_as_title(items, places)


def _with_one_title(items: list[Item], places: Sequence[int]) -> list[Item]:
    """Keep the first title; one that only repeats it, as sites show it, is set aside; more are headings."""
    first = next(place for place in places if items[place].level == 0)
    said = items[first].lines[0].text.casefold()
    kept: list[Item] = []
    for place, item in enumerate(items):
        if place != first and item.what is What.HEADING and item.level <= 1:
            if item.lines[0].text.casefold() == said and _words_above(items, place) <= _OPENING:
                item = Item(What.LEFT, item.lines, reason="the title once more")
            else:
                item = replace(item, level=1)
        kept.append(item)
    return kept


def _with_first_line_as_title(items: list[Item], places: Sequence[int]) -> list[Item]:
    first = next((place for place, item in enumerate(items) if item.what in (*_BODIES, What.HEADING)), None)
    if first is None or items[first].what is not What.TEXT or not _body_under(items, first):
        return items
    words = items[first].lines[0]
    is_set_apart = words.is_bold or not any(items[place].level < _LOWEST for place in places)
    if is_set_apart and could_head(words.text, longest=TITLE_LENGTH) and not form_of(words.text).is_marked:
        return [*items[:first], replace(items[first], what=What.HEADING, level=0), *items[first + 1 :]]
    return items


def _words_above(items: Sequence[Item], place: int) -> int:
    above = (item for item in items[:place] if item.what in _BODIES)
    return sum(len(line.text.split()) for item in above for line in item.lines)


def _without_asking_headings(items: list[Item]) -> list[Item]:
    """A heading that asks, with nothing under it but what asks as well, is a line like any other."""
    kept = list(items)
    for place in reversed(range(len(kept))):
        item = kept[place]
        if item.what in (What.LEFT, What.NOTE, What.PICTURE):
            continue
        if item.what is What.HEADING and item.level and reads_as_ask(item.lines[0].text):
            kept[place] = replace(item, what=What.TEXT, level=0)
        elif not (item.what is What.TEXT and (item.lines[0].is_button or reads_as_ask(item.lines[0].text))):
            break
    return kept


def _section_level(items: Sequence[Item]) -> int:
    """Return the highest level that sections stand at: where there are two headings or more."""
    levels = sorted(
        item.level
        for item in items
        if item.what is What.HEADING and item.level and not is_references_heading(item.lines[0].text)
    )
    return levels[min(1, len(levels) - 1)] if levels else 1


def _with_references(items: list[Item]) -> list[Item]:
    """Mark the last references section: heading and all under it, up to the next heading of its rank."""
    start = next(
        (
            place
            for place in reversed(range(1, len(items)))
            if items[place].what in (What.HEADING, What.TEXT)
            and (items[place].what is What.TEXT or items[place].level > 0)
            and is_references_heading(items[place].lines[0].text)
            and _body_under(items, place)
            and (_body_under(items, place) or items[place]).what is not What.HEADING
        ),
        None,
    )
    if start is None:
        return [_settled_heading(items, place) for place in range(len(items))]
    heading = items[start]
    level = heading.level if heading.what is What.HEADING else 1
    end = next(
        (
            place
            for place in range(start + 1, len(items))
            if items[place].what is What.HEADING and items[place].level <= level
        ),
        len(items),
    )
    told = [each for item in items[start + 1 : end] for each in _as_references(item)]
    return [*items[:start], replace(heading, what=What.HEADING, level=1, reference=True), *told, *items[end:]]


def _settled_heading(items: Sequence[Item], place: int) -> Item:
    """A references heading over nothing but footnotes says nothing: those stand with what marks them."""
    item = items[place]
    if item.what is not What.HEADING or not item.level or not is_references_heading(item.lines[0].text):
        return item
    after = next((each for each in items[place + 1 :] if each.what is not What.LEFT), None)
    if after is not None and after.what is What.NOTE:
        return Item(What.LEFT, item.lines, reason="heads footnotes, which stand with what marks them")
    return item


def _as_references(item: Item) -> list[Item]:
    if item.what not in (*_BODIES, What.HEADING):
        return [replace(item, reason="in the references")] if item.what is What.PICTURE else [item]
    lines: list[Words] = [item.lead_in] if item.lead_in else []
    for number, line in enumerate(item.lines, start=1):
        numbered = settled([Run(f"{number}. "), *line.runs]) if item.is_ordered else line
        lines += (numbered or line).at_breaks() if not line.cells else (line,)
    return [Item(What.TEXT, (line,), reference=True) for line in lines]
