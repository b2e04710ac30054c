"""What a part says after compiling and merging: every word of the article, once, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from partwork.articles.model import Kind
from partwork.articles.plaintext import read_plain_text
from partwork.rendering.compile import HTML_LIMIT_BYTES, PartContent, Practice
from tests.rendering.samples import (
    PRACTICE,
    REPOSITORY,
    block,
    compiled,
    content,
    html_text,
    merged,
    section,
)

ODD_TEXTS = (
    "{{ 7*7 }}",
    "{{ links.unsubscribe }} {% raw %} {# not a comment #} {%# nor this #%}",
    "[[ practice.name ]] [% if true %] [# gone? #]",
    "<script>alert('x')</script> <mj-include path=\"/etc/passwd\" /> &amp; &#123; </div>",
    '100 % sure, 5 < 6 > 4, a "quoted" word, it\'s {open',
    "% leading and trailing {",
    "pwq7zk0x looks like a token of ours",
    "]]> --> <!-- <![endif]-->",
    "write url(https://x.example) and @import 'y' and background=z",
)


def test_each_sentence_item_and_heading_comes_out_once_word_for_word() -> None:
    part = content(
        section(
            "Why It Matters",
            block(Kind.PARAGRAPH, "One paragraph, with its full stop."),
            block(Kind.LIST, "✅ ticked already", "no tick of its own", lead_in="Signs to look for:"),
            block(Kind.LIST, "1. first of all", "2. and then"),
            block(Kind.DEFINITIONS, "Rest – not doing  it again", "Move — doing it slowly"),
            subsections=(section("💪 Stand Up", block(Kind.PARAGRAPH, "And sit down.")),),
        ),
        references_heading="Sources",
        references=("A., B. (2022).Effect  of  things.Journal, 19(19)", "Physiopedia."),
    )
    lines = [
        line.text
        for line in (*part.sections[0].all_lines, *(line for ref in part.references for line in ref.lines))
    ] + ["Sources"]
    mail = merged(part).mail
    for line in lines:
        assert mail.text.count(line) == 1, line
        assert html_text(mail.html).count(line) == 1, line


def test_the_text_holds_each_line_unwrapped_with_a_dash_only_for_items_without_a_marker() -> None:
    part = content(
        section(
            "Signs",
            block(Kind.LIST, "✅ ticked", "plain " + "word " * 60 + "end", lead_in="Look for:"),
            block(Kind.LIST, "1. first", "2. second"),
            block(Kind.PARAGRAPH, "After all of them."),
        ),
        button_label="Book now",
        teaser="The rest of it",
    )
    practice = Practice("The Practice", "1 Road\nTown", None, "en")
    assert merged(part, practice=practice).mail.text == (
        "The Practice\n"
        "The hidden culprit behind lower back pain\n"
        "Part 2 of 5\n"
        "\n"
        "Hello Amélie,\n"
        "\n"
        "Signs\n"
        "\n"
        "Look for:\n"
        "✅ ticked\n"
        f"- plain {'word ' * 60}end\n"
        "\n"
        "1. first\n"
        "2. second\n"
        "\n"
        "After all of them.\n"
        "\n"
        "Book now\n"
        "http://127.0.0.1:8000/b/booktoken\n"
        "\n"
        "Next: The rest of it\n"
        "\n"
        "--\n"
        "The Practice\n"
        "1 Road\n"
        "Town\n"
        "\n"
        "You are getting this series because you asked The Practice for emails or are one of its clients.\n"
        "\n"
        "Would you rather not? Unsubscribe:\n"
        "http://127.0.0.1:8000/u/leavetoken\n"
    )


def test_lists_are_lists_definitions_are_definitions_and_headings_are_headings() -> None:
    part = content(
        section(
            "Signs",
            block(Kind.LIST, "one", "two"),
            block(Kind.LIST, "✔ done", "✔ and done"),
            block(Kind.LIST, "1. first", "2. second"),
            block(Kind.DEFINITIONS, "Rest – doing nothing"),
            subsections=(section("Below"),),
        )
    )
    soup = BeautifulSoup(merged(part).mail.html, "html.parser")
    assert [len(found.find_all("li")) for found in soup.find_all(["ul", "ol"])] == [2, 2, 2]
    bare, ticked, numbered = soup.find_all(["ul", "ol"])
    assert (bare.name, ticked.name, numbered.name) == ("ul", "ul", "ol")
    assert "list-style" not in str(bare["style"])
    assert "list-style: none" in str(ticked["style"])
    assert "list-style: none" in str(numbered["style"])
    assert {found["role"] for found in (bare, ticked, numbered)} == {"list"}
    assert [found.get_text() for found in soup.find_all(["dt", "dd"])] == ["Rest", "– doing nothing"]
    assert [(h.name, h.get_text()) for h in soup.find_all(re.compile("h[1-6]"))] == [
        ("h1", "The hidden culprit behind lower back pain"),
        ("h2", "Signs"),
        ("h3", "Below"),
    ]


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_an_article_that_looks_like_a_template_comes_out_word_for_word(odd: str) -> None:
    assert_literal(odd)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"{}%#[]<>&;-!=\"'\\aé ",
                "{{ x }}",
                "{% raw %}",
                "[[ x ]]",
                "<b>",
                "&amp;",
                "]]>",
                "-->",
                "pwq7zk1x",
            ]
        ),
        min_size=1,
        max_size=12,
    ).map(lambda pieces: "x" + "".join(pieces).strip() + "y")
)
def test_any_mix_of_delimiters_and_markup_comes_out_word_for_word(odd: str) -> None:
    assert_literal(odd)


def assert_literal(odd: str) -> None:
    """Put `odd` wherever data can stand, and find it there again in both bodies."""
    part = content(
        section(
            odd + "H",
            block(Kind.PARAGRAPH, odd + "P"),
            block(Kind.LIST, odd + "I", odd + "J", lead_in=odd + "L:"),
            block(Kind.DEFINITIONS, f"{odd}T – {odd}R"),
        ),
        series_title=odd + "S",
        button_label=odd + "B",
        references=(odd + "Q",),
        references_heading=odd + "G",
    )
    practice = Practice(odd + "N", odd + "A", None, "en")
    mail = merged(part, practice=practice).mail
    shown = html_text(mail.html)
    for mark in ("H", "P", "I", "J", "L:", "R", "S", "Q", "G", "A"):
        assert odd + mark in mail.text
        assert odd + mark in shown
    soup = BeautifulSoup(mail.html, "html.parser")
    assert soup.title is not None
    assert soup.title.get_text() == odd + "S"
    assert not soup.find_all(["script", "b", "mj-include"])
    assert " ".join((odd + "B").split()) in mail.text
    assert "49" not in mail.text


def test_subject_preheader_and_teaser_may_use_personal_tags_and_are_escaped() -> None:
    part = content(
        subject="{{ first_name | default('You') }} & <your> hip",
        preheader="For {{ first_name | default('you') }}: 5 < 6",
        teaser="{{ first_name | default('You') }} <next>",
    )
    mail = merged(part, {"first_name": "Bo & <Co>"}).mail
    assert mail.subject == "Bo & <Co> & <your> hip"
    assert "Next: Bo & <Co> <next>" in mail.text
    assert "Next: Bo & <Co> <next>" in html_text(mail.html)
    assert "For Bo &amp; &lt;Co&gt;: 5 &lt; 6" in mail.html


def test_the_preheader_is_hidden_and_comes_before_everything_a_reader_sees() -> None:
    soup = BeautifulSoup(merged(content(preheader="Just a glimpse")).mail.html, "html.parser")
    assert soup.body is not None
    first = soup.body.find("div")
    assert first is not None
    assert first.get_text() == "Just a glimpse"
    assert "display:none" in str(first["style"])


def test_a_part_says_where_it_stands_what_comes_next_who_writes_and_how_to_leave() -> None:
    shown = html_text(merged(content(number=2, count=5, teaser="Putting it right")).mail.html)
    for said in (
        "Part 2 of 5",
        "Next: Putting it right",
        "12 Harbour Street",
        "Portsmouth PO1 2AB",
        "You are getting this series because",
        "Unsubscribe",
    ):
        assert said in shown
    last = html_text(merged(content(number=5, teaser=None)).mail.html)
    assert "Next:" not in last


def test_the_frame_speaks_its_language_and_lays_out_in_presentation_tables() -> None:
    soup = BeautifulSoup(merged(content()).mail.html, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == "en-GB"
    assert len(soup.select("[role=article]")) == 1
    assert {table.get("role") for table in soup.find_all("table")} == {"presentation"}
    assert [image for image in soup.find_all("img") if not image.get("alt")] == []


def test_nothing_is_fetched_from_elsewhere_and_each_link_is_one_of_the_messages_own() -> None:
    html = merged(content(references=("R.",))).mail.html
    soup = BeautifulSoup(html, "html.parser")
    assert soup.find_all(["img", "link", "script", "iframe", "object"]) == []
    assert "url(" not in html
    assert "@import" not in html
    assert {link["href"] for link in soup.find_all("a")} == {
        "http://127.0.0.1:8000/b/booktoken",
        "http://127.0.0.1:8000/c/webtoken",
        "http://127.0.0.1:8000/u/leavetoken",
    }


def test_outlook_and_dark_mode_rules_survive_the_inliner() -> None:
    html = merged(content()).mail.html
    assert html.count("<!--[if ") == html.count("<![endif]-->") > 10
    assert "@media (prefers-color-scheme: dark) {" in html
    assert "[data-ogsc] .ink > div" in html
    assert '<meta name="color-scheme" content="light dark">' in html


@pytest.mark.parametrize("reader", [{"first_name": "Amélie"}, {"first_name": ""}, {}])
def test_no_residue_of_templates_is_left(reader: dict[str, str]) -> None:
    mail = merged(content(references=("R & D.",), references_heading="Sources"), reader).mail
    for body in (mail.subject, mail.text, mail.html):
        for residue in ("{{", "}}", "{%", "[[", "]]", "[%", "None", "&amp;amp;", "pwq7zk"):
            assert residue not in re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL), residue


def test_a_part_without_website_references_or_teaser_shows_no_trace_of_them() -> None:
    practice = Practice("The Practice", "1 Road", None, "de")
    mail = merged(content(teaser=None), practice=practice).mail
    for body in (mail.text, html_text(mail.html)):
        assert "website" not in body
        assert "Next:" not in body
    assert "\n\n\n" not in mail.text


def test_the_same_input_compiles_to_the_same_bytes_in_another_process() -> None:
    script = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]);"
        "from tests.rendering.samples import compiled, content;"
        "print(hashlib.sha256(repr(compiled(content(references=('R.',)))).encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script, str(REPOSITORY)],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    assert compiled(content()) == compiled(content())


def article_parts() -> list[PartContent]:
    """Return the five parts of the real article, one slice of its sections each."""
    article = read_plain_text((REPOSITORY / "campaigns/gluteus-medius/article.txt").read_text("utf-8"))
    of = article.sections
    slices = (of[:1], of[1:3], of[3:4], of[4:5], of[5:])
    assert article.call_to_action is not None
    return [
        content(
            *sections,
            number=number,
            count=len(slices),
            series_title=article.title.text if article.title else "",
            references=tuple(b.lines[0].text for b in article.references) if number == 5 else (),
            references_heading="Resources" if number == 5 else None,
            button_label=article.call_to_action.lines[0].text,
            teaser=None,
        )
        for number, sections in enumerate(slices, start=1)
    ]


def test_the_real_article_comes_out_once_in_order_and_far_below_the_size_limit() -> None:
    parts = article_parts()
    mails = [merged(part).mail for part in parts]
    text = "\n".join(mail.text for mail in mails)
    shown = "\n".join(html_text(mail.html) for mail in mails)
    lines = [line.text for part in parts for piece in part.sections for line in piece.all_lines]
    lines += [line.text for part in parts for ref in part.references for line in ref.lines]
    assert len(lines) == 25
    for body in (text, shown):
        places = [body.index(line) for line in lines]
        assert places == sorted(places)
        assert [body.count(line) for line in lines] == [1] * len(lines)
    assert max(len(mail.html.encode()) for mail in mails) < HTML_LIMIT_BYTES // 2


def test_templates_of_the_repository_are_explained_in_at_most_forty_lines() -> None:
    readme = (REPOSITORY / "templates/README.md").read_text("utf-8").splitlines()
    assert len(readme) <= 40
    for path in sorted(Path(REPOSITORY / "templates").iterdir()):
        assert path.name == "README.md" or any(f"`{path.name}`" in line for line in readme)


def test_a_postal_address_keeps_its_lines() -> None:
    mail = merged(content(), practice=PRACTICE).mail
    assert "12 Harbour Street\nPortsmouth PO1 2AB\nUnited Kingdom\n" in mail.text
    assert (
        "<br>".join(f'<span dir="auto">{line}</span>' for line in PRACTICE.postal_address.splitlines())
        in mail.html
    )


@pytest.mark.parametrize("template", ["part", "letter"])
def test_a_series_of_one_part_counts_nothing(template: str) -> None:
    mail = merged(replace(content(), number=1, count=1), template=template).mail
    for body in (mail.text, html_text(mail.html)):
        assert " of 1" not in body
