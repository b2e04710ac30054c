"""Pictures of pages, where a Chromium is installed: its own command line, nothing else. Adapter."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from partwork.rendering.contactsheet import View

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_TIMEOUT_SECONDS = 30
_TALLEST, _GAP = 8000, 24
_HEIGHT = re.compile(r"data-height=\"(\d+)\"")
# Frames may not run scripts; the page around them, ours alone, asks how tall each has become.
_STRIP = """<!doctype html><html><head><meta charset="utf-8"><style>
body {{ margin: 0; padding: {gap}px; background: #e9ecec; }}
div {{ display: flex; gap: {gap}px; align-items: flex-start; }}
iframe {{ border: 0; flex: none; }}
</style></head><body>{strips}<script>
addEventListener('load', () => {{
  for (const strip of document.querySelectorAll('div')) {{
    const frames = [...strip.children];
    const heights = frames.map(f => f.contentDocument.documentElement.scrollHeight);
    frames.forEach((f, i) => f.style.height = heights[i] + 'px');
    strip.dataset.height = Math.max(...heights);
  }}
}});
</script></body></html>"""


def find_chromium() -> str | None:
    """Return the path of an installed Chromium or Chrome, None where there is none."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def take_pictures(chromium: str, strips: Mapping[Path, Sequence[View]]) -> tuple[Path, ...]:
    """Write one PNG for each strip, its views side by side in their full height; return those written.

    Nothing is fetched, and no profile of anybody's is touched.
    """
    taken = []
    with tempfile.TemporaryDirectory(prefix="partwork-") as scratch:
        for (path, views), height in zip(strips.items(), _heights(chromium, scratch, strips), strict=False):
            page, shot = Path(scratch, "strip.html"), Path(scratch, "shot.png")
            page.write_text(_page([views]), "utf-8")
            shot.unlink(missing_ok=True)
            width = sum(view.width for view in views) + _GAP * (len(views) + 1)
            size = f"--window-size={width},{min(height + 2 * _GAP, _TALLEST)}"
            if (
                _run(chromium, scratch, f"--screenshot={shot}", size, page.as_uri()) is not None
                and shot.exists()
            ):
                shutil.copyfile(shot, path)
                taken.append(path)
    return tuple(taken)


def _heights(chromium: str, scratch: str, strips: Mapping[Path, Sequence[View]]) -> list[int]:
    """Return how tall each strip comes out, none if that cannot be found out; one run for all."""
    page = Path(scratch, "all.html")
    page.write_text(_page(strips.values()), "utf-8")
    measured = _HEIGHT.findall(_run(chromium, scratch, "--dump-dom", page.as_uri()) or "")
    return [int(height) for height in measured]


def _page(strips: Iterable[Sequence[View]]) -> str:
    return _STRIP.format(gap=_GAP, strips="".join(f"<div>{_frames(views)}</div>" for views in strips))


def _frames(views: Sequence[View]) -> str:
    return "".join(
        f'<iframe sandbox="allow-same-origin" width="{view.width}" height="100" srcdoc="{escape(view.html)}">'
        "</iframe>"
        for view in views
    )


def _run(chromium: str, scratch: str, *wanted: str) -> str | None:
    """Return what it printed, None if it failed or took too long."""
    command = [
        chromium,
        "--headless",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        # A host that is nowhere: not even a picture is fetched.
        "--proxy-server=127.0.0.1:9",
        "--virtual-time-budget=5000",
        f"--user-data-dir={scratch}/profile",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        *wanted,
    ]
    try:
        ran = subprocess.run(  # noqa: S603 - a program found in PATH, arguments of our own making
            command, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False, cwd=scratch
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout.decode("utf-8", "replace") if ran.returncode == 0 else None
