"""Colours: which stand out from each other, and shades of one. Pure.

Contrast is that of WCAG 2.2: 4.5 to 1 is the least for text (success criterion 1.4.3, level AA).
"""

from __future__ import annotations

import colorsys
import re

LEAST_CONTRAST = 4.5
WHITE, BLACK = "#ffffff", "#000000"

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def colour(text: str) -> str:
    """Return a colour as #rrggbb in small letters. Raises ValueError for anything else."""
    if not _COLOUR.fullmatch(text):
        raise ValueError(f"{text!r} is no colour: write one in quotes as in '#0b5d5e'")
    digits = text[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def contrast(one: str, other: str) -> float:
    """Return how far two colours stand out from each other, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """Return `one` with a share (0 to 1) of `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return _hex(*(a + (b - a) * share for a, b in pairs))


def nearest_passing(colour: str, *grounds: str, least: float = LEAST_CONTRAST, darker: bool) -> str:
    """Return the shade of a colour, darker or lighter, that just stands out from every ground.

    The hue stays; the colour itself comes back if it passes.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    for step in range(101):
        shade = lightness * (1 - step / 100) if darker else lightness + (1 - lightness) * step / 100
        candidate = colour if not step else _hex(*colorsys.hls_to_rgb(hue, shade, saturation))
        if all(contrast(candidate, ground) >= least for ground in grounds):
            return candidate
    return BLACK if darker else WHITE


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(*channels: float) -> str:
    return "#" + "".join(f"{round(min(max(channel, 0), 1) * 255):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    linear = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _channels(colour)
    )
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
