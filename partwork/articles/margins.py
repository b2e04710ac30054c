"""What of a saved page is no part of its article, and why: navigation, notices, what is hidden. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from partwork.articles.lines import word_set
from partwork.articles.tree import Element, path_to

HIDDEN = "hidden on the page"
_SHARE = "share buttons"
_SHARED_WORDS = 30  # beside its links: a bar of buttons says less, a story that is shared says more
_MOSTLY = 0.6  # of a page's prose: what holds so much is no margin of it

_BY_TAG = {
    "nav": "navigation",
    "footer": "footer",
    "aside": "beside the article",
    "form": "a form",
    "fieldset": "a form",
    "select": "a form",
    "textarea": "a form",
    "dialog": "a pop-up",
    "menu": "navigation",
    "iframe": "something embedded from elsewhere",
    "object": "something embedded from elsewhere",
    "video": "a video: emails show none, link to it instead",
    "audio": "a recording: emails play none, link to it instead",
    "canvas": "a drawing made by a program",
    "svg": "a drawing inside the page",
}
_BY_ROLE = {
    "navigation": "navigation",
    "banner": "head of the page",
    "contentinfo": "footer",
    "search": "a form",
    "form": "a form",
    "complementary": "beside the article",
    "dialog": "a pop-up",
    "alertdialog": "a pop-up",
    "menu": "navigation",
    "menubar": "navigation",
    "tablist": "navigation",
    "doc-toc": "table of contents",
}
_NOTICES = word_set("cookie cookies consent gdpr ccpa onetrust cookiebot cmplz borlabs eu-cookie")
# Words of class and id, as themes write them; the first reason that fits.
_BY_WORD: tuple[tuple[str, frozenset[str]], ...] = (
    ("cookie notice", _NOTICES),
    ("comments", word_set("comments comment respond comment-respond disqus disqus_thread kommentare")),
    (
        "related articles",
        word_set(
            "related related-posts relatedposts yarpp recommended recommendations read-next more-posts "
            "item-pagination post-navigation nav-links recent-posts latest-posts similar-posts outbrain "
            "taboola"
        ),
    ),
    (
        _SHARE,
        word_set(
            "share sharing shares sharedaddy share-buttons social social-share social-links social-icons "
            "addtoany addthis sharethis follow-us share-bar sharebar shareaholic"
        ),
    ),
    (
        "navigation",
        word_set(
            "nav navbar navigation menu main-menu site-nav breadcrumb breadcrumbs pagination pager skip-link "
            "skip-to-content topbar toolbar mega-menu offcanvas off-canvas hamburger site-header masthead "
            "back-to-top lang-switcher language-switcher"
        ),
    ),
    ("table of contents", word_set("toc table-of-contents ez-toc-container lwptoc inhaltsverzeichnis")),
    (
        "an invitation to subscribe",
        word_set(
            "newsletter newsletter-signup subscribe subscription signup sign-up optin opt-in mailchimp "
            "mc_embed_signup"
        ),
    ),
    ("a pop-up", word_set("popup pop-up modal overlay lightbox toast chat-widget chat-bubble snackbar")),
    (
        "an advertisement",
        word_set("ad ads advert advertisement adsbygoogle banner-ad sponsor sponsored promo dfp"),
    ),
    ("footer", word_set("footer site-footer page-footer colophon copyright imprint")),
    ("beside the article", word_set("sidebar widget widget-area widgets side-bar")),
    (
        "about the author or the date",
        word_set(
            "author-box author-bio author-info about-author byline post-author entry-meta post-meta "
            "article-meta meta posted-on post-date entry-date published-date reading-time read-time "
            "entry-footer tags tag-list post-tags cat-links tags-links post-categories article-tag post-tag "
            "post-info author-name author-profile post-footer article-footer"
        ),
    ),
    (
        "for screen readers alone",
        word_set("sr-only screen-reader-text visually-hidden visuallyhidden a11y-hidden"),
    ),
)
_REASON_OF = {word: reason for reason, words in reversed(_BY_WORD) for word in words}
# What a builder's own prefix may stand before: `et_pb_newsletter`, `blog-item-share`.
_ENDINGS = {
    word: reason
    for word, reason in _REASON_OF.items()
    if word not in word_set("ad ads widget widgets overlay modal toast lightbox promo consent")
}
_DENIED = word_set("no not with without has have hide is")
_WRAPPINGS = word_set(
    "wrapper wrap container inner outer box card block section area list header link form bar"
)
_BLOCK_NAME = re.compile(r"(?:__|--)")
_FOLDS = re.compile(r"accordion|faq|toggle|collaps|tab-?(?:content|pane)", re.IGNORECASE)
_PIECES = re.compile(r"[\s_-]+")
_INVISIBLE_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def margins(body: Element, parents: Mapping[int, Element]) -> dict[int, str]:
    """Return why elements by their own look are no part of an article, by the identity of each."""
    with_h1 = {id(above) for each in body.walk() if each.tag == "h1" for above in path_to(each, parents)}
    folding = _Folding.of(body)
    total = _word_count(body)
    reasons: dict[int, str] = {}
    for element in body.walk():
        if element is body:
            continue
        reason = _reason(element, heads_the_page=id(element) in with_h1, folding=folding)
        # A wrapper may be called after its sidebar; what holds most of the page's words is no margin.
        if reason and (
            reason == HIDDEN or element.tag in ("nav", "svg") or _word_count(element) < _MOSTLY * total
        ):
            reasons[id(element)] = reason
    return reasons


def _is_hidden(element: Element) -> bool:
    """Whether a browser would not show an element."""
    return (
        "hidden" in element.attributes
        or element.get("aria-hidden") == "true"
        or bool(_INVISIBLE_STYLE.search(element.get("style")))
    )


def _reason(element: Element, *, heads_the_page: bool, folding: _Folding) -> str:
    """Return why an element by its own look is no part of an article; empty if it may be one."""
    if _is_hidden(element) and not _folds(element, folding):
        return HIDDEN
    if element.tag in _BY_TAG:
        return _BY_TAG[element.tag]
    if role := _BY_ROLE.get(element.get("role")):
        return "" if heads_the_page else role
    if element.tag == "header" and not heads_the_page and not _is_mere_heading(element):
        return "head of the page"
    if element.tag in ("body", "main", "article", "h1", "h2", "h3", "h4", "h5", "h6", "sup", "a"):
        return ""
    reason = "" if heads_the_page and element.tag == "header" else _reason_by_name(element)
    return "" if reason == _SHARE and _own_word_count(element) > _SHARED_WORDS else reason


def _reason_by_name(element: Element) -> str:
    classes = f"{element.get('class')} {element.get('data-hook')}".lower().split()
    for name in (*classes, *element.get("id").lower().split()):
        for word in (name, *_BLOCK_NAME.split(name)):
            if word in _REASON_OF:
                return _REASON_OF[word]
    return next(filter(None, (_reason_by_ending(word) for each in classes for word in each.split("__"))), "")


def _reason_by_ending(name: str) -> str:
    """Return what a class says behind a builder's prefix, whatever wrapping it names in the end."""
    pieces = name.replace("_", "-").split("-")
    while pieces and pieces[-1] in _WRAPPINGS:
        pieces.pop()
    if _DENIED.intersection(pieces):
        return ""
    endings = ("-".join(pieces[-count:]) for count in (3, 2, 1) if count <= len(pieces))
    return next((_ENDINGS[ending] for ending in endings if ending in _ENDINGS), "")


@dataclass(frozen=True, slots=True)
class _Folding:
    """How a page folds and unfolds: the ids of what is folded, and of the buttons that do it."""

    folded: Collection[str]
    buttons: Collection[str]

    @classmethod
    def of(cls, body: Element) -> _Folding:
        elements = list(body.walk())
        return cls(
            {name for each in elements for name in each.get("aria-controls").split()},
            {
                each.get("id")
                for each in elements
                if each.tag in ("button", "summary") or each.get("role") in ("button", "tab")
            }
            - {""},
        )


def _folds(element: Element, folding: _Folding) -> bool:
    """Whether an element is hidden only until a reader unfolds it: an answer beneath its question."""
    names = f"{element.get('class')} {element.get('id')}"
    if _NOTICES.intersection(_PIECES.split(names.lower())):
        return False
    if _FOLDS.search(names):
        return True
    named_by_a_button = any(name in folding.buttons for name in element.get("aria-labelledby").split())
    is_answer = element.get("id") in folding.folded or named_by_a_button
    return element.get("role") in ("region", "tabpanel") and is_answer


def _is_mere_heading(header: Element) -> bool:
    """Whether a `header` heads some section of a text: it says a heading, and no more."""
    headings = [each for each in header.walk() if each.tag in ("h2", "h3", "h4", "h5", "h6")]
    return len(headings) == 1 and headings[0].text.split() == header.text.split()


def _word_count(element: Element) -> int:
    return len(element.text.split())


def _own_word_count(element: Element) -> int:
    """Return how many words an element holds beside its links and buttons."""
    linked = sum(_word_count(each) for each in element.walk() if each.tag in ("a", "button"))
    return _word_count(element) - linked
