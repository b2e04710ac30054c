"""A database for every test of the store, fresh each time: a SQLite file, and one on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from partwork.store.connect import Store, open_store
from tests.support.postgres import Cluster
from tests.support.stage import Stage, make_blank, open_stage, stage_on


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "state" / "partwork.db"


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two databases a test is about to use."""
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where there is no table yet: a file that is missing, a database that is empty."""
    if kind == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('database')}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    url = cluster.url_of(cluster.make_empty())
    yield url
    cluster.drop(url)


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    if kind == "sqlite":
        store = open_store(f"sqlite:///{request.getfixturevalue('database')}")
    else:
        store = open_store(request.getfixturevalue("postgres_url"))
    yield store
    store.close()


@pytest.fixture
def file_store(database: Path) -> Iterator[Store]:
    """A store on SQLite, for what is said of its file."""
    store = open_store(f"sqlite:///{database}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_blank(tmp_path_factory.mktemp("blank"))


@pytest.fixture
def stage(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    if kind == "sqlite":
        stage = open_stage(tmp_path, blank=request.getfixturevalue("blank_database"))
    else:
        stage = stage_on(tmp_path, request.getfixturevalue("postgres_url"))
    yield stage
    stage.close()
