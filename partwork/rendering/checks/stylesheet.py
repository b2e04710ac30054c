"""What an email's style sheets say of an element, by day, by night and in Outlook's own dark mode. Pure.

It reads what emails use: lists of selectors made of names, classes, ids and attributes joined by
spaces or `>`, and media queries as a whole. What it cannot read it skips, as mail programs do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from partwork.rendering.checks.page import Element, Page, declarations, inline_style

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMPOUND = re.compile(r"([a-z][\w-]*|\*)?((?:[.#][\w-]+|\[[^\]]*\]|:root)*)", re.IGNORECASE)
_SIMPLE = re.compile(r"\.([\w-]+)|#([\w-]+)|\[([\w-]+)\s*(?:[~|^$*]?=\s*\"?([^\"\]]*)\"?)?\]|(:root)")
_DARK = re.compile(r"prefers-color-scheme\s*:\s*dark")
_NARROW = re.compile(r"max-width\s*:")
# Outlook's apps set these on an element around the email once they have darkened it.
_OUTLOOK = frozenset(("data-ogsc", "data-ogsb"))


class Scheme(StrEnum):
    """A way in which an email may be shown."""

    LIGHT = "light"
    DARK = "dark"
    OUTLOOK_DARK = "Outlook's dark mode"


@dataclass(frozen=True, slots=True)
class Step:
    """One compound of a selector: `a.small`. is_direct: the next must stand directly in it."""

    tag: str
    classes: frozenset[str]
    ids: frozenset[str]
    attributes: Mapping[str, str | None]
    is_direct: bool

    def fits(self, element: Element) -> bool:
        if self.tag not in ("", "*") and self.tag != element.tag:
            return False
        return (
            self.classes <= element.classes
            and (not self.ids or self.ids == {element.attributes.get("id", "")})
            and all(
                name in element.attributes and (value is None or element.attributes[name] == value)
                for name, value in self.attributes.items()
            )
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector of a sheet with its declarations; `media` is the query around it, or nothing."""

    steps: tuple[Step, ...]
    media: str
    declared: tuple[tuple[str, str], ...]
    weight: tuple[int, int, int] = field(default=(0, 0, 0))

    def applies(self, scheme: Scheme) -> bool:
        if _NARROW.search(self.media):
            return False
        if self.is_of_outlook:
            return scheme is Scheme.OUTLOOK_DARK
        return scheme is Scheme.DARK if _DARK.search(self.media) else True

    @property
    def is_of_outlook(self) -> bool:
        return bool(self.steps) and bool(_OUTLOOK & set(self.steps[0].attributes))

    def fits(self, element: Element) -> bool:
        steps = self.steps[1:] if self.is_of_outlook else self.steps
        return bool(steps) and steps[-1].fits(element) and _stands_in(element, steps[:-1])


class Styles:
    """All style sheets of one page, in one scheme, asked one property of one element at a time."""

    def __init__(self, page: Page, *, scheme: Scheme) -> None:
        self._asked: dict[tuple[int, str], str | None] = {}
        self._rules: dict[str, list[tuple[Rule, str]]] = {}
        for sheet in page.root.all("style"):
            for rule in read_rules(sheet.text, media=sheet.attributes.get("media", "")):
                for name, value in rule.declared if rule.applies(scheme) else ():
                    self._rules.setdefault(name, []).append((rule, value))

    def value(self, element: Element, name: str) -> str | None:
        """Return what is declared for this very element, inherited nothing; None if nothing is."""
        asked = (id(element), name)
        if asked not in self._asked:
            self._asked[asked] = self._found(element, name)
        return self._asked[asked]

    def _found(self, element: Element, name: str) -> str | None:
        found = [
            (_is_important(value), False, rule.weight, value)
            for rule, value in self._rules.get(name, ())
            if rule.fits(element)
        ]
        if own := inline_style(element).get(name):
            found.append((_is_important(own), True, (0, 0, 0), own))
        if not found:
            return None
        # Of equals the last counts, and max() returns the first.
        return max(reversed(found), key=lambda one: one[:3])[3].replace("!important", "").strip()


def read_rules(sheet: str, *, media: str = "") -> Iterator[Rule]:
    """Yield the rules of a sheet, those inside media queries too."""
    for head, body in _blocks(_COMMENT.sub("", sheet)):
        if head.startswith("@media"):
            yield from read_rules(body, media=f"{media} {head.removeprefix('@media').strip()}".strip())
        elif not head.startswith("@"):
            for selector in head.split(","):
                steps = _steps(selector.strip())
                if steps:
                    yield Rule(steps, media, tuple(declarations(body)), _weight(steps))


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield (what stands before the brace, what stands inside it)."""
    depth, start, head = 0, 0, ""
    for place, sign in enumerate(sheet):
        if sign == "{":
            if depth == 0:
                head, start = sheet[start:place].strip(), place + 1
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield head, sheet[start:place]
                start = place + 1


def _steps(selector: str) -> tuple[Step, ...]:
    """Return the steps of a selector, none if it says what is not read here (`:hover`, `+`)."""
    steps = []
    pieces = selector.replace(">", " > ").split()
    for place, piece in enumerate(pieces):
        if piece == ">":
            continue
        compound = _COMPOUND.fullmatch(piece)
        if not compound:
            return ()
        simple = [match.groups() for match in _SIMPLE.finditer(compound[2])]
        tag = (compound[1] or "").lower()
        steps.append(
            Step(
                tag="html" if any(one[4] for one in simple) else tag,
                classes=frozenset(one[0] for one in simple if one[0]),
                ids=frozenset(one[1] for one in simple if one[1]),
                attributes={one[2]: one[3] for one in simple if one[2]},
                is_direct=pieces[place + 1 : place + 2] == [">"],
            )
        )
    return tuple(steps)


def _stands_in(element: Element, steps: tuple[Step, ...]) -> bool:
    if not steps:
        return True
    for around in element.ancestors:
        if steps[-1].fits(around) and _stands_in(around, steps[:-1]):
            return True
        if steps[-1].is_direct:
            return False
    return False


def _weight(steps: tuple[Step, ...]) -> tuple[int, int, int]:
    return (
        sum(len(step.ids) for step in steps),
        sum(len(step.classes) + len(step.attributes) for step in steps),
        sum(step.tag not in ("", "*") for step in steps),
    )


def _is_important(value: str) -> bool:
    return value.replace(" ", "").endswith("!important")
