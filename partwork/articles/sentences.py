"""Where sentences and clauses end. Pure."""

from __future__ import annotations

import re

_END = re.compile(r"(?:[.!?…]+[\"”’»)\]]*(?=\s)|[。！？।۔]+[」』”’]?)\s*")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"“])(?:[^\W\d_]|[A-Z][a-z]?|e\.g|i\.e|z\.B|d\.h|u\.a|[ap]\.m|vs|etc|approx|ca|bzw|Mrs|Prof|Nr"
    r"|No|Fig|Jr|Sr|Inc|Ltd|min|max|incl)\.$"
)


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text in order; together they are the text but for the space between.

    `Dr.`, `e.g.`, initials and their like end no sentence, nor does a stop before a small letter.
    """
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        rest = text[end.end() :]
        latin = end[0][0] in ".!?…"
        if latin and (_ABBREVIATION.search(text[start : end.end()].rstrip()) or rest[:1].islower()):
            continue
        found.append(text[start : end.end()].rstrip())
        start = end.end()
    if text[start:].strip():
        found.append(text[start:].strip())
    return tuple(found)
