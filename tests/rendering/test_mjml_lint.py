"""MJML that the compiler would drop or misread in silence is told at its line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from partwork.errors import Problem
from partwork.rendering.checks.mjml import Marker, lint, unmarked
from partwork.rendering.checks.mjml_tags import CHILDREN, attributes_of, parents_of

COLUMN = "<mjml><mj-body><mj-section><mj-column>\n  {}\n</mj-column></mj-section></mj-body></mjml>"
SECTION = "<mjml><mj-body><mj-section>\n  {}\n</mj-section></mj-body></mjml>"
HEAD = "<mjml><mj-head>\n  {}\n</mj-head><mj-body></mj-body></mjml>"


def linted(source: str) -> list[Problem]:
    marker = Marker()
    return list(lint(marker.marked(source, file="part.mjml"), marker))


@pytest.mark.parametrize(
    ("frame", "source", "said"),
    [
        (COLUMN, "<mj-text colour='red'>x</mj-text>", "MJML drops it; did you mean 'color'?"),
        (COLUMN, "<mj-image src='a.png' alt='' padding-vertical='1px' />", "<mj-image> takes no attribute"),
        (COLUMN, "<mj-text font-size='17'>x</mj-text>", "'17' is no size MJML reads: write a number with px"),
        (COLUMN, "<mj-text font-size='1.2em'>x</mj-text>", "'1.2em' is no size"),
        (COLUMN, "<mj-text padding='1px 2px 3px 4px 5px'>x</mj-text>", "is no size"),
        (COLUMN, "<mj-spacer height='[[ number ]]px' />", "is filled after MJML has read it"),
        (COLUMN, "<mj-spacer height='{{ first_name }}' />", "is filled after MJML has read it"),
        (COLUMN, "<mj-divider border-width='pwq7zk3xpx' />", "this is filled with text"),
        (COLUMN, "<mj-text color='very dark'>x</mj-text>", "'very dark' is no colour"),
        (COLUMN, "<mj-text align='centre'>x</mj-text>", "should be one of: left, center, right, justify"),
        (COLUMN, "<mj-table cellpadding='4px'><tr><td>x</td></tr></mj-table>", "'4px' is no number"),
        (COLUMN, "<mj-image src='a.png' alt='' fluid-on-mobile='yes' />", "should be 'true' or 'false'"),
        (COLUMN, "<mj-section></mj-section>", "<mj-section> stands inside <mj-column>, where MJML drops it"),
        (COLUMN, "<mj-navbar-link>x</mj-navbar-link>", "it belongs in <mj-navbar>"),
        (SECTION, "<mj-text>x</mj-text>", "it belongs in <mj-column> or <mj-hero>"),
        (HEAD, "<mj-text>x</mj-text>", "<mj-text> stands inside <mj-head>, where MJML drops it"),
        (HEAD, "<mj-breakpoint width='30em' />", "'30em' is no size"),
        (HEAD, "<mj-attributes>\n<mj-text font-sise='17px' /></mj-attributes>", "did you mean 'font-size'?"),
    ],
)  # fmt: skip
def test_a_slip_is_told_where_it_was_written(frame: str, source: str, said: str) -> None:
    (problem,) = linted(frame.format(source))
    assert said in problem.text
    assert (problem.file, problem.line, problem.column) == (
        ("part.mjml", 3, 1) if "\n" in source else ("part.mjml", 2, 3)
    )


@pytest.mark.parametrize(
    "source",
    [
        "<mj-text padding='0 40px' line-height='1.5' letter-spacing='-0.2px' css-class='x'>a</mj-text>",
        "<mj-image src='a.png' alt='' height='auto' width='120px' />",
        "<mj-button href='{{ links.book }}' width='100%'>[[ button_label ]]</mj-button>",
        "<mj-raw><mj-comment-free-html /></mj-raw>".replace("mj-comment-free-html", "hr"),
        "<!-- <mj-text colour='red'> --> [# <mj-nonsense> #]",
    ],
)
def test_what_mjml_reads_is_let_be(source: str) -> None:
    assert linted(COLUMN.format(source)) == []


def test_a_tag_inside_one_that_holds_text_is_told_once() -> None:
    (problem,) = linted(COLUMN.format("<mj-text>a <mj-button>b</mj-button></mj-text>"))
    assert problem.text == (
        "<mj-button> stands inside <mj-text>, which holds text and HTML: close <mj-text> before it"
    )


def test_marks_leave_no_trace() -> None:
    source = COLUMN.format("<mj-text\n css-class='x'>a</mj-text>")
    assert unmarked(Marker().marked(source, file="part.mjml")) == source


def test_every_tag_that_may_stand_somewhere_is_known_with_its_attributes() -> None:
    for tag in frozenset[str]().union(*CHILDREN.values()):
        assert parents_of(tag) or tag == "mjml"
        assert attributes_of(tag) or tag in ("mj-head", "mj-title", "mj-preview", "mj-attributes")


def test_the_templates_of_the_sample_are_without_a_slip() -> None:
    marker = Marker()
    folder = Path(__file__).parents[2] / "templates"
    for path in folder.glob("*.mjml"):
        # Alone, an included template stands in nothing: only what it says of itself is looked at.
        found = lint(marker.marked(path.read_text("utf-8"), file=path.name), marker)
        assert [str(one) for one in found if "takes no attribute" in one.text or "no size" in one.text] == []
