"""A text written by hand: Markdown between quotations and conditions, every fault at its place."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from partwork.articles.handreading import read_handwriting
from partwork.articles.handwriting import HandWriting, OwnHeading, Quotation
from partwork.articles.model import Block, Kind, Line, Note, Picture
from partwork.articles.pictures import PictureBook, prepared
from partwork.articles.tags import Flaw


def _dot() -> bytes:
    written = io.BytesIO()
    Pillow.new("RGB", (40, 30), "#336699").save(written, "PNG")
    return written.getvalue()


_DOT = _dot()
_PREPARED = prepared(_DOT)
assert isinstance(_PREPARED, Picture)
DOT = _PREPARED.image


def read(*lines: str) -> HandWriting:
    book = PictureBook(Path(__file__).parent, embedded={"dot.png": _DOT})
    return read_handwriting("\n".join(lines), name="part-2.md", book=book)


def sound(*lines: str) -> list[object]:
    text = read(*lines)
    assert text.flaws == ()
    return list(text.pieces)


def own(kind: Kind, *lines: Line, lead_in: Line | None = None) -> Block:
    return Block("", kind, lines, lead_in)


def line(number: int, text: str, markup: str | None = None) -> Line:
    return Line(number, text, markup, is_personal=True)


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


def test_html_is_no_markup_whatever_is_said_of_it():
    text = read("A <b onclick='x'>bold</b> & <script>claim</script>.")
    (block,) = text.pieces
    assert isinstance(block, Block)
    assert (block.lines[0].text, block.lines[0].markup) == (
        "A <b onclick='x'>bold</b> & <script>claim</script>.",
        None,
    )
    assert len(text.flaws) == 4


def test_all_that_an_article_holds_comes_out_as_an_article_s_would():
    assert sound(
        "Every day:",
        "",
        "1. rest",
        "   - at *noon*",
        "2. walk",
        "",
        "| When | What |",
        "|---|---|",
        "| noon | {{ clinic | default('here') }} |",
        "",
        "![a dot](dot.png)",
        "",
        "Term",
        ": meaning",
    ) == [
        own(Kind.PARAGRAPH, line(1, "Every day:")),
        own(Kind.LIST, line(4, "at noon", "at <em>noon</em>"), lead_in=line(3, "1. rest")),
        own(Kind.LIST, line(5, "2. walk")),
        own(
            Kind.TABLE,
            line(7, "When | What", "<th>When</th><th>What</th>"),
            line(
                9,
                "noon | {{ clinic | default('here') }}",
                "<td>noon</td><td>{{ clinic | default('here') }}</td>",
            ),
        ),
        Block("", Kind.IMAGE, (), image=replace(DOT, alt="a dot")),
        own(Kind.DEFINITIONS, line(13, "Term – meaning")),
    ]


def test_footnotes_bear_letters_for_numbers_are_the_article_s():
    text = read("One[^x] and two[^2].", "", "[[section: a]]", "", "[^2]: Of *two*.", "", "[^x]: Of one.")
    assert text.flaws == ()
    assert text.pieces[0] == own(
        Kind.PARAGRAPH,
        line(1, "One[a] and two[b].", "One<sup>[a]</sup> and two<sup>[b]</sup>."),
    )
    assert text.notes == (
        Note("[a]", own(Kind.PARAGRAPH, line(7, "Of one."))),
        Note("[b]", own(Kind.PARAGRAPH, line(5, "Of two.", "Of <em>two</em>."))),
    )


def test_a_picture_for_some_readers_stands_between_their_conditions():
    assert sound("{% if clinic %}![a dot](dot.png){% endif %}") == [
        condition(1, "{%- if clinic %}"),
        Block("", Kind.IMAGE, (), image=replace(DOT, alt="a dot")),
        condition(1, "{%- endif %}"),
    ]


def test_a_picture_without_words_is_doubted_at_its_place():
    text = read("Look:", "", "  ![](dot.png)")
    assert text.flaws == ()
    assert text.doubts == (
        Flaw(3, 3, "picture 'dot.png' has no alternative text: say in a few words what it shows"),
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
        ("{% if b %} *c {% endif %} d*", (1, 15), "stands apart from its {% if … %}: keep both inside"),
        ("*a {% if b %}x\\\ny{% endif %}*", (1, 4), "the end of an emphasis, a link or a line"),
        ("|a|b|\n|-|-|\n|{% if b %}1|2{% endif %}|", (3, 2), "not closed in its paragraph, item or cell"),
        ("- {% if b %}one\n- two{% endif %}", (1, 3), "not closed in its paragraph, item or cell"),
        ("- one\n  {% if b %}\n  two\n  {% endif %}", (2, 3), "cannot stand within a list"),
        ("[[sektion: a]]", (1, 1), "write [[section: its-name]]"),
        ("[[section: {{ a }}]]", (1, 1), "write [[section: its-name]]"),
        ("see [[section: a]]", (1, 5), "a quotation stands alone"),
        ("[x](http://www.example.org)", (1, 1), "begins with https://"),
        ("[x](https://www.example.org/{{ first_name }})", (1, 1), "nothing about a reader"),
        ("see [our page](our page)", (1, 5), "between ( and ) stands an address without spaces"),
        ("a\nb ![x](x.png)", (2, 3), "picture 'x.png' cannot be shown: there is no file 'x.png'"),
        ("![x](../x.png)", (1, 1), "outside the article's folder"),
        ("![x](https://www.example.org/x.png)", (1, 1), "is not fetched: save it beside the article"),
        ("![{{ first_name }}](dot.png)", (1, 1), "take the tag out of its words"),
        ("[![a dot](dot.png)](https://www.example.org)", (1, 2), "a picture cannot be a link"),
        ("a {% if b %}![a dot](dot.png){% endif %}", (1, 13), "stands on lines of its own between"),
        ("a {% if b %}c[^1]{% endif %}\n\n[^1]: d", (1, 14), "a footnote shows to all"),
        ("a[^1]", (1, 2), "no footnote is called so: write it below, as in [^1]: Its words."),
        ("a\n\n[^1]: b", (3, 1), "no text marks this footnote: write [^1] where it belongs"),
        ("a <b>c", (1, 3), "'<b>' is HTML, which is not read here"),
        ("a\n\n<div>\nb\n</div>", (3, 1), "'<div>' is HTML, which is not read here"),
        ("a\n\n***\n\nb", (3, 1), "a rule has no place"),
        ("|a|b|\n|-|-|\n|1|2|\n{% if c %}\n|3|4|\n{% endif %}", (5, 1), "this row is in no table"),
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


_KNOWN_TAG = re.compile(r'</?(?:em|strong|code|a|sup|t[hd])>|<br>|<a href="[^"<>]*">')


@given(st.lists(st.sampled_from(_SCRAPS) | st.text(max_size=5), max_size=25).map("".join))
def test_any_text_at_all_is_read_and_its_markup_holds_known_tags_alone(text: str):
    for piece in read(text).pieces:
        if isinstance(piece, Block):
            for held in piece.all_lines:
                rest = re.sub(
                    r'</?(?:em|strong|code|a|sup|t[hd])>|<br>|<a href="[^"<>]*">', "", held.markup or ""
                )
                assert "<" not in rest


def test_a_condition_that_parts_a_counted_list_is_for_a_person_to_weigh() -> None:
    counted = "1. First\n{% if first_name %}\n2. For the named\n{% endif %}\n3. Third\n"
    told = read(counted).doubts
    assert [(line, column) for line, column, _ in told] == [(2, 1)]
    assert "who misses an item sees the count jump" in told[0][2]
    assert read(counted.replace("1.", "-").replace("2.", "-").replace("3.", "-")).doubts == ()
