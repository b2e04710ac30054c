"""Is an email short enough to be shown whole? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from partwork.rendering.checks.findings import Finding, error, warning

WARN_BYTES = 60 * 1024
REFUSE_BYTES = 90 * 1024


def size_findings(html: str) -> Iterator[Finding]:
    """Yield that the HTML, as one reader gets it, is long, or too long."""
    size = len(html.encode())
    said = f"the HTML has {-(-size // 1024)} KB, and Gmail cuts off what goes beyond about 102 KB"
    if size > REFUSE_BYTES:
        yield error("size", f"{said}: divide this part, {REFUSE_BYTES // 1024} KB is the most")
    elif size > WARN_BYTES:
        yield warning("size", f"{said}: divide this part if you can, {WARN_BYTES // 1024} KB is plenty")
