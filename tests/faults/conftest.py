"""Stages and workspaces for the faults, on each database."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import handed_out as handed_out
from tests.journeys.conftest import place as place
from tests.journeys.place import Place
from tests.store.conftest import blank_database as blank_database
from tests.store.conftest import kind as kind
from tests.store.conftest import stage as stage


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def url(request: pytest.FixtureRequest, place: Place) -> str:
    """The database of the workspace: each in its turn."""
    if request.param == "sqlite":
        return f"sqlite:///{place.database}"
    place.environ["PARTWORK_DATABASE__URL"] = found = str(request.getfixturevalue("postgres_url"))
    return found
