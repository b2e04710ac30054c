"""What the pages say, in every language they speak. Pure; a translation is one more `Words`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Occasion(StrEnum):
    """Why a page is shown."""

    LEAVE = "leave"
    LEFT = "left"
    NOT_LEFT = "not left"
    UNCLEAR = "unclear"
    NOT_FOUND = "not found"
    WRONG_METHOD = "wrong method"
    TROUBLE = "trouble"
    PREVIEW = "preview"
    TEST_LEAVE = "leave a test"
    TEST_LEFT = "left a test"
    TEST_LOST = "lost test"


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `{practice}` stands for whose page it is; `button`, if any, unsubscribes.

    note: for those who try an email out; readers never see one
    """

    title: str
    text: str
    button: str = ""
    note: str = ""

    def named(self, practice: str) -> Page:
        """Return the page with the practice's name (or the word for "us") in place."""
        title, text = (said.format(practice=practice) for said in (self.title, self.text))
        return Page(title, text, self.button, self.note)


@dataclass(frozen=True, slots=True)
class Words:
    """One language. us: stands in for a practice whose name is not known; website: the link's label."""

    us: str
    website: str
    pages: Mapping[Occasion, Page]


ENGLISH = Words(
    us="us",
    website="Visit our website",
    pages={
        Occasion.LEAVE: Page(
            "Unsubscribe?",
            "Press the button and you will get no more email series or other marketing from {practice}.",
            button="Unsubscribe",
        ),
        Occasion.LEFT: Page(
            "You are unsubscribed",
            "You will get no more email series or other marketing from {practice}. "
            "An email that was already on its way may still reach you.",
        ),
        Occasion.NOT_LEFT: Page(
            "That did not work",
            "The fault is ours: we could not make sure that you are unsubscribed. "
            "Please try again in a few minutes.",
            button="Try again",
        ),
        Occasion.UNCLEAR: Page(
            "Nothing was changed",
            "We could not read what was sent to us. "
            "Press the button if you want no more email series or other marketing from {practice}.",
            button="Unsubscribe",
        ),
        Occasion.NOT_FOUND: Page(
            "This page is not here",
            "The link may have lost its end on the way. Please open it once more from the email, "
            "or copy the whole of it. To leave, you can always answer the email and say so.",
        ),
        Occasion.WRONG_METHOD: Page(
            "Nothing was changed",
            "This address cannot be used that way. Please open the link once more from the email.",
        ),
        Occasion.TROUBLE: Page(
            "Something went wrong",
            "The fault is ours. Please open the link once more in a few minutes.",
        ),
        Occasion.PREVIEW: Page(
            "This is a preview",
            "The link stands in a preview of an email, so it leads nowhere and changes nothing. "
            "In an email that was sent, it works.",
        ),
        Occasion.TEST_LEAVE: Page(
            "Unsubscribe?",
            "Press the button and you will get no more email series or other marketing from {practice}.",
            button="Unsubscribe",
            note="This is what a reader sees. The link is from a test email: the button unsubscribes nobody.",
        ),
        Occasion.TEST_LEFT: Page(
            "Nobody was unsubscribed",
            "The link works. It is from a test email, so nothing was changed: "
            "a reader who does the same gets no more marketing from {practice}.",
        ),
        Occasion.TEST_LOST: Page(
            "This test is from elsewhere",
            "The link is from a test email that was sent with another database: "
            "where it leads is not known here. Send the test from the machine that answers the links.",
        ),
    },
)

CATALOGUE: Mapping[str, Words] = {"en": ENGLISH}
FALLBACK = "en"


def speaking(language: str) -> tuple[str, Words]:
    """Return the language tag a page may carry and its words: the fallback's if we lack `language`."""
    words = CATALOGUE.get(language.partition("-")[0].lower())
    return (language, words) if words else (FALLBACK, CATALOGUE[FALLBACK])
