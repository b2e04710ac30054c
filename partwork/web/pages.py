"""Answers that people read: one template, one style sheet, words from the catalogue."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from partwork.store.connect import Store
from partwork.web.practice import Practice, read_practice
from partwork.web.words import Occasion, speaking

_ENVIRONMENT = Environment(
    loader=PackageLoader("partwork.web", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATE = _ENVIRONMENT.get_template("page.html")
_STYLE = files("partwork.web").joinpath("pages", "style.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")

# The style sheet stands in the page and is allowed by its hash: nothing is ever fetched.
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class Pages:
    """Writes the pages of one practice. Its methods read the database: call them off the event loop."""

    def __init__(self, store: Store, *, unpublished: Practice) -> None:
        """unpublished: whose pages they are while nothing was published"""
        self._store = store
        self._unpublished = unpublished

    def answer(
        self, occasion: Occasion, *, status: int, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """Return the page for an occasion. It depends on the practice alone, never on the request."""
        practice = read_practice(self._store, otherwise=self._unpublished)
        language, words = speaking(practice.language)
        html = _TEMPLATE.render(
            page=words.pages[occasion].named(practice.name or words.us),
            practice=practice,
            language=language,
            website_label=words.website,
            style=Markup(_STYLE),  # noqa: S704 - our own file
        )
        return HTMLResponse(html, status_code=status, headers=headers)
