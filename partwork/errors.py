"""The one tree of errors: a class for each decision the caller can take, never for each cause.

Texts are for people: where, what, and what would have been right. They hold no address, no
secret and no body of a provider's answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class PartworkError(Exception):
    """A fault Partwork can explain."""


def file_trouble(error: OSError) -> str:
    """Return in one line what the system refused, and of which file: a full disk, a closed folder."""
    reason = error.strerror or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason


class CommandError(PartworkError):
    """The command cannot be carried out as asked; nothing was changed."""


class SettingsError(PartworkError):
    """A setting, or a secret from the environment, is missing or wrong."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in one file. `line` and `column` count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.text}"


class WorkspaceError(PartworkError):
    """Files need editing. Carries every problem found, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Scope(StrEnum):
    """How far an answer of a provider's reaches."""

    RECIPIENT = "recipient"
    MESSAGE = "message"
    DOMAIN = "domain"
    ACCOUNT = "account"


class ProviderUnavailable(PartworkError):  # noqa: N818 - the design's word
    """The provider provably took nothing of this call: sending again is safe."""

    def __init__(
        self, reason: str, *, retry_after: timedelta | None = None, scope: Scope = Scope.MESSAGE
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.scope = scope


class MessageRefused(PartworkError):  # noqa: N818 - the design's word
    """The provider took nothing of this call and never will as it stands."""

    def __init__(self, reason: str, *, scope: Scope = Scope.MESSAGE) -> None:
        super().__init__(reason)
        self.reason = reason
        self.scope = scope


class OutcomeUncertain(PartworkError):  # noqa: N818 - the design's word
    """The call may or may not have been taken; only evidence can tell."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadToken(PartworkError):  # noqa: N818 - the design's word
    """A token is not one of ours, or not of this purpose. Carries nothing of the input."""
