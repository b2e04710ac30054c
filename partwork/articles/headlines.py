"""What each part is called: subject, preheader and slug, from the article's own words. Pure.

No two are alike. None is, or holds, a whole sentence, item or definition of the body, nor a heading of
more than 40 characters (but a question, decision 0027): an inbox shows them beside each other, and the
article is told only once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice

from partwork.articles.headings import is_byline
from partwork.articles.lines import MINOR_WORDS, split_definition
from partwork.articles.model import Article, Block, Kind, Section
from partwork.articles.phrases import (
    WHOLE_HEADING,
    heading_phrases,
    is_bait,
    is_label,
    is_mere_start,
    is_personal,
    is_question,
    is_shouted,
    names_a_condition_as_theirs,
    opening_clauses,
    plain,
    without_stress,
    word_cuts,
)
from partwork.articles.seams import goes_on_from, refers_back
from partwork.articles.sentences import sentences
from partwork.articles.slugs import Namer, slug_of

SUBJECT_LENGTH = 60
PREHEADER_LENGTH = 110
ELLIPSIS = "…"

_SLUG_LENGTH, _SLUG_WORDS = 40, 5
_SHORTEST_INVITATION, _SHORTEST_SUBJECT = 30, 12
_SENTENCES_LOOKED_AT, _HEADINGS_LOOKED_AT = 12, 12
_QUOTED_LENGTH = 40
_TELLING_SUBJECT = 18
_FURTHER_CANDIDATES, _CANDIDATES_LOOKED_AT = 3, 60
# Encoded words in a mail header (RFC 2047) and the tags of templates.
_READ_AS_CODE = re.compile(r"=\?|[{\[][{\[%#]|[%#}\]][}\]]")
_ANY_END = re.compile(r"(?<=[.!?…])[\"”’»)\]]*\s+|(?<=[。！？।۔])\s*")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something a part could say in an inbox, and why it is proposed."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Headline:
    """How one part shows in an inbox, and its identity.

    subjects, preheaders: every candidate, the best first; no text stands in two places of a series
    """

    slug: str
    subjects: tuple[Phrase, ...]
    preheaders: tuple[Phrase, ...]

    @property
    def subject(self) -> str:
        return self.subjects[0].text

    @property
    def preheader(self) -> str:
        return self.preheaders[0].text


def neutral_headlines(count: int) -> tuple[Headline, ...]:
    """Return headlines that say which part it is and nothing else, for eyes that should see no topic."""
    reason = "it names no topic"
    return tuple(
        Headline(
            slug=f"part-{number}",
            subjects=(Phrase(f"Part {number} of {count}", reason), Phrase(f"Your part {number}", reason)),
            preheaders=(Phrase(f"A few minutes of reading, number {number}", reason),),
        )
        for number in range(1, count + 1)
    )


def headlines(article: Article, parts: Sequence[Sequence[Section]]) -> tuple[Headline, ...]:
    """Return a headline for each part, given the sections it holds.

    Every part gets its best before any gets its second best.
    """
    rules = _Rules(article)
    total = len(parts)
    subjects = [
        rules.take(chain(_subjects(article, sections, place), _labels(place, total)), SUBJECT_LENGTH)
        for place, sections in enumerate(parts)
    ]
    preheaders = [
        rules.take(
            chain(_preheaders(article, sections, subject.text), _labels(place, total)), PREHEADER_LENGTH
        )
        for place, (sections, subject) in enumerate(zip(parts, subjects, strict=True))
    ]
    namer = Namer()
    found: list[Headline] = []
    for place, (sections, subject, preheader) in enumerate(zip(parts, subjects, preheaders, strict=True)):
        others = rules.take_more(
            _good_subjects(article, sections, place), SUBJECT_LENGTH, besides=subject.text
        )
        further = rules.take_more(
            _invitations(sections, _SHORTEST_INVITATION), PREHEADER_LENGTH, besides=preheader.text
        )
        slug = namer.name(_slug(subject.text, place))
        found.append(Headline(slug, (subject, *others), (preheader, *further)))
    return tuple(found)


class _Rules:
    """What a subject or a preheader must not be, and which ones are given out."""

    def __init__(self, article: Article) -> None:
        told = {_key(text) for text in _told_texts(article)} - {""}
        self._never = told
        self._never_within = [f" {key} " for key in told if " " in key]
        self._never_within += [f" {_key(text)} " for text in _long_headings(article)]
        self._small = {word for text in _told_texts(article) for word in text.split() if word.islower()}
        self._taken: set[str] = set()

    def take(self, candidates: Iterable[Phrase], longest: int) -> Phrase:
        """Return the first candidate that no rule forbids; nobody else gets it."""
        calm = map(self._calmed, candidates)
        chosen = next(each for each in calm if len(each.text) <= longest and self._allows(each.text))
        self._taken.add(_key(chosen.text))
        return chosen

    def take_more(self, candidates: Iterable[Phrase], longest: int, *, besides: str) -> tuple[Phrase, ...]:
        """Return the next best candidates, a few; nobody else gets them.

        besides: the one taken; none of them says the same and a little more, or less
        """
        found: list[Phrase] = []
        said = [_key(besides)]
        for each in islice(map(self._calmed, candidates), _CANDIDATES_LOOKED_AT):
            key = _key(each.text)
            is_fit = len(each.text) <= longest and _could_stand_alone(each.text)
            is_new = not any(f" {one} " in f" {key} " or f" {key} " in f" {one} " for one in said)
            if is_fit and is_new and self._allows(each.text):
                self._taken.add(key)
                said.append(key)
                found.append(each)
            if len(found) == _FURTHER_CANDIDATES:
                break
        return tuple(found)

    def _calmed(self, phrase: Phrase) -> Phrase:
        """Return a phrase without capitals that shout: an inbox is no place for them."""
        if is_shouted(phrase.text):
            return Phrase(phrase.text.capitalize(), f"{phrase.reason}, its capitals taken down")
        return replace(phrase, text=without_stress(phrase.text, self._small))

    def _allows(self, phrase: str) -> bool:
        key = _key(phrase)
        if not key or key in self._never or key in self._taken or _READ_AS_CODE.search(phrase):
            return False
        if is_bait(phrase):
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
            texts = (line.text, plain(line.text))
            yield from (text for text in texts if len(text) > WHOLE_HEADING and not is_question(text))


def _subjects(article: Article, sections: Sequence[Section], place: int) -> Iterator[Phrase]:
    """Yield subjects for a part, the good ones first, then whatever its texts begin with."""
    yield from _good_subjects(article, sections, place)
    title = [article.title.text] if article.title else []
    for text in (*_headings(sections), *islice(_spoken(sections), _SENTENCES_LOOKED_AT), *title):
        yield from _because(word_cuts(text, longest=SUBJECT_LENGTH), f"the start of “{_begun(text)}”")


def _good_subjects(article: Article, sections: Sequence[Section], place: int) -> Iterator[Phrase]:
    """Yield subjects that say what a part is about: its own heading (the opening's is the title) first.

    Mere labels come late, and last what says that the reader has a complaint.
    """
    headings = _headings(sections)
    title = [article.title.text] if article.title else []
    opens_the_article = place == 0 and sections[0].heading is None
    spoken = list(islice(_spoken(sections), _SENTENCES_LOOKED_AT))
    phrases = chain(
        *(_from_heading(each, SUBJECT_LENGTH, "title") for each in title if opens_the_article),
        *(_from_heading(each, SUBJECT_LENGTH, "heading") for each in headings),
        _told_openings(spoken),
        _because((plain(term) for term in _terms(sections)), "a term that is explained in it"),
    )
    yield from sorted(phrases, key=lambda each: (names_a_condition_as_theirs(each.text), is_label(each.text)))


def _told_openings(spoken: Sequence[str]) -> list[Phrase]:
    """Return how sentences open; those last that say little without what stood before, or follows."""
    clauses: list[tuple[bool, bool, Phrase]] = []
    for each in spoken:
        because = f"how the sentence “{_begun(each)}” opens"
        for clause in opening_clauses(each, shortest=_SHORTEST_SUBJECT, longest=SUBJECT_LENGTH):
            is_little = refers_back(clause) or is_mere_start(clause, of=each)
            clauses.append((is_little, len(clause) < _TELLING_SUBJECT, Phrase(clause, because)))
    return [phrase for *_, phrase in sorted(clauses, key=lambda each: each[:2])]


def _preheaders(article: Article, sections: Sequence[Section], subject: str) -> Iterator[Phrase]:
    """Yield preheaders for a part: how one of its first sentences opens, best without the subject in it."""
    everything = list(_any_preheaders(article, sections))
    said = f" {_key(subject)} "
    keys = [f" {_key(each.text)} " for each in everything]
    apart = [key for key in keys if said not in key and key not in said]
    yield from (each for each, key in zip(everything, keys, strict=True) if key in apart)
    yield from everything


def _any_preheaders(article: Article, sections: Sequence[Section]) -> Iterator[Phrase]:
    spoken = list(islice(_spoken(sections), _SENTENCES_LOOKED_AT))
    longest = PREHEADER_LENGTH - len(ELLIPSIS)
    for shortest in (_SHORTEST_INVITATION, _SHORTEST_SUBJECT):
        yield from _invitations(sections, shortest)
    headings = _headings(sections)
    for heading in (*headings[1:], *headings[:1]):
        yield from _from_heading(heading, PREHEADER_LENGTH, "heading")
    for sentence in spoken:
        cuts = (phrase + ELLIPSIS for phrase in word_cuts(sentence, longest=longest))
        yield from _because(cuts, f"the start of “{_begun(sentence)}”")
    if article.title:
        yield from _from_heading(article.title.text, PREHEADER_LENGTH, "title")


def _invitations(sections: Sequence[Section], shortest: int) -> list[Phrase]:
    """Return how the first sentences of a part open, in so many characters or more."""
    spoken = islice(_spoken(sections), _SENTENCES_LOOKED_AT)
    longest = PREHEADER_LENGTH - len(ELLIPSIS)
    clauses = (
        Phrase(clause + ELLIPSIS, f"how sentence {number} of the part opens")
        for number, each in enumerate(spoken, start=1)
        for clause in opening_clauses(each, shortest=shortest, longest=longest)
    )
    return sorted(
        clauses,
        key=lambda each: (
            is_shouted(each.text),
            is_personal(each.text),
            goes_on_from(each.text),
            each.text[0].islower(),
        ),
    )


def _from_heading(heading: str, longest: int, what: str) -> Iterator[Phrase]:
    """Yield ways to say a heading or the title, with what was done to it."""
    whole = plain(heading)
    for phrase in heading_phrases(heading, longest=longest, is_title=what == "title"):
        is_whole = _key(phrase) == _key(whole)
        yield Phrase(phrase, f"the {what} itself" if is_whole else f"from the {what} “{_begun(heading)}”")


def _because(phrases: Iterable[str], reason: str) -> Iterator[Phrase]:
    return (Phrase(phrase, reason) for phrase in phrases)


def _begun(text: str) -> str:
    whole = plain(text)
    return whole if len(whole) <= _QUOTED_LENGTH else f"{whole[:_QUOTED_LENGTH].rstrip()}{ELLIPSIS}"


def _could_stand_alone(phrase: str) -> bool:
    """Whether a phrase says something to whoever reads nothing else: it begins and ends like one."""
    is_long_enough = len(phrase) >= _SHORTEST_SUBJECT and (len(phrase.split()) > 1 or not phrase.isascii())
    begins_well = not phrase[:1].islower() and not refers_back(phrase)
    begins_well = begins_well and not is_byline(phrase) and not is_label(phrase)
    return is_long_enough and begins_well and not names_a_condition_as_theirs(phrase)


def _labels(place: int, total: int) -> Iterator[Phrase]:
    """Yield names that say nothing but which part it is, without end: for texts that give no phrase."""
    reason = "the text gives no phrase of its own"
    yield Phrase(f"Part {place + 1}", reason)
    yield Phrase(f"Part {place + 1} of {total}", reason)
    for further in count(1):
        yield Phrase(f"Part {place + 1}.{further}", reason)


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
