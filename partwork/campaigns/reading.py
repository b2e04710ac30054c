"""Does each part read well where nothing is known of a reader, and for whom its conditions ask? A verb."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from partwork.articles.handwriting import HandWriting, OwnHeading, Quotation
from partwork.articles.model import Kind, Line
from partwork.articles.tags import Tag
from partwork.audiences.readers import ReadersFile
from partwork.campaigns.definition import Campaign
from partwork.campaigns.revision import Revision
from partwork.campaigns.values import did_you_mean, quoted
from partwork.campaigns.yamlfiles import YamlFile
from partwork.errors import PartworkError, Problem
from partwork.ids import message_id_from
from partwork.rendering.compile import tag_faults
from partwork.rendering.personal import fields_used, filled, places_of, values_compared, whole_tag
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form
from partwork.tracking.tokens import Realm, Signer

_MESSAGE_ID = message_id_from(bytes(12))
_PLAIN = "Sam"
# What stays behind where a name was: a comma after a space, a pair of brackets around nothing.
_GAP = re.compile(r"(?:^|\s)[,;:.!?)](?=\s|$)|[(\[]\s*[)\]]")
_SHOWN = 60
_VALUES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class _Passage:
    """Lines that hang together through their conditions. places: of each line, in `file`."""

    file: str
    places: tuple[tuple[int, int], ...]
    lines: tuple[str, ...]
    is_condition: tuple[bool, ...]
    tags: tuple[Tag, ...] = ()

    def place(self, at: int, words: str) -> tuple[int, int]:
        """Return where in a line the first value stands whose field `words` name in quotes, or the line."""
        line, column = self.places[at]
        end = next((other for other, _ in self.places[at + 1 :] if other > line), None)
        for tag in self.tags:
            is_here = line <= tag.line and (end is None or tag.line < end)
            if is_here and not tag.word and any(f"'{field}'" in words for field in fields_used(tag.text)):
                return tag.line, tag.column
        return line, column


def gaps(campaign: Campaign, file: YamlFile, *, fields: Sequence[str]) -> Iterator[tuple[int, Problem]]:
    """Yield each part (from 0), and what in it does not read well where nothing is known of a reader.

    fields: what the audience's file says of its readers, beside the first name
    """
    for index in range(len(campaign.parts)):
        for passage in _passages(campaign, index, file):
            yield from ((index, problem) for problem in _gaps(passage, ("first_name", *fields)))


def faults_in_tags(text: HandWriting, *, known: Sequence[str] | None) -> Iterator[Problem]:
    """Yield what is wrong in a text's personal tags, seen one by one, and the gaps the others leave.

    known: the fields that readers have; None if the audience's file cannot be read
    """
    faults = list(tag_faults(text))
    yield from faults
    tags = {(tag.line, tag.column) for tag in text.tags}
    told_lines = {fault.line for fault in faults} | {flaw[0] for flaw in text.flaws if flaw[:2] in tags}
    if sound := _without(_handwritten(text), told_lines):
        yield from _gaps(sound, known or ("first_name",))
    if known is None:
        return
    told = {(fault.line, fault.column) for fault in faults} | {flaw[:2] for flaw in text.flaws}
    for tag in text.tags:
        if (tag.line, tag.column) in told:
            continue
        for field in sorted(fields_used(whole_tag(tag.text, word=tag.word)) - set(known)):
            for line, column in places_of(field, tag.text):
                yield Problem(
                    text.name, tag.line + line - 1, tag.column + column - 1, no_such_field(field, known)
                )


def no_such_field(field: str, known: Sequence[str]) -> str:
    there_are = ", ".join((*known, "links"))
    return f"readers have no '{field}'{did_you_mean(field, known) or '.'} The fields are: {there_are}"


def unbuilt(
    revision: Revision, file: YamlFile, *, besides: Container[int], now: datetime
) -> Iterator[Problem]:
    """Yield the parts that cannot be built for a reader who has a value that some condition asks for.

    besides: the parts (from 0) of which a fault is told already
    """
    for index, part in enumerate(revision.parts):
        for field, value in () if index in besides else _all_compared(revision):
            if problem := _built(revision, part.slug, field, value, file, now=now):
                yield problem
                break


def remarks_on_conditions(
    campaign: Campaign, revision: Revision, readers: ReadersFile, sources: Mapping[str, str]
) -> Iterator[str]:
    """Yield what conditions may do that nobody expects: no reader fits one, or misses a quotation.

    sources: the files in which conditions stand, by the name that shows them
    """
    there: dict[str, dict[str, None]] = {}
    for row in readers.rows:
        for field, value in (*row.attributes, ("first_name", row.first_name)):
            there.setdefault(field, {})[value] = None
    for field, value in _all_compared(revision):
        if value in there.get(field, {}) or not value or field not in there:
            continue
        values = ", ".join(list(there[field])[:_VALUES_SHOWN])
        hint = did_you_mean(value, there[field]) or "."
        text = f"no reader's {field} is {quoted(value)}{hint} There are: {values}"
        for name, source in sources.items():
            yield from (f"{name}:{line}:{column}: {text}" for line, column in places_of(value, source))
    for part in campaign.parts:
        for quotation in part.handwriting.quotations if part.handwriting else ():
            if quotation.is_conditional:
                at = (
                    f"{part.handwriting.name}:{quotation.line}:{quotation.column}" if part.handwriting else ""
                )
                yield f"{at}: only readers who meet the condition get {quoted(quotation.name)}"


def _all_compared(revision: Revision) -> list[tuple[str, str]]:
    texts = (text for part in revision.parts for text in (part.subject, part.preheader, part.text))
    return sorted({pair for text in texts for pair in values_compared(text)})


def _built(
    revision: Revision, slug: str, field: str, value: str, file: YamlFile, *, now: datetime
) -> Problem | None:
    try:
        frame_of(revision, slug).merge(
            reader_values(
                value if field == "first_name" else "", [] if field == "first_name" else [(field, value)]
            ),
            message_id=_MESSAGE_ID,
            address="reader@example.org",
            links=links_for(Signer("", Realm.PREVIEW), revision, _MESSAGE_ID),
            date=now,
            form=Form.MIME,
        )
    except PartworkError as fault:
        who = f"one whose {field} is {quoted(value)}"
        return Problem(file.name, 0, 0, f"part '{slug}' cannot be built for every reader ({who}): {fault}")
    return None


def _passages(campaign: Campaign, index: int, file: YamlFile) -> Iterator[_Passage]:
    """Yield the texts of a part that hold personal tags and have a line of their own."""
    part = campaign.parts[index]
    for key in ("subject", "preheader"):
        text = str(getattr(part.definition, key))
        yield _Passage(file.name, (file.place(("parts", index, key)),), (text,), (False,))
    if part.handwriting:
        yield _handwritten(part.handwriting)


def _handwritten(text: HandWriting) -> _Passage:
    lines: list[Line] = []
    conditions: list[bool] = []
    for piece in text.pieces:
        if not isinstance(piece, Quotation):
            held = (piece.line,) if isinstance(piece, OwnHeading) else piece.all_lines
            lines += held
            conditions += [not isinstance(piece, OwnHeading) and piece.kind is Kind.CONDITION] * len(held)
    for note in text.notes:
        lines += note.block.lines
        conditions += [False] * len(note.block.lines)
    places = tuple((line.number, 1) for line in lines)
    return _Passage(text.name, places, tuple(line.text for line in lines), tuple(conditions), text.tags)


def _without(passage: _Passage, told_lines: Container[int]) -> _Passage | None:
    """Return a passage without the lines of which a fault is told; None if its conditions are among them."""
    is_told = [place[0] in told_lines for place in passage.places]
    if any(told and asks for told, asks in zip(is_told, passage.is_condition, strict=True)):
        return None
    lines = tuple(_PLAIN if told else line for told, line in zip(is_told, passage.lines, strict=True))
    return replace(passage, lines=lines)


def _gaps(passage: _Passage, known: Sequence[str]) -> Iterator[Problem]:
    """Yield the lines of a passage in which a gap is left where nothing is known of the reader."""
    templates = [
        " ".join(line.split()) if is_tag else f"\0{number}\0{' '.join(line.split())}"
        for number, (line, is_tag) in enumerate(zip(passage.lines, passage.is_condition, strict=True))
    ]
    whole = dict(_said(filled("\n".join(templates), dict.fromkeys(known, _PLAIN)).text))
    bare = filled("\n".join(templates), {})
    for _ in passage.lines:
        if bare.fault is None:
            break
        at = bare.fault.line - 1
        text = f"for some readers this cannot be filled: {bare.fault.text}"
        yield Problem(passage.file, *passage.place(at, bare.fault.text), text)
        if passage.is_condition[at]:
            break
        templates[at] = ""  # told; there may be another one further down
        bare = filled("\n".join(templates), {})
    for number, text in _said(bare.text):
        if fault := _gap_in(text, whole.get(number, "")):
            yield Problem(passage.file, *passage.places[number], fault)


def _gap_in(text: str, whole: str) -> str | None:
    """Return what is wrong with a line for a reader of whom nothing is known.

    whole: the same line for one who has everything; empty if that one does not get it
    """
    if not any(map(str.isalnum, text)):
        has_words = any(map(str.isalnum, whole or _PLAIN))
        return "nothing is left of this for a reader of whom nothing is known" if has_words else None
    if len(_GAP.findall(text)) > len(_GAP.findall(whole)):
        return (
            f"for a reader of whom nothing is known this reads {quoted(_around_gap(text))}: "
            "give the field a default('…'), or ask for it with {% if … %}"
        )
    return None


def _said(text: str) -> Iterator[tuple[int, str]]:
    pieces = text.split("\0")
    yield from ((int(number), said.strip()) for number, said in zip(pieces[1::2], pieces[2::2], strict=True))


def _around_gap(text: str) -> str:
    gap = _GAP.search(text)
    start = max(0, gap.start() - _SHOWN // 2) if gap else 0
    return text[start : start + _SHOWN].strip()
