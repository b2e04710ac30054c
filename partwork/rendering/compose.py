"""The first stage of a template: `[[ … ]]` and `[% … %]`, the same for every reader.

Text put in here travels on as opaque tokens, so that neither MJML nor the inliner nor the personal
stage can read, change or lose any of it; `restore` puts it back when they have done their work.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Protocol

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from partwork.errors import Problem, WorkspaceError
from partwork.rendering.inline import Inline
from partwork.rendering.personal import Authored, fault_in
from partwork.rendering.wording import Wording

_TOKEN = re.compile(r"pwq7zk(\d+)x")

# Their results count as markup, so text that went through them would miss its token.
_MARKUP_FILTERS = ("e", "escape", "forceescape", "safe", "tojson", "urlize", "xmlattr")


class Writer(Protocol):
    """How what is put in must be written where the template goes, HTML or text: as personal templates."""

    def data(self, text: str) -> str:
        """Return plain text."""

    def authored(self, text: str) -> str:
        """Return text whose personal tags work."""

    def inline(self, inline: Inline, *, keep: Callable[[str], str]) -> str:
        """Return a line with its markup; what nothing may read on the way goes through `keep`."""

    def wording(self, wording: Wording, *, keep: Callable[[str], str]) -> str:
        """Return a word of the templates' own, in the same way."""


class _ComposingEnvironment(ImmutableSandboxedEnvironment):
    """The first stage's language. `finalize`: what becomes of each value put in."""

    def __init__(
        self, finalize: Callable[[Context, object], object], loader: FileSystemLoader | None
    ) -> None:
        super().__init__(
            loader=loader,
            block_start_string="[%",
            block_end_string="%]",
            variable_start_string="[[",
            variable_end_string="]]",
            comment_start_string="[#",
            comment_end_string="#]",
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            undefined=StrictUndefined,
            # Not for escaping, which is done where a token is made: so that what a macro or a
            # block of the template returns is told apart from text.
            autoescape=True,
            finalize=finalize,
        )
        for name in _MARKUP_FILTERS:
            del self.filters[name]


class Composition:
    """One template on its way: its sources, the text it was given, and the faults it may have."""

    def __init__(
        self, folder: Path, *, writer: Writer, mark: Callable[[str, str], str] = lambda _, source: source
    ) -> None:
        self.sources: dict[str, str] = {}
        self._folder = folder
        self._writer = writer
        self._kept: list[str] = []
        self._environment = _ComposingEnvironment(
            self._finalize, _RememberingLoader(folder, self.sources, mark)
        )

    def compose(self, name: str, shown: Mapping[str, object]) -> str:
        """Return the template `name` with all text in it as tokens. Raises WorkspaceError."""
        try:
            return self._environment.get_template(name).render(shown)
        except TemplateNotFound as error:
            place = self._place_of(error)
            missing = self.path_of(str(error.name or name))
            text = f"there is no {missing}" if place else "the file is missing"
            raise self.fault(*(place or (name, 0)), text) from None
        except TemplateSyntaxError as error:
            raise self.fault(error.name or name, error.lineno, str(error.message)) from None
        # A template is a program of its author's: whatever it raises is a fault in its file.
        except Exception as error:
            kind = "" if isinstance(error, TemplateRuntimeError) else f"{type(error).__name__}: "
            raise self.fault(*(self._place_of(error) or (name, 0)), f"{kind}{error}") from None

    def keep(self, text: str) -> str:
        """Return the token that `restore` turns into `text`."""
        self._kept.append(text)
        return f"pwq7zk{len(self._kept) - 1}x"

    def restore(self, text: str) -> str:
        """Return `text` with each token replaced by what it stands for."""
        return _TOKEN.sub(lambda match: self._kept[int(match[1])], text)

    def tokens_in(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield the tokens in `text` and where each begins, in order."""
        for match in _TOKEN.finditer(text):
            yield match[0], match.start()

    def path_of(self, name: str) -> str:
        """Return how a template's file is named to people."""
        return f"{self._folder.name}/{name}"

    def fault(self, name: str, line: int, text: str) -> WorkspaceError:
        """Return the error for a fault in a template; line 0 where the line is not known."""
        return WorkspaceError([Problem(self.path_of(name), line, min(line, 1), self.restore(text))])

    def personal_problems(self) -> Iterator[Problem]:
        """Yield each fault in a personal tag, in the file and line where it was written."""
        for name, source in self.sources.items():
            if fault := fault_in(source):
                yield Problem(self.path_of(name), fault.line, 1, fault.text)

    def where_it_holds(self, text: str) -> tuple[str, int] | None:
        """Return the first (template, line number) that holds `text`, or None."""
        for name, source in self.sources.items():
            if (start := source.find(text)) >= 0:
                return name, source.count("\n", 0, start) + 1
        return None

    def where_it_reads(self, line: str) -> tuple[str, int] | None:
        """Return the one (template, line number) that reads `line`, or None."""
        places = [
            (name, number)
            for name, source in self.sources.items()
            for number, text in enumerate(source.splitlines(), start=1)
            if text.strip() == line
        ]
        return places[0] if len(places) == 1 else None

    # Asking for the context keeps Jinja from calling it for a constant, once for all renderings.
    @pass_context
    def _finalize(self, _context: Context, value: object) -> object:
        if isinstance(value, Markup | int):
            return value
        if isinstance(value, Inline):
            return Markup(self._writer.inline(value, keep=self.keep))  # noqa: S704 - tags of ours, words kept
        if isinstance(value, Wording):
            return Markup(self._writer.wording(value, keep=self.keep))  # noqa: S704 - as above
        if isinstance(value, Authored):
            return self.keep(self._writer.authored(value))
        if value is None:
            raise TemplateRuntimeError("there is nothing to put here; ask first with [% if … %]")
        return self.keep(self._writer.data(str(value)))

    def _place_of(self, error: BaseException) -> tuple[str, int] | None:
        """Return the (template, line number) where an error was raised, if inside a template."""
        paths = {str(self._folder / name): name for name in self.sources}
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename in paths and frame.lineno:
                return paths[frame.filename], frame.lineno
        return None


class _RememberingLoader(FileSystemLoader):
    """Loads templates from a folder, compiling each text once, and notes the source of each."""

    def __init__(self, folder: Path, sources: dict[str, str], mark: Callable[[str, str], str]) -> None:
        super().__init__(folder)
        self._sources = sources
        self._mark = mark

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, object] | None = None,  # noqa: A002 - Jinja's name
    ) -> Template:
        source, path, _ = self.get_source(environment, name)
        self._sources[name] = source
        code = _compiled(self._mark(name, source), name, path)
        return environment.template_class.from_code(environment, code, globals or {})


@lru_cache(maxsize=64)
def _compiled(source: str, name: str, path: str) -> CodeType:
    """Return a template as code, which any environment of the same language can run."""

    @pass_context
    def unused(_context: Context, value: object) -> object:
        return value

    return _ComposingEnvironment(unused, None).compile(source, name, path)
