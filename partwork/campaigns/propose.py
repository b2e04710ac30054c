"""The text of a commented `campaign.yaml` for a proposed series. Pure: nothing is read or written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from partwork.articles.coverage import Coverage, LineFate, PartCoverage, Role, coverage
from partwork.articles.headlines import Phrase
from partwork.articles.model import Article
from partwork.articles.phrases import shown
from partwork.articles.split import PartDraft, Series

_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:/[a-z0-9-]+)*(?:\.[a-z0-9]+)?")
_READ_AS_OTHERS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_LINE_LENGTH = 100
_COMMENT_LENGTH = 110
_NAMED_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def campaign_file(
    article: Article,
    series: Series,
    *,
    slug: str,
    article_file: str,
    audience: str,
    schema: str | None = None,
) -> str:
    """Return a campaign file in which staff find everything they may want to change, and how.

    schema: where its JSON Schema lies, from the file's folder; None where there is none
    """
    title = shown(article.title.text) if article.title else series.parts[0].subject
    for_editors = (f"# yaml-language-server: $schema={schema}",) if schema else ()
    return "\n".join(
        (*for_editors, *_head(title, slug, article_file, audience), *_parts(article, series), "")
    )


def _head(title: str, slug: str, article_file: str, audience: str) -> Iterator[str]:
    yield f"# Proposed by: partwork split. Yours to edit; then run: partwork check {_in_comment(slug)}"
    yield f"campaign: {_scalar(slug)}   # the name of this folder"
    yield f"title: {_scalar(title)}"
    yield f"article: {_scalar(article_file)}   # beside this file; never changed"
    yield f"audience: {_scalar(audience)}   # audiences/{_in_comment(audience)}.yaml says who reads this"
    yield "template: part   # templates/part.mjml, with its written twin part.txt"
    yield from _SCHEDULE
    yield ""


_SCHEDULE = (
    "",
    "schedule:",
    "  first: next slot   # or: at once (now, or as soon as days and quiet allow)",
    "  every: 3 days   # or: 1 day, 14 days, 36 hours; or, in place of this line: weekdays: mon, thu",
    '  at: "09:00"   # on each reader\'s own clock',
    "  days: mon-fri   # or: tue, thu; leave the line out for every day",
    "  quiet: 20:00-08:00   # nothing leaves between these hours, on each reader's own clock",
    "  too_late_after: 36 hours, then wait   # for the next slot; or: 36 hours, then expire",
    "",
    "goal: booking   # what the series is for: a session booked",
    "on_uncertain: hold   # a part that may or may not have left waits for you; or: resend",
)


def _parts(article: Article, series: Series) -> Iterator[str]:
    yield "# One email each, in this order. A slug is a part's identity: settle it before you publish."
    yield "# Readers see subject (60 characters at most) and preheader (110) in their inbox, and each subject"
    yield "# once more as what comes next in the email before. To move a section, move its name; to divide a"
    yield "# long one, write name[1] in one part and name[2] in the next; to leave one out, add a line"
    yield "# omit: [its-name]"
    yield from (f"# Note: {_in_comment(note)}" for note in series.notes)
    yield "parts:"
    covered = coverage(article, series)
    for part, summary in zip(series.parts, covered.parts, strict=True):
        yield from _part(part, summary, len(series.parts))
    yield from (
        f"# Line {fate.number} of the article is set aside ({fate.aside})." for fate in _asides(covered)
    )


def _part(part: PartDraft, summary: PartCoverage, total: int) -> Iterator[str]:
    lines = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in summary.lines)
    noun = "line" if lines.isdigit() else "lines"
    words = f"{part.word_count} word{'' if part.word_count == 1 else 's'}"
    yield f"  # Part {summary.number} of {total}: {noun} {lines} of the article, {words}"
    yield f"  - slug: {_scalar(part.slug)}"
    yield f"    subject: {_scalar(part.subject)}"
    yield from _others(part.subjects)
    yield f"    preheader: {_scalar(part.preheader)}"
    yield from _others(part.preheaders)
    names = [_scalar(name) for name in part.sections]
    in_a_row = f"    sections: [{', '.join(names)}]"
    if len(in_a_row) <= _LINE_LENGTH:
        yield in_a_row
    else:
        yield "    sections:"
        yield from (f"      - {name}" for name in names)


def _others(phrases: Sequence[Phrase]) -> Iterator[str]:
    """Yield the runners-up as comments, to be copied by hand."""
    for phrase in phrases[1:]:
        other, reason = f"    #   or: {_scalar(phrase.text)}", f"({_in_comment(phrase.reason)})"
        if len(other) + len(reason) < _COMMENT_LENGTH:
            yield f"{other}   {reason}"
        else:
            yield other
            yield f"    #       {reason}"


def _asides(covered: Coverage) -> Iterator[LineFate]:
    """Yield what no part names and yet is told: the button's line, and the first of the references."""
    told = (Role.CALL_TO_ACTION, Role.REFERENCES_HEADING)
    return (fate for fate in covered.lines if fate.role in told)


def _scalar(text: str) -> str:
    """Return YAML 1.2 that reads as exactly this text, plain where it is a simple name."""
    if _PLAIN.fullmatch(text) and text not in _READ_AS_OTHERS:
        return text
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[char]
    code = ord(char)
    if char.isprintable() and not 0xFFF0 <= code <= 0xFFFF:
        return char
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _in_comment(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
