"""MJML 4 and 5 as their documentation has it: what each tag stands in, and what attributes it takes. Data.

A kind is one of: text, colour, whole (a number), flag (true or false), `a|b` (one of these words),
or sizes: the units allowed, with `*4` where one to four may stand, `-` where it may be negative, and
`#` where a bare number is one, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

# What may stand directly in each tag. A tag that is not a key here holds text or HTML, or nothing.
_IN_COLUMN = """mj-accordion mj-button mj-carousel mj-divider mj-image mj-raw mj-social mj-spacer
mj-table mj-text mj-navbar"""
CHILDREN: Mapping[str, frozenset[str]] = {
    tag: frozenset(inside.split())
    for tag, inside in {
        "": "mjml",
        "mjml": "mj-head mj-body mj-raw",
        "mj-head": "mj-attributes mj-breakpoint mj-preview mj-style mj-title mj-raw",
        "mj-body": "mj-raw mj-section mj-wrapper mj-hero",
        "mj-wrapper": "mj-hero mj-raw mj-section",
        "mj-section": "mj-column mj-group mj-raw",
        "mj-group": "mj-column mj-raw",
        "mj-column": _IN_COLUMN,
        "mj-hero": _IN_COLUMN,
        "mj-accordion": "mj-accordion-element mj-raw",
        "mj-accordion-element": "mj-accordion-title mj-accordion-text mj-raw",
        "mj-carousel": "mj-carousel-image",
        "mj-navbar": "mj-navbar-link mj-raw",
        "mj-social": "mj-social-element mj-raw",
    }.items()
}

_SIZE, _SIZES, _LINE = "px,%", "px,%*4", "px,%,#"
_ALIGN, _VERTICAL = "left|center|right", "top|middle|bottom"


def _family(prefix: str, kind: str, *ends: str) -> dict[str, str]:
    return {f"{prefix}{end}": kind for end in ends}


_SIDES = ("-top", "-right", "-bottom", "-left")
_PADDING = {"padding": _SIZES, **_family("padding", _SIZE, *_SIDES)}
_BORDER = _family("border", "text", "", *_SIDES)
_BORDERS = {**_BORDER, "border-radius": "text"}
_BEHIND = {"container-background-color": "colour"}
_LINK = {"href": "text", "rel": "text", "target": "text"}
_FONT = {"font-family": "text", "font-size": "px", "font-style": "text", "font-weight": "text"}
_LETTERS = {**_FONT, "color": "colour", "line-height": _LINE, "text-decoration": "text"}
_ICONS = {
    **_family("icon-", "text", "wrapped-url", "wrapped-alt", "unwrapped-url", "unwrapped-alt"),
    **_family("icon-", _SIZE, "width", "height"),
    "icon-align": _VERTICAL,
    "icon-position": "left|right",
}
_SECTION = {
    **_PADDING,
    **_BORDERS,
    **_family("background-", "text", "url", "size", "position", "position-x", "position-y"),
    "background-color": "colour",
    "background-repeat": "repeat|no-repeat",
    "direction": "ltr|rtl",
    "full-width": "full-width|false",
    "gutter": _SIZE,
    "text-align": _ALIGN,
    "text-padding": _SIZES,
}
_THUMBNAILS = {"tb-border": "text", "tb-border-radius": "text"}

# Beside css-class and mj-class, which every tag of the body takes.
_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "mjml": {"lang": "text", "dir": "ltr|rtl|auto", "owa": "text"},
    "mj-breakpoint": {"width": "px"},
    "mj-style": {"inline": "text"},
    "mj-raw": {"position": "file-start"},
    "mj-body": {"width": "px", "background-color": "colour", "id": "text"},
    "mj-section": _SECTION,
    "mj-wrapper": {**_SECTION, "gap": "px"},
    "mj-group": {
        "background-color": "colour",
        "direction": "ltr|rtl",
        "vertical-align": _VERTICAL,
        "width": _SIZE,
    },
    "mj-column": {
        **_PADDING,
        **_BORDERS,
        **_family("inner-border", "text", "", "-radius", *_SIDES),
        **_family("", "colour", "background-color", "inner-background-color"),
        "direction": "ltr|rtl",
        "vertical-align": _VERTICAL,
        "width": _SIZE,
    },
    "mj-hero": {
        **_PADDING,
        **_family("background-", "text", "url", "position"),
        **_family("background-", _SIZE, "width", "height"),
        **_family("inner-padding", _SIZE, *_SIDES),
        "inner-padding": _SIZES,
        "background-color": "colour",
        "inner-background-color": "colour",
        "border-radius": "text",
        "height": _SIZE,
        "mode": "text",
        "vertical-align": _VERTICAL,
    },
    "mj-text": {
        **_PADDING,
        **_LETTERS,
        **_BEHIND,
        "align": f"{_ALIGN}|justify",
        "background-color": "colour",
        "height": _SIZE,
        "letter-spacing": "-px,em",
        "text-transform": "text",
        "vertical-align": _VERTICAL,
    },
    "mj-button": {
        **_PADDING,
        **_BORDERS,
        **_LETTERS,
        **_BEHIND,
        **_LINK,
        **_family("", "text", "name", "title", "text-transform"),
        "align": _ALIGN,
        "background-color": "colour",
        "height": _SIZE,
        "inner-padding": _SIZES,
        "letter-spacing": "-px,em",
        "text-align": _ALIGN,
        "vertical-align": _VERTICAL,
        "width": _SIZE,
    },
    "mj-image": {
        **_PADDING,
        **_BORDERS,
        **_BEHIND,
        **_LINK,
        **_family("", "text", "alt", "name", "src", "srcset", "sizes", "title", "usemap"),
        "align": _ALIGN,
        "fluid-on-mobile": "flag",
        "font-size": "px",
        "height": "px,auto",
        "max-height": _SIZE,
        "width": "px",
    },
    "mj-divider": {
        **_PADDING,
        **_BEHIND,
        "align": _ALIGN,
        "border-color": "colour",
        "border-style": "text",
        "border-width": "px",
        "width": _SIZE,
    },
    "mj-spacer": {**_PADDING, **_BORDER, **_BEHIND, "height": _SIZE},
    "mj-table": {
        **_PADDING,
        **_BEHIND,
        "align": _ALIGN,
        "border": "text",
        "cellpadding": "whole",
        "cellspacing": "whole",
        "color": "colour",
        "font-family": "text",
        "font-size": "px",
        "font-weight": "text",
        "line-height": _LINE,
        "role": "none|presentation",
        "table-layout": "auto|fixed|initial|inherit",
        "vertical-align": _VERTICAL,
        "width": "px,%,auto",
    },
    "mj-social": {
        **_PADDING,
        **_LETTERS,
        **_BEHIND,
        **_family("icon-", _SIZE, "size", "height"),
        **_family("", _SIZES, "icon-padding", "inner-padding", "text-padding"),
        "align": _ALIGN,
        "border": "text",
        "border-radius": "text",
        "mode": "horizontal|vertical",
        "table-layout": "auto|fixed",
        "vertical-align": _VERTICAL,
    },
    "mj-social-element": {
        **_PADDING,
        **_LETTERS,
        **_LINK,
        **_family("icon-", _SIZE, "size", "height"),
        **_family("", _SIZES, "icon-padding", "text-padding"),
        **_family("", "text", "alt", "border", "border-radius", "name", "src", "srcset", "sizes", "title"),
        "align": _ALIGN,
        "background-color": "colour",
        "icon-position": "left|right",
        "vertical-align": _VERTICAL,
    },
    "mj-navbar": {
        **_PADDING,
        **_family("ico-padding", _SIZE, *_SIDES),
        **_family("ico-", "text", "open", "close", "font-family", "text-transform", "text-decoration"),
        "align": _ALIGN,
        "base-url": "text",
        "hamburger": "text",
        "ico-align": _ALIGN,
        "ico-color": "colour",
        "ico-font-size": _SIZE,
        "ico-line-height": _LINE,
        "ico-padding": _SIZES,
    },
    "mj-navbar-link": {
        **_PADDING,
        **_LETTERS,
        **_LINK,
        "letter-spacing": "-px,em",
        "name": "text",
        "text-transform": "text",
    },
    "mj-accordion": {**_PADDING, **_ICONS, **_BEHIND, "border": "text", "font-family": "text"},
    "mj-accordion-element": {**_ICONS, "background-color": "colour", "border": "text", "font-family": "text"},
    "mj-accordion-title": {
        **_PADDING,
        **_family("font-", "text", "family", "weight"),
        "background-color": "colour",
        "color": "colour",
        "font-size": "px",
    },
    "mj-accordion-text": {
        **_PADDING,
        **_family("font-", "text", "family", "weight"),
        "background-color": "colour",
        "color": "colour",
        "font-size": "px",
        "letter-spacing": "-px,em",
        "line-height": _LINE,
    },
    "mj-carousel": {
        **_PADDING,
        **_BEHIND,
        **_THUMBNAILS,
        **_family("tb-", "colour", "hover-border-color", "selected-border-color"),
        **_family("", "text", "border-radius", "left-icon", "right-icon"),
        "align": _ALIGN,
        "icon-width": _SIZE,
        "tb-width": _SIZE,
        "thumbnails": "visible|hidden|supported",
    },
    "mj-carousel-image": {
        **_LINK,
        **_THUMBNAILS,
        **_family("", "text", "alt", "border-radius", "src", "thumbnails-src", "title"),
    },
}
_IN_HEAD = frozenset(["mjml", *CHILDREN["mjml"], *CHILDREN["mj-head"], "mj-all", "mj-class"]) - {"mj-body"}
_EVERYWHERE = {"css-class": "text", "mj-class": "text"}


@cache
def attributes_of(tag: str) -> Mapping[str, str]:
    """Return the attributes that a tag takes, each with its kind.

    mj-all and mj-class take what any tag of the body takes.
    """
    if tag in ("mj-all", "mj-class"):
        own = {"name": "text"} if tag == "mj-class" else {}
        every: dict[str, str] = dict(_of_the_body())
        return {**every, **own}
    own = dict(_ATTRIBUTES.get(tag, {}))
    return own if tag in _IN_HEAD else {**own, **_EVERYWHERE}


def parents_of(tag: str) -> tuple[str, ...]:
    """Return the tags that `tag` may stand directly in."""
    return tuple(parent for parent, inside in CHILDREN.items() if parent and tag in inside)


def _of_the_body() -> Iterator[tuple[str, str]]:
    for tag, attributes in _ATTRIBUTES.items():
        if tag not in _IN_HEAD:
            yield from attributes.items()
