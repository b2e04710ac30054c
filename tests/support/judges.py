"""Outside judges of our emails: found on the machine or skipped with a reason, and missed by none in CI."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from partwork.campaigns.preview import PreviewedPart, preview
from partwork.campaigns.workspace import load_campaign
from partwork.settings import load_settings


def found(program: str, *, package: str) -> str:
    """Return where a program is. Without it a test is skipped, but in CI it fails."""
    path = shutil.which(program)
    if path is None:
        advice = f"no {program} found: install it (Debian and Ubuntu: apt-get install {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(advice)
        pytest.skip(advice)
    return path


def sample_parts(workspace: Path, *, to: Path) -> tuple[PreviewedPart, ...]:
    """Return the parts of the sample campaign, written to a folder as a reader gets them."""
    settings = load_settings(workspace, {"PARTWORK_LINKS__BASE_URL": "https://links.example.org"})
    return preview(
        load_campaign(workspace, "gluteus-medius"),
        settings,
        templates=workspace / "templates",
        reader=None,
        only=None,
        folder=to,
        has_pictures=False,
        now=datetime(2026, 11, 2, 9, tzinfo=UTC),
    ).parts
