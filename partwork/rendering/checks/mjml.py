"""MJML lint: what the compiler would drop or misread without a word, each at its line and column. Pure.

Judged is the composed MJML, so that tags are seen inside the tags they end up in, whatever template
they come from; `marked` says of each tag beforehand where it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from partwork.campaigns.values import did_you_mean
from partwork.errors import Problem
from partwork.rendering.checks.mjml_tags import CHILDREN, attributes_of, parents_of

_MARK = "pw-at"
_COMMENT = re.compile(r"<!--.*?-->|\[#.*?#\]", re.DOTALL)
_TAG_START = re.compile(r"<(mj[\w-]*)(?=[\s/>])")
_TAG = re.compile(r"<(/?)(mj[\w-]*)((?:\s+(?:\"[^\"]*\"|'[^']*'|[^\"'>])*?)?)(/?)>")
_ATTRIBUTE = re.compile(r"([^\s=\"'/]+)\s*(?:=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_MARKS = re.compile(rf"\s{_MARK}=\"(\d+)\"")
# What fills an attribute only later, for one reader or from a text: no number, when MJML looks at it.
_FILLED_LATER = re.compile(r"\{\{|\{%|\[\[|pwq7zk\d+x")
_COLOUR = re.compile(
    r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(rgb|rgba|hsl|hsla)\([^()]*\)|[a-z]+", re.IGNORECASE
)
_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
# These hold text or HTML: what looks like MJML inside them is none.
_HOLDS_TEXT = frozenset(
    ("mj-text", "mj-button", "mj-raw", "mj-table", "mj-style", "mj-title", "mj-preview", "mj-navbar-link")
) | {"mj-social-element", "mj-accordion-title", "mj-accordion-text"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tag was written: the file as people name it, line and column from 1."""

    file: str
    line: int
    column: int


class Marker:
    """Gives every mj- tag of the sources a number, and knows afterwards where each was written."""

    def __init__(self) -> None:
        self._places: list[Place] = []

    def marked(self, source: str, *, file: str) -> str:
        """Return a template's source with a mark in each tag; lines stay where they are."""
        blank = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), source)
        pieces, end = [], 0
        for tag in _TAG_START.finditer(blank):
            line = source.count("\n", 0, tag.start()) + 1
            self._places.append(Place(file, line, tag.start() - source.rfind("\n", 0, tag.start())))
            pieces += [source[end : tag.end()], f' {_MARK}="{len(self._places) - 1}"']
            end = tag.end()
        return "".join([*pieces, source[end:]])

    def place(self, number: int) -> Place:
        return self._places[number]


def unmarked(composed: str) -> str:
    """Return composed MJML without its marks."""
    return _MARKS.sub("", composed)


def lint(composed: str, marker: Marker) -> Iterator[Problem]:
    """Yield each fault of composed, marked MJML where it was written; one in a loop once a turn."""
    blank = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), composed)
    open_tags: list[str] = [""]
    for match in _TAG.finditer(blank):
        closes, tag, written, closed_at_once = match.groups()
        if closes:
            if tag in open_tags:
                while open_tags.pop() != tag:
                    pass
            continue
        attributes = _attributes(written)
        mark = attributes.pop(_MARK, None)
        if mark is not None:
            place = marker.place(int(mark))
            for text in (*_misplaced(tag, open_tags), *_misfits(tag, attributes)):
                yield Problem(place.file, place.line, place.column, text)
        if not closed_at_once:
            open_tags.append(tag)


def _attributes(written: str) -> dict[str, str]:
    return {
        match[1]: next((value for value in match.groups()[1:] if value is not None), "")
        for match in _ATTRIBUTE.finditer(written)
    }


def _misplaced(tag: str, open_tags: list[str]) -> Iterator[str]:
    around = open_tags[-1]
    if holder := next((one for one in open_tags if one in _HOLDS_TEXT), None):
        yield f"<{tag}> stands inside <{holder}>, which holds text and HTML: close <{holder}> before it"
    elif around in ("mj-attributes", "mj-class") or (around == "mjml" and tag in ("mj-head", "mj-body")):
        return
    elif around in CHILDREN and tag not in CHILDREN[around]:
        parents = " or ".join(f"<{parent}>" for parent in parents_of(tag)) or "no other tag"
        where = f"inside <{around}>" if around else "outside <mjml>"
        yield f"<{tag}> stands {where}, where MJML drops it: it belongs in {parents}"
    elif around and around not in CHILDREN:
        yield f"<{tag}> stands inside <{around}>, which holds nothing: close <{around}> before it"


def _misfits(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    takes = attributes_of(tag)
    for name, value in attributes.items():
        if name not in takes:
            hint = did_you_mean(name, takes) or f"; it takes: {', '.join(sorted(takes)) or 'none'}"
            yield f"<{tag}> takes no attribute '{name}', and MJML drops it{hint}"
        elif fault := _misfit(takes[name], value):
            yield f"<{tag} {name}>: {fault}"


def _misfit(kind: str, value: str) -> str | None:
    """Return what keeps a value from being of its kind, or None."""
    if kind == "text":
        return None
    if later := _FILLED_LATER.search(value):
        if later[0].startswith(("{", "[")):
            return f"'{value}' is filled after MJML has read it: write the {_named(kind)} itself"
        return f"this is filled with text, and MJML needs a {_named(kind)} here: write it itself"
    if kind == "colour":
        fits = _COLOUR.fullmatch(value.strip()) is not None
        return None if fits else f"'{value}' is no colour: write one as in '#0b5d5e'"
    if kind == "whole":
        return None if value.isdecimal() else f"'{value}' is no number: write one without a unit, as in '4'"
    if kind == "flag":
        return None if value in ("true", "false") else f"'{value}' should be 'true' or 'false'"
    if "|" in kind or kind == "file-start":
        choices = kind.split("|")
        return None if value in choices else f"'{value}' should be one of: {', '.join(choices)}"
    return _no_size(kind, value)


def _no_size(kind: str, value: str) -> str | None:
    units, _, several = kind.removeprefix("-").partition("*")
    allowed = units.split(",")
    measures = "|".join(unit for unit in allowed if unit not in ("#", "auto"))
    sign, needed = "-?" if kind.startswith("-") else "", "?" if "#" in allowed else ""
    size = re.compile(rf"{sign}{_NUMBER}(?:{measures}){needed}|0")
    pieces = value.split()
    if value == "auto" and value in allowed:
        return None
    if 0 < len(pieces) <= (4 if several else 1) and all(map(size.fullmatch, pieces)):
        return None
    example = "'10px 20px'" if several else "'20px'"
    names = ", ".join(unit for unit in allowed if unit != "#")
    return (
        f"'{value}' is no size MJML reads: write a number with {names.replace(', ', ' or ')}, as in {example}"
    )


def _named(kind: str) -> str:
    return {"colour": "colour", "whole": "number", "flag": "word"}.get(
        kind, "word" if "|" in kind else "size"
    )
