"""A stage for every test of the path, fresh each time, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stage import Stage, make_blank, open_stage, stage_on


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_blank(tmp_path_factory.mktemp("blank"))


@pytest.fixture(params=["sqlite", "postgres"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, blank_database: Path) -> Iterator[Stage]:
    if request.param == "sqlite":
        stage = open_stage(tmp_path, blank=blank_database)
    else:
        stage = stage_on(tmp_path, request.getfixturevalue("postgres_url"))
    yield stage
    stage.close()


@pytest.fixture
def file_stage(tmp_path: Path, blank_database: Path) -> Iterator[Stage]:
    """A stage on a file, for what is done to files: copied, put back, moved."""
    stage = open_stage(tmp_path, blank=blank_database)
    yield stage
    stage.close()
