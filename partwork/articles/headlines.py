"""What each part is called: subject, preheader and slug, from the article's own words. Pure.

No two are alike. None is, or holds, a whole sentence, item or definition of the body, nor a heading of
more than 40 characters: an inbox shows them beside each other, and the article is told only once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice

from partwork.articles.lines import MINOR_WORDS, split_definition
from partwork.articles.model import Article, Block, Kind, Section
from partwork.articles.phrases import (
    WHOLE_HEADING,
    heading_phrases,
    is_personal,
    is_shouted,
    names_a_condition_as_theirs,
    opening_clauses,
    plain,
    word_cuts,
)
from partwork.articles.sentences import sentences
from partwork.articles.slugs import Namer, slug_of

SUBJECT_LENGTH = 60
PREHEADER_LENGTH = 110
ELLIPSIS = "…"

_SLUG_LENGTH, _SLUG_WORDS = 40, 5
_SHORTEST_INVITATION, _SHORTEST_SUBJECT = 30, 12
_SENTENCES_LOOKED_AT, _HEADINGS_LOOKED_AT = 12, 12
# Encoded words in a mail header (RFC 2047) and the tags of templates.
_READ_AS_CODE = re.compile(r"=\?|[{\[][{\[%#]|[%#}\]][}\]]")
_ANY_END = re.compile(r"(?<=[.!?…])[\"”’»)\]]*\s+|(?<=[。！？।۔])\s*")


@dataclass(frozen=True, slots=True)
class Headline:
    """How one part shows in an inbox, and its identity."""

    slug: str
    subject: str
    preheader: str


def headlines(article: Article, parts: Sequence[Sequence[Section]]) -> tuple[Headline, ...]:
    """Return a headline for each part, given the sections it holds."""
    rules = _Rules(article)
    subjects = [
        rules.take(chain(_subjects(article, sections, place), _labels(place, len(parts))), SUBJECT_LENGTH)
        for place, sections in enumerate(parts)
    ]
    namer = Namer()
    found: list[Headline] = []
    for place, (sections, subject) in enumerate(zip(parts, subjects, strict=True)):
        candidates = chain(_preheaders(article, sections, subject), _labels(place, len(parts)))
        preheader = rules.take(candidates, PREHEADER_LENGTH)
        found.append(Headline(namer.name(_slug(subject, place)), subject, preheader))
    return tuple(found)


class _Rules:
    """What a subject or a preheader must not be, and which ones are given out."""

    def __init__(self, article: Article) -> None:
        told = {_key(text) for text in _told_texts(article)} - {""}
        self._never = told
        self._never_within = [f" {key} " for key in told if " " in key]
        self._never_within += [f" {_key(text)} " for text in _long_headings(article)]
        self._taken: set[str] = set()

    def take(self, candidates: Iterable[str], longest: int) -> str:
        """Return the first candidate that no rule forbids; nobody else gets it."""
        chosen = next(each for each in candidates if len(each) <= longest and self._allows(each))
        self._taken.add(_key(chosen))
        return chosen

    def _allows(self, phrase: str) -> bool:
        key = _key(phrase)
        if not key or key in self._never or key in self._taken or _READ_AS_CODE.search(phrase):
            return False
        padded = f" {key} "
        return not any(told in padded for told in self._never_within)


def _told_texts(article: Article) -> Iterator[str]:
    """Yield every sentence, item and definition of the body, and the button's line."""
    buttons = (article.call_to_action,) if article.call_to_action else ()
    for block in chain((block for section in article.sections for block in section.all_blocks), buttons):
        for line in block.all_lines:
            yield line.text
            yield plain(line.text)
            yield from _ANY_END.split(line.text)
            if definition := split_definition(line.text):
                yield from _ANY_END.split(definition[1])


def _long_headings(article: Article) -> Iterator[str]:
    headings = [section.heading for section in _with_subsections(article.sections)]
    for line in (article.title, *headings):
        if line:
            yield from (text for text in (line.text, plain(line.text)) if len(text) > WHOLE_HEADING)


def _subjects(article: Article, sections: Sequence[Section], place: int) -> Iterator[str]:
    """Yield subjects for a part: its own heading (the title, for an opening without one) first."""
    headings = _headings(sections)
    title = [article.title.text] if article.title else []
    opens_the_article = place == 0 and sections[0].heading is None
    spoken = list(islice(_spoken(sections), _SENTENCES_LOOKED_AT))
    phrases = chain(
        *(_title_phrases(each, SUBJECT_LENGTH) for each in title if opens_the_article),
        *(heading_phrases(each, longest=SUBJECT_LENGTH) for each in headings),
        *(opening_clauses(each, shortest=_SHORTEST_SUBJECT, longest=SUBJECT_LENGTH) for each in spoken),
        (plain(term) for term in _terms(sections)),
    )
    yield from sorted(phrases, key=lambda each: (is_shouted(each), names_a_condition_as_theirs(each)))
    for text in (*headings, *spoken, *title):
        yield from word_cuts(text, longest=SUBJECT_LENGTH)


def _preheaders(article: Article, sections: Sequence[Section], subject: str) -> Iterator[str]:
    """Yield preheaders for a part: how one of its first sentences opens, best without the subject in it."""
    everything = list(_any_preheaders(article, sections))
    said = f" {_key(subject)} "
    yield from (
        each for each in everything if said not in f" {_key(each)} " and f" {_key(each)} " not in said
    )
    yield from everything


def _any_preheaders(article: Article, sections: Sequence[Section]) -> Iterator[str]:
    spoken = list(islice(_spoken(sections), _SENTENCES_LOOKED_AT))
    longest = PREHEADER_LENGTH - len(ELLIPSIS)
    for shortest in (_SHORTEST_INVITATION, _SHORTEST_SUBJECT):
        clauses = chain(*(opening_clauses(each, shortest=shortest, longest=longest) for each in spoken))
        for phrase in sorted(clauses, key=lambda each: (is_shouted(each), is_personal(each))):
            yield phrase + ELLIPSIS
    headings = _headings(sections)
    for heading in (*headings[1:], *headings[:1]):
        yield from heading_phrases(heading, longest=PREHEADER_LENGTH)
    for sentence in spoken:
        yield from (phrase + ELLIPSIS for phrase in word_cuts(sentence, longest=longest))
    if article.title:
        yield from _title_phrases(article.title.text, PREHEADER_LENGTH)


def _title_phrases(title: str, longest: int) -> Iterator[str]:
    return heading_phrases(title, longest=longest, is_title=True)


def _labels(place: int, total: int) -> Iterator[str]:
    """Yield names that say nothing but which part it is, without end: for texts that give no phrase."""
    yield f"Part {place + 1}"
    yield f"Part {place + 1} of {total}"
    for further in count(1):
        yield f"Part {place + 1}.{further}"


def _spoken(sections: Sequence[Section]) -> Iterator[str]:
    """Yield the sentences of a part: those of paragraphs and definitions first, items after them."""
    blocks = [block for section in sections for block in section.all_blocks]
    for block in blocks:
        yield from _sentences_of(block)
    for block in blocks:
        if block.kind is Kind.LIST:
            yield from (line.text for line in block.lines)


def _sentences_of(block: Block) -> Iterator[str]:
    if block.lead_in:
        yield from sentences(block.lead_in.text)
    if block.kind is Kind.PARAGRAPH:
        for line in block.lines:
            yield from sentences(line.text)
    for line in block.lines:
        if block.kind is Kind.DEFINITIONS and (definition := split_definition(line.text)):
            yield from sentences(definition[1].lstrip(" –—-"))


def _terms(sections: Sequence[Section]) -> Iterator[str]:
    for block in (block for section in sections for block in section.all_blocks):
        for line in block.lines:
            if definition := split_definition(line.text):
                yield definition[0]


def _headings(sections: Sequence[Section]) -> list[str]:
    texts = (each.heading.text for each in _with_subsections(sections) if each.heading)
    return list(islice(texts, _HEADINGS_LOOKED_AT))


def _with_subsections(sections: Sequence[Section]) -> Iterator[Section]:
    for section in sections:
        yield section
        yield from section.subsections


def _slug(subject: str, place: int) -> str:
    """Return at most five words of a subject as a slug, without an article before them."""
    words = [word for word in slug_of(subject).split("-") if word]
    while len(words) > 1 and words[0] in ("the", "a", "an", "der", "die", "das"):
        del words[0]
    kept = words[:_SLUG_WORDS]
    while len(kept) > 1 and (len("-".join(kept)) > _SLUG_LENGTH or _dangles(kept, words)):
        kept.pop()
    return "-".join(kept)[:_SLUG_LENGTH] or f"part-{place + 1}"


def _dangles(kept: Sequence[str], words: Sequence[str]) -> bool:
    return len(kept) < len(words) and (kept[-1] in MINOR_WORDS or len(kept[-1]) == 1)


def _key(text: str) -> str:
    """Return the words of a text for comparison: small, and without the signs around them."""
    return " ".join(filter(None, (_bare(word) for word in text.casefold().split())))


def _bare(word: str) -> str:
    places = [index for index, char in enumerate(word) if char.isalnum()]
    return word[places[0] : places[-1] + 1] if places else ""
