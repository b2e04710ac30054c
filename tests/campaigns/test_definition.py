"""What staff write in YAML is read exactly, or each mistake is told in one line at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partwork.campaigns.definition import CampaignDefinition
from partwork.campaigns.validation import fitted
from partwork.campaigns.yamlfiles import YamlFile, read_yaml
from partwork.errors import Problem, WorkspaceError

CAMPAIGN = """\
campaign: hip-pain
title: What the hip says
article: article.txt
audience: readers
schedule:
  first: next slot
  every: 3 days
  at: "09:00"
  days: mon-fri
  quiet: 20:00-08:00
  too_late_after: 36 hours, then wait
goal: booking
on_uncertain: hold
parts:
  - slug: the-start
    subject: Where it starts
    preheader: A short walk
    sections: [introduction]
omit: []
"""


def read(folder: Path, text: str) -> YamlFile:
    path = folder / "campaign.yaml"
    path.write_bytes(text.encode("utf-8"))
    return read_yaml(path, name="campaign.yaml")


def definition_of(folder: Path, text: str) -> CampaignDefinition:
    file = read(folder, text)
    return fitted(CampaignDefinition, file.data, source=file)


def complaints(folder: Path, text: str) -> list[str]:
    with pytest.raises(WorkspaceError) as caught:
        definition_of(folder, text)
    return [str(problem).removeprefix("campaign.yaml") for problem in caught.value.problems]


def problems_of(step: Callable[[], object]) -> tuple[Problem, ...] | None:
    """Return what `step` complains of, None if it succeeds; anything else it raises goes on."""
    try:
        step()
    except WorkspaceError as error:
        return error.problems
    return None


def test_a_sound_file_becomes_a_definition(tmp_path: Path) -> None:
    definition = definition_of(tmp_path, CAMPAIGN)
    assert definition.campaign == "hip-pain"
    assert definition.goal == "booking"
    assert definition.schedule.to_record()["days"] == "mon, tue, wed, thu, fri"
    assert definition.parts[0].sections == ("introduction",)


def test_words_mean_what_yaml_1_2_says(tmp_path: Path) -> None:
    text = "a: 09:00\nb: yes\nc: 007\nd: 1e3\ne: '5'\nf: ~\ng: 2026-11-22\nh: true\ni: 0x1F\nj: -2.5\n"
    text += "k: >\n  l m\n  n\n"
    assert read(tmp_path, "%YAML 1.1\n---\n" + text).data == {
        "a": "09:00", "b": "yes", "c": 7, "d": 1000.0, "e": "5", "f": None, "g": "2026-11-22", "h": True,
        "i": "0x1F", "j": -2.5, "k": "l m n\n",
    }  # fmt: skip


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    file = read(tmp_path, "\ufeff" + CAMPAIGN.replace("\n", "\r\n"))
    assert file.data == read(tmp_path, CAMPAIGN).data
    assert file.place(("parts", 0, "slug")) == (15, 11)


def test_every_key_and_value_knows_its_place(tmp_path: Path) -> None:
    file = read(tmp_path, CAMPAIGN)
    assert file.place(("schedule", "every")) == (7, 10)
    assert file.place(("schedule", "every"), at_key=True) == (7, 3)
    assert file.place(("parts", 0, "sections", 0)) == (18, 16)
    assert file.place(("parts", 0, "missing"), at_key=True) == (15, 5)
    assert file.place(("schedule", "missing"), at_key=True) == (5, 1)
    assert file.place(("missing",)) == (1, 1)


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        pytest.param(
            "parts:", "prats:",
            ":14:1: unknown key 'prats'; did you mean 'parts'? The keys here are: campaign, title, article,"
            " audience, template, schedule, goal, on_uncertain, parts, omit",
            id="a mis-spelt key",
        ),
        pytest.param(
            "    preheader", "    prehaeder",
            ":17:5: unknown key 'prehaeder'; did you mean 'preheader'?"
            " The keys here are: slug, subject, preheader, text, sections",
            id="a mis-spelt key of a part",
        ),
        pytest.param(
            "audience: readers\n", "",
            ":1:1: 'audience' is missing: name who gets it, as the files in audiences/ are named",
            id="a missing key",
        ),
        pytest.param(
            "    subject: Where it starts\n", "",
            ":15:5: 'subject' is missing: write the email's subject",
            id="a missing key of a part",
        ),
        pytest.param(
            "title: What the hip says", "title:",
            ":2:1: 'title' is empty: write the title of the series",
            id="an empty key",
        ),
        pytest.param(
            "title: What the hip says", "title: 2026",
            ":2:8: 'title' should be text: put quotes around it",
            id="a number for a title",
        ),
        pytest.param(
            "title: What the hip says", 'title: "What\\nthe hip"',
            ":2:8: a line break or control character (U+000A) stands here: write one line of text",
            id="two lines for one",
        ),
        pytest.param(
            "[introduction]", "introduction",
            ":18:15: 'sections' should be a list: below the key, each item on a line that starts with '- '",
            id="a text for a list",
        ),
        pytest.param(
            "[introduction]", "[]",
            ":18:15: 'sections' is empty: name what this part holds,"
            " each section on a line that starts with '- '",
            id="a part of nothing",
        ),
        pytest.param(
            "[introduction]", "[introduction, 2]",
            ":18:30: item 2 of 'sections' should be text: put quotes around it",
            id="a number for a section",
        ),
        pytest.param(
            "  - slug: the-start\n", "  - slug: The Start\n",
            ":15:11: 'The Start' is no short name:"
            " use letters a-z, digits and single hyphens, as in 'hip-pain'",
            id="no slug",
        ),
        pytest.param(
            "goal: booking", "goal: bookings",
            ":12:7: 'goal' may be 'booking', not 'bookings'; did you mean 'booking'?",
            id="an unknown goal",
        ),
        pytest.param(
            "on_uncertain: hold", "on_uncertain: 3",
            ":13:15: 'on_uncertain' may be 'hold' or 'resend'",
            id="a number for a word",
        ),
        pytest.param(
            "Where it starts", "'Hi =?utf-8?q?x=0D=0ABcc=3A_evil@x.example?='",
            ":16:14: '=?' has a meaning of its own in email headers: write it differently",
            id="an encoded word in a subject",
        ),
        pytest.param(
            "Where it starts", "x" * 151,
            ":16:14: this subject has 151 characters, and inboxes show about 60:"
            " shorten it, to 150 at the most",
            id="a subject without end",
        ),
        pytest.param(
            "Where it starts", '"A \\u202e subject"',
            ":16:14: a line break or control character (U+202E) stands here: write one line of text",
            id="a subject that runs backwards",
        ),
        pytest.param(
            "article: article.txt", "article: .hidden",
            ":3:10: '.hidden' should be the name of a file in this folder, without '/' or a leading '.'",
            id="a hidden file",
        ),
        pytest.param(
            "every: 3 days", "every: 3 dasy",
            ":7:10: '3 dasy' is no interval",
            id="a mis-spelt interval",
        ),
        pytest.param(
            "days: mon-fri", "days: mon-fry",
            ":9:9: 'fry'",
            id="a day that is no day",
        ),
        pytest.param(
            'at: "09:00"', "at: 900",
            ":8:7: ",
            id="a number for an hour",
        ),
        pytest.param(
            '  at: "09:00"\n', "",
            ":5:1: the hour is missing: write it as the reader's clock shows it, as in '09:00'",
            id="no hour",
        ),
        pytest.param(
            'at: "09:00"', 'at: "21:00"',
            ":8:7: 21:00 lies within the quiet hours 20:00-08:00",
            id="an hour in the quiet",
        ),
        pytest.param(
            "  quiet: 20", "  quite: 20",
            ":10:3: unknown key 'quite'; did you mean 'quiet'?",
            id="a mis-spelt key of the schedule",
        ),
        pytest.param(
            "\n  every: 3 days", "\n\tevery: 3 days",
            ":7:1: a tab stands where spaces belong: indent with spaces",
            id="a tab",
        ),
        pytest.param(
            "every: 3 days", "every:\t3 days",
            ":7:9: a tab stands where spaces belong: indent with spaces",
            id="a tab after a colon",
        ),
        pytest.param(
            "title:", "campaign:",
            ":2:1: 'campaign' stands here twice (first in line 1): keep one",
            id="a key twice",
        ),
        pytest.param(
            "Where it starts", "Hip pain: where it starts",
            ":16:22: a second ': ' in one line: put quotes around text that holds a colon",
            id="a colon in a text",
        ),
        pytest.param(
            "Where it starts", "'Where it starts",
            ":16:14: the quote that opens here is never closed",
            id="an open quote",
        ),
        pytest.param(
            "Where it starts", "'It's here'",
            ":16:18: text goes on after a closing quote or bracket: put quotes around the whole of it",
            id="an apostrophe in single quotes",
        ),
        pytest.param(
            "Where it starts", '"Hip \\& back"',
            ":16:20: in double quotes a backslash is special: use single quotes, or write it twice",
            id="a backslash",
        ),
        pytest.param(
            "Where it starts", "{{ first_name }}, hello",
            ":16:14: text that starts with '{{' needs quotes around it",
            id="a personal tag without quotes",
        ),
        pytest.param(
            "Where it starts", "@home with your hip",
            ":16:14: text that starts with '@' needs quotes around it",
            id="an at sign",
        ),
        pytest.param(
            "Where it starts", "*New* for you",
            ":16:14: text that starts with '*' needs quotes around it",
            id="a star",
        ),
        pytest.param(
            "Where it starts", "!!python/object/apply:os.system [id]",
            ":16:14: '!' has a meaning of its own in YAML: put quotes around such text",
            id="a tag that would run",
        ),
        pytest.param(
            "[introduction]", "&all [introduction]",
            ":18:15: '&' has a meaning of its own in YAML: put quotes around such text",
            id="an anchor",
        ),
        pytest.param(
            "[introduction]", "[introduction",
            ":18:15: the bracket that opens here is not closed, or a comma is missing in it",
            id="an open bracket",
        ),
        pytest.param(
            "    preheader", "   preheader",
            ":17:4: the indentation does not fit the lines above:"
            " keys of one list or section start in one column",
            id="a space too few",
        ),
        pytest.param(
            "title: What", "title:What",
            ":2:7: a space is missing after the colon",
            id="no space after a colon",
        ),
        pytest.param(
            "title: What the hip says", "What the hip says",
            ":2:1: no 'key: value' here: write a key, a colon, a space, then the value",
            id="a line of text",
        ),
        pytest.param(
            "goal: booking", "---\ngoal: booking",
            ":12:1: a second document starts here: take out this line of '---' or '...'",
            id="a second document",
        ),
        pytest.param(
            "goal: booking", "goal: boo\x07king",
            ":12:10: an invisible control character (U+0007) stands here: take it out",
            id="a control character",
        ),
        pytest.param(
            "goal: booking", "[a, b]: c",
            ":12:1: a key is one word; text that starts with '{' or '[' needs quotes",
            id="a list for a key",
        ),
    ],
)  # fmt: skip
def test_a_mistake_gives_one_line_at_its_place(
    tmp_path: Path, written: str, instead: str, complaint: str
) -> None:
    assert CAMPAIGN.count(written) >= 1
    found = complaints(tmp_path, CAMPAIGN.replace(written, instead, 1))
    assert len(found) == 1, found
    assert found[0].startswith(complaint)
    assert "\n" not in found[0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", ":1:1: this file is empty: write 'key: value' lines"),
        ("# nothing yet\n", ":1:1: this file is empty: write 'key: value' lines"),
        ("- a\n- b\n", ":1:1: no 'key: value' here: write a key, a colon, a space, then the value"),
        ("just words\n", ":1:1: no 'key: value' here: write a key, a colon, a space, then the value"),
        ("a: " + "[" * 500, ": lists and keys stand inside each other too deeply"),
    ],
)
def test_a_file_that_holds_no_keys_is_explained(tmp_path: Path, text: str, complaint: str) -> None:
    assert complaints(tmp_path, text) == [complaint]


def test_a_file_that_is_missing_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"^x\.yaml: this file is missing$"):
        read_yaml(tmp_path / "x.yaml", name="x.yaml")
    with pytest.raises(WorkspaceError, match=r"^x\.yaml: this file cannot be read: Is a directory$"):
        read_yaml(tmp_path, name="x.yaml")


def test_text_in_another_encoding_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("title: ok\nname: Café\n".encode("cp1252"))
    with pytest.raises(WorkspaceError, match=r"^x\.yaml:2:10: this character is not UTF-8"):
        read_yaml(path, name="x.yaml")


def test_half_a_character_is_told_before_anything_stumbles_over_it(tmp_path: Path) -> None:
    found = complaints(tmp_path, 'title: "\\ud800"\n"\\udfff": x\n')
    text = "a code from \\ud800 to \\udfff is no character: write the character itself"
    assert found == [f":1:8: {text}", f":2:1: {text}"]


def test_several_mistakes_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = (
        CAMPAIGN.replace("campaign: hip-pain", "campaign: Hip Pain")
        .replace("every: 3 days", "every: soon")
        .replace("quiet: 20:00-08:00", "quiet: at night")
        .replace("on_uncertain: hold", "on_uncertain: wait")
        .replace("    subject: Where it starts\n", "")
    )
    places = [":".join(line.split(":")[1:3]) for line in complaints(tmp_path, text)]
    assert places == ["1:11", "7:10", "10:10", "13:15", "15:5"]


def test_what_an_anchor_would_repeat_a_million_times_is_refused_at_once(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    found = complaints(tmp_path, bomb)
    assert len(found) == 12
    assert all("'&' has a meaning" in line for line in found)


def test_no_message_carries_a_line_break_or_what_a_terminal_would_obey(tmp_path: Path) -> None:
    text = CAMPAIGN.replace("hip-pain", '"a\\nb\\e[31m"').replace("3 days", '"3\\ndays\\e[0m"')
    text += '"odd\\nkey": 1\n"\\u2028": 2\n'
    found = complaints(tmp_path, text)
    assert len(found) == 4
    for line in found:
        assert line.isprintable()
        line.encode("utf-8")


signs = st.sampled_from("abc:-#'\"[]{},&*!|>%@`?~. \n\t\r\\\ufeff\u2028\x85é0123=<")
fragments = st.sampled_from(
    [
        "a: ",
        "- ",
        "\n  ",
        "\n",
        "'",
        '"',
        "[",
        "{",
        ": ",
        "&a ",
        "*a",
        "!!int ",
        "<<: ",
        "--- ",
        "...",
        "? ",
        "|\n",
        "%YAML 1.1\n",
        "0x",
        "1e9",
        "\\ud800",
        "\\x",
    ]
)
yamlish = st.lists(st.one_of(signs, fragments, st.text(max_size=3)), max_size=30).map("".join)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=yamlish.filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text)))
def test_any_text_loads_or_is_explained_at_a_place_within_it(tmp_path: Path, text: str) -> None:
    problems = problems_of(lambda: definition_of(tmp_path, text))
    assert problems is None or problems
    for problem in problems or ():
        assert problem.line <= text.count("\n") + text.count("\r") + 2
        assert len(str(problem).splitlines()) == 1
        str(problem).encode("utf-8")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=40))
def test_any_bytes_load_or_are_explained(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(raw)
    problems = problems_of(lambda: read_yaml(path, name="x.yaml"))
    assert problems is None or problems
