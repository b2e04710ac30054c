"""Shorter ways to say a heading or the start of a sentence, in its own words and order. Pure.

Everything here is one unbroken piece of the text it is given; the best pieces come first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import chain

from partwork.articles.lines import MINOR_WORDS, without_marker, word_set

WHOLE_HEADING = 40
"""A heading of more characters is never repeated whole outside its place."""

_LEAST_CLAUSE = 3  # words

_DASH = re.compile(r"\s[–—-]\s")
_JOINERS = "\u200c\u200d"
_COLON = re.compile(r"[:：]\s")
# What follows a comma in German may be what the words before it cannot do without.
_GOES_ON = r"\s+(?:das?s|der|die|dem|den|denen|deren|dessen|welche\w*|wer|wie|was|um|ob)\b"
_CLAUSE_END = re.compile(rf",(?=\s)(?!{_GOES_ON})|[;:](?=\s)|(?<!\d)\s[–—-](?=\s)|\s(?=\()|[，；：、]")
_LEADING = word_set(
    "a additional an basic best common die der das easy effective essential frequent general great helpful "
    "important key main most other possible practical proven quick real recommended simple some the top "
    "typical"
)
_COUNTS = word_set(
    "two three four five six seven eight nine ten eleven twelve zwei drei vier fünf sechs sieben acht"
)
_UNITS = word_set(
    "second seconds minute minutes hour hours day days week weeks month months year years percent % "
    "sekunden minuten stunden tage wochen monate jahre prozent"
)
# A phrase may well end before one of these: what they open can be left out.
_OPENING = word_set(
    "about above across after against along although among and around at because before behind below between "
    "but during for from if in into near on once over per since so though through toward towards under "
    "unless until upon when where whether while with within without bei damit durch für im mit nach "
    "ohne sowie und vor wenn weil zum zur"
)
_OPENING_IN_HEADINGS = _OPENING | {"of", "to"}
# What these open cannot be left out: “the muscle that …”, “is not changed by …”.
_NEEDED = word_set("by that von which who whom whose")
# Pronouns may end a phrase: "How to Live With It".
_DANGLING = (
    (MINOR_WORDS - {"it", "you", "not", "so"})
    | _OPENING
    | _NEEDED
    | word_set(
        "also can could each every i just many may more most often such "
        "usually especially very would should must"
    )
)
_SUBORDINATE = word_set(
    "when if while because although though unless until since as wenn weil obwohl während falls"
)
_NO_OPENING = word_set("and or but nor und oder aber than then of")
_YOURS = re.compile(r"\b(?:your|yours|you['’]re)\b", re.IGNORECASE)
_PERSONAL = re.compile(rf"{_YOURS.pattern}|\b(?:dein(?:e[mnrs]?)?|ihr(?:e[mnrs]?)?)\b", re.IGNORECASE)
CONDITION = re.compile(
    r"\b(?:pain(?:s|ed|ful|less)?|(?:head|back|stomach|belly|tooth|ear|heart)?ach(?:es?|ing)|hurt\w*"
    r"|sore\w*|stiff\w*|tight\w*|weak\w*|injur\w*|strain\w*|sprain\w*"
    r"|dysfunction\w*|dis(?:order|ease|c|k)s?|syndromes?|symptoms?|conditions?|arthrit\w*|sciatica|anxi\w+"
    r"|depress\w*|stress\w*|burnout|insomnia|cancer|diabet\w*|allerg\w*|swell\w*|swollen|inflam\w*|numb(?:ness|ed)?"
    r"|spasms?|cramps?|tension|surgery|fractur\w*|herni\w*|divorce|debts?|addict\w*|grief|trauma\w*"
    r"|\w*schm[eä]rz\w*|verspann\w*|beschwerd\w*|verletz\w*|\w*erkrank\w*|kranke?\w*)\b",
    re.IGNORECASE,
)

"""Words of complaints, in English and German."""
_BAIT = re.compile(
    r"[!?]{2,}|!\s*\S|^(?:re|fw|fwd|aw|wg):|\b(?:you (?:won['’]?t|will (?:not|never)) believe|shock(?:ed|ing)"
    r"|mind[- ]?blowing|jaw[- ]dropping|(?:doctors|experts|dentists|therapists|lawyers) hate|one weird"
    r"|this one (?:weird|simple|strange)|what happen(?:s|ed) next|number \d+ will|blow your mind|act now"
    r"|last chance|limited time|don['’]?t miss|miracles?|guaranteed|secret trick|unglaublich|schockierend)\b",
    re.IGNORECASE,
)

_LABEL = re.compile(
    r"(?:the |some |our |die |das |der )?(?:introduction|intro|overview|background|basics|about|definitions?"
    r"|(?:common |possible |typical |main )?(?:causes?|symptoms?|signs?|treatments?|exercises|tips)"
    r"|risk factors"
    r"|diagnosis|therapy|prevention|prognosis|outlook|recovery|management|faqs?|q&a|discussion|results?"
    r"|conclusions?|in conclusion|(?:in )?summary|final (?:thoughts|words|note)|closing(?: thoughts)?"
    r"|(?:key )?takeaways?|(?:the )?bottom line|wrap(?:ping)?[ -]up|next steps?|more|notes?"
    r"|(?:step|part|chapter|section|teil|schritt|kapitel|abschnitt)\s*\d{0,2}"
    r"|einleitung|einführung|überblick|hintergrund|ursachen?|symptome?|anzeichen|behandlung|diagnose|therapie"
    r"|vorbeugung|prävention|verlauf|prognose|übungen|tipps|fazit|zusammenfassung|schluss(?:wort)?|ausblick)",
    re.IGNORECASE,
)
"""Headings that stand over every article's section: by themselves they say nothing of this one."""

_LARGE_WORD = re.compile(r"\b[^\W\d_a-zß-öø-ÿ]{2,}\b")
_STRESSED = word_set(
    "not never no always only must do don't at least most all any every before after very need now "
    "and or can may you "
    "nicht nie niemals immer nur kein keine keinen mindestens muss alle jeder vor nach sehr jetzt und oder"
)
"""Words that nobody abbreviates so, whatever the case they are written in."""

_SHORTEST_NAMES = 3

_SPEAKER = re.compile(r"^(?:Q|A|Question|Answer|Frage|Antwort)(?:\s?\d{1,2})?:\s+(?=\S)")


def plain(text: str) -> str:
    """Return a line as running text: no marker, no `Q:` before it, nothing invisible in it, single spaces."""
    return _SPEAKER.sub("", " ".join(without_marker(shown(text)).split()), count=1)


def shown(text: str) -> str:
    """Return a text without what no reader sees: format marks vanish, control characters are spaces."""
    if text.isprintable():  # most are, and this is asked of every sentence
        return " ".join(text.split())
    signs = (char for char in text if char in _JOINERS or unicodedata.category(char) != "Cf")
    return " ".join(
        "".join(char if char.isprintable() or char in _JOINERS else " " for char in signs).split()
    )


def is_personal(phrase: str) -> bool:
    """Whether a phrase speaks of what is the reader's own."""
    return _PERSONAL.search(phrase) is not None


def names_a_condition_as_theirs(phrase: str) -> bool:
    """Whether a phrase says that the reader has a complaint: a lock screen is no place for that."""
    return is_personal(phrase) and CONDITION.search(phrase) is not None


def is_question(phrase: str) -> bool:
    """Whether a phrase asks something: cut short it would ask nothing, or something else."""
    return phrase.endswith(("?", "？", "؟"))


def without_stress(phrase: str, small_words: Collection[str]) -> str:
    """Return a phrase with words written large for stress taken down: “AT LEAST”, not “MRI”.

    small_words: words that the article, or any text, also writes small; the shortest may be a name all
                 the same (“WHO”, “US”), and are taken down only if nobody abbreviates so
    """

    def taken_down(match: re.Match[str]) -> str:
        word = match[0]
        small = word.casefold()
        if small not in _STRESSED and (len(word) <= _SHORTEST_NAMES or small not in small_words):
            return word
        return word.capitalize() if match.start() == 0 else word.lower()

    return _LARGE_WORD.sub(taken_down, phrase)


def is_shouted(phrase: str) -> bool:
    """Whether a phrase is all capitals."""
    letters = [char for char in phrase if char.isalpha()]
    return len(letters) > 4 and phrase.isupper()


def is_label(phrase: str) -> bool:
    """Whether a phrase is a mere label such as “Causes” or “Fazit”, which could stand in any article."""
    return _LABEL.fullmatch(phrase.strip(" :.")) is not None


def is_bait(phrase: str) -> bool:
    """Whether a phrase promises what no email should: it shouts, teases or presses."""
    return _BAIT.search(phrase) is not None


def heading_phrases(text: str, *, longest: int, is_title: bool = False) -> Iterator[str]:
    """Yield ways to say a heading or a title in at most `longest` characters, the best first.

    What stands before a colon is the topic: best of a title, while of a heading the rest says more.
    """
    whole = _closed(plain(text))
    if len(whole) <= WHOLE_HEADING or (is_question(whole) and len(whole) <= longest):
        yield whole
    for phrase in _heading_cuts(whole, is_title=is_title):
        is_sound = len(phrase.split()) >= 2 and ends_well(phrase) and _starts_well(phrase)
        if phrase != whole and len(phrase) <= longest and is_sound:
            yield phrase


def opening_clauses(sentence: str, *, shortest: int, longest: int) -> Iterator[str]:
    """Yield how a sentence opens, in so many characters, without all of it.

    First up to a comma and the like, the nearest first; then up to a preposition or a conjunction, the
    furthest first.
    """
    whole = plain(sentence)
    clauses = (whole[: match.start()] for match in _CLAUSE_END.finditer(whole))
    for cut in chain(clauses, reversed(list(_before_openers(whole, _OPENING)))):
        phrase = _closed(cut)
        is_sound = ends_well(phrase) and (len(phrase.split()) >= 3 or _is_unspaced(phrase))
        if shortest <= _width(phrase) and len(phrase) <= longest and is_sound:
            yield phrase


def is_mere_start(clause: str, *, of: str) -> bool:
    """Whether a clause only leads up to what a sentence says: “When it rains” of “When it rains, …”."""
    first = clause.split()[0].casefold()
    if first in _SUBORDINATE:
        return len(clause.rpartition(",")[2].split()) < _LEAST_CLAUSE or "," not in clause
    return first in _OPENING | {"to", "um"} and "," not in clause and plain(of)[len(clause) :].startswith(",")


def word_cuts(text: str, *, longest: int) -> Iterator[str]:
    """Yield the pieces from the start that end with a word that can end one, the longest first.

    Of a text that parts no words by spaces, the last is a run of its letters.
    """
    whole = plain(text)
    words = whole.split(" ")
    # A word and its space are two characters at least: what is longer cannot fit.
    for count in range(min(len(words) - 1, longest // 2 + 1), 1, -1):
        phrase = _closed(" ".join(words[:count]))
        if len(phrase) <= longest and ends_well(phrase):
            yield phrase
    if len(words) <= 2 and _is_unspaced(whole):
        yield from _letter_cut(whole, longest)


def ends_well(phrase: str) -> bool:
    """Whether a cut phrase ends with a word that can end one, and opens no bracket or quote in vain."""
    words = phrase.split()
    if not words or not any(char.isalnum() for char in words[-1]):
        return False
    balanced = phrase.count("(") == phrase.count(")") and phrase.count("“") == phrase.count("”")
    return balanced and phrase.count('"') % 2 == 0 and words[-1].casefold() not in _DANGLING


def _starts_well(phrase: str) -> bool:
    return phrase.split()[0].casefold() not in _NO_OPENING


def _heading_cuts(whole: str, *, is_title: bool) -> Iterator[str]:
    colon, dash = _COLON.search(whole), _DASH.search(whole)
    if colon and is_title:
        yield _closed(whole[: colon.start()])
    if colon:
        yield _closed(whole[colon.end() :])
    if dash:
        yield _closed(whole[: dash.start()])
    yield _without_leading(whole)
    if dash:
        yield _closed(whole[dash.end() :])
    if colon:
        yield _closed(whole[: colon.start()])
    for match in _YOURS.finditer(whole):
        what = _closed(whole[match.end() :])
        if CONDITION.search(what.split(" ")[-1]):
            yield what
    cuts = [whole[: match.start()] for match in _CLAUSE_END.finditer(whole)]
    cuts += _before_openers(whole, _OPENING_IN_HEADINGS)
    for cut in sorted(cuts, key=len, reverse=True):
        yield _closed(cut)
        yield _without_leading(_closed(cut))


def _without_leading(text: str) -> str:
    """Return a heading without its count and the words that praise what it counts."""
    words = text.split(" ")
    is_counted = words[0].casefold() in _COUNTS or words[0].isdecimal()
    if is_counted and len(words) > 3 and words[1].casefold() not in _UNITS:
        del words[0]
    while len(words) > 3 and words[0].casefold() in _LEADING:
        del words[0]
    loses_its_start = words[0].casefold() in MINOR_WORDS or (words[0].islower() and not text[0].islower())
    return text if loses_its_start else " ".join(words)


def _before_openers(text: str, openers: frozenset[str]) -> Iterator[str]:
    """Yield what stands before each preposition and conjunction, from the shortest on."""
    words = text.split(" ")
    for index in range(1, len(words)):
        if words[index].casefold() in openers:
            yield " ".join(words[:index])


def _letter_cut(text: str, longest: int) -> Iterator[str]:
    """Yield a piece of a text that parts no words by spaces: two thirds of it at the most."""
    end = min(longest, len(text) * 2 // 3)
    while end > 1 and (unicodedata.category(text[end])[0] == "M" or text[end - 1] == "\u200d"):
        end -= 1
    phrase = _closed(text[:end])
    if phrase:
        yield phrase


def _width(phrase: str) -> int:
    """Return a phrase's length with the signs of East Asia as two each: they say as much."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in phrase)


def _is_unspaced(text: str) -> bool:
    """Whether a text is in a script that parts no words by spaces (or has no capitals, at least)."""
    return any(unicodedata.category(char) == "Lo" for char in text)


def _closed(text: str) -> str:
    """Return a phrase without the signs at its end that only make sense with what followed."""
    return text.strip().rstrip(" .,;:!–—-…&+/|·•，；：、。！")
