"""The sample workspace, as a new user gets it."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_sample(folder: Path) -> Path:
    """Copy the sample's files, and nothing of its state, into `folder`."""
    folder.mkdir()
    for name in ("campaigns", "templates", "audiences"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "partwork.yaml", folder)
    return folder
