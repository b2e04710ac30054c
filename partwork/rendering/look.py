"""How a practice's emails look: colours, typeface, logo, and where pictures are served. Pure records."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

_LOGO_WIDTH, _LOGO_HEIGHT = 240, 56


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a template shows it. address: the same for every reader."""

    address: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Look:
    """Values that templates write as they are: all of them are ours or were checked.

    colour, on_colour:           buttons, links and the practice's name; and what is written on it
    colour_dark, on_colour_dark: the same where the ground is dark
    ground, panel, line:         tints of the colour, for what lies behind text and between it
    font, font_outlook:          a stack of typefaces every system has; Outlook wants its first alone
    media_base:                  pictures are served under it at /m/
    """

    colour: Markup = Markup("#0b5d5e")
    on_colour: Markup = Markup("#ffffff")
    colour_dark: Markup = Markup("#84d6cd")
    on_colour_dark: Markup = Markup("#08282a")
    ground: Markup = Markup("#f1f5f4")
    panel: Markup = Markup("#eaf2f1")
    line: Markup = Markup("#dce5e4")
    font: Markup = Markup("-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif")
    font_outlook: Markup = Markup("'Segoe UI', Arial, sans-serif")
    media_base: str = "http://127.0.0.1:8000"
    logo: Picture | None = None
    logo_dark: Picture | None = None


def media_address(base: str, content_hash: str) -> str:
    """Return where a picture is served: one address for all readers, which says nothing of any."""
    return f"{base}/m/{content_hash}"


def fitted_logo(address: str, *, width: int, height: int, alt: str) -> Picture:
    """Return a logo as large as a header has room for, never larger than it is."""
    scale = min(1.0, _LOGO_WIDTH / width, _LOGO_HEIGHT / height)
    return Picture(address, max(1, round(width * scale)), max(1, round(height * scale)), alt)
