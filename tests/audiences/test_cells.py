"""Cells that no spreadsheet runs, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from partwork.audiences.cells import plain_cell, safe_cell

FORMULA_SIGNS = "=+-@\t\r"


@given(st.text(st.sampled_from(FORMULA_SIGNS + "'a1 "), max_size=6) | st.text())
@example("=1+1")
@example("'=1+1")
@example("''=")
def test_every_value_comes_back_as_it_was_and_begins_with_no_formula(value: str) -> None:
    cell = safe_cell(value)
    assert plain_cell(cell) == value
    assert cell[:1] not in tuple(FORMULA_SIGNS)


@pytest.mark.parametrize("value", ["", "Ann", "D'Arcy", "'tis", "a=b", "'", "ann+news@example.org", " -1"])
def test_what_is_no_formula_stays_as_it_is_both_ways(value: str) -> None:
    assert (safe_cell(value), plain_cell(value)) == (value, value)
