"""Does an inbox show subject and preheader whole, and enough of them? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from partwork.rendering.checks.findings import Finding, warning

# What a phone in the hand shows, in characters; measured on common ones, and they differ by a few.
SUBJECT_SHOWN = 60
PREHEADER_SHOWN = 110
LEAST_TOLD = 15


def inbox_findings(subject: str, preheader: str) -> Iterator[Finding]:
    """Yield what an inbox would cut, or what leaves it saying too little. Both as a reader gets them."""
    for name, text, shown in (
        ("subject", subject, SUBJECT_SHOWN),
        ("preheader", preheader, PREHEADER_SHOWN),
    ):
        if len(text) > shown:
            yield warning(
                name,
                f"it has {len(text)} characters and phones show about {shown}:"
                f" they end at '…{text[:shown][-20:]}'",
            )
        elif len(text) < LEAST_TOLD:
            yield warning(name, f"'{text}' says little in {len(text)} characters: write {LEAST_TOLD} or more")
    if subject.casefold() == preheader.casefold():
        yield warning("preheader", "it says the same as the subject: say what the subject does not")
