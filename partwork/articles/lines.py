"""What one line looks like by itself: its marker, its ending, its case. Pure; no line sees another."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

HEADING_LENGTH = 80
"""A heading has at most this many characters (a title may have more)."""


class Form(StrEnum):
    """What makes lines of a list alike."""

    NUMBERED = "numbered"
    BULLETED = "bulleted"
    EMOJI = "emoji"
    STOPPED = "stopped"
    UNSTOPPED = "unstopped"

    @property
    def is_marked(self) -> bool:
        return self in (Form.NUMBERED, Form.BULLETED, Form.EMOJI)


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text, as a table of words is easiest to read."""
    return frozenset(text.split())


# The private-use characters are the bullets that word processors paste.
_ROUND_BULLETS = "•‣⁃∙▪▫■□●○◆◇◦\uf0a7\uf0b7\uf0d8"
_BULLET_SIGNS = f"{_ROUND_BULLETS}·▶►▸▹➢➤❖→⇒»›"
_BULLET = re.compile(rf"(?:[{_BULLET_SIGNS}]\ufe0f?\s*|[-*+–—]\s+|o(?:\t|\s\s)\s*)(?=.*\w)")
_NUMBERS = (
    re.compile(r"[(\[]?(\d{1,3})\s?[.):\]](?=\s|[^\W\d_])\s*"),
    re.compile(r"#(\d{1,2})[.):]?\s+"),
    re.compile(r"(\d{1,2})\s+[–—-]\s+(?=[^\W\d_])"),
    re.compile(r"[^\W\d_]{2,12}\s+#?(\d{1,2})(?:[.):]|\s+[–—-])\s+(?=[^\W\d_])"),
)
_LETTERED = re.compile(r"\(?([a-z])\)\s+")
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_INVISIBLE = "\u200b\u2060\ufeff"
_CLOSERS = "\"'”’»)]}"
_STOPS = ".!?;…。！？；।۔؟"
_NO_HEADING_ENDS = ".:;,。：；，、।۔؛،"
# Prepositions of four letters and more that some houses keep small in titles.
_SMALL_IN_TITLES = word_set(
    "about above after against along among around before behind below between beyond during from inside "
    "into like near onto over past since than through toward towards under until upon versus with within "
    "without"
)
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)")
_DEFINITION = re.compile(r"(?P<term>\S(?:.{0,58}?\S)?) (?P<rest>\s*[–—-]\s+\S.*)", re.DOTALL)


def trimmed(text: str) -> str:
    """Return `text` without the white space, and the invisible signs, around it."""
    stripped = text.strip()
    while stripped and (stripped[0] in _INVISIBLE or stripped[-1] in _INVISIBLE):
        stripped = stripped.strip(_INVISIBLE).strip()
    return stripped


def starts_with_emoji(text: str) -> bool:
    """Whether a line opens with an emoji, a tick or another pictorial sign that is no bullet."""
    if _KEYCAP.match(text):
        return True
    first = text[:1]
    return bool(first) and _is_pictorial(first) and not _BULLET.match(text)


def number_of(text: str) -> int | None:
    """Return the number a line opens with: 3 for `3. Rest`, `(3) Rest`, `Step 3: Rest` and `c) Rest`."""
    for pattern in _NUMBERS:
        if match := pattern.match(text):
            return int(match[1])
    if match := _LETTERED.match(text):
        return ord(match[1]) - ord("a") + 1
    return None


def form_of(text: str) -> Form:
    """Return the form of a line as an item of a list would have it."""
    if starts_with_emoji(text):
        return Form.EMOJI
    if _BULLET.match(text):
        return Form.BULLETED
    if number_of(text) is not None:
        return Form.NUMBERED
    return Form.STOPPED if ends_stopped(text) else Form.UNSTOPPED


def has_round_bullet(text: str) -> bool:
    """Whether a line opens with a sign that nothing but an item bears, as a dash may open a spoken line."""
    return text[:1] in tuple(_ROUND_BULLETS)


def without_marker(text: str) -> str:
    """Return a line's own words: without emoji, tick, bullet or number before them.

    Emoji behind them go too. A line that is nothing but its marker comes back empty.
    """
    bare = text
    if match := _KEYCAP.match(bare):
        bare = bare[match.end() :]
    bare = _without_leading_pictures(bare)
    for pattern in (_BULLET, *_NUMBERS, _LETTERED):
        if match := pattern.match(bare):
            bare = _without_leading_pictures(bare[match.end() :])
            break
    return _without_trailing_pictures(bare)


def ends_stopped(text: str) -> bool:
    """Whether a line closes a sentence (behind closing quotes, brackets and emoji)."""
    return _end_of(text)[-1:] in tuple(_STOPS)


def ends_in_colon(text: str) -> bool:
    """Whether a line leads in what stands under it (an emoji may follow the colon)."""
    return _without_trailing_pictures(text)[-1:] in (":", "：")


def is_question(text: str) -> bool:
    return _end_of(text)[-1:] in ("?", "？", "؟")


def could_head(text: str, *, longest: int = HEADING_LENGTH) -> bool:
    """Whether a line is short and open-ended enough for a heading, whatever stands around it."""
    return (
        len(text) <= longest
        and _end_of(text)[-1:] not in tuple(_NO_HEADING_ENDS)
        and any(char.isalnum() for char in text)
    )


def is_title_case(text: str) -> bool:
    """Whether the first word and every word of four or more letters start with a capital.

    Digits and scripts without case count as capitals, shorter words may be small. Longer prepositions
    may be small too if all other words but the short minor ones are not.
    """
    words = [word for word in (_letters(token) for token in text.split()) if word]
    if not words or not _is_capital(words[0]):
        return False
    small = [word for word in words if not _is_capital(word)]
    capital_count = len(words) - len(small)
    if any(len(word) >= 4 and word not in _SMALL_IN_TITLES for word in small):
        return False
    if any(word in _SMALL_IN_TITLES for word in small):
        return capital_count >= 2 and all(word in _SMALL_IN_TITLES or word in MINOR_WORDS for word in small)
    return capital_count * 2 >= len(words) or any(len(word) >= 4 for word in words)


MINOR_WORDS = word_set(
    "a an and as at but by de der des die das den dem du el en et for from how if in into is la le les "
    "mit nor of off on onto or our per so than that the their then this to und upon vs was we were when "
    "which who why will with without your you my its it are be been can has have his her not no ein eine "
    "für im in von vom zu zum zur bei oder"
)
"""Words that say nothing by themselves: small in titles, and no end for a subject line."""


def split_definition(text: str) -> tuple[str, str] | None:
    """Return the term and the rest of a `Term – explanation` line; the rest opens with its dash.

    `term + " " + rest` is the text again. The dash has white space on both sides, the term at most 60
    characters and 8 words, and neither marker nor full stop.
    """
    match = _DEFINITION.fullmatch(text)
    if not match or form_of(text).is_marked:
        return None
    term = match["term"]
    if len(term.split()) > 8 or _SENTENCE_END.search(term) or ends_in_colon(term):
        return None
    return term, match["rest"]


def _is_pictorial(char: str) -> bool:
    code = ord(char)
    if code < 0x2190 or char in _BULLET_SIGNS:
        return False
    if 0x2460 <= code <= 0x24FF or 0x2776 <= code <= 0x2793:
        return True  # circled digits and letters
    return unicodedata.category(char) == "So"


def _is_decoration(char: str) -> bool:
    # The last are what follows an emoji: skin tones, joiners, variation selectors, the keycap.
    return _is_pictorial(char) or char in "\ufe0e\ufe0f\u200d\u20e3" or "\U0001f3fb" <= char <= "\U0001f3ff"


def _without_leading_pictures(text: str) -> str:
    start = 0
    while start < len(text) and (_is_decoration(text[start]) or text[start].isspace()):
        start += 1
    return text[start:]


def _without_trailing_pictures(text: str) -> str:
    end = len(text)
    while end and (_is_decoration(text[end - 1]) or text[end - 1].isspace()):
        end -= 1
    return text[:end]


def _end_of(text: str) -> str:
    bare = _without_trailing_pictures(text)
    while bare and bare[-1] in _CLOSERS:
        bare = bare[:-1].rstrip()
    return bare


def _letters(token: str) -> str:
    """Return a token from its first letter or digit on, signs behind it gone."""
    alnum = [index for index, char in enumerate(token) if char.isalnum()]
    return token[alnum[0] : alnum[-1] + 1] if alnum else ""


def _is_capital(word: str) -> bool:
    first = word[0]
    return not first.islower() or any(char.isupper() for char in word[1:])
