"""A contact sheet: every part of a series side by side, as phones, desks and dark rooms show it. Pure.

One page that stands alone. The emails stand in frames that may do nothing: no script, no form, no
way out of the frame.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from partwork.rendering.checks.findings import Finding

PHONE_WIDTH, DESK_WIDTH = 375, 700

_DARK_QUERY = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_SCHEME = re.compile(r"(<meta name=\"(?:supported-)?color-scheme\" content=\")[^\"]*(\")")
_SOURCE = re.compile(r"(<img\b[^>]*?)\s(?:src|srcset)\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_BACKGROUND = re.compile(r"\sbackground\s*=\s*\"[^\"]*\"|url\([^)]*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class View:
    """One way to see an email: as a page of its own, `width` pixels wide."""

    name: str
    width: int
    html: str


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One part as one reader gets it, with what the checks say of it."""

    number: int
    subject: str
    preheader: str
    html: str
    text: str
    findings: tuple[Finding, ...]

    @property
    def views(self) -> tuple[View, ...]:
        return views_of(self.html)


def contact_sheet(title: str, parts: Sequence[SheetPart], *, reader: str) -> str:
    """Return the whole page. reader: for whom it was merged, in words"""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    page = files("partwork.rendering").joinpath("contactsheet.html").read_text("utf-8")
    return environment.from_string(page).render(title=title, parts=parts, reader=reader)


def views_of(html: str) -> tuple[View, ...]:
    """Return an email as a phone, a desk and a dark room show it, and without its pictures."""
    light = in_scheme(html, is_dark=False)
    return (
        View("Phone", PHONE_WIDTH, light),
        View("Desktop", DESK_WIDTH, light),
        View("Dark", PHONE_WIDTH, in_scheme(html, is_dark=True)),
        View("Images off", PHONE_WIDTH, without_images(light)),
    )


def in_scheme(html: str, *, is_dark: bool) -> str:
    """Return an email that shows one scheme, whatever the viewer's own is."""
    chosen = "dark" if is_dark else "light"
    fixed = _SCHEME.sub(rf"\g<1>{chosen}\g<2>", html)
    return _DARK_QUERY.sub("@media all" if is_dark else "@media not all", fixed)


def without_images(html: str) -> str:
    """Return an email as a program shows it that fetches no pictures: their alt texts stand there."""
    bare = html
    while (fewer := _SOURCE.sub(r"\1", bare)) != bare:
        bare = fewer
    return _BACKGROUND.sub("", bare)
