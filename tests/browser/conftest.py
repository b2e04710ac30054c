"""A real Chromium for the tests here, found on the machine; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_ADVICE = (
    "no Chromium found: install it (Debian and Ubuntu: apt-get install chromium) or name one in "
    "PARTWORK_TEST_CHROMIUM"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield a running Chromium. Without one these tests are skipped, but in CI they fail."""
    chromium = os.environ.get("PARTWORK_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not chromium:
        if os.environ.get("CI") == "true":
            pytest.fail(_ADVICE)
        pytest.skip(_ADVICE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        yield running
        running.close()
