"""Does every text stand out from what is behind it? Computed from the styles, in each scheme. Pure.

The ratio is that of WCAG 2.2 (relative luminance, 1.4.3): 4.5, or 3 for large text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from partwork.rendering.checks.findings import Finding, error, shortened, warning
from partwork.rendering.checks.page import Element, Page
from partwork.rendering.checks.stylesheet import Scheme, Styles

Colour = tuple[int, int, int]

LEAST = 4.5
LEAST_LARGE = 3.0
_LARGE_PX, _LARGE_BOLD_PX = 24.0, 18.66
_HEX = re.compile(r"#(?:([0-9a-f]{3})|([0-9a-f]{6}))", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)")
_PX = re.compile(r"([\d.]+)px")
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_NAMED: dict[str, Colour] = {
    "white": _WHITE,
    "black": _BLACK,
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "red": (255, 0, 0),
    "maroon": (128, 0, 0),
    "navy": (0, 0, 128),
    "blue": (0, 0, 255),
    "teal": (0, 128, 128),
    "green": (0, 128, 0),
    "orange": (255, 165, 0),
    "purple": (128, 0, 128),
}
_NOTHING = frozenset(("transparent", "none", "inherit", "initial", "unset", ""))
_HEADINGS_PX = {"h1": 32.0, "h2": 24.0, "h3": 18.72}
_BOLD = frozenset(("b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6", "dt"))


def contrast_findings(page: Page) -> Iterator[Finding]:
    """Yield each colour of text that is too near to what is behind it, once a scheme."""
    for scheme in Scheme:
        styles = Styles(page, scheme=scheme)
        told: set[tuple[str, str]] = set()
        for element, text in page.shown_texts():
            if not any(sign.isalnum() for sign in text):
                continue
            fore, behind = _colour(styles, element), _behind(styles, element)
            if (fore, behind) in told:
                continue
            told.add((fore, behind))
            yield from _judged(styles, element, text, fore, behind, scheme)


def ratio(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 (none) to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def read_colour(text: str) -> Colour | None:
    """Return a colour as (red, green, blue), None for one that is see-through or not understood."""
    if match := _HEX.fullmatch(text):
        digits = "".join(digit * 2 for digit in match[1]) if match[1] else match[2]
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _RGB.fullmatch(text.lower()):
        return int(match[1]), int(match[2]), int(match[3])
    return _NAMED.get(text.lower())


def _judged(
    styles: Styles, element: Element, text: str, fore: str, behind: str, scheme: Scheme
) -> Iterator[Finding]:
    front, back = read_colour(fore), read_colour(behind)
    if front is None or back is None:
        unread = fore if front is None else behind
        said = f"the colour '{unread}' of {shortened(text)} cannot be judged: write it as in '#0b5d5e'"
        yield warning("contrast", said)
        return
    least = LEAST_LARGE if _is_large(styles, element) else LEAST
    found = ratio(front, back)
    if found < least:
        yield error(
            "contrast",
            f"{shortened(text)} is {fore} on {behind} ({scheme}), a contrast of {found:.1f}:"
            f" {least:g} is the least",
        )


def _colour(styles: Styles, element: Element) -> str:
    for around in (element, *element.ancestors):
        value = styles.value(around, "color")
        if value and value not in ("inherit", "unset"):
            return value
        if around.tag == "a" and not value:
            return "#0000ee"
    return "#000000"


def _behind(styles: Styles, element: Element) -> str:
    for around in (element, *element.ancestors):
        if not around.tag:
            break
        short = styles.value(around, "background") or ""
        long = styles.value(around, "background-color") or ""
        # Where both are written they agree, but for a scheme's sheet, which may change one of them alone.
        changed = [value for value in (short, long) if value and value not in _own(around)]
        for value in (*changed, long, short, around.attributes.get("bgcolor", "")):
            colour = next((word for word in value.split() if read_colour(word)), value)
            if colour not in _NOTHING:
                return colour
    return "#ffffff"


def _own(element: Element) -> str:
    return element.attributes.get("style", "")


def _is_large(styles: Styles, element: Element) -> bool:
    size, bold = 16.0, False
    for around in (element, *element.ancestors):
        weight = styles.value(around, "font-weight")
        bold = bold or around.tag in _BOLD or weight in ("bold", "600", "700", "800", "900")
        written = _PX.fullmatch(styles.value(around, "font-size") or "")
        if written or around.tag in _HEADINGS_PX:
            size = float(written[1]) if written else _HEADINGS_PX[around.tag]
            break
    return size >= _LARGE_PX or (bold and size >= _LARGE_BOLD_PX)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
