"""Worlds to visit: a fresh one for tests that change something, one a module for the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from partwork.web.app import create_app
from tests.web.visitor import Visitor, serving
from tests.web.world import World, build_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = build_world(tmp_path)
    yield world
    world.store.close()


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    with serving(create_app(world.store, world.signer, world.clock)) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def still_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world for tests that change nothing."""
    world = build_world(tmp_path_factory.mktemp("world"))
    yield world
    world.store.close()


@pytest.fixture(scope="module")
def passer_by(still_world: World) -> Iterator[Visitor]:
    """A visitor of the still world."""
    with serving(create_app(still_world.store, still_world.signer, still_world.clock)) as visitor:
        yield visitor
