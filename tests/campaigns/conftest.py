"""A workspace of one's own: the sample one, as a new user gets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.workspaces import copy_sample


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return copy_sample(tmp_path / "workspace")
