"""Which references close which part: those that the part's own text marks. Pure.

Marks are numbers in brackets or set high ([3], [1, 4-6], ³), and an author with a year ((Ashby, 2018),
Ashby and Reed (2018)). A reference that no mark names closes the last part, as all do without marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from partwork.articles.lines import word_set
from partwork.articles.model import Article, Block, Section

_BRACKETED = re.compile(r"\[(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\]")
_SET_HIGH = re.compile(r"(?<=[\w.,;:!?)\"”’])([¹²³⁰⁴-⁹]+(?:[⁻˒,–-][¹²³⁰⁴-⁹]+)*)")
_HIGH_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻˒", "0123456789-,")
_UNIT = re.compile(r"\b(?:[mck]?m|ft|in|kg/m)[²³]")
_OWN_NUMBER = re.compile(r"[\[(]?(\d{1,3})(?:[\])]|\.(?=\s)|\)\.?)|([¹²³⁰⁴-⁹]+)")
_YEAR = r"(?:1[89]|20)\d{2}"
_NAME = r"[^\W\d_][\w'’-]+"
_AUTHOR_YEAR = re.compile(
    rf"(?P<author>{_NAME})(?:,?\s+(?:et\s+al\.?|u\.\s?a\.|(?:and|und|&)\s+(?:{_NAME}|colleagues|Kollegen)))?"
    rf"(?:,\s*|\s+\(?|\s*\()(?P<year>{_YEAR})(?P<letter>[a-z]?)\b"
)
_NO_AUTHORS = word_set(
    "in since by from until before after around during january february march april may june july august "
    "september october november december seit bis um vor nach januar februar märz mai juni juli oktober "
    "dezember the and of im jahr"
)


def closings(article: Article, contents: Sequence[Sequence[Section]]) -> tuple[tuple[Block, ...], ...]:
    """Return the references that close each part, given the sections it holds; none is left out.

    A reference that two parts cite closes both.
    """
    texts = ["\n".join(line.text for section in part for line in section.all_lines) for part in contents]
    cited = [_cited_in(text, article.references) for text in texts]
    if cited:
        cited[-1] |= set(range(len(article.references))) - set[int]().union(*cited)
    return tuple(tuple(article.references[index] for index in sorted(places)) for places in cited)


def _cited_in(text: str, references: Sequence[Block]) -> set[int]:
    """Return the places of the references that a text marks."""
    if not references:
        return set()
    by_number = _by_number(references)
    found = {by_number[number] for number in _numbers(text) if number in by_number}
    for match in _AUTHOR_YEAR.finditer(text):
        author = match["author"].casefold()
        if author not in _NO_AUTHORS:
            matching = _by_author(references, author, match["year"], match["letter"])
            found |= {matching[0]} if len(matching) == 1 else set()
    return found


def _by_number(references: Sequence[Block]) -> Mapping[int, int]:
    """Return the places of references by the numbers they bear; by their order where none bears one."""
    own: dict[int, int] = {}
    for place, block in enumerate(references):
        if match := _OWN_NUMBER.match(block.lines[0].text):
            number = int((match[1] or match[2]).translate(_HIGH_DIGITS))
            own.setdefault(number, place)
    return own or {place + 1: place for place in range(len(references))}


def _by_author(references: Sequence[Block], author: str, year: str, letter: str) -> list[int]:
    """Return the places of the references that begin with an author and name the year."""
    found: list[int] = []
    for place, block in enumerate(references):
        text = block.lines[0].text
        own = _OWN_NUMBER.match(text)
        begins = text[own.end() if own else 0 :].strip(" .").casefold()
        is_begun = re.match(rf"{re.escape(author)}\b", begins) is not None
        if is_begun and re.search(rf"\b{year}{letter or '[a-z]?'}\b", text):
            found.append(place)
    return found


def _numbers(text: str) -> Iterator[int]:
    for match in _BRACKETED.finditer(text):
        yield from _expanded(match[1])
    for match in _SET_HIGH.finditer(_UNIT.sub("", text)):
        yield from _expanded(match[1].translate(_HIGH_DIGITS))


def _expanded(numbers: str) -> Iterator[int]:
    """Yield the numbers of `1, 4-6`."""
    for item in re.split(r"[,;]", numbers):
        ends = [int(end) for end in re.split(r"[–-]", item) if end.strip().isdecimal()]
        if len(ends) == 2 and ends[0] < ends[1] < ends[0] + 50:
            yield from range(ends[0], ends[1] + 1)
        else:
            yield from ends
