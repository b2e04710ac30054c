"""What a template's author hears: the file, the line where there is one, and what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from partwork.articles.model import Kind
from partwork.errors import Problem, WorkspaceError
from partwork.rendering.compile import compile_part
from partwork.rendering.personal import authored_fault
from tests.rendering.samples import PRACTICE, TEMPLATES, block, content, section

FRAME = (
    "<mjml><mj-body><mj-section><mj-column>\n<mj-text>{}</mj-text>\n"
    "</mj-column></mj-section></mj-body></mjml>"
)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))


def problems_of(templates: Path) -> list[Problem]:
    with pytest.raises(WorkspaceError) as caught:
        compile_part(templates, "part", content(), PRACTICE)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        (FRAME.format("\n[% if number %]"), 3, "Unexpected end of template"),
        (FRAME.format("\n[[ practise.name ]]"), 3, "'practise' is undefined"),
        (FRAME.format("\n[[ practice.nam ]]"), 3, "has no attribute 'nam'"),
        (FRAME.format("\n[[ 1 // 0 ]]"), 3, "ZeroDivisionError"),
        (FRAME.format("\n[[ practice.__class__.__mro__ ]]"), 3, "unsafe"),
        (FRAME.format("\n[[ series_title | safe ]]"), 3, "No filter named 'safe'"),
        (FRAME.format("\n[% include 'gone.mjml' %]"), 3, "there is no templates/gone.mjml"),
        (FRAME.format("\n[% include '../secret' %]"), 3, "there is no templates/../secret"),
        (FRAME.format("\n[[ references_heading ]]"), 3, "ask first with [% if … %]"),
        (FRAME.format("\n{% if first_name %}"), 3, "Unexpected end of template"),
        (FRAME.format("\n{{ first_name | shout }}"), 3, "No filter named 'shout'"),
        (FRAME.format("\n{{ first_name | safe }}"), 3, "No filter named 'safe'"),
        (FRAME.format("\n{% autoescape false %}{% endautoescape %}"), 3, "escaping cannot be switched off"),
        (FRAME.format("\n{% include 'base.mjml' %}"), 3, "cannot load another template"),
        (FRAME.format("\n{{ links.buy }}"), 3, "there is no links.buy"),
        (FRAME.format("\n<mj-txt>x</mj-txt>"), 3, "<mj-txt> is no MJML tag; did you mean <mj-text>?"),
        (FRAME.format("x\n</mj-txt>"), 3, "<mj-txt> is no MJML tag"),
        (FRAME.format("\n<mj-include path='base.mjml' />"), 3, "mj-include is not used here"),
        (FRAME.format("\n<mj-font href='https://x.example' />"), 3, "fetch a font"),
        (FRAME.format("x</mj-text>\n</mj-section>\n<mj-text>"), 5, "MJML cannot read it"),
        (FRAME.format("\n<p>left open"), 0, "MJML cannot read it"),
        ("<p>no MJML</p>", 1, "MJML cannot read it (unexpected token): <p>no MJML</p>"),
        (FRAME.format("<mj-button>x</mj-button>"), 2, "<mj-button> stands inside <mj-text>"),
        (
            FRAME.format("<img src='https://cdn.example/logo.png' alt='' />"),
            2,
            "cdn.example/logo.png would be",
        ),
        (
            FRAME.format("</mj-text><mj-image src='https://cdn.example/a.png' /><mj-text>"),
            2,
            "would be fetched",
        ),
        (FRAME.format("<p style='background:url(//cdn.example/a.png)'>x</p>"), 2, "would be fetched"),
        (
            FRAME.format("x").replace("<mj-text>", "<mj-text nonsense='{{ first_name }}'>"),
            2,
            "<mj-text> takes no attribute 'nonsense', and MJML drops it",
        ),
        (
            FRAME.format("x").replace("<mj-text>", "<mj-text nonsense='[[ series_title ]]'>"),
            2,
            "<mj-text> takes no attribute 'nonsense', and MJML drops it",
        ),
        (
            FRAME.format("<table><tr>{% if first_name is defined %}<td>x</td>{% endif %}</tr></table>"),
            0,
            "where HTML allows no text",
        ),
    ],
)
def test_a_faulty_template_is_named_with_its_line(templates: Path, source: str, line: int, said: str) -> None:
    (templates / "part.mjml").write_text(source, "utf-8")
    problems = problems_of(templates)
    assert [(problem.file, problem.line) for problem in problems] == [("templates/part.mjml", line)]
    assert said in problems[0].text


def test_every_tag_left_open_is_named_where_it_opens(templates: Path) -> None:
    (templates / "part.mjml").write_text("<mjml>\n<mj-body>\n  <mj-section>\n  </mj-section>\n", "utf-8")
    assert [str(problem) for problem in problems_of(templates)] == [
        "templates/part.mjml:1:1: <mjml> is never closed",
        "templates/part.mjml:2:1: <mj-body> is never closed",
    ]


def test_a_tag_closed_twice_is_named(templates: Path) -> None:
    source = FRAME.format("x</mj-text><mj-text>y").replace("</mj-text>", "", 1)
    (templates / "part.mjml").write_text(source, "utf-8")
    (problem,) = problems_of(templates)
    assert problem.text == "<mj-text> is never closed"


def test_faults_of_both_templates_are_told_at_once(templates: Path) -> None:
    (templates / "part.mjml").write_text(FRAME.format("[[ a ]]"), "utf-8")
    (templates / "part.txt").write_text("\n\n[[ b ]]", "utf-8")
    assert [str(problem) for problem in problems_of(templates)] == [
        "templates/part.mjml:2:1: 'a' is undefined",
        "templates/part.txt:3:1: 'b' is undefined",
    ]


def test_a_missing_template_is_named(templates: Path) -> None:
    (templates / "part.txt").unlink()
    assert [str(problem) for problem in problems_of(templates)] == ["templates/part.txt: the file is missing"]


def test_a_fault_in_the_base_is_told_of_the_base(templates: Path) -> None:
    base = templates / "base.mjml"
    base.write_text(
        base.read_text("utf-8").replace("{{ links.unsubscribe }}", "{{ links.unsubscribe"), "utf-8"
    )
    problems = problems_of(templates)
    assert [problem.file for problem in problems] == ["templates/base.mjml"]
    source = base.read_text("utf-8").splitlines()
    assert "{{ links.unsubscribe" in source[problems[0].line - 1]


def test_a_template_that_is_no_text_is_told_without_a_traceback(templates: Path) -> None:
    (templates / "part.txt").write_bytes(b"\xff\xfe")
    assert "UnicodeDecodeError" in str(problems_of(templates)[0])


def test_a_part_too_long_for_mail_programs_is_refused() -> None:
    long = content(section(None, *(block(Kind.PARAGRAPH, "word " * 200) for _ in range(100))))
    with pytest.raises(WorkspaceError, match="keep it within 90 KB"):
        compile_part(TEMPLATES, "part", long, PRACTICE)


def test_faults_in_authored_texts_name_the_part_and_the_text() -> None:
    part = content(subject="Hi {{ first_name", preheader="{% if %}", teaser="{{ x | safe }}")
    with pytest.raises(WorkspaceError) as caught:
        compile_part(TEMPLATES, "part", part, PRACTICE)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 3
    assert all(text.startswith("part 'what-it-feels-like': ") for text in told)
    assert [text.split(": ")[1] for text in told] == ["preheader", "subject", "teaser"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Your next step, {{ first_name | default('friend') }}", None),
        ("100 % of it {#1}", None),
        ("a bell\x07", "it holds the control character U+0007; take it out"),
        ("=?utf-8?q?x?=", "'=?' begins an encoded word in a header; write it otherwise"),
        ("{{ first_name", "unexpected end of template, expected 'end of print statement'."),
        (
            "{{ links.home }}",
            "there is no links.home; there are links.book, links.unsubscribe, links.website",
        ),
    ],
)
def test_an_authored_text_is_checked_as_a_personal_template(text: str, fault: str | None) -> None:
    assert authored_fault(text) == fault


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        (
            'font-weight="700"',
            "font-weight=700",
            r'part\.mjml:\d+:\d\d+: a value .*: write font-weight="700"',
        ),
        (
            "[[ words.greeting ]]",
            "[[ words.greting ]]",
            r"part\.mjml:9:1: there is no words\.greting; did you mean 'greeting'\? There are: words\.part,",
        ),
        (
            "<p>[[ words.greeting ]]</p>",
            "<p><img src='https://elsewhere.example.org/x.png' /></p>",
            r"part\.mjml:9:1: https://elsewhere\.example\.org/x\.png would be fetched",
        ),
    ],
)
def test_a_slip_in_a_template_is_told_at_its_line(
    tmp_path: Path, written: str, instead: str, told: str
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    file = templates / "part.mjml"
    file.write_text(file.read_text("utf-8").replace(written, instead), "utf-8")
    with pytest.raises(WorkspaceError, match=told):
        compile_part(templates, "part", content(), PRACTICE)
