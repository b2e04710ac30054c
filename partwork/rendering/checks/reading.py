"""Can it be read by ear, without pictures and as plain text, and does that say the same? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from partwork.rendering.checks.findings import Finding, error, shortened, warning
from partwork.rendering.checks.page import Element, Page, is_hidden

_HEADING = re.compile(r"h([1-6])")
_WORD = re.compile(r"\w+")
# The twin writes a link's address after its words; one to write to or to call stands in <…>.
_ADDRESS = re.compile(r"https?://\S+|mailto:\S+|<[^<>\s]+@[^<>\s]+>|<[+\d][\d ().%/-]*>")
_FILE_NAME = re.compile(r"[\w-]+\.(png|jpe?g|gif|webp|svg)", re.IGNORECASE)
_ALT_MOST = 150
# The frame may say a thing in a word more or less ("Our website" for "Visit our website"), the article not.
_LEAST_LOST = 3


def alt_findings(page: Page) -> Iterator[Finding]:
    """Yield each picture that says nothing, or the wrong thing, to those who do not see it."""
    for image in page.root.all("img"):
        name = shortened(image.attributes.get("src", "").rpartition("/")[2] or "a picture")
        alt = image.attributes.get("alt")
        if alt is None:
            yield error(
                "alt text", f'{name} has none: say what it shows, or write alt="" for mere decoration'
            )
        elif not alt.strip() and _is_all_of_a_link(image):
            yield error("alt text", f"{name} is a link without words: say where it leads")
        elif _FILE_NAME.fullmatch(alt.strip()):
            yield warning("alt text", f"{shortened(alt)} is the name of a file: say what the picture shows")
        elif len(alt) > _ALT_MOST:
            said = f"{shortened(alt)} has {len(alt)} characters: tell it in {_ALT_MOST}, the rest in the text"
            yield warning("alt text", said)
        if alt and image.attributes.get("width", "100%").removesuffix("px").isdecimal() is False:
            yield warning("alt text", f"{name} has no width: without one Outlook shows it in its full size")
    for link in page.root.all("a"):
        if not link.text.strip() and not any(image.attributes.get("alt") for image in link.all("img")):
            yield error("link", "a link holds no words: say where it leads")


def heading_findings(page: Page) -> Iterator[Finding]:
    """Yield where headings skip a level, are empty, or there is not exactly one first-level heading."""
    before = 0
    firsts = 0
    for element in page.root.elements:
        match = _HEADING.fullmatch(element.tag)
        if not match or _is_unseen(element):
            continue
        level = int(match[1])
        firsts += level == 1
        if not element.text.strip():
            yield error("headings", f"an empty <{element.tag}>: screen readers announce it, take it out")
        if level > before + 1:
            text = (
                f"{shortened(element.text)} is an h{level} after an h{before}"
                if before
                else (f"the first heading, {shortened(element.text)}, is an h{level}")
            )
            yield error("headings", f"{text}: make it an h{before + 1}")
        before = level
    if firsts != 1:
        yield error("headings", f"there are {firsts} headings of the first level (h1): there should be one")


def twin_findings(page: Page, text: str, *, spoken: Sequence[str]) -> Iterator[Finding]:
    """Yield what HTML and text do not both say.

    spoken: what the article says in this part, line by line: both say every word of it, in this order
    """
    shown, written = _words(page.shown_words()), _words(text)
    for where, words in (("HTML", shown), ("text", written)):
        if missed := _first_missed(words, spoken):
            yield error("twins", f"the {where} does not say, at its place, {shortened(missed, to=70)}")
    matcher = SequenceMatcher(None, shown, written, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for words, others, where in (
            (shown[start:end], written, "text"),
            (written[other_start:other_end], shown, "HTML"),
        ):
            # The frame may say its things in another order: the name of the series before the part's number.
            if len(words) >= _LEAST_LOST and not _stands_in(words, others):
                said = shortened(" ".join(words), to=70)
                yield error("twins", f"the {where} does not say {said}; the other does")


def _stands_in(words: Sequence[str], others: Sequence[str]) -> bool:
    return f" {' '.join(words)} " in f" {' '.join(others)} "


def _words(text: str) -> list[str]:
    return _WORD.findall(_ADDRESS.sub(" ", text).casefold())


def _first_missed(words: list[str], spoken: Sequence[str]) -> str | None:
    said, at = f" {' '.join(words)} ", 0
    for line in spoken:
        wanted = f" {' '.join(_words(line))} "
        if not wanted.strip():
            continue
        found = said.find(wanted, at)
        if found < 0:
            return line
        at = found + len(wanted) - 1
    return None


def _is_all_of_a_link(image: Element) -> bool:
    link = next((around for around in image.ancestors if around.tag == "a"), None)
    return link is not None and not link.text.strip()


def _is_unseen(element: Element) -> bool:
    return any(is_hidden(one) for one in (element, *element.ancestors))
