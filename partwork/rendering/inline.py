"""What a line's inline markup says: runs of words with their tags and links, and cells of a row. Pure.

Markup is trusted no further than the tags and schemes named here: of any other, the words remain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import groupby, takewhile
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from partwork.rendering.personal import authored_html, literal, literal_html

_TAGS = frozenset({"a", "strong", "em", "code", "sub", "sup"})
_ALIKE = {"b": "strong", "i": "em"}
_CELLS = ("th", "td")
_FOLLOWED = ("http", "https")
_CALLED = ("mailto", "tel")
_LINKS_TAG = re.compile(r"\{\{-?\s*links\.\w+\s*-?\}\}")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_WRITTEN_AS_IT_IS = "%/:=&?~#+!$,;'@()*[]"  # of an address's path, query and fragment (RFC 3986)

_Opened: TypeAlias = tuple[str, str | None]  # a tag and, for a link, where it leads


@dataclass(frozen=True, slots=True)
class Run:
    """Words under the same tags (outermost first); "\\n" alone is a line break."""

    text: str
    tags: tuple[str, ...] = ()
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Inline:
    """A line as its runs. is_personal: `{{ … }}` and `{% … %}` in it are tags, filled for each reader."""

    runs: tuple[Run, ...]
    is_personal: bool = False

    @property
    def text(self) -> str:
        """The words alone, on one line."""
        return _SPACE.sub(" ", "".join(run.text for run in self.runs)).strip()

    @property
    def hrefs(self) -> tuple[str, ...]:
        """The web addresses it leads to, each once, in order."""
        return tuple(dict.fromkeys(run.href for run in self.runs if run.href and _is_followed(run.href)))

    def split_after(self, start: str) -> tuple[Inline, Inline] | None:
        """Return what reads `start`, and the rest without the space before it; None if it begins not so."""
        if not self.text.startswith(start):
            return None
        before: list[Run] = []
        after: list[Run] = []
        left = len(start)
        for run in self.runs:
            before.append(replace(run, text=run.text[:left]))
            rest = run.text[left:]
            after.append(replace(run, text=rest if any(run.text for run in after) else rest.lstrip()))
            left = max(0, left - len(run.text))
        first, last = (replace(self, runs=tuple(filter(_says, runs))) for runs in (before, after))
        return (first, last) if first.text == start else None


def _says(run: Run) -> bool:
    return bool(run.text)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table's row."""

    inline: Inline
    is_heading: bool


def read_inline(markup: str, *, is_personal: bool = False) -> Inline:
    """Return a line's markup as runs. Cells, if there are any, run together.

    is_personal: written by hand: its words stay as they are, and a link may lead to `{{ links.book }}`
    """
    cells = _read(markup, is_personal=is_personal)
    return Inline(tuple(run for cell in cells for run in cell.inline.runs), is_personal)


def read_cells(markup: str, *, is_personal: bool = False) -> tuple[Cell, ...]:
    """Return the cells of a table's row; markup without cells is one cell."""
    return _read(markup, is_personal=is_personal)


def inline_html(inline: Inline, *, links: Mapping[str, int], keep: Callable[[str], str]) -> str:
    """Return tags with what `keep` makes of the words and addresses between them.

    links: the id of each web address. The tags stay in sight: MJML and the inliner may style them.
    """
    write = authored_html if inline.is_personal else literal_html
    pieces: list[str] = []
    still_open: tuple[_Opened, ...] = ()
    for run in (*inline.runs, Run("")):
        wanted = tuple((tag, run.href if tag == "a" else None) for tag in run.tags)
        common = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(still_open, wanted, strict=False))
        )
        pieces += [f"</{tag}>" for tag, _ in reversed(still_open[common:])]
        pieces += [
            f'<a href="{keep(_href_html(href, links))}">' if href else f"<{tag}>"
            for tag, href in wanted[common:]
        ]
        if run.text:
            pieces.append("<br />" if run.text == "\n" else keep(write(run.text)))
        still_open = wanted
    return "".join(pieces)


def inline_text(inline: Inline, *, links: Mapping[str, int]) -> str:
    """Return a personal template of the words, with each link's address after its words."""
    pieces: list[str] = []
    for href, runs in groupby(inline.runs, lambda run: run.href):
        words = "".join(run.text for run in runs)
        pieces.append(words if inline.is_personal else literal(words))
        if href and (address := _address_text(href, words, links)):
            pieces.append(f" <{address}>")
    return "".join(pieces)


def _href_html(href: str, links: Mapping[str, int]) -> str:
    if _LINKS_TAG.fullmatch(href):
        return href
    return f"{{{{ links.to[{links[href]}] }}}}" if _is_followed(href) else literal_html(href)


def _address_text(href: str, words: str, links: Mapping[str, int]) -> str:
    if _LINKS_TAG.fullmatch(href):
        return href
    if _is_followed(href):
        return f"{{{{ links.to[{links[href]}] }}}}"
    address = href.partition(":")[2]
    return "" if address in words else literal(address)


def _is_followed(href: str) -> bool:
    return href.partition(":")[0] in _FOLLOWED


def _sound(href: str | None) -> str | None:
    """Return an address in ASCII with its scheme in small letters; None for one that leads nowhere."""
    href = (href or "").strip()
    scheme = href.partition(":")[0].lower()
    if scheme in _CALLED:
        return f"{scheme}:{quote(href.partition(':')[2], safe=_WRITTEN_AS_IT_IS)}"
    if scheme not in _FOLLOWED:
        return None
    try:
        parts = urlsplit(href)
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
    except ValueError:
        return None
    path, query, fragment = (quote(part, safe=_WRITTEN_AS_IT_IS) for part in parts[2:])
    return urlunsplit((scheme, host, path, query, fragment)) if host else None


def _read(markup: str, *, is_personal: bool = False) -> tuple[Cell, ...]:
    reader = _Reader(is_personal=is_personal)
    reader.feed(markup)
    reader.close()
    return tuple(reader.cells())


@dataclass(slots=True)
class _OpenCell:
    is_heading: bool = False
    runs: list[Run] = field(default_factory=list)


class _Reader(HTMLParser):
    """Reads markup into cells of runs, whatever is left open or closed unopened."""

    def __init__(self, *, is_personal: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._is_personal = is_personal
        self._cells = [_OpenCell()]
        self._open: list[str] = []
        self._href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = _ALIKE.get(tag, tag)
        if name == "br":
            self._cells[-1].runs.append(Run("\n", tuple(self._open), self._href))
        elif name in _CELLS:
            self._open, self._href = [], None
            self._cells.append(_OpenCell(is_heading=name == "th"))
        elif name == "a":
            href = self._sound(dict(attrs).get("href"))
            if href and not self._href:
                self._href = href
                self._open.append(name)
        elif name in _TAGS and name not in self._open:
            self._open.append(name)

    def handle_endtag(self, tag: str) -> None:
        name = _ALIKE.get(tag, tag)
        if name in self._open:
            self._open.remove(name)
            if name == "a":
                self._href = None

    def handle_data(self, data: str) -> None:
        text = data if self._is_personal else _SPACE.sub(" ", data)
        if text:
            self._cells[-1].runs.append(Run(text, tuple(self._open), self._href))

    def _sound(self, href: str | None) -> str | None:
        is_own = self._is_personal and _LINKS_TAG.fullmatch(href or "")
        return href if is_own else _sound(href)

    def cells(self) -> Iterator[Cell]:
        """Yield the cells read; what stood before the first only if it says something."""
        for number, cell in enumerate(self._cells):
            if number or len(self._cells) == 1 or any(run.text.strip() for run in cell.runs):
                yield Cell(Inline(tuple(cell.runs), self._is_personal), cell.is_heading)
