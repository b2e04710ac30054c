"""Words within a line: text, and the little markup that an email keeps of it. Pure.

The one module that calls the sanitiser. Markup is written here from text and a few known tags, and
still goes through the sanitiser's allow-list, so that one slip here is no hole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

import nh3

from partwork.articles.lines import trimmed

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_TAGS = frozenset({"a", "strong", "em", "code", "br", "sup", "sub"})
_SPACE = re.compile(r"\s+")
_INVISIBLE = str.maketrans("", "", "\u200b\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a run of text is set in.

    tag:       strong, em, code, sup, sub, or a; `note` for what marks a footnote, `anchor` for a link to
               another place of the same page, `line` for the line of a text by hand that it stands in
    target:    where an `a` leads; the id of a `note`; the number of a `line`
    is_button: whether the `a` looks like a button
    """

    tag: str
    target: str = ""
    is_button: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text and the marks around it, the outermost first. A break has no text and no marks."""

    text: str
    marks: tuple[Mark, ...] = ()
    is_break: bool = False

    @property
    def shown(self) -> tuple[Mark, ...]:
        """The marks that an email keeps."""
        shown = (mark for mark in self.marks if mark.tag in _TAGS and (mark.tag != "a" or mark.target))
        return tuple(dict.fromkeys(shown))


BREAK = Run("", is_break=True)


@dataclass(frozen=True)
class Words:
    """The words of one line, white space settled: no run is empty, no space at either end.

    cells: of a table's row, which has no runs of its own: `th` or `td`, and what it says
    """

    runs: tuple[Run, ...]
    cells: tuple[tuple[str, Words], ...] = field(default=())

    @cached_property
    def text(self) -> str:
        if self.cells:
            return " | ".join(words.text for _, words in self.cells if words.text)
        return trimmed(" ".join("".join(" " if run.is_break else run.text for run in self.runs).split()))

    @cached_property
    def markup(self) -> str | None:
        """The line as inline HTML, None where it would say no more than the text."""
        if self.cells:
            return "".join(
                f"<{tag}>{words.markup or escape(words.text, quote=False)}</{tag}>"
                for tag, words in self.cells
            )
        if not any(run.is_break or run.shown for run in self.runs):
            return None
        return _sanitised("".join(_written(self.runs)))

    @property
    def notes(self) -> Iterator[str]:
        """The ids of the footnotes that are marked here."""
        runs = (run for _, words in self.cells for run in words.runs) if self.cells else iter(self.runs)
        return (mark.target for run in runs for mark in run.marks if mark.tag == "note")

    @property
    def source_line(self) -> int:
        """In which line of a text by hand it begins; 0 for any other."""
        runs = (run for _, words in self.cells for run in words.runs) if self.cells else iter(self.runs)
        return next((int(mark.target) for run in runs for mark in run.marks if mark.tag == "line"), 0)

    @property
    def is_bold(self) -> bool:
        return self._is_all("strong")

    @property
    def is_linked(self) -> bool:
        return self._is_all("a")

    @property
    def is_anchored(self) -> bool:
        return self._is_all("anchor")

    @property
    def is_button(self) -> bool:
        return self.is_linked and any(mark.is_button for run in self.runs for mark in run.marks)

    def linked_word_count(self) -> int:
        linked = "".join(run.text for run in self.runs if any(mark.tag == "a" for mark in run.marks))
        return len(linked.split())

    def at_breaks(self) -> tuple[Words, ...]:
        """Return the lines that breaks part this into."""
        lines: list[list[Run]] = [[]]
        for run in self.runs:
            if run.is_break:
                lines.append([])
            else:
                lines[-1].append(run)
        return tuple(filter(None, map(settled, lines)))

    def _is_all(self, tag: str) -> bool:
        said = [run for run in self.runs if run.text.strip()]
        return bool(said) and all(any(mark.tag == tag for mark in run.marks) for run in said)


def settled(runs: Iterable[Run]) -> Words | None:
    """Return runs as one line, white space as browsers show it; None if nothing is left of them."""
    kept: list[Run] = []
    for run in runs:
        if run.is_break:
            if kept and not kept[-1].is_break:
                kept[-1] = Run(kept[-1].text.rstrip(), kept[-1].marks)
                kept.append(BREAK)
            continue
        text = _SPACE.sub(" ", run.text.translate(_INVISIBLE))
        if not kept or kept[-1].is_break or kept[-1].text.endswith(" "):
            text = text.lstrip()
        if text:
            kept.append(Run(text, run.marks))
    while kept and (kept[-1].is_break or not kept[-1].text.strip()):
        kept.pop()
    if not kept:
        return None
    kept[-1] = Run(kept[-1].text.rstrip(), kept[-1].marks)
    words = Words(tuple(run for run in kept if run.is_break or run.text))
    return words if words.text else None


def paragraphs_of(runs: Sequence[Run]) -> Iterator[Words]:
    """Yield the lines of running text: two breaks in a row part paragraphs."""
    held: list[Run] = []
    breaks = 0
    for run in runs:
        if run.is_break:
            breaks += 1
        elif run.text.strip():
            breaks = 0
        held.append(run)
        if breaks == 2:
            if words := settled(held):
                yield words
            held, breaks = [], 0
    if words := settled(held):
        yield words


def joined(lines: Iterable[Words]) -> Words | None:
    """Return several lines as one, a break between them."""
    runs: list[Run] = []
    for words in lines:
        runs += [*([BREAK] if runs else []), *words.runs]
    return settled(runs)


def row_of(cells: Iterable[tuple[bool, Words | None]]) -> Words | None:
    """Return a table's row from its cells and whether each is a heading; None if all are empty."""
    held = tuple(("th" if is_head else "td", words or Words(())) for is_head, words in cells)
    return Words((), held) if any(words.text for _, words in held) else None


def link_target(href: str) -> str:
    """Return an address that an email may link to; empty for any other, relative ones included."""
    address = re.sub(r"[\x00-\x20]+", "", href.strip()) if ":" in href.split("/")[0] else ""
    scheme = address.partition(":")[0].lower()
    if scheme not in LINK_SCHEMES or not address.isprintable():
        return ""
    if scheme in ("http", "https") and not re.match(r"https?://[^/\s]", address, re.IGNORECASE):
        return ""
    return href.strip().replace(" ", "%20") if "\n" not in href else address


def _written(runs: Iterable[Run]) -> Iterator[str]:
    """Yield the markup of runs; what two neighbours share is opened once."""
    still_open: list[Mark] = []
    for run in runs:
        marks = list(run.shown) if not run.is_break else []
        shared = 0
        while shared < min(len(still_open), len(marks)) and still_open[shared] == marks[shared]:
            shared += 1
        for mark in reversed(still_open[shared:]):
            yield f"</{mark.tag}>"
        for mark in marks[shared:]:
            yield f'<a href="{escape(mark.target)}">' if mark.tag == "a" else f"<{mark.tag}>"
        still_open = marks
        yield "<br>" if run.is_break else escape(run.text, quote=False)
    for mark in reversed(still_open):
        yield f"</{mark.tag}>"


def _sanitised(markup: str) -> str | None:
    clean = nh3.clean(
        markup, tags=set(_TAGS), attributes={"a": {"href"}}, url_schemes=set(LINK_SCHEMES), link_rel=None
    )
    return clean if "<" in clean else None
