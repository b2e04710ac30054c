"""Whose pages these are: the practice, as `publish` recorded it. Adapter; it never fails."""

from __future__ import annotations

from typing import Annotated

import structlog
from pydantic import AfterValidator, BaseModel

from partwork.campaigns.values import public_address
from partwork.store.campaigns import recorded_settings
from partwork.store.connect import Store

log = structlog.get_logger()


class Practice(BaseModel, frozen=True):
    """What pages tell of a practice. `name` is empty, and `website` None, where nobody said."""

    name: str = ""
    website: Annotated[str, AfterValidator(public_address)] | None = None
    language: str = "en"


class _Recorded(BaseModel):
    practice: Practice = Practice()


def read_practice(store: Store, *, otherwise: Practice) -> Practice:
    """Return the practice; `otherwise` before the first publication, or if nothing can be read."""
    try:
        with store.read() as connection:
            settings = recorded_settings(connection)
        return _Recorded.model_validate_json(settings).practice if settings else otherwise
    except Exception as error:
        # A page without a name serves its reader better than no page.
        log.warning("the practice's name cannot be read", error=type(error).__name__)
        return otherwise
