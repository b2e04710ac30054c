"""MJML to HTML with its styles inlined. The one module that calls mjml-python and css-inline.

mjml-python (mrml) says nothing about a tag it does not know, so tags are looked at here first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

import css_inline
import mjml

_TAG_NAMES = """
mjml mj-head mj-body mj-title mj-preview mj-attributes mj-all mj-class mj-breakpoint mj-style
mj-raw mj-wrapper mj-section mj-group mj-column mj-text mj-button mj-image mj-divider mj-spacer
mj-table mj-hero mj-navbar mj-navbar-link mj-social mj-social-element mj-accordion
mj-accordion-element mj-accordion-title mj-accordion-text mj-carousel mj-carousel-image
"""
_TAGS = frozenset(_TAG_NAMES.split())
_REFUSED = {
    "mj-include": 'mj-include is not used here; write [% include "name.mjml" %]',
    "mj-font": "mj-font would fetch a font from elsewhere; name fonts that every system has",
}
_TAG = re.compile(r"</?\s*(mj[\w-]*)", re.IGNORECASE)
_WHOLE_TAG = re.compile(r"<(/?)\s*(mj[\w-]*)\b(?:\"[^\"]*\"|[^\">])*?(/?)>", re.IGNORECASE)
_BARE_VALUE = re.compile(
    r"""<mj[\w-]*(?:\s+[\w-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s+([\w-]+)\s*=\s*([^\s"'<>]+)"""
)
_COMMENT = re.compile(r"<!--.*?-->|\[#.*?#\]", re.DOTALL)
_STYLE = re.compile(r"<mj-style\b([^>]*)>(.*?)</mj-style\s*>", re.DOTALL)
_TAG_NAME = re.compile(r"</?[\w!-]+")
_POSITION = re.compile(r"at position (\d+):(\d+)")
# What fetches, each behind a word that must be there: most emails hold none, and searching is dear.
_FETCHED = (
    (
        re.compile(r"<(?:img|source|link|script|iframe)\b"),
        re.compile(
            r"""<(?:img|source|link|script|iframe)\b[^>]*?\s(?:src|srcset|href)\s*=\s*["']?(?!data:)([^"'\s>]+)""",
            re.IGNORECASE,
        ),
    ),
    (re.compile(r"background\s*="), re.compile(r"""\sbackground\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)),
    (re.compile(r"url\("), re.compile(r"""\burl\(\s*["']?(?!data:)([^"')\s]+)""", re.IGNORECASE)),
    (re.compile(r"@import"), re.compile(r"""@import\s+["']?([^"';\s]+)""", re.IGNORECASE)),
)


class MarkupError(Exception):
    """MJML that cannot become an email. `near` is the line of it where that shows, if known."""

    def __init__(self, text: str, *, near: str = "") -> None:
        super().__init__(text)
        self.near = near


@dataclass(frozen=True, slots=True)
class StyledMarkup:
    """MJML, and the style rules that are to be written into its elements."""

    mjml: str
    inlined: str


@lru_cache(maxsize=64)
def tag_faults(source: str) -> tuple[tuple[int, int, str], ...]:
    """Return (line, column, what is wrong) for each mj- tag that means nothing or is refused.

    A closing tag counts only if its opening one is right: one slip is one fault.
    """
    return tuple(_tag_faults(source))


def _tag_faults(source: str) -> Iterator[tuple[int, int, str]]:
    told: set[str] = set()
    blank = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), source)
    for match in _TAG.finditer(blank):
        tag = match[1]
        if tag in _TAGS or (tag in told and match[0].startswith("</")):
            continue
        told.add(tag)
        yield *_place(blank, match.start()), _REFUSED.get(tag.lower()) or _unknown(tag)
    for match in _BARE_VALUE.finditer(blank):
        name, value = match.groups()
        yield *_place(blank, match.start(1)), f'a value stands in quotes: write {name}="{value}"'


def balance_faults(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield (line, column, what is wrong) for each mj- tag that is never closed, or closed unopened.

    Worth asking only when MJML cannot be read: a template may well open a tag in one branch and
    close it in another.
    """
    blank = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), source)
    still_open: list[tuple[str, int]] = []
    for match in _WHOLE_TAG.finditer(blank):
        closes, tag, closed_at_once = match.groups()
        if not closes:
            if not closed_at_once:
                still_open.append((tag, match.start()))
        elif tag not in [opened for opened, _ in still_open]:
            yield *_place(blank, match.start()), f"</{tag}> closes nothing"
        else:
            while (opened := still_open.pop())[0] != tag:
                yield *_place(blank, opened[1]), f"<{opened[0]}> is never closed"
    for tag, start in still_open:
        yield *_place(blank, start), f"<{tag}> is never closed"


def _place(source: str, start: int) -> tuple[int, int]:
    return source.count("\n", 0, start) + 1, start - source.rfind("\n", 0, start)


def take_styles(source: str, *, keep: Callable[[str], str]) -> StyledMarkup:
    """Take style sheets out of MJML: those marked inline for good, each other one for `keep` of it."""
    inlined: list[str] = []

    def take(match: re.Match[str]) -> str:
        attributes, sheet = match.groups()
        if "inline" in attributes:
            inlined.append(sheet)
            return ""
        return f"<mj-style{attributes}>{keep(' '.join(sheet.split()))}</mj-style>"

    return StyledMarkup(_STYLE.sub(take, source), "\n".join(inlined))


def to_html(source: str) -> str:
    """Return MJML as HTML. Raises MarkupError."""
    try:
        html = mjml.mjml2html(source, fonts={}, social_icon_origin="")
    except ValueError as error:
        raise _markup_error(source, str(error)) from None
    if left := _TAG.search(html):
        raise MarkupError(f"<{left[1]}> means nothing where it stands; MJML leaves it as it is")
    return html


def inline(html: str, *, styles: str) -> str:
    """Return `html` with `styles` written into its elements and its own style sheets left alone.

    MJML's own sheet holds resets and media queries: written into every cell it would only double
    the weight.
    """
    inliner = css_inline.CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=styles
    )
    return inliner.inline(html)


def tag_before(html: str, place: int) -> str:
    """Return how the last tag before `place` begins: `<td`, `</p`, or nothing."""
    tag = _TAG_NAME.match(html, max(html.rfind("<", 0, place), 0))
    return tag[0] if tag else ""


def fetched(html: str) -> tuple[str, ...]:
    """Return what a mail program would fetch from elsewhere to show this HTML."""
    small = html.lower()
    return tuple(address for sign, found in _FETCHED if sign.search(small) for address in found.findall(html))


def _unknown(tag: str) -> str:
    close = get_close_matches(tag.lower(), sorted(_TAGS), n=1)
    return f"<{tag}> is no MJML tag" + (f"; did you mean <{close[0]}>?" if close else "")


def _markup_error(source: str, said: str) -> MarkupError:
    position = _POSITION.search(said)
    if not position:
        return MarkupError(f"MJML cannot read it ({said}); is a tag left open, or a bare < in a text?")
    # mrml counts bytes
    before = source.encode()[: int(position[1])].decode(errors="ignore")
    line = source[before.rfind("\n") + 1 :].split("\n", 1)[0].strip()
    return MarkupError(f"MJML cannot read it ({said.partition(' in root')[0]}): {line[:80]}", near=line)
