"""Cells that no spreadsheet takes for a formula, and the way back. Pure.

A spreadsheet runs what begins with one of a few signs. Such a value gets an apostrophe in front,
which spreadsheets take for 'this is text'; reading takes the same apostrophe away again. A value
that has apostrophes there of its own gets one more, so that every value comes back as it was.
"""

from __future__ import annotations

import re

# OWASP, "CSV Injection": these signs, tab and carriage return among them, begin a formula.
_LIKE_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_MADE_SAFE = re.compile(r"'+[=+\-@\t\r]")


def safe_cell(value: str) -> str:
    """Return a value as it may stand in a CSV file that somebody opens in a spreadsheet."""
    return f"'{value}" if _LIKE_A_FORMULA.match(value) else value


def plain_cell(cell: str) -> str:
    """Return the value that `safe_cell` made a cell of; any other cell as it is."""
    return cell[1:] if _MADE_SAFE.match(cell) else cell
