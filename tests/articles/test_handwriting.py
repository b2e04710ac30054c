"""A text written by hand: Markdown between quotations and conditions, every fault at its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partwork.articles.handwriting import HandWriting, OwnHeading, Quotation, read_handwriting
from partwork.articles.model import Block, Kind, Line


def read(*lines: str) -> HandWriting:
    return read_handwriting("\n".join(lines), name="part-2.md")


def sound(*lines: str) -> list[object]:
    text = read(*lines)
    assert text.flaws == ()
    return list(text.pieces)


def own(kind: Kind, *lines: Line, lead_in: Line | None = None) -> Block:
    return Block("", kind, lines, lead_in)


def line(number: int, text: str, markup: str | None = None) -> Line:
    return Line(number, text, text if markup is None else markup, is_personal=True)


def condition(number: int, tag: str) -> Block:
    return own(Kind.CONDITION, Line(number, tag, is_personal=True))


def test_a_text_comes_out_in_order_as_headings_blocks_and_quotations():
    assert sound(
        "# Before you read",
        "One line",
        "and its second.",
        "",
        "[[section: introduction]]",
        "### Smaller",
        "> Said by *somebody*.",
        "[[ block: oyye4zbu5r5e ]]",
        "  [[section: why[2]]]",
    ) == [
        OwnHeading(line(1, "Before you read"), is_sub_heading=False),
        own(Kind.PARAGRAPH, line(2, "One line and its second.")),
        Quotation("introduction", 5, 1, is_conditional=False),
        OwnHeading(line(6, "Smaller"), is_sub_heading=True),
        own(Kind.QUOTE, line(7, "Said by somebody.", "Said by <em>somebody</em>.")),
        Quotation("block: oyye4zbu5r5e", 8, 1, is_conditional=False),
        Quotation("why[2]", 9, 3, is_conditional=False),
    ]


def test_a_list_comes_under_its_lead_in_and_a_counted_one_brings_its_numbers():
    assert sound("Bring along:", "", "- a **towel**", "- time", "", "Then:", "", "3. rest", "4. walk") == [
        own(
            Kind.LIST,
            line(3, "a towel", "a <strong>towel</strong>"),
            line(4, "time"),
            lead_in=line(1, "Bring along:"),
        ),
        own(Kind.LIST, line(8, "3. rest"), line(9, "4. walk"), lead_in=line(6, "Then:")),
    ]


def test_a_link_is_its_words_in_the_text_and_leads_on_in_the_markup():
    (block,) = sound('[Our hours](https://www.example.org/?a=1&b="2") or [book]({{ links.book }}).')
    assert block == own(
        Kind.PARAGRAPH,
        line(
            1,
            "Our hours or book.",
            '<a href="https://www.example.org/?a=1&amp;b=%222%22">Our hours</a> or '
            '<a href="{{ links.book }}">book</a>.',
        ),
    )


def test_an_address_that_is_its_own_words_is_said_once():
    (block,) = sound("Write to <hello@example.org> or see <https://www.example.org>.")
    assert block.lines[0].text == "Write to hello@example.org or see https://www.example.org."


def test_no_sign_within_a_personal_tag_is_read_as_markdown():
    (block,) = sound("Dear *{{ first_name | default('*you* & [me](x)') }}*, hello.")
    tag = "{{ first_name | default('*you* & [me](x)') }}"
    assert block.lines == (
        line(1, f"Dear {tag}, hello.", f"Dear <em>{tag.replace('&', '&amp;')}</em>, hello."),
    )


def test_html_is_words_and_no_markup():
    (block,) = sound("A <b onclick='x'>bold</b> & <script>claim</script>.")
    assert block.lines[0].markup == (
        "A &lt;b onclick='x'&gt;bold&lt;/b&gt; &amp; &lt;script&gt;claim&lt;/script&gt;."
    )


def test_a_condition_on_its_own_lines_spans_blocks_and_quotations():
    pieces = sound("{% if clinic %}", "Yes.", "[[section: a]]", "{% else %}", "No.", "{% endif %}")
    assert pieces == [
        condition(1, "{%- if clinic %}"),
        own(Kind.PARAGRAPH, line(2, "Yes.")),
        Quotation("a", 3, 1, is_conditional=True),
        condition(4, "{%- else %}"),
        own(Kind.PARAGRAPH, line(5, "No.")),
        condition(6, "{%- endif %}"),
    ]


def test_a_paragraph_that_is_one_condition_leaves_no_empty_paragraph():
    text = "{% if clinic == 'North' %}Up{% elif clinic %}At {% if x %}y{% endif %}{% else %}Here{% endif %}"
    assert sound(text) == [
        condition(1, "{%- if clinic == 'North' %}"),
        own(Kind.PARAGRAPH, line(1, "Up")),
        condition(1, "{%- elif clinic %}"),
        own(Kind.PARAGRAPH, line(1, "At {% if x %}y{% endif %}")),
        condition(1, "{%- else %}"),
        own(Kind.PARAGRAPH, line(1, "Here")),
        condition(1, "{%- endif %}"),
    ]


def test_two_conditions_side_by_side_stay_in_their_paragraph():
    text = "{% if a %}A{% endif %} and {% if b %}B{% endif %}"
    assert sound(text) == [own(Kind.PARAGRAPH, line(1, text))]


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("Hello {{ first_name", (1, 7), "write }}"),
        ("{% for x in y %}", (1, 1), "{% if … %}, {% elif … %}, {% else %} and {% endif %}"),
        ("{% if a %}\nyes", (1, 1), "never closed"),
        ("yes\n{% endif %}", (2, 1), "no {% if … %} is open"),
        ("a {% if b %} c", (1, 3), "not closed in its paragraph"),
        ("*a {% if b %} c* d {% endif %}", (1, 4), "is cut by the end of an emphasis"),
        ("{% if b %} *c {% endif %} d*", (1, 15), "keep both inside the same emphasis"),
        ("[[sektion: a]]", (1, 1), "write [[section: its-name]]"),
        ("[[section: {{ a }}]]", (1, 1), "write [[section: its-name]]"),
        ("see [[section: a]]", (1, 5), "a quotation stands alone"),
        ("[x](http://www.example.org)", (1, 1), "begins with https://"),
        ("[x](https://www.example.org/{{ first_name }})", (1, 1), "nothing about a reader"),
        ("![x](x.png)", (1, 1), "an image in a text written by hand is not built yet"),
        ("```\ncode\n```", (1, 1), "block of code"),
        ("a\n\n***\n\nb", (3, 1), "a rule has no place"),
        ("|a|b|\n|-|-|\n|1|2|", (1, 1), "not built yet: write a list"),
        ("- a\n  - b", (1, 1), "a list within it is not built yet"),
        ("> - a", (1, 1), "a quotation holds paragraphs alone"),
        ("a\x07b", (1, 2), "U+0007"),
    ],
)
def test_a_fault_is_told_at_its_place_and_once(text: str, at: tuple[int, int], says: str):
    (flaw,) = read(*text.split("\n")).flaws
    assert (flaw.line, flaw.column) == at
    assert says in flaw.text


_SCRAPS = re.split(
    r"\|",
    "{{ a }}|{% if a %}|{% else %}|{% endif %}|{{|%}|[[section: a]]|[[block:|]]|*|**|_|[x](|)|> |- |1. |"
    "# |    |`|<b>|&amp;|!|![|---|```|\\|word |é|ptag0x|https://www.example.org|\n|\n\n|\r|\0",
)


@given(st.lists(st.sampled_from(_SCRAPS) | st.text(max_size=5), max_size=25).map("".join))
def test_any_text_at_all_is_read_and_its_markup_holds_known_tags_alone(text: str):
    for piece in read(text).pieces:
        if isinstance(piece, Block):
            for held in piece.all_lines:
                rest = re.sub(r'</?(?:em|strong|code|a)>|<br />|<a href="[^"<>]*">', "", held.markup or "")
                assert "<" not in rest
