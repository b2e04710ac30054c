"""A stage for every test of the path, fresh each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stage import Stage, make_blank, open_stage


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_blank(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def stage(tmp_path: Path, blank_database: Path) -> Iterator[Stage]:
    stage = open_stage(tmp_path, blank=blank_database)
    yield stage
    stage.store.close()
