"""The picture of coverage as one page to open: no scripts, nothing fetched, by day, by night and on paper."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from partwork.articles.picture import Fate, Picture, reads_in

_ENVIRONMENT = Environment(
    loader=PackageLoader("partwork.reports", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATE = _ENVIRONMENT.get_template("coverage.html")
_STYLE = files("partwork.reports").joinpath("pages", "coverage.css").read_text("utf-8")


def coverage_page(seen: Picture, *, practice: str, language: str) -> str:
    """Return the page. practice: whose it is, may be empty; language: the article's, empty if unknown."""
    links = "".join(_linking(part.number) for part in seen.parts)
    return _TEMPLATE.render(
        seen=seen,
        parts={part.number: part for part in seen.parts},
        most_words=max((part.word_count for part in seen.parts), default=1) or 1,
        practice=practice,
        language=language,
        Fate=Fate,
        reads_in=reads_in,
        style=Markup(_STYLE + links),  # noqa: S704 - our own file, and numbers
    )


def _linking(number: int) -> str:
    """Return the rule by which a block under the pointer or the focus marks its part, and the reverse."""
    own = f'[data-part="{number}"]'
    return f"main:has({own}:is(:hover,:focus-within)) {own}{{--mark:var(--accent);--tint:var(--marked)}}\n"
