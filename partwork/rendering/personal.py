"""The personal stage of a template: `{{ … }}` and `{% … %}`, filled for one reader. Pure.

Everything here is about text that will be, or must never be, read as a personal tag.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import TemplateSyntaxError, Undefined, UndefinedError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import escape

LINK_NAMES = ("book", "unsubscribe", "website")  # beside `to`, which compiling alone writes

# Where text could open a tag: a brace before another or before a percent sign, and what stands at
# an end of the text, where a template's own brace or tag may be its neighbour.
_OPENING = re.compile(r"\A[{%]|\{(?=[{%]|\Z)")
_OPENING_IN_HTML = re.compile(r"\A%|\{")

# White space is none of them: it is laid together when a text is compiled.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

_LOADING = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


_INSIDE = ("elif", "else", "endif")
_SIMPLE = (
    *(nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Tuple),
    *(nodes.If, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
)
_WHAT_MAY_STAND = (
    "write {{ first_name | default('there') }} for a field, or a condition as in {% if clinic == 'North' %}"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a personal template, and in which of its lines (from 1)."""

    line: int
    text: str


class _Absent(Undefined):
    """A field this reader does not have: asked about, it is nothing; shown, an error that names it."""

    __slots__ = ()

    def __str__(self) -> str:
        self._fail_with_undefined_error()

    def __len__(self) -> int:
        self._fail_with_undefined_error()

    def __iter__(self) -> Iterator[object]:
        self._fail_with_undefined_error()

    def __contains__(self, value: object) -> bool:
        self._fail_with_undefined_error()

    @property
    def _undefined_message(self) -> str:
        name = self._undefined_name
        if isinstance(self._undefined_obj, dict):
            return f"there is no links.{name} here; links are {', '.join(self._undefined_obj)}"
        if self._undefined_obj is not missing:
            return super()._undefined_message
        return (
            f"'{name}' is empty or unknown for this reader; write {{{{ {name} | default('…') }}}} "
            "to say what stands there then"
        )


class PersonalEnvironment(ImmutableSandboxedEnvironment):
    """Sandboxed and strict: it knows the reader's fields and the links, and nothing else.

    What could differ between two merges of one message (`random`) or let a reader's value become
    markup (`safe`) is taken away, and so are all global functions.
    """

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            # Jinja cannot do without comments. This opening is no text of an article (its brace
            # is escaped) and was never a legal tag, while `{#` is ordinary in style sheets.
            comment_start_string="{%#",
            comment_end_string="#%}",
            undefined=_Absent,
            autoescape=autoescape,
            keep_trailing_newline=True,
        )
        self.globals.clear()
        for name in ("random", "safe"):
            del self.filters[name]

    def fault_in(self, source: str) -> Fault | None:
        """Return what keeps `source` from being a personal template, or None."""
        try:
            tree = self.parse(source)
            self.compile(source)
        except TemplateSyntaxError as error:
            return Fault(error.lineno, error.message or "not a personal template")
        for node in tree.find_all(_LOADING):
            return Fault(node.lineno, "a personal tag cannot load another template")
        for node in tree.find_all(nodes.EvalContextModifier):
            return Fault(node.lineno, "escaping cannot be switched off")
        for attribute in tree.find_all(nodes.Getattr):
            of_links = isinstance(attribute.node, nodes.Name) and attribute.node.name == "links"
            if of_links and attribute.attr not in LINK_NAMES:
                names = ", ".join(f"links.{name}" for name in LINK_NAMES)
                return Fault(attribute.lineno, f"there is no links.{attribute.attr}; there are {names}")
        return None

    def fault_in_tag(self, tag: str, *, word: str) -> str | None:
        """Return what keeps one tag from being a field, a field with a default, or a simple condition.

        word: `if`, `elif`, `else` or `endif`; empty for a value
        """
        source = whole_tag(tag, word=word)
        if fault := self.fault_in(source):
            return f"{tag} cannot be read ({fault.text}): {_WHAT_MAY_STAND}"
        if word == "" and not fields_used(source) and "links" not in tag:
            return f"{tag} names no field: {_WHAT_MAY_STAND}"
        for node in self.parse(source).find_all(nodes.Node):
            is_default = isinstance(node, nodes.Filter) and node.name in ("default", "d")
            is_link = (
                isinstance(node, nodes.Getattr)
                and isinstance(node.node, nodes.Name)
                and node.node.name == "links"
            )
            if not (is_default or is_link or isinstance(node, _SIMPLE)):
                what = f"the filter '{node.name}'" if isinstance(node, nodes.Filter) else "this"
                return f"{tag}: {what} is not known here; {_WHAT_MAY_STAND}"
        return None

    def pieces(self, source: str) -> Iterator[tuple[bool, str]]:
        """Yield `source` in order as (is a tag, text), cut exactly as the merge will cut it.

        Raises TemplateSyntaxError where `fault_in` would have seen a fault.
        """
        tag = ""
        for _, kind, text in self.lexer.tokeniter(source, None):
            if kind == "data" and not tag:
                yield False, text
                continue
            tag += text
            if kind.endswith("_end"):
                yield True, tag
                tag = ""


@lru_cache(maxsize=256)
def fault_in(source: str) -> Fault | None:
    """Return what keeps `source` from being a personal template, or None. A text is looked at once."""
    return PersonalEnvironment(autoescape=True).fault_in(source) if "{" in source else None


def whole_tag(tag: str, *, word: str) -> str:
    """Return a template of one tag and what it cannot do without. word: as `fault_in_tag` has it."""
    opening = "{% if true %}" if word in _INSIDE else ""
    return opening + tag + ("" if word in ("", "endif") else "{% endif %}")


def fields_used(template: str) -> frozenset[str]:
    """Return the names of the reader's fields that a sound personal template asks for."""
    tree = PersonalEnvironment(autoescape=False).parse(template)
    return frozenset(meta.find_undeclared_variables(tree)) - {"links"}


def values_compared(template: str) -> frozenset[tuple[str, str]]:
    """Return each (field, value) that a sound personal template compares."""
    found = set()
    for compare in PersonalEnvironment(autoescape=False).parse(template).find_all(nodes.Compare):
        sides = [compare.expr, *(operand.expr for operand in compare.ops)]
        names = [side.name for side in sides if isinstance(side, nodes.Name)]
        values = [value for side in sides for value in _constants(side)]
        found |= {(name, value) for name in names for value in values}
    return frozenset(found)


def _constants(node: nodes.Expr) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.List | nodes.Tuple):
        for item in node.items:
            yield from _constants(item)


@dataclass(frozen=True, slots=True)
class Filled:
    """What a personal template says to one reader; `fault` where it cannot be filled, and no text then."""

    text: str
    fault: Fault | None = None


def filled(template: str, values: Mapping[str, str]) -> Filled:
    """Return a sound personal template as plain text for one reader, its links being their names."""
    try:
        made = PersonalEnvironment(autoescape=False).from_string(template)
        return Filled(made.render(values, links=dict(zip(LINK_NAMES, LINK_NAMES, strict=True))))
    # A template is a program of its author's: it may raise anything.
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == "<template>" and frame.lineno]
        kind = "" if isinstance(error, UndefinedError) else f"{type(error).__name__}: "
        return Filled("", Fault(lines[-1] if lines else 1, f"{kind}{error}"))


def places_of(field: str, source: str) -> Iterator[tuple[int, int]]:
    """Yield (line, column), from 1, of each mention of a field inside the personal tags of a source."""
    for tag in _TAG.finditer(source):
        for mention in re.finditer(rf"\b{re.escape(field)}\b", tag[0]):
            start = tag.start() + mention.start()
            yield source.count("\n", 0, start) + 1, start - source.rfind("\n", 0, start)


class Authored(str):
    """A text that may hold personal tags: a subject, preheader or teaser, and what is written by hand."""

    __slots__ = ()


def authored_fault(text: str) -> str | None:
    """Return what keeps an authored text from standing in a header and in bodies, or None."""
    if unsafe := _CONTROL.search(text):
        return f"it holds the control character U+{ord(unsafe[0]):04X}; take it out"
    if "=?" in text:
        return "'=?' begins an encoded word in a header; write it otherwise"
    fault = fault_in(text)
    return fault.text if fault else None


def literal(text: str) -> str:
    """Return a personal template that comes out as exactly `text`."""
    return _OPENING.sub(lambda opening: f"{{{{ '{opening[0]}' }}}}", text)


def literal_html(text: str) -> str:
    """Return a personal template that shows exactly `text` in HTML, in an element or an attribute.

    Braces become references, not values: some providers fill `{{ … }}` of their own in a body.
    """
    return _OPENING_IN_HTML.sub(lambda opening: f"&#{ord(opening[0])};", str(escape(text)))


def authored_html(text: str) -> str:
    """Return an authored text for HTML: what is no tag is escaped, the tags stay as they are."""
    pieces = PersonalEnvironment(autoescape=True).pieces(text)
    return "".join(piece if is_tag else str(escape(piece)) for is_tag, piece in pieces)
