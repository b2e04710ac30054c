"""Compile a part, once for everyone: an article's sections and two templates to what is merged.

Compose, hide personal tags and style sheets, MJML, inline the styles, put everything back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import TemplateSyntaxError

from partwork.articles.handwriting import HandWriting
from partwork.articles.model import Block, Line, Note, Section
from partwork.errors import Problem, WorkspaceError
from partwork.rendering import markup
from partwork.rendering.checks.mjml import Marker, lint, unmarked
from partwork.rendering.compose import Composition
from partwork.rendering.inline import read_inline
from partwork.rendering.look import Look, media_address
from partwork.rendering.personal import Authored, PersonalEnvironment, authored_fault, literal
from partwork.rendering.view import lay_flat, shown_note, words_of
from partwork.rendering.wording import WordsByName, sides_of, wording
from partwork.rendering.writing import HtmlWriter, TextWriter

# Gmail cuts what is longer than about 102 KB, with the way out at its end; a reader's values come on top.
HTML_LIMIT_BYTES = 90 * 1024
PLAIN = Look()
NO_LINKS: Mapping[str, int] = {}

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


@dataclass(frozen=True, slots=True)
class PartContent:
    """What a part says, before any template.

    subject, preheader, teaser: authored; personal tags in them work
    handwriting:                the text the part's personal lines come from, if it has one
    everything else:            data; it comes out as it stands
    """

    number: int
    count: int
    slug: str
    series_title: str
    subject: str
    preheader: str
    sections: tuple[Section, ...]
    references_heading: Line | None
    references: tuple[Block, ...]
    button_label: str
    teaser: str | None
    notes: tuple[Note, ...] = ()
    handwriting: HandWriting | None = None

    @property
    def all_lines(self) -> Iterator[Line]:
        """Every line that comes from the article or from the part's own text."""
        for section in self.sections:
            yield from section.all_lines
        for note in self.notes:
            yield from note.block.all_lines
        if self.references_heading:
            yield self.references_heading
        for block in self.references:
            yield from block.all_lines

    @property
    def greets_by_itself(self) -> bool:
        """Whether it opens with words by hand that name the reader: templates then say no greeting."""
        opening = next(iter(self.sections), None)
        if opening is None or opening.heading:
            return False
        first = next((line for block in opening.blocks for line in block.all_lines), None)
        return first is not None and first.is_personal and "first_name" in first.text

    @property
    def hrefs(self) -> tuple[str, ...]:
        """The web addresses its lines lead to, each once, in order."""
        inlines = (read_inline(line.markup) for line in self.all_lines if line.markup)
        return tuple(dict.fromkeys(href for inline in inlines for href in inline.hrefs))


@dataclass(frozen=True, slots=True)
class Practice:
    """Who writes. `language` is a BCP 47 tag; lines of the postal address are shown as lines.

    signature: how a letter is signed, where it is not with the name alone
    words:     the templates' own, in that language, by their names
    """

    name: str
    postal_address: str
    website: str | None
    language: str
    signature: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompiledPart:
    """A part as it is kept in a revision: four personal templates, the same for the same input."""

    subject: str
    preheader: str
    html: str
    text: str


def compile_part(
    templates: Path,
    template: str,
    content: PartContent,
    practice: Practice,
    *,
    look: Look = PLAIN,
    links: Mapping[str, int] = NO_LINKS,
) -> CompiledPart:
    """Return a part compiled with `template`.mjml and `template`.txt from the folder `templates`.

    links: the id of each address in `content.hrefs`
    Raises WorkspaceError with every problem found, in the templates or in the authored texts.
    """
    problems = list(_authored_problems(content))
    if problems:
        raise WorkspaceError(problems)
    given = _Given(_shown(content, practice, look), links, media_address(look.media_base, ""))
    compiled: list[str] = []
    for compile_one in (_compile_html, _compile_text):
        try:
            compiled.append(compile_one(templates, template, given))
        except WorkspaceError as error:
            problems.extend(error.problems)
    if problems:
        raise WorkspaceError(problems)
    html, text = compiled
    return CompiledPart(_one_line(content.subject), _one_line(content.preheader), html, text)


@dataclass(frozen=True, slots=True)
class _Given:
    """What a template is given. media: how the address of each picture of ours begins."""

    shown: Mapping[str, object]
    links: Mapping[str, int]
    media: str


def _compile_html(templates: Path, template: str, given: _Given) -> str:
    name = f"{template}.mjml"
    marker = Marker()
    composition = Composition(
        templates,
        writer=HtmlWriter(given.links),
        mark=lambda template, source: marker.marked(source, file=f"{templates.name}/{template}"),
    )
    marked = composition.compose(name, given.shown)
    if problems := [*_tag_problems(composition), *composition.personal_problems()]:
        raise WorkspaceError(problems)
    composed = unmarked(marked)
    styled = markup.take_styles(
        composed, keep=lambda sheet: composition.keep(literal(composition.restore(sheet)))
    )
    source = _hide_personal_tags(composition, name, styled.mjml)
    try:
        html = markup.to_html(source)
    except markup.MarkupError as error:
        # Tags that do not pair up would make a lint speak of places that are none.
        if not error.near and (problems := [*_balance_problems(composition)] or [*lint(marked, marker)]):
            raise WorkspaceError(problems) from None
        where, line = composition.where_it_reads(error.near) or (name, 0)
        raise composition.fault(where, line, str(error)) from None
    if problems := list(lint(marked, marker)):
        raise WorkspaceError(problems)
    inlined = markup.inline(html, styles=styled.inlined)
    # While text is hidden: an article may well speak of url(…).
    for elsewhere in (*markup.fetched(composed), *markup.fetched(inlined)):
        if not composition.restore(elsewhere).startswith(given.media):
            where, line = composition.where_it_holds(elsewhere) or (name, 0)
            raise composition.fault(where, line, f"{elsewhere} would be fetched on opening; nothing may be")
    for problem in _losses(composition, source, html, inlined):
        raise composition.fault(name, 0, problem)
    html = composition.restore(inlined)
    if len(html.encode()) > HTML_LIMIT_BYTES:
        raise composition.fault(name, 0, _too_long(html))
    return html


def _compile_text(templates: Path, template: str, given: _Given) -> str:
    name = f"{template}.txt"
    composition = Composition(templates, writer=TextWriter(given.links))
    composed = composition.compose(name, given.shown)
    if problems := list(composition.personal_problems()):
        raise WorkspaceError(problems)
    return composition.restore(_BLANK_LINES.sub("\n\n", composed).strip()) + "\n"


def _hide_personal_tags(composition: Composition, name: str, source: str) -> str:
    """Return `source` with each personal tag as a token."""
    pieces = PersonalEnvironment(autoescape=True).pieces(source)
    try:
        return "".join(composition.keep(piece) if is_tag else piece for is_tag, piece in pieces)
    except TemplateSyntaxError as error:
        raise composition.fault(name, 0, f"personal tags do not fit together: {error.message}") from None


def _losses(composition: Composition, source: str, html: str, inlined: str) -> Iterator[str]:
    """Yield what MJML dropped, or the inliner's HTML parser moved: both do so without a word."""
    before, after = _neighbours(composition, html), _neighbours(composition, inlined)
    for token, _ in composition.tokens_in(source):
        said = composition.restore(token)[:60]
        if token not in before:
            yield f"MJML drops this here: {said!r}; put it inside mj-text, mj-button or mj-raw"
        elif before[token] != after.get(token):
            yield f"this stands where HTML allows no text, as between table rows: {said!r}"


def _neighbours(composition: Composition, html: str) -> dict[str, list[str]]:
    """Return for each token the tags it follows."""
    found: dict[str, list[str]] = {}
    for token, place in composition.tokens_in(html):
        found.setdefault(token, []).append(markup.tag_before(html, place))
    return found


def _too_long(html: str) -> str:
    return (
        f"the part's HTML has {len(html.encode()) // 1024 + 1} KB and mail programs cut long emails short; "
        f"keep it within {HTML_LIMIT_BYTES // 1024} KB"
    )


def _tag_problems(composition: Composition) -> Iterator[Problem]:
    for name, source in composition.sources.items():
        for line, column, text in markup.tag_faults(source):
            yield Problem(composition.path_of(name), line, column, text)


def _balance_problems(composition: Composition) -> Iterator[Problem]:
    for name, source in composition.sources.items():
        for line, column, text in markup.balance_faults(source):
            yield Problem(composition.path_of(name), line, column, text)


def _authored_problems(content: PartContent) -> Iterator[Problem]:
    authored = {"subject": content.subject, "preheader": content.preheader, "teaser": content.teaser or ""}
    for name, text in authored.items():
        if fault := authored_fault(text):
            yield Problem(f"part '{content.slug}'", 0, 0, f"{name}: {fault}")
    if content.handwriting:
        yield from _handwriting_problems(content.handwriting)


def _handwriting_problems(text: HandWriting) -> Iterator[Problem]:
    yield from (Problem(text.name, *flaw) for flaw in text.flaws)
    yield from tag_faults(text)


def tag_faults(text: HandWriting) -> Iterator[Problem]:
    """Yield what is wrong within each personal tag of a text written by hand."""
    environment = PersonalEnvironment(autoescape=False)
    for tag in text.tags:
        is_told = any((flaw.line, flaw.column) == (tag.line, tag.column) for flaw in text.flaws)
        if not is_told and (fault := environment.fault_in_tag(tag.text, word=tag.word)):
            yield Problem(text.name, tag.line, tag.column, fault)


def _shown(content: PartContent, practice: Practice, look: Look) -> Mapping[str, object]:
    values = {
        "number": str(content.number),
        "count": str(content.count),
        "series_title": content.series_title,
        "practice.name": practice.name,
    }
    return {
        "practice": practice,
        "words": WordsByName((name, wording(text, values)) for name, text in practice.words.items()),
        **sides_of(practice.language),
        "look": look.written,
        "number": content.number,
        "count": content.count,
        "series_title": content.series_title,
        "subject": Authored(_one_line(content.subject)),
        "preheader": Authored(_one_line(content.preheader)),
        "sections": tuple(lay_flat(content.sections, media_base=look.media_base)),
        "notes": tuple(map(shown_note, content.notes)),
        "references_heading": words_of(content.references_heading) if content.references_heading else None,
        "references": tuple(words_of(line) for block in content.references for line in block.all_lines),
        "button_label": _one_line(content.button_label),
        "greets_by_itself": content.greets_by_itself,
        "teaser": Authored(_one_line(content.teaser)) if content.teaser else None,
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
