"""A stage whose audience is imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stage import Stage, make_blank, open_stage


@pytest.fixture
def stage(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(tmp_path, blank=make_blank(tmp_path_factory.mktemp("blank")))
    yield stage
    stage.store.close()
