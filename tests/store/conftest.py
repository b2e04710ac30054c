"""A database for every test of the store, fresh each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from partwork.store.connect import Store, open_store
from tests.support.stage import Stage, make_blank, open_stage


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "state" / "partwork.db"


@pytest.fixture
def store(database: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{database}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_blank(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def stage(tmp_path: Path, blank_database: Path) -> Iterator[Stage]:
    stage = open_stage(tmp_path, blank=blank_database)
    yield stage
    stage.store.close()
