"""Workspaces for the journeys, each as `partwork new` hands it out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.place import Place


@pytest.fixture(scope="session")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `partwork new` made; to be copied, never worked in."""
    outside = tmp_path_factory.mktemp("handed-out")
    Place(outside).must("new", str(outside / "practice"))
    return outside / "practice"


@pytest.fixture
def place(handed_out: Path, tmp_path: Path) -> Place:
    """A workspace of one's own, as it was handed out."""
    return Place(shutil.copytree(handed_out, tmp_path / "practice"))


@pytest.fixture(scope="module")
def make_place(handed_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Place]:
    """Make workspaces that several tests of a module look at."""

    def make(name: str) -> Place:
        return Place(shutil.copytree(handed_out, tmp_path_factory.mktemp(name) / "practice"))

    return make
