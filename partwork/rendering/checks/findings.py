"""What a check of a finished email says: one finding a fault, with what would be right. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a finding keeps an email from being sent, or is for a person to weigh."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing a check found in one email.

    check: which of the checks in docs/emails.md speaks, in a word or two
    """

    severity: Severity
    check: str
    text: str

    def __str__(self) -> str:
        return f"{self.check}: {self.text}"


def error(check: str, text: str) -> Finding:
    return Finding(Severity.ERROR, check, text)


def warning(check: str, text: str) -> Finding:
    return Finding(Severity.WARNING, check, text)


def shortened(text: str, *, to: int = 50) -> str:
    """Return a text on one line, in quotes, cut where it is long."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= to else line[: to - 1] + '…'}'"
