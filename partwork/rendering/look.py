"""How a practice's emails look: colours, typeface, logo, and where pictures are served. Pure records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

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
    """What templates write as it is: every value is ours or was checked.

    colour, on_colour:           buttons, links and the practice's name; and what is written on it
    colour_dark, on_colour_dark: the same where the ground is dark
    ground, panel, line:         tints of the colour, for what lies behind text and between it
    font, font_outlook:          a stack of typefaces every system has; Outlook wants its first alone
    media_base:                  pictures are served under it at /m/
    """

    colour: str = "#0b5d5e"
    on_colour: str = "#ffffff"
    colour_dark: str = "#84d6cd"
    on_colour_dark: str = "#08282a"
    ground: str = "#f1f5f4"
    panel: str = "#eaf2f1"
    line: str = "#dce5e4"
    font: str = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
    font_outlook: str = "'Segoe UI', Arial, sans-serif"
    media_base: str = "http://127.0.0.1:8000"
    logo: Picture | None = None
    logo_dark: Picture | None = None

    @property
    def written(self) -> Mapping[str, Markup | Picture | None]:
        """The same for templates: style sheets have no use for escapes."""
        pictures = {"logo": self.logo, "logo_dark": self.logo_dark}
        styles = {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in (*pictures, "media_base")
        }
        return {name: Markup(value) for name, value in styles.items()} | pictures  # noqa: S704 - see above


def media_address(base: str, content_hash: str) -> str:
    """Return where a picture is served: one address for all readers, which says nothing of any."""
    return f"{base}/m/{content_hash}"


def fitted_logo(address: str, *, width: int, height: int, alt: str) -> Picture:
    """Return a logo as large as a header has room for, never larger than it is."""
    scale = min(1.0, _LOGO_WIDTH / width, _LOGO_HEIGHT / height)
    return Picture(address, max(1, round(width * scale)), max(1, round(height * scale)), alt)
