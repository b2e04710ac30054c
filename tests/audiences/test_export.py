"""An audience written out is the same audience when it is read back, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from partwork.audiences.export import export_members
from partwork.audiences.imports import import_readers
from partwork.audiences.readers import ConsentBasis, ReaderRow, ReadersFile, read_readers
from partwork.store.audiences import suppress
from partwork.store.members import Member, members
from tests.audiences.test_imports import dump, load, row
from tests.support.stage import AUDIENCE, NOW, Stage

ODD = (
    "=HYPERLINK(1)",
    "+44 1",
    "-3",
    "@SUM(A1)",
    "'=x",
    "''-x",
    "'quoted'",
    'say "hi", twice',
    "a;b,c",
    "two\nlines",
    "Zoë 結衣",
    "'",
)


def exported(stage: Stage) -> str:
    file = io.StringIO(newline="")
    export_members(stage.store, AUDIENCE, file)
    return file.getvalue()


def read_back(text: str, folder: Path, *, encoding: str = "utf-8") -> ReadersFile:
    path = folder / "exported.csv"
    path.write_bytes(text.encode(encoding))
    return read_readers(path, default_zone="Europe/Berlin", now=NOW)


def odd_rows() -> list[ReaderRow]:
    return [
        replace(
            row(f"reader{number}"),
            first_name=text if "\n" not in text else "",
            consent_source=text,
            attributes=(("=clinic", text), ("town", "Bath")),
        )
        for number, text in enumerate(ODD)
    ]


def test_what_is_written_reads_back_as_the_very_same_readers(stage: Stage, tmp_path: Path) -> None:
    rows = [
        *odd_rows(),
        replace(row("+formula"), attributes=()),
        replace(row("-minus"), consent_basis=ConsentBasis.SOFT_OPT_IN, consent_on=date(2025, 12, 31)),
        row("gone", is_subscribed=False),
    ]
    load(stage, *rows)
    for encoding in ("utf-8", "utf-8-sig"):
        back = read_back(exported(stage), tmp_path, encoding=encoding)
        assert back.refused == ()
        assert [replace(one, line=2) for one in back.rows] == rows


def test_importing_what_was_written_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    load(stage, *odd_rows(), row("gone", is_subscribed=False))
    before = dump(stage)
    import_readers(stage.store, AUDIENCE, read_back(exported(stage), tmp_path), now=NOW + timedelta(days=1))
    assert dump(stage) == before


def test_no_cell_begins_as_a_formula(stage: Stage) -> None:
    load(stage, *odd_rows(), row("=formula"), row("+plus"))
    cells = [cell for line in csv.reader(io.StringIO(exported(stage), newline="")) for cell in line]
    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")] == []
    assert {"'=HYPERLINK(1)", "'+44 1", "'-3", "'@SUM(A1)", "'=clinic", "'+plus@example.org"} <= set(cells)


def test_whoever_must_not_be_written_to_is_unsubscribed_wherever_the_file_is_read(
    stage: Stage, tmp_path: Path
) -> None:
    load(stage, row("ann"), row("bob", is_subscribed=False), row("cid"))
    with stage.store.write() as connection:
        suppress(connection, "cid@example.org", reason="complained", evidence="", now=NOW)
    back = read_back(exported(stage), tmp_path)
    assert {one.first_name: one.subscribed for one in back.rows} == {"Ann": True, "Bob": False, "Cid": False}


def test_columns_are_the_known_ones_and_every_attribute_anybody_has(stage: Stage) -> None:
    load(
        stage,
        replace(row("ann"), attributes=(("zip", "1"),)),
        replace(row("bob"), attributes=(("age", "2"),)),
    )
    first, *others = csv.reader(io.StringIO(exported(stage), newline=""))
    assert first == [
        *("email", "first_name", "timezone", "consent_basis", "consent_source", "consent_on", "status"),
        *("age", "zip"),
    ]
    assert [line[-2:] for line in others] == [["", "1"], ["2", ""]]


@pytest.mark.parametrize("count", [0, 1, 500, 501])
def test_every_member_is_listed_once_and_nobody_else(stage: Stage, count: int) -> None:
    load(stage, *(row(f"reader{number}") for number in range(count)))
    load(stage, row("elsewhere"), audience="others")
    with stage.store.read() as connection:
        found = [member.address for member in members(connection, AUDIENCE)]
    assert found == [f"reader{number}@example.org" for number in range(count)]


def test_a_member_comes_with_the_newest_consent_and_why_they_are_not_written_to(stage: Stage) -> None:
    load(stage, row("ann"))
    load(
        stage, replace(row("ann"), consent_basis=ConsentBasis.EXISTING_RELATION, consent_on=date(2026, 5, 1))
    )
    load(stage, replace(row("ann"), consent_on=date(2024, 1, 1)))
    load(stage, replace(row("ann"), consent_on=date(2026, 9, 9)), audience="others")
    with stage.store.write() as connection:
        suppress(connection, "ann@example.org", reason="bounced", evidence="", now=NOW)
    with stage.store.read() as connection:
        (ann,) = members(connection, AUDIENCE)
    assert ann == Member(
        address="ann@example.org",
        first_name="Ann",
        timezone="Europe/London",
        is_subscribed=True,
        suppressed_for="bounced",
        consent_basis="existing_relation",
        consent_source="web form",
        consent_on=date(2026, 5, 1),
        attributes=(("town", "Bath"),),
    )
    assert not ann.may_be_written_to
