"""An audience's file, as marketing staff and their spreadsheets write it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partwork.audiences.readers import (
    ConsentBasis,
    ReaderRow,
    ReadersFile,
    Refusal,
    address_key,
    normal_address,
    read_readers,
)
from partwork.errors import Problem, WorkspaceError

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HEADER = "email,first_name,timezone,consent_basis,consent_source,consent_on,status"
ANN = "ann@example.org,Ann,Europe/London,consent,web form,2026-03-02,subscribed"
BEN = "ben@example.org,Ben,Asia/Tokyo,soft_opt_in,booking,2026-04-05,subscribed"

Reading = Callable[..., ReadersFile]


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    def read_content(content: str | bytes) -> ReadersFile:
        path = tmp_path / "readers.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_readers(path, default_zone="Europe/London", now=NOW)

    return read_content


def lines(*rows: str, end: str = "\n") -> str:
    return end.join(rows) + end


def reader(line: int, name: str = "ann", *, subscribed: bool = True) -> ReaderRow:
    """The reader behind ANN, or behind the same row under another name."""
    return ReaderRow(
        line=line,
        address=f"{name}@example.org",
        address_key=f"{name}@example.org",
        first_name=name.title(),
        timezone="Europe/London",
        consent_basis=ConsentBasis.CONSENT,
        consent_source="web form",
        consent_on=date(2026, 3, 2),
        subscribed=subscribed,
        attributes=(),
    )


def row(**cells: str) -> str:
    """ANN's row with other cells."""
    usual = dict(zip(HEADER.split(","), ANN.split(","), strict=True))
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow((usual | cells).values())
    return text.getvalue().removesuffix("\n")


def refusals(file: ReadersFile) -> list[tuple[int, str]]:
    return [(refusal.line, refusal.text) for refusal in file.refused]


def fault(error: WorkspaceError) -> Problem:
    (problem,) = error.problems
    return problem


def test_every_column_of_a_row_is_read(read: Reading) -> None:
    file = read(lines(f"{HEADER},clinic,Favourite Sport", f"{ANN},Riverside,running"))
    assert file == ReadersFile(
        "readers.csv",
        ("clinic", "favourite_sport"),
        rows=(
            ReaderRow(
                line=2,
                address="ann@example.org",
                address_key="ann@example.org",
                first_name="Ann",
                timezone="Europe/London",
                consent_basis=ConsentBasis.CONSENT,
                consent_source="web form",
                consent_on=date(2026, 3, 2),
                subscribed=True,
                attributes=(("clinic", "Riverside"), ("favourite_sport", "running")),
            ),
        ),
        refused=(),
        remarks=(),
        left=(),
    )


def test_what_is_empty_means_no_name_the_default_zone_subscribed_and_no_attribute(read: Reading) -> None:
    (found,) = read(lines(f"{HEADER},clinic", "ann@example.org,,,consent,,2026-03-02,,")).rows
    assert (found.first_name, found.timezone, found.subscribed, found.attributes) == (
        "",
        "Europe/London",
        True,
        (),
    )


def test_three_columns_are_enough(read: Reading) -> None:
    (found,) = read(lines("email,consent_basis,consent_on", "ann@example.org,consent,2026-03-02")).rows
    assert (found.address, found.consent_source) == ("ann@example.org", "")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_ending_will_do(read: Reading, end: str) -> None:
    assert [found.line for found in read(lines(HEADER, ANN, BEN, end=end)).rows] == [2, 3]


@pytest.mark.parametrize(
    ("encoding", "separator", "remark"),
    [
        ("utf-8", ",", None),
        ("utf-8-sig", ",", "byte-order mark"),
        ("utf-8-sig", ";", "byte-order mark, semicolons"),
        ("utf-16", "\t", "UTF-16, tabs"),
        ("utf-16-be", ",", "UTF-16"),
        ("utf-8", ";", "semicolons"),
        ("utf-8", "\t", "tabs"),
        ("cp1252", ";", "Windows-1252 letters, semicolons"),
    ],
)
def test_a_file_saved_by_excel_loads_and_one_line_says_so(
    read: Reading, encoding: str, separator: str, remark: str | None
) -> None:
    text = lines(HEADER, ANN.replace("Ann", "Siobhán – “Shiv”"), BEN, end="\r\n").replace(",", separator)
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    file = read((mark + text).encode(encoding))
    assert [found.first_name for found in file.rows] == ["Siobhán – “Shiv”", "Ben"]
    assert file.remarks == ((f"readers.csv: saved by Excel ({remark}): read all the same",) if remark else ())


def test_the_separator_is_found_in_the_names_of_the_columns_alone(read: Reading) -> None:
    text = lines('"email;comma, comma, comma"' + HEADER.removeprefix("email"), ANN, "a;b;c;d;e;f;g;h;i;j;k")
    with pytest.raises(WorkspaceError, match="the column 'email' is missing"):
        read(text)


def test_a_line_that_tells_excel_the_separator_is_obeyed(read: Reading) -> None:
    file = read(lines("sep=|", HEADER.replace(",", "|"), ANN.replace(",", "|")))
    assert file.rows == (reader(3),)
    assert file.remarks == ("readers.csv: saved by Excel ('|' between values): read all the same",)


def test_names_of_columns_may_have_capitals_and_spaces_in_any_order(read: Reading) -> None:
    text = lines(" Consent On ,E MAIL,Email,CONSENT BASIS", "2026-03-02,x,ann@example.org,consent")
    (found,) = read(text).rows
    assert (found.address, found.attributes) == ("ann@example.org", (("e_mail", "x"),))


def test_spaces_around_values_are_not_part_of_them(read: Reading) -> None:
    spaced = ' ann@example.org , "  Ann ", Europe/London,consent ,\u00a0web form , 2026-03-02,Subscribed '
    assert read(lines(HEADER, spaced)).rows == (reader(2),)


def test_line_numbers_are_those_of_the_file(read: Reading) -> None:
    noted = f'{ANN},"first line\nsecond, ""quoted"" line"'
    file = read(lines("", f"{HEADER},note", "", noted, ",,,,,,,", BEN, row(email="nobody")))
    assert [(found.line, found.attributes) for found in file.rows] == [
        (4, (("note", 'first line\nsecond, "quoted" line'),)),
        (7, ()),
    ]
    assert [refusal.line for refusal in file.refused] == [8]


def test_a_row_may_end_early(read: Reading) -> None:
    text = lines(f"{HEADER},clinic", "ann@example.org,Ann,Europe/London,consent,web form,2026-03-02")
    assert read(text).rows == (reader(2),)


def test_empty_columns_at_the_end_are_passed_over(read: Reading) -> None:
    assert read(lines(f"{HEADER},,", f"{ANN},,,,")).rows == (reader(2),)


def test_a_row_with_more_values_than_columns_is_refused(read: Reading) -> None:
    file = read(lines(HEADER, ANN.replace("web form", "form, web"), BEN))
    assert refusals(file) == [(2, "has 8 values for 7 columns: put values with commas in quotes")]
    assert [found.line for found in file.rows] == [3]


CONTROL_IN_NAME = "holds a line break or an invisible control character: write the name alone"
QUOTE = "a quote is not closed, or stands in a quoted value without being doubled"


def test_a_stray_quote_costs_its_own_line_and_no_other(read: Reading) -> None:
    broken = ANN.replace("Ann", '"Ann')
    file = read(lines(HEADER, broken, BEN, row(email="cy@example.org", first_name='"Cy"'), 'x,"y" z'))
    assert [found.line for found in file.rows] == [3, 4]
    assert refusals(file) == [(2, QUOTE), (5, QUOTE)]


def test_a_stray_quote_in_the_last_row_is_refused_like_any(read: Reading) -> None:
    assert refusals(read(lines(HEADER, BEN, ANN.replace("Ann", '"Ann')))) == [(3, QUOTE)]


def test_two_stray_quotes_that_make_one_row_of_many_are_told(read: Reading) -> None:
    file = read(lines(HEADER, ANN.replace("Ann", '"Ann'), BEN, 'c",Europe/London,consent,web,2026-03-02,'))
    assert refusals(file) == [
        (
            2,
            f"goes on to line 4; first_name {CONTROL_IN_NAME}",
        )
    ]


BASES = "write consent, soft_opt_in or existing_relation"


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"email": ""}, "email is empty: every row needs an address"),
        ({"email": "ann.example.org"}, "email is no address: An email address must have an @-sign"),
        (
            {"email": "ann@example.test"},
            "email is no address: The part after the @-sign is a special-use or reserved name "
            "that cannot be used with email",
        ),
        (
            {"email": "jürgen@example.org"},
            "email is no address: Internationalized characters before the @-sign are not supported: 'ü'",
        ),
        (
            {"timezone": "europe/london"},
            "timezone 'europe/london' is no time zone; did you mean Europe/London?",
        ),
        (
            {"timezone": "Lord Howe"},
            "timezone 'Lord Howe' is no time zone; did you mean Australia/Lord_Howe?",
        ),
        (
            {"timezone": "Europe/Lodnon"},
            "timezone 'Europe/Lodnon' is no time zone; did you mean Europe/London?",
        ),
        ({"timezone": "Katmandoo"}, "timezone 'Katmandoo' is no time zone; did you mean Asia/Katmandu?"),
        ({"timezone": "???"}, "timezone '???' is no time zone: write a name such as Europe/London"),
        (
            {"timezone": "localtime"},
            "timezone 'localtime' is no time zone: write a name such as Europe/London",
        ),
        (
            {"timezone": "../../etc/passwd"},
            "timezone '../../etc/passwd' is no time zone: write a name such as Europe/London",
        ),
        (
            {"timezone": "ben@example.org"},
            "timezone this is no time zone: write a name such as Europe/London",
        ),
        ({"consent_basis": ""}, f"consent_basis is empty, and without consent nobody is written to: {BASES}"),
        (
            {"consent_basis": "consnet"},
            f"consent_basis 'consnet' is no basis: {BASES}; did you mean consent?",
        ),
        ({"consent_basis": "yes"}, f"consent_basis 'yes' is no basis: {BASES}"),
        ({"consent_on": ""}, "consent_on is empty: write the day of the consent, as in 2026-03-25"),
        (
            {"consent_on": "05/03/2026"},
            "consent_on '05/03/2026' is no date: write year-month-day, as in 2026-03-25",
        ),
        (
            {"consent_on": "5.3.2026"},
            "consent_on '5.3.2026' is no date: write year-month-day, as in 2026-03-05",
        ),
        ({"consent_on": "2026-02-30"}, "consent_on '2026-02-30' is no day of the calendar"),
        ({"consent_on": "0000-01-01"}, "consent_on '0000-01-01' is no day of the calendar"),
        (
            {"consent_on": "2026-11-23"},
            "consent_on 2026-11-23 lies in the future: write the day on which consent was given",
        ),
        (
            {"status": "unsubscribd"},
            "status 'unsubscribd' is no status: write subscribed or unsubscribed; did you mean unsubscribed?",
        ),
        (
            {"first_name": "Ann\nBcc: x"},
            f"goes on to line 3; first_name {CONTROL_IN_NAME}",
        ),
        (
            {"first_name": "Ann\u202e"},
            f"first_name {CONTROL_IN_NAME}",
        ),
        (
            {"first_name": "An\x00n"},
            f"first_name {CONTROL_IN_NAME}",
        ),
        ({"first_name": "A" * 101}, "first_name is longer than 100 characters: write the name alone"),
        (
            {"consent_source": "web\x1b[2J"},
            "consent_source holds an invisible control character: take it out",
        ),
        (
            {"email": "", "consent_basis": "", "consent_on": ""},
            "email is empty: every row needs an address; "
            f"consent_basis is empty, and without consent nobody is written to: {BASES}; "
            "consent_on is empty: write the day of the consent, as in 2026-03-25",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_every_reason_and_the_rest_load(
    read: Reading, cells: dict[str, str], text: str
) -> None:
    file = read(lines(HEADER, row(**cells), BEN))
    assert file.refused == (Refusal(2, text),)
    assert [found.address for found in file.rows] == ["ben@example.org"]


def test_an_attribute_with_a_control_character_refuses_its_row(read: Reading) -> None:
    file = read(lines(f"{HEADER},clinic", f"{ANN},River\x00side"))
    assert refusals(file) == [(2, "clinic holds an invisible control character: take it out")]


def test_no_text_repeats_an_address(read: Reading) -> None:
    shifted = ",".join(["x", *["ann.secret@example.org"] * 6])
    file = read(lines(HEADER, shifted, row(email="ann.secret@@example.org"), ANN, ANN))
    assert len(file.refused) == 3
    assert not any("secret" in refusal.text or "ann@" in refusal.text for refusal in file.refused)


@pytest.mark.parametrize("name", ["D'Arcy", "Siobhán O'Neill", "結衣", "می‌نا", "👩‍⚕️ Mia", "=SUM(1)"])
def test_a_name_stays_as_it_is(read: Reading, name: str) -> None:
    (found,) = read(lines(HEADER, row(first_name=name))).rows
    assert found.first_name == name


def test_a_basis_or_status_may_be_written_with_capitals_and_spaces(read: Reading) -> None:
    (found,) = read(lines(HEADER, row(consent_basis="Soft opt-in", status="UNSUBSCRIBED"))).rows
    assert (found.consent_basis, found.subscribed) == (ConsentBasis.SOFT_OPT_IN, False)


def test_consent_given_today_in_the_earliest_zone_is_not_in_the_future(tmp_path: Path) -> None:
    path = tmp_path / "readers.csv"
    path.write_text(lines(HEADER, row(consent_on="2026-11-23")))
    late = read_readers(path, default_zone="UTC", now=datetime(2026, 11, 22, 10, tzinfo=UTC))
    assert late.refused == ()


def test_an_address_that_stands_twice_counts_once(read: Reading) -> None:
    file = read(lines(HEADER, ANN, BEN, row(email="Ann@EXAMPLE.org", first_name="Anna")))
    assert [found.line for found in file.rows] == [2, 3]
    assert refusals(file) == [(4, "email stands in line 2 already: keep one of the two rows")]


def test_a_row_after_a_refused_one_of_the_same_address_loads(read: Reading) -> None:
    file = read(lines(HEADER, row(consent_basis=""), ANN))
    assert file.rows == (reader(3),)


@pytest.mark.parametrize(
    ("rows", "loaded"),
    [
        ([row(), row(status="unsubscribed")], 2),
        ([row(status="unsubscribed"), row()], 2),
        ([row(), row(status="unsubscribed", consent_basis="")], 2),
        ([row(status="unsubscribed", consent_on=""), row()], 3),
    ],
)
def test_leaving_wins_over_every_other_row_of_the_address(
    read: Reading, rows: list[str], loaded: int
) -> None:
    file = read(lines(HEADER, *rows))
    assert file.rows == (reader(loaded, subscribed=False),)
    assert len(file.refused) == 1
    assert file.left == ()


def test_who_leaves_in_a_row_that_is_refused_has_left_all_the_same(read: Reading) -> None:
    file = read(lines(HEADER, row(email="Ann@example.org", status="unsubscribed", consent_on=""), BEN))
    assert file.left == ("ann@example.org",)
    assert [found.address for found in file.rows] == ["ben@example.org"]


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        (b"", 0, "this file is empty: its first line names the columns"),
        (b"\n\r\n ; ;\n", 0, "this file is empty: its first line names the columns"),
        (
            b"PK\x03\x04rest",
            0,
            "this is a workbook, not a CSV file: save it from the spreadsheet as 'CSV UTF-8'",
        ),
        (
            lines(HEADER, ANN).encode("utf-16-le"),
            1,
            "column 1 has an invisible control character in its name: "
            "save it from the spreadsheet as 'CSV UTF-8', or write the name anew",
        ),
        (
            b"\xef\xbb\xbfemail,\xff\xfe",
            0,
            "this file holds bytes that are no text in any encoding it could have: "
            "save it from the spreadsheet as 'CSV UTF-8'",
        ),
        (
            b"email,\x81\x8d",
            0,
            "this file holds bytes that are no text in any encoding it could have: "
            "save it from the spreadsheet as 'CSV UTF-8'",
        ),
        (
            ANN.encode(),
            1,
            "this line holds an address: the first line names the columns, and the rows follow it",
        ),
        (
            b"\n\nemail,consent_on\n",
            3,
            "the column 'consent_basis' is missing: needed are email, consent_basis, consent_on",
        ),
        (f"{HEADER},,clinic".encode(), 1, "column 8 has no name: give it one, or take the column out"),
        (f"{HEADER},Email".encode(), 1, "two columns are called 'email': keep one of them"),
        (
            HEADER.replace("status", "stauts").encode(),
            1,
            "unknown column 'stauts'; did you mean 'status'? If not, name it less alike",
        ),
        (
            HEADER.replace("email", "E-Mail").encode(),
            1,
            "unknown column 'e-mail'; did you mean 'email'? If not, name it less alike",
        ),
        (
            b'"email,consent_basis\n',
            1,
            "a quote in the names of the columns is not closed: each column has a name in one line",
        ),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_one_clear_line(
    read: Reading, content: bytes, line: int, text: str
) -> None:
    with pytest.raises(WorkspaceError) as caught:
        read(content)
    problems = caught.value.problems
    assert (problems[0].file, problems[0].line, problems[0].text) == ("readers.csv", line, text)


def test_all_missing_columns_are_told_at_once_under_the_name_given(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("name\n")
    with pytest.raises(WorkspaceError) as caught:
        read_readers(path, default_zone="UTC", now=NOW, name="audiences/r.csv")
    assert [str(problem).partition(" is missing")[0] for problem in caught.value.problems] == [
        "audiences/r.csv:1:1: the column 'consent_basis'",
        "audiences/r.csv:1:1: the column 'consent_on'",
        "audiences/r.csv:1:1: the column 'email'",
    ]


def test_only_quotes_are_no_columns(read: Reading) -> None:
    with pytest.raises(WorkspaceError, match="the column 'email' is missing"):
        read(b'""\n')


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        read_readers(tmp_path / "readers.csv", default_zone="UTC", now=NOW)
    assert fault(caught.value) == Problem("readers.csv", 0, 0, "this file is missing")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        read_readers(tmp_path, default_zone="UTC", now=NOW, name="audiences")
    assert fault(caught.value).text.startswith("this file cannot be read: ")


def test_a_file_with_columns_and_no_rows_is_an_audience_of_nobody(read: Reading) -> None:
    assert read(HEADER) == ReadersFile("readers.csv", (), (), (), (), ())


@pytest.mark.parametrize(
    ("text", "address", "key"),
    [
        ("Ann.Baker@Example.ORG", "Ann.Baker@example.org", "ann.baker@example.org"),
        ("ann@bücher.example.org", "ann@xn--bcher-kva.example.org", "ann@xn--bcher-kva.example.org"),
        ("ann+news@example.org", "ann+news@example.org", "ann+news@example.org"),
    ],
)
def test_an_address_has_one_form_to_travel_in_and_one_key(text: str, address: str, key: str) -> None:
    assert (normal_address(text), address_key(normal_address(text))) == (address, key)


def test_guesses_at_zones_do_not_slow_down_a_file_with_its_columns_mixed_up(read: Reading) -> None:
    rows = [row(email=f"r{number}@example.org", timezone=f"Europe/Londom{number}") for number in range(150)]
    texts = [refusal.text for refusal in read(lines(HEADER, *rows)).refused]
    assert [text.endswith("; did you mean Europe/London?") for text in texts] == [True] * 100 + [False] * 50


def test_the_sample_audience_loads_whole_in_at_least_seven_zones_with_one_who_left() -> None:
    path = Path(__file__).parents[2] / "audiences" / "readers.csv"
    file = read_readers(path, default_zone="Europe/London", now=NOW)
    assert (file.refused, file.remarks, file.left) == ((), (), ())
    assert len(file.rows) >= 14
    assert len({found.timezone for found in file.rows}) >= 7
    assert sum(not found.subscribed for found in file.rows) == 1
    assert {found.consent_basis for found in file.rows} == set(ConsentBasis)
    names = [found.first_name for found in file.rows]
    assert "" in names
    assert any("'" in name for name in names)
    assert any(not name.isascii() for name in names)
    assert all(found.address.endswith("@example.org") for found in file.rows)


cells = st.text(max_size=12) | st.sampled_from(
    ["", "ann@example.org", "consent", "2026-03-02", "unsubscribed", '"', "\n"]
)


@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(cells, max_size=9), max_size=6),
    separator=st.sampled_from(",;\t"),
    is_quoted=st.booleans(),
)
def test_whatever_stands_under_the_columns_every_row_is_loaded_refused_or_blank(
    read: Reading, rows: list[list[str]], separator: str, is_quoted: bool
) -> None:
    text = StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(HEADER.split(","))
    start = text.tell()
    writer.writerows(rows)
    body = text.getvalue()[start:]
    if not is_quoted:
        body = body.replace('"', "")
    content = (text.getvalue()[:start] + body).encode("utf-8", "replace")
    file = read(content)
    numbers = [found.line for found in file.rows] + [refusal.line for refusal in file.refused]
    assert len(numbers) == len(set(numbers))
    if is_quoted:
        filled = [each for each in rows if any(cell.strip() for cell in each)]
        assert len(numbers) == len(filled)


@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", HEADER.encode() + b"\n"]))
def test_any_bytes_are_a_file_or_a_problem(read: Reading, content: bytes, start: bytes) -> None:
    with suppress(WorkspaceError):
        assert all(found.address for found in read(start + content).rows)
