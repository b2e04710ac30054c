"""What a subject and a preheader tell whoever sees the phone: names, conditions, the article's topic. Pure.

A heuristic: it knows the endings and words of conditions and treatments in English and German, the words
a practice adds under `privacy.terms`, and the words of a title that its article keeps coming back to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from partwork.articles.lines import MINOR_WORDS, word_set
from partwork.articles.model import Article
from partwork.articles.phrases import CONDITION, shown
from partwork.campaigns.definition import Campaign
from partwork.campaigns.practice import Privacy
from partwork.errors import Problem, WorkspaceError

_MEDICAL_ENDING = re.compile(
    r"\b\w{2,}(?:itis|itides|osis|algia|algie|dynia|pathy|pathie|plegia|plasty|plastik|ectomy|ektomie"
    r"|otomy|oscopy|stenosis|sclerosis|sklerose|rrh(?:o?ea|agia)|carcinoma|karzinom|aemia|anemia|glyc[a]?emia"
    r"|uria|apn(?:o?ea)|phobia|phobie|somnia|orexia)\b",
    re.IGNORECASE,
)
_NOT_MEDICAL = word_set(
    "nostalgia nostalgie empathy sympathy antipathy telepathy empathie sympathie diagnosis prognosis"
)
_TREATMENT = re.compile(
    r"\b(?:dry needling|needling|acupuncture|akupunktur|injections?|surger(?:y|ies)|operations?"
    r"|(?:chemo|radio|psycho|physio|manual )therap\w+|\w*rehab\w*|root canals?|extractions?|implants?"
    r"|dentures?|fillings?|braces|botox|fillers?|ivf|dialysis|insulin|antidepressants?|statins?"
    r"|detox|biops(?:y|ies)|transplants?|prosthe\w+|wurzelbehandlung\w*|implantate?|spritzen?|eingriffe?)\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_FIRST_NAME = re.compile(r"\{[{%][^}]*\bfirst_name\b")
_YOUR = re.compile(
    r"\b(?:your|you['’]re|you (?:are|have|suffer from)|dein(?:e[mnrs]?)?|Ihr(?:e[mnrs]?)?)\b", re.IGNORECASE
)
_REACH = 5  # words after 'your' among which a condition is the reader's
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_SHORTEST_TOPIC_WORD, _LEAST_REPEATED = 3, 3
_COMMON = MINOR_WORDS | word_set(
    "what when where while there these those they them more most much many some simple ways steps tips guide "
    "things people time best better good great help helps right need know understanding questions answered "
    "answers about after again before every everything first last make makes made still take takes "
    "work works does doing done only over under very well years year days week weeks long short part parts "
    "und oder aber nicht auch mehr viel viele warum wenn dann diese dieser dieses ihre ihren sich sind wird "
    "werden kann können haben hat nach beim einen einem einer eines just also can could should would"
)


Key = Literal["subject", "preheader"]


@dataclass(frozen=True, slots=True)
class Topic:
    """What an article is about, as far as its subjects could tell it. All small letters.

    words: of its title, those that it keeps coming back to
    terms: what the practice says is not for a lock screen
    """

    words: frozenset[str]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """A line that tells too much: which one, and why, with what would be right."""

    key: Key
    text: str


def topic_of(article: Article, *, title: str, terms: Sequence[str] = ()) -> Topic:
    """Return what the subjects of a series made from an article must be careful with."""
    body = Counter(
        word
        for section in article.sections
        for line in section.all_lines
        for word in map(str.casefold, _WORD.findall(line.text))
    )
    titles = f"{title} {article.title.text if article.title else ''}"
    words = (word.casefold() for word in _WORD.findall(shown(titles)))
    kept = (
        word
        for word in words
        if len(word) >= _SHORTEST_TOPIC_WORD and word not in _COMMON and body[word] >= _LEAST_REPEATED
    )
    return Topic(frozenset(kept), tuple(term.casefold() for term in terms))


def remarks_on(subject: str, preheader: str, topic: Topic) -> Iterator[Telling]:
    """Yield why a lock screen is no place for these two lines, which it shows together.

    A topic may stand there, but not with the reader's first name, nor a condition as the reader's own.
    """
    lines = _lines(subject, preheader)
    name_in = next((key for key, text in lines if _FIRST_NAME.search(text)), None)
    for key, text in lines:
        bare = _bare(text)
        theirs = _condition_as_theirs(bare, topic)
        if theirs:
            yield Telling(
                key,
                f"'{theirs}' tells whoever sees the phone what the reader has; name the topic without 'your'",
            )
            continue
        told = next(chain(_conditions(bare, topic), _topic_words(bare, topic)), None)
        if told and name_in:
            where = "it" if name_in == key else f"the {name_in}"
            yield Telling(
                key,
                f"'{told}' and, in {where}, the reader's first name tell whoever sees the phone "
                "what the reader reads about; keep one of them",
            )


def refusals_of(subject: str, preheader: str, topic: Topic) -> Iterator[Telling]:
    """Yield which of the two lines is not neutral: any word of the topic, a condition or a treatment."""
    lines = _lines(subject, preheader)
    for key, text in lines:
        bare = _bare(text)
        told = list(dict.fromkeys((*_conditions(bare, topic), *_topic_words(bare, topic))))
        if told:
            quoted = ", ".join(f"'{word}'" for word in told)
            names = "names" if len(told) == 1 else "name"
            yield Telling(
                key,
                f"{quoted} {names} the topic, and privacy.subjects is neutral: "
                "write a line that does not, as in 'Your next step'",
            )


def tellings_in(campaign: Campaign, privacy: Privacy) -> Iterator[tuple[int, list[Telling], bool]]:
    """Yield what each part (from 0) tells too much, and whether that is refused or only worth a remark."""
    topic = topic_of(campaign.article, title=campaign.definition.title, terms=privacy.terms)
    is_refused = privacy.subjects == "neutral"
    look = refusals_of if is_refused else remarks_on
    for index, part in enumerate(campaign.definition.parts):
        if found := list(look(part.subject, part.preheader, topic)):
            yield index, found, is_refused


def refuse_telling(campaign: Campaign, privacy: Privacy) -> None:
    """Raise WorkspaceError if the practice wants neutral subjects and one of a campaign's is not."""
    file = f"campaigns/{campaign.definition.campaign}/campaign.yaml"
    problems = [
        Problem(file, 0, 0, f"part '{campaign.definition.parts[index].slug}': {telling.key}: {telling.text}")
        for index, tellings, is_refused in tellings_in(campaign, privacy)
        for telling in tellings
        if is_refused
    ]
    if problems:
        raise WorkspaceError(problems)


def _lines(subject: str, preheader: str) -> tuple[tuple[Key, str], ...]:
    return (("subject", subject), ("preheader", preheader))


def _bare(text: str) -> str:
    """Return a line as a phone shows it, its personal tags left out."""
    return " ".join(_TAG.sub(" ", shown(text)).split())


def _condition_as_theirs(text: str, topic: Topic) -> str:
    """Return the words that say a condition is the reader's own; empty if none do."""
    for match in _YOUR.finditer(text):
        reach = re.match(rf"(?:\W+[\w'’-]+){{1,{_REACH}}}", text[match.end() :])
        clause = re.split(r"[.!?:;,]", reach[0])[0] if reach else ""
        if told := next(_conditions(clause, topic), None):
            end = match.end() + clause.casefold().find(told.casefold()) + len(told)
            return text[match.start() : end]
    return ""


def _conditions(text: str, topic: Topic) -> Iterator[str]:
    """Yield the conditions and treatments a line names, and the practice's own terms."""
    for pattern in (CONDITION, _MEDICAL_ENDING, _TREATMENT):
        yield from (match[0] for match in pattern.finditer(text) if match[0].casefold() not in _NOT_MEDICAL)
    for term in topic.terms:
        if match := re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text.casefold()):
            yield text[match.start() : match.end()] or term


def _topic_words(text: str, topic: Topic) -> Iterator[str]:
    return (word for word in _WORD.findall(text) if word.casefold() in topic.words)
