"""The templates' own words, filled, and which way a language runs. Pure.

A word is an authored text: personal tags in it work. Its gaps, `[[ practice.name ]]`, are filled with data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import TemplateRuntimeError
from markupsafe import Markup

from partwork.campaigns.values import did_you_mean

GAPS = ("number", "count", "series_title", "practice.name")
"""What a gap may name."""

_GAP = re.compile(r"\[\[\s*([^\[\]]*?)\s*\]\]")
_RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he iw ji nqo ps sd syr ug ur yi".split())  # noqa: SIM905
_SCRIPTS = frozenset("adlm arab hebr mand nkoo rohg samr syrc thaa".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Wording:
    """A word as its pieces, in order: (is data, text). Data is another's: it may run the other way."""

    pieces: tuple[tuple[bool, str], ...]


class WordsByName(dict[str, Wording]):
    """The words as templates ask for them."""

    def __missing__(self, name: str) -> Wording:
        hint = did_you_mean(name, self) or "."
        there_are = ", ".join(f"words.{each}" for each in self) or "none"
        raise TemplateRuntimeError(f"there is no words.{name}{hint} There are: {there_are}")


def wording(text: str, values: Mapping[str, str]) -> Wording:
    """Return a word with its gaps filled. values: one for each of GAPS"""
    pieces = enumerate(_GAP.split(text))
    return Wording(tuple((bool(at % 2), values[said] if at % 2 else said) for at, said in pieces if said))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a word without personal tags as plain text."""
    return "".join(said for _, said in wording(text, values).pieces)


def unknown_gaps(text: str) -> tuple[str, ...]:
    """Return what gaps name that nothing fills."""
    return tuple(name for name in _GAP.findall(text) if name not in GAPS)


def is_right_to_left(language: str) -> bool:
    """Say which way a language (a BCP 47 tag) runs; a script it names goes before the usual one."""
    first, *rest = language.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    return script in _SCRIPTS if script else first in _RIGHT_TO_LEFT


def sides_of(language: str) -> Mapping[str, Markup]:
    """Return what templates need to lay a language out: its direction, and where its lines start and end."""
    if is_right_to_left(language):
        return {"direction": Markup("rtl"), "start": Markup("right"), "end": Markup("left")}
    return {"direction": Markup("ltr"), "start": Markup("left"), "end": Markup("right")}
