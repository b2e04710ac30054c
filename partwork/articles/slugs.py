"""Slugs: how a heading is spelled in a campaign file. Pure."""

from __future__ import annotations

import re
import unicodedata

_VANISH = re.compile("['\u2018\u2019\u02bc\u2032`\u00b4\u00ad\u200b-\u200d\u2060\ufeff]")
_WORD = re.compile("[a-z0-9]+")
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def slug_of(text: str) -> str:
    """Return `text` as lower-case ASCII words joined by hyphens; empty if nothing of it is Latin.

    Accents go, apostrophes vanish ("What's" → `whats`), and every other sign parts words.
    """
    folded = _VANISH.sub("", text).casefold().translate(_LETTERS)
    decomposed = unicodedata.normalize("NFKD", folded)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return "-".join(_WORD.findall(bare.casefold()))


class Namer:
    """Hands out every name once: the second `rest` becomes `rest-2`."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._counts: dict[str, int] = {}

    def name(self, wanted: str) -> str:
        """Return `wanted`, or `wanted` with the lowest number from 2 that makes it new."""
        name, count = wanted, self._counts.get(wanted, 1)
        while name in self._given:
            count += 1
            name = f"{wanted}-{count}"
        self._counts[wanted] = count
        self._given.add(name)
        return name
