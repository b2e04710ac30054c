"""Is the HTML what mail programs expect: sound, and free of what they take out? Pure.

A part of what the HTML standard says (whatwg, content models, 2026), and what MJML and the house
deviate from on purpose: presentational attributes of tables, for Outlook. docs/emails.md lists them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from partwork.rendering.checks.findings import Finding, error, shortened
from partwork.rendering.checks.page import Element, Page

_CHECK = "HTML"

_PHRASING = frozenset(
    """a abbr b bdi bdo br cite code data del dfn em i img ins kbd map mark q s samp small span strong
    sub sup time u var wbr""".split()  # noqa: SIM905 - a vocabulary reads as words
)
_FLOW = frozenset(
    """address article aside blockquote dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li
    main nav ol p pre section table tbody td tfoot th thead tr ul caption center""".split()  # noqa: SIM905
)
_HEAD = frozenset(("html", "head", "title", "meta", "style", "body"))
_KNOWN = _PHRASING | _FLOW | _HEAD | {"area", "center", "col", "colgroup"}

# Elements that hold words and no blocks.
_HOLDS_WORDS = frozenset("p h1 h2 h3 h4 h5 h6 pre span strong em b i small code u s sub sup".split())  # noqa: SIM905

_STANDS_IN: Mapping[str, frozenset[str]] = {
    "li": frozenset(("ul", "ol")),
    "dt": frozenset(("dl", "div")),
    "dd": frozenset(("dl", "div")),
    "tr": frozenset(("tbody", "thead", "tfoot", "table")),
    "td": frozenset(("tr",)),
    "th": frozenset(("tr",)),
    "tbody": frozenset(("table",)),
    "thead": frozenset(("table",)),
    "tfoot": frozenset(("table",)),
    "caption": frozenset(("table",)),
    "figcaption": frozenset(("figure",)),
}
_HOLDS_ONLY: Mapping[str, frozenset[str]] = {
    "ul": frozenset(("li",)),
    "ol": frozenset(("li",)),
    "dl": frozenset(("dt", "dd", "div")),
    "table": frozenset(("caption", "colgroup", "thead", "tbody", "tfoot", "tr")),
    "tbody": frozenset(("tr",)),
    "thead": frozenset(("tr",)),
    "tfoot": frozenset(("tr",)),
    "tr": frozenset(("td", "th")),
}
_EVERYWHERE = frozenset("class id style title lang dir role hidden translate".split())  # noqa: SIM905
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    tag: frozenset(names.split())
    for tag, names in {
        # MJML names the spaces of Outlook's own drawing marks.
        "html": "xmlns xmlns:v xmlns:o",
        "meta": "name content charset http-equiv",
        "style": "type media",
        "a": "href target rel name",
        "area": "href target rel alt shape coords",
        "map": "name",
        "img": "src alt width height border srcset sizes usemap",
        "ol": "start reversed type",
        "li": "value",
        "table": "border cellpadding cellspacing width height align bgcolor background",
        "tr": "align valign bgcolor",
        # MJML 4 writes vertical-align where valign was meant; it does nothing and harms nothing.
        "td": "align valign vertical-align width height bgcolor background colspan rowspan headers",
        "th": "align valign width height bgcolor colspan rowspan scope headers abbr",
        "col": "span width",
        "colgroup": "span width",
        "blockquote": "cite",
        "q": "cite",
        "time": "datetime",
        "data": "value",
        "div": "align",
        "p": "align",
    }.items()
}
_EMPTY_IS_A_SLIP = frozenset("p h1 h2 h3 h4 h5 h6 li dt title".split())  # noqa: SIM905


def html_findings(page: Page) -> Iterator[Finding]:
    """Yield what keeps the HTML of an email from being sound, the same fault once."""
    texts = [*page.faults, *_frame_faults(page), *_repeated_ids(page)]
    for element in page.root.elements:
        if element.tag:
            texts += _faults_of(element)
    yield from (error(_CHECK, text) for text in dict.fromkeys(texts))


def _frame_faults(page: Page) -> Iterator[str]:
    if page.doctype != "doctype html":
        yield "it does not begin with <!doctype html>, so Outlook.com and others guess"
    html, title = page.first("html"), page.first("title")
    if html is None or not html.attributes.get("lang"):
        yield '<html> names no language, so screen readers guess one: write lang="en" in <mjml>'
    if title is None or not title.text.strip():
        yield "<title> is missing or empty: write <mj-title>"


def _repeated_ids(page: Page) -> Iterator[str]:
    ids = Counter(element.attributes["id"] for element in page.root.elements if "id" in element.attributes)
    for name, count in ids.items():
        if count > 1:
            yield f"the id '{name}' is used {count} times: a name stands for one place"


def _faults_of(element: Element) -> Iterator[str]:
    tag, around = element.tag, element.parent.tag if element.parent else ""
    if tag not in _KNOWN:
        yield f"<{tag}> is taken out by mail programs, or means nothing to them: take it out yourself"
        return
    yield from _attribute_faults(element)
    if tag in _STANDS_IN and around not in _STANDS_IN[tag]:
        homes = " or ".join(f"<{home}>" for home in sorted(_STANDS_IN[tag]))
        yield f"<{tag}> stands in <{around}>: it belongs in {homes}"
    elif around in _HOLDS_ONLY and tag not in _HOLDS_ONLY[around]:
        yield f"<{tag}> stands directly in <{around}>, which holds {_listed(_HOLDS_ONLY[around])} alone"
    elif tag in _FLOW and (words := _in_words(element)):
        yield f"<{tag}> stands in <{words}>, which holds words alone: close <{words}> before it"
    if tag == "div" and around == "dl" and not any(True for _ in element.all("dt")):
        yield "<div> in <dl> holds no <dt>: it groups a term with what it means"
    if tag == "a" and any(one.tag == "a" for one in element.ancestors):
        yield f"the link {shortened(element.text)} stands in another link"
    if tag in _EMPTY_IS_A_SLIP and _is_empty(element):
        yield f"an empty <{tag}>: HTML ends one before a block such as <div>, <ul> or <table> begins"
    for child in element.children:
        if isinstance(child, str) and child.strip() and tag in _HOLDS_ONLY:
            homes = _listed(_HOLDS_ONLY[tag])
            yield f"{shortened(child)} stands directly in <{tag}>, which holds {homes} alone"


def _attribute_faults(element: Element) -> Iterator[str]:
    allowed = _ATTRIBUTES.get(element.tag, frozenset()) | _EVERYWHERE
    for name, value in element.attributes.items():
        if name.startswith("on"):
            yield f"<{element.tag} {name}> is a script, and mail programs take it out: take it out yourself"
        elif name not in allowed and not name.startswith(("aria-", "data-")):
            yield f"<{element.tag}> takes no attribute '{name}': take it out, or put it into style"
        elif name in ("href", "src", "background") and value.strip().lower().startswith(
            ("javascript:", "vbscript:", "data:text")
        ):
            yield f"<{element.tag} {name}> is a script: write an address"
        elif name == "http-equiv" and value.lower() == "refresh":
            yield "<meta http-equiv=refresh> leads readers away by itself: take it out"


def _is_empty(element: Element) -> bool:
    """Say whether nothing stands in it, and it is no rule (MJML draws one as the border of a <p>)."""
    held = element.text.strip() or any(True for _ in element.all("img", "br"))
    return not held and "border-top" not in element.attributes.get("style", "")


def _in_words(element: Element) -> str | None:
    """Return the nearest thing around that holds words alone, if nothing between them holds blocks."""
    for around in element.ancestors:
        if around.tag in _HOLDS_WORDS:
            return around.tag
        if around.tag in _FLOW or around.tag == "body":
            return None
    return None


def _listed(tags: frozenset[str]) -> str:
    return ", ".join(f"<{tag}>" for tag in sorted(tags))
