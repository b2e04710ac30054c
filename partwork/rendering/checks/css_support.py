"""Which of the styles an email uses do the main mail programs show, and what happens in those that do not?

A small table of our own, of the properties that email templates use, with a date: what Gmail, Outlook,
Apple Mail and Yahoo leave out. Compared by hand with caniemail's test results when it changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from partwork.rendering.checks.findings import Finding, warning
from partwork.rendering.checks.page import Page, declarations
from partwork.rendering.checks.stylesheet import read_rules

AS_OF = "2026-11"
_CHECK = "styles"


@dataclass(frozen=True, slots=True)
class Support:
    """Who leaves a property out, and what an email then looks like; without that, it is a loss."""

    missing_in: tuple[str, ...]
    falls_back: str = ""


_EVERYWHERE = Support(())
_OUTLOOK, _GMAIL, _YAHOO = "Outlook", "Gmail", "Yahoo"

# Outlook is the one for Windows that draws with Word; the new one draws like a browser.
PROPERTIES: dict[str, Support] = {
    **dict.fromkeys(
        (
            *("color", "background", "background-color", "font", "font-family", "font-size", "font-style"),
            *(
                "font-weight",
                "line-height",
                "letter-spacing",
                "text-align",
                "text-decoration",
                "vertical-align",
            ),
            *("text-transform", "text-indent", "direction", "display", "width", "height", "border-collapse"),
            *("border-spacing", "table-layout", "list-style", "list-style-type", "border", "border-top"),
            *("border-right", "border-bottom", "border-left", "border-color", "border-style", "border-width"),
            *("border-top-color", "border-bottom-color", "border-left-color", "border-right-color"),
            *("padding", "padding-top", "padding-right", "padding-bottom", "padding-left"),
            *("margin", "margin-top", "margin-right", "margin-bottom", "margin-left"),
        ),
        _EVERYWHERE,
    ),
    "border-radius": Support((_OUTLOOK,), "corners are square"),
    "max-width": Support((_OUTLOOK,), "a table of fixed width stands around it, for Outlook alone"),
    "min-width": Support((_OUTLOOK,), "it is as wide as what it holds"),
    "max-height": Support((_OUTLOOK,), "only hidden things have one, and display hides them there"),
    "overflow": Support((_OUTLOOK, _GMAIL, _YAHOO), "only corners and hidden things need it"),
    "opacity": Support((_OUTLOOK,), "only hidden things have one, and display hides them there"),
    "outline": Support((_OUTLOOK,), "it takes an outline away that Outlook does not draw"),
    "word-spacing": Support((_OUTLOOK, _YAHOO), "it is the usual one anyway"),
    "word-break": Support((_YAHOO, _OUTLOOK), "long words reach over the edge"),
    "overflow-wrap": Support((_OUTLOOK, _GMAIL, _YAHOO), "long addresses reach over the edge"),
    "white-space": Support((_OUTLOOK,), "a short line may break in two"),
    "text-wrap": Support((_OUTLOOK, _GMAIL, _YAHOO), "lines of a heading are of uneven length"),
    "text-underline-offset": Support((_OUTLOOK, _GMAIL, _YAHOO), "the line is where it is by default"),
    "text-decoration-color": Support((_OUTLOOK, _GMAIL, _YAHOO), "the line has the colour of the text"),
    "text-decoration-thickness": Support((_OUTLOOK, _GMAIL, _YAHOO), "the line is as thick as by default"),
    "cursor": Support((_OUTLOOK, _GMAIL), "the pointer is the usual one"),
    "color-scheme": Support((_OUTLOOK, _GMAIL, _YAHOO), "the program decides for itself what is dark"),
    "supported-color-schemes": Support((_OUTLOOK, _GMAIL, _YAHOO), "the program decides for itself"),
    "object-fit": Support((_OUTLOOK, _GMAIL, _YAHOO), "a picture is shown in its own proportions"),
    "font-variant-numeric": Support((_OUTLOOK, _GMAIL, _YAHOO), "figures are as wide as they are"),
    "font-feature-settings": Support((_OUTLOOK, _GMAIL, _YAHOO), "letters are the usual ones"),
    "hyphens": Support((_OUTLOOK, _GMAIL, _YAHOO), "words are not divided"),
    "box-shadow": Support((_OUTLOOK, _GMAIL), "there is no shadow"),
    "filter": Support((_OUTLOOK, _GMAIL, _YAHOO), "a picture is as it is"),
    "visibility": Support((_GMAIL, _OUTLOOK)),
    "float": Support((_OUTLOOK,)),
    "position": Support((_OUTLOOK, _GMAIL, _YAHOO)),
    "transform": Support((_OUTLOOK, _GMAIL, _YAHOO)),
    "flex": Support((_OUTLOOK, _YAHOO)),
    "gap": Support((_OUTLOOK, _GMAIL, _YAHOO)),
    "grid-template-columns": Support((_OUTLOOK, _GMAIL, _YAHOO)),
    "justify-content": Support((_OUTLOOK, _YAHOO)),
    "align-items": Support((_OUTLOOK, _YAHOO)),
    "background-image": Support((_OUTLOOK,)),
    "background-size": Support((_OUTLOOK,), "the picture behind has its own size"),
    "background-position": Support((_OUTLOOK,), "the picture behind begins at the corner"),
    "background-repeat": Support((_OUTLOOK,), "the picture behind is repeated"),
    "box-sizing": Support((_OUTLOOK, _YAHOO)),
    "animation": Support((_OUTLOOK, _GMAIL, _YAHOO)),
    "transition": Support((_OUTLOOK, _GMAIL, _YAHOO), "it changes at once"),
    "clip-path": Support((_OUTLOOK, _GMAIL, _YAHOO)),
    "content": Support((_OUTLOOK, _GMAIL, _YAHOO)),
}
# Values that a program leaves out though it knows the property.
VALUES: dict[tuple[str, str], Support] = {
    ("display", "flex"): Support((_OUTLOOK, _YAHOO)),
    ("display", "inline-flex"): Support((_OUTLOOK, _YAHOO)),
    ("display", "grid"): Support((_OUTLOOK, _GMAIL, _YAHOO)),
    ("position", "absolute"): Support((_OUTLOOK, _GMAIL, _YAHOO)),
    ("position", "fixed"): Support((_OUTLOOK, _GMAIL, _YAHOO)),
}
_UNITS = {"vw": (_OUTLOOK,), "vh": (_OUTLOOK,), "rem": (_OUTLOOK,), "ch": (_OUTLOOK, _YAHOO)}
# One program's own words, for its own faults: nobody else is meant to know them.
_PRIVATE = ("mso-", "-webkit-", "-ms-", "-moz-", "-premailer-")


def css_findings(page: Page) -> Iterator[Finding]:
    """Yield each style that a main mail program leaves out and nothing stands in for, once."""
    told: set[str] = set()
    for name, value in _used(page):
        text = _loss(name, value)
        if text and text not in told:
            told.add(text)
            yield warning(_CHECK, text)


def _loss(name: str, value: str) -> str | None:
    if name.startswith(_PRIVATE):
        return None
    first = value.lower().replace("!important", "").strip()
    support = VALUES.get((name, first)) or PROPERTIES.get(name)
    if support is None:
        return (
            f"'{name}' is not among the styles whose support is known here (as of {AS_OF}):"
            " look at it in the programs your readers use"
        )
    if support.missing_in and not support.falls_back:
        said = f"{name}: {first}" if (name, first) in VALUES else name
        return f"'{said}' is left out by {_listed(support.missing_in)}: lay it out with tables and padding"
    for unit, missing_in in _UNITS.items():
        if any(
            word.removesuffix(unit).replace(".", "").isdecimal()
            for word in first.split()
            if word.endswith(unit)
        ):
            return f"'{name}: {first}': {_listed(missing_in)} knows no '{unit}': write it in px"
    return None


def _used(page: Page) -> Iterator[tuple[str, str]]:
    for element in page.root.elements:
        yield from declarations(element.attributes.get("style", ""))
    for sheet in page.root.all("style"):
        for rule in read_rules(sheet.text):
            yield from rule.declared


def _listed(clients: tuple[str, ...]) -> str:
    return clients[0] if len(clients) == 1 else f"{', '.join(clients[:-1])} and {clients[-1]}"
