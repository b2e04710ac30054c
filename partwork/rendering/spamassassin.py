"""Asks SpamAssassin, where it is installed, what it thinks of messages. Adapter; no network is used."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partwork.rendering.checks.findings import Finding, error

SCORE_LIMIT = 2.0
_PROGRAM = "spamassassin"
_TIMEOUT_SECONDS = 60
_STATUS = re.compile(
    r"^X-Spam-Status: .*?score=(-?[\d.]+) .*?tests=(.*?) autolearn", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One message's score and the rules it met."""

    score: float
    rules: tuple[str, ...]


def spam_verdicts(messages: Sequence[bytes]) -> tuple[Verdict, ...] | None:
    """Return a verdict for each message, in order; None where SpamAssassin is not, or does not answer.

    One process for all: starting it takes longer than judging a message.
    """
    program = shutil.which(_PROGRAM)
    if program is None or not messages:
        return None
    # -L: no look-ups; -x: no files of the user's own are made or read
    command = [program, "-L", "-t", "-x", "--prefspath=/dev/null", "--mbox"]
    try:
        ran = subprocess.run(  # noqa: S603 - a fixed command, and the program was found in PATH
            command, input=_mailbox(messages), capture_output=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    verdicts = tuple(
        Verdict(float(score), tuple(rules.replace(" ", "").replace("\n", "").replace("\t", "").split(",")))
        for score, rules in _STATUS.findall(ran.stdout.decode("utf-8", "replace"))
    )
    return verdicts if len(verdicts) == len(messages) else None


def spam_findings(verdict: Verdict) -> Iterator[Finding]:
    """Yield that a message looks like spam, or that its own form is at fault."""
    rules = ", ".join(verdict.rules)
    if verdict.score >= SCORE_LIMIT:
        yield error("spam", f"SpamAssassin gives {verdict.score} ({rules}): keep it below {SCORE_LIMIT}")
    if broken := [rule for rule in verdict.rules if rule.startswith("MIME_")]:
        yield error("spam", f"SpamAssassin finds fault with the message's form ({', '.join(broken)})")


def _mailbox(messages: Sequence[bytes]) -> bytes:
    return b"".join(
        b"From check@example.org Thu Jan  1 00:00:00 2026\n"
        + re.sub(rb"^From ", b">From ", message.replace(b"\r\n", b"\n"), flags=re.MULTILINE)
        + b"\n"
        for message in messages
    )
