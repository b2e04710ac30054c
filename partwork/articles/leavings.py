"""What stands in the midst of a saved page's article and is none of it, told by its words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from partwork.articles.asks import reads_as_ask
from partwork.articles.headings import is_byline, is_references_heading
from partwork.articles.inline import Words
from partwork.articles.items import Item, What

ABOUT_THE_AUTHOR = "about the author or the date"


def _patterns(*told: tuple[str, tuple[str, ...]]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return each reason with a pattern that a whole heading or line has to match."""
    return tuple(
        (reason, re.compile(rf"(?:{'|'.join(wordings)})\W*", re.IGNORECASE)) for reason, wordings in told
    )


_BY_HEADING = _patterns(
    (
        "related articles",
        (
            r"(?:related|recommended|similar|recent|latest|popular|more) "
            r"(?:posts?|articles?|reading|stories|content)",
            r"related|recommended|(?:more|recommended) from .*",
            r"you (?:may|might) (?:also|like).*",
            r"(?:more|read) (?:from|on) (?:our|the) blog",
            r"read (?:next|more)|keep reading",
            r"(?:ähnliche|weitere|verwandte|neueste|aktuelle) (?:beiträge|artikel|themen)",
            r"das könnte .*|mehr zum thema",
        ),
    ),
    (
        "share buttons",
        (
            r"share(?: this)?(?: (?:post|article|story|page|on|with).*)?",
            r"(?:beitrag |artikel )?teilen",
            "follow us.*",
        ),
    ),
    (
        "comments",
        (
            r"(?:\d+ |no )?(?:comments?|kommentare?|responses?|repl(?:y|ies))",
            r"leave a (?:reply|comment).*|post a comment|join the (?:conversation|discussion)",
            r"schreiben? sie einen kommentar.*|kommentar (?:schreiben|verfassen)",
        ),
    ),
    (
        "an invitation to subscribe",
        (
            r"(?:subscribe|sign up)(?: (?:to|for) .*(?:newsletter|more|updates|news).*)?|(?:our )?newsletter",
            r"join our (?:mailing list|newsletter)|stay (?:in touch|up to date|informed)",
            r"newsletter (?:abonnieren|bestellen)",
        ),
    ),
    (
        "table of contents",
        (
            r"(?:table of )?contents|in this (?:article|post|guide)|on this page|jump to",
            r"inhalt(?:sverzeichnis|sübersicht)?|auf dieser seite",
        ),
    ),
    (
        ABOUT_THE_AUTHOR,
        (r"about the authors?|(?:written|reviewed) by", r"über (?:den autor|die autorin)"),
    ),
    ("navigation", ("categories|tags|archives?|navigation|menu", "kategorien|schlagwörter|menü")),
    (
        "cookie notice",
        (
            r"(?:we|this (?:web)?site) uses? cookies|cookies?(?: (?:policy|settings|consent|notice))?",
            r"(?:your )?privacy (?:settings|preferences)|datenschutz-?einstellungen|cookie-?einstellungen",
        ),
    ),
)
_BY_LINE = _patterns(
    ("footer", (r"(?:©|\(c\)|copyright\b).*", "all rights reserved", "alle rechte vorbehalten")),
    (
        "cookie notice",
        (
            r"(?:we|this (?:web)?site)\b[^.]{0,40}\buses?\b[^.]{0,30}\bcookies\b.*",
            r"(?:wir|diese (?:web)?seite)\b[^.]{0,40}\b(?:verwende[nt]|nutz[et]n?)\b[^.]{0,30}\bcookies\b.*",
            r"(?:accept|reject|allow|manage)(?: all)?(?: cookies)?",
            r"(?:alle )?(?:cookies )?(?:akzeptieren|ablehnen)",
        ),
    ),
    (
        "navigation",
        (
            r"skip to (?:main )?content|back to (?:top|blog|all posts|home)|(?:top|bottom) of page",
            r"zum inhalt springen|nach oben|seitenanfang",
            r"[←«‹]\s.{0,120}|.{0,120}\s[→»›]",
            r"(?:previous|next)(?: post| article)?(?::.{0,120})?",
        ),
    ),
    ("share buttons", (r"(?:share|tweet|pin|print|teilen|drucken|follow)(?: (?:this|on|via|it)\b.{0,60})?",)),
    (
        ABOUT_THE_AUTHOR,
        (
            r"(?:(?:last )?(?:updated|published|posted|reviewed)|medically reviewed|written)"
            r"(?: (?:on|by))?:? .{0,80}",
            r"(?:veröffentlicht|aktualisiert)(?: (?:am|von))?:? .{0,80}",
            r"\d{1,2}[ -]?min(?:ute[ns]?)?\.?(?: (?:read|lesezeit|reading time))?",
            r"(?:lesezeit|reading time):.{0,20}",
            r"(?:tags?|categories|category|filed under|posted in|schlagwörter|kategorie):.{0,200}",
        ),
    ),
)
_NETWORK = re.compile(
    r"(?:share (?:on|via) )?(?:facebook|twitter|x|linkedin|pinterest|whats ?app|instagram|youtube|tiktok|xing"
    r"|reddit|telegram|e-?mail|print|copy link|tweet|share|pin)\W*",
    re.IGNORECASE,
)
_PICTURE_NAME = re.compile(r"[\w().-]+\.(?:png|jpe?g|gif|webp|svg|avif)", re.IGNORECASE)
_SHORT_LINK = 14  # words: a link that is longer is a reference or a sentence
_LONGEST_LABEL = 60  # characters
_LONGEST_NOTICE = 200  # characters
_LEAST_PROSE = 12  # words: an unlinked text from here on is the article's own


def without_leavings(items: Sequence[Item]) -> list[Item]:
    """Return the items of a saved page with what is no article set aside, each with its reason."""
    return _without_link_lists(_without_lines(_without_sections(items)))


def why_left(text: str) -> str:
    """Return why a line that was pasted along with a page is none of its article; "" for any other."""
    if reads_as_ask(text):
        return ""
    if _PICTURE_NAME.fullmatch(text):
        return "the file name of a picture"
    if is_byline(text):
        return ABOUT_THE_AUTHOR
    if len(text) > _LONGEST_NOTICE:
        return ""
    return next((why for why, words in _BY_LINE if words.fullmatch(text)), "")


def _without_sections(items: Sequence[Item]) -> list[Item]:
    """Set aside what stands under a heading such as “Related posts”, up to the next heading of its rank."""
    kept: list[Item] = []
    reason, level = "", 0
    for item in items:
        if item.what is What.HEADING and (not reason or item.level <= level):
            reason, level = _by_heading(item), item.level
        kept += _left(item, reason) if reason else [item]
    return kept


def _by_heading(item: Item) -> str:
    if item.level == 0:
        return ""
    text = item.lines[0].text.rstrip(" :")
    if len(text) > _LONGEST_LABEL:
        return ""
    return next((reason for reason, words in _BY_HEADING if words.fullmatch(text)), "")


def _without_lines(items: Sequence[Item]) -> list[Item]:
    kept: list[Item] = []
    for item in items:
        reason = why_left(item.lines[0].text) if item.what is What.TEXT else ""
        if item.what is What.LIST and item.lines and all(_is_share(line) for line in item.lines):
            reason = "share buttons"
        kept += _left(item, reason) if reason else [item]
    return kept


def _is_share(words: Words) -> bool:
    return bool(_NETWORK.fullmatch(words.text))


def _without_link_lists(items: Sequence[Item]) -> list[Item]:
    """Set aside lists of bare links before the first prose and after the last: menus without a name."""
    prose = [place for place, item in enumerate(items) if _is_prose(item)]
    if not prose:
        return list(items)
    first, last = prose[0], prose[-1]
    references = next(
        (
            place
            for place, item in enumerate(items)
            if item.what is What.HEADING and is_references_heading(item.lines[0].text)
        ),
        len(items),
    )
    kept: list[Item] = []
    for place, item in enumerate(items):
        is_around = place < first or last < place < references
        kept += _left(item, "a list of links") if is_around and _is_links(item) else [item]
    return kept


def _is_prose(item: Item) -> bool:
    return item.what in (What.TEXT, What.LIST, What.QUOTE, What.DEFINITIONS) and any(
        len(line.text.split()) - line.linked_word_count() >= _LEAST_PROSE for line in item.lines
    )


def _is_links(item: Item) -> bool:
    if item.what is What.LIST and len(item.lines) >= 2:
        return all(line.is_linked and len(line.text.split()) <= _SHORT_LINK for line in item.lines)
    if item.what is What.TEXT and item.lines[0].is_linked:
        text = item.lines[0].text
        return len(text.split()) <= _SHORT_LINK and not reads_as_ask(text) and not item.lines[0].is_button
    return False


def _left(item: Item, reason: str) -> list[Item]:
    """Return the same words, set aside line by line."""
    if item.what is What.LEFT:
        return [item]
    if item.what is What.PICTURE:
        return [replace(item, reason=reason)]
    lines = (item.lead_in, *item.lines) if item.lead_in else item.lines
    return [Item(What.LEFT, (line,), reason=reason) for line in lines]
