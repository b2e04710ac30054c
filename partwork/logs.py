"""Logs: one event a line, on stderr: a constant message, ids and counts. Never addresses or tokens."""

from __future__ import annotations

import io
import logging
import sys

import structlog


def speak_plainly() -> None:
    """Let no sign that a terminal cannot show stop a command: it is shown as a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def log_to_stderr() -> None:
    """Send our log lines, and the warnings of libraries, to stderr."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    # A step that comes due while the one before still runs is left out on purpose: no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
