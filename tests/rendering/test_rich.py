"""Quotes, tables, pictures, links and notes come out in both bodies, and nothing else gets in."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from partwork.articles.model import Kind, Line
from partwork.errors import WorkspaceError
from partwork.rendering.compile import PartContent
from partwork.rendering.inline import read_cells, read_inline
from partwork.rendering.look import Look, fitted_logo
from tests.rendering.rich import HREFS, MAIL, PICTURE, marked, rich, rich_content
from tests.rendering.samples import PRACTICE, block, content, html_text, merged, section

BASE = "http://127.0.0.1:8000"
TEMPLATES = ("part", "letter")


def words(text: str) -> str:
    return " ".join(text.split())


def line_part(text: str, markup: str) -> PartContent:
    return content(section("Heading", rich(Kind.PARAGRAPH, marked(text, markup))))


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_kind_of_block_comes_out_word_for_word_in_html_and_text(template: str) -> None:
    part = rich_content()
    mail = merged(part, template=template).mail
    shown, text = words(html_text(mail.html)), words(re.sub(r" <[^<>]+>", "", mail.text))
    for line in part.all_lines:
        cells = [
            words(cell.inline.text) for cell in read_cells(line.markup or "") if "<t" in (line.markup or "")
        ]
        for said in cells or [words(line.text)]:
            assert said in shown, said
            assert said in text, said


def test_the_twin_gives_each_link_its_address_after_its_words() -> None:
    text = merged(rich_content()).mail.text
    assert (
        f"See our clinic page <{BASE}/c/link0token>, write to the desk <desk@example.org>, and take it"
        " slowly.1" in text
    )
    assert f"1 As in A journal <{BASE}/c/link1token>, 2021." in text


def test_links_of_the_article_are_the_messages_own_and_mail_addresses_stay() -> None:
    html = merged(rich_content()).mail.html
    soup = BeautifulSoup(html, "html.parser")
    inside = [link["href"] for link in soup.select(".words a, .small a")]
    assert inside[:3] == [f"{BASE}/c/link0token", MAIL, f"{BASE}/c/link1token"]
    assert not any(href in html for href in HREFS)
    assert "text-decoration: underline" in str(soup.select(".words a")[0]["style"])


def test_the_twin_writes_quotes_tables_pictures_and_counted_lists_as_text() -> None:
    text = merged(rich_content()).mail.text
    assert (
        "[Picture: A hip seen from the side]\nThe hip, drawn by hand\n\n"
        "> I walk the dog again.\n> A reader of ours\n\n"
        "Day | Minutes\nMonday | 5 & more\nTuesday | 7\n\n"
        "1. Stand up\n2. Sit down\n"
    ) in text


def test_a_table_is_a_table_to_a_screen_reader_and_its_headings_say_of_what() -> None:
    soup = BeautifulSoup(merged(rich_content()).mail.html, "html.parser")
    (table,) = soup.select("table.data")
    assert table.get("role") is None
    assert [(head.get_text(), head["scope"]) for head in table.find_all("th")] == [
        ("Day", "col"),
        ("Minutes", "col"),
        ("Monday", "row"),
    ]


def test_a_picture_has_one_address_for_all_its_size_and_its_words() -> None:
    soup = BeautifulSoup(merged(rich_content()).mail.html, "html.parser")
    (image,) = soup.find_all("img")
    assert image["src"] == f"{BASE}/m/{PICTURE.content_hash}"
    assert (image["width"], image["height"], image["alt"]) == ("520", "260", PICTURE.alt)
    assert merged(rich_content(), {"first_name": "Bo"}).mail.html.count(str(image["src"])) == 1


def test_a_picture_for_decoration_has_an_empty_alt_text_and_no_line_in_the_twin() -> None:
    figure = rich(Kind.IMAGE, image=replace(PICTURE, alt="", width=40, height=20))
    mail = merged(content(section("Heading", figure))).mail
    (image,) = BeautifulSoup(mail.html, "html.parser").find_all("img")
    assert (image["alt"], image["width"], image["height"]) == ("", "40", "20")
    assert "Picture" not in mail.text


def test_a_list_that_counts_itself_is_numbered_and_one_that_brings_numbers_is_not_numbered_twice() -> None:
    counted = rich(Kind.LIST, Line(1, "Stand up"), Line(2, "Sit down"), is_ordered=True)
    part = content(section("Heading", counted, block(Kind.LIST, "1. first", "2. second")))
    mail = merged(part).mail
    one, other = BeautifulSoup(mail.html, "html.parser").find_all("ol")
    assert "list-style" not in str(one["style"])
    assert "list-style: none" in str(other["style"])
    assert "1. Stand up\n2. Sit down" in mail.text
    assert "1. first\n2. second" in mail.text


def test_a_definition_keeps_its_links() -> None:
    line = marked("Rest – see our page", f'<strong>Rest</strong> – see <a href="{HREFS[0]}">our page</a>')
    mail = merged(content(section("Heading", rich(Kind.DEFINITIONS, line)))).mail
    soup = BeautifulSoup(mail.html, "html.parser")
    assert [found.get_text() for found in soup.find_all(["dt", "dd"])] == ["Rest", "– see our page"]
    assert f"Rest – see our page <{BASE}/c/link0token>" in mail.text


def test_a_note_closes_the_part_before_the_references() -> None:
    mail = merged(rich_content()).mail
    for body in (mail.text, html_text(mail.html)):
        assert body.index("Why this muscle") < body.index("1 As in") < body.index("Physiopedia.")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)">here</a>',
        '<a href="data:text/html,x" onclick="x()">here</a>',
        '<img src="https://x.example/p.png" onerror="x()">here',
        '<em style="position:fixed" onmouseover="x()">here</em>',
        "<mj-include path='/etc/passwd' />here",
        "</td></tr></table>here",
        "<strong>here",
        "here</em></strong>",
        "here {{ 7*7 }} [[ 7*7 ]]",
        "<!-- here --><![endif]-->here",
    ],
)
def test_markup_that_is_not_on_the_list_never_reaches_the_page(hostile: str) -> None:
    html = merged(line_part("here", hostile)).mail.html
    soup = BeautifulSoup(html, "html.parser")
    assert soup.find_all(["script", "img", "mj-include", "iframe"]) == []
    assert not re.search(r"javascript:|data:text|onclick=|onerror=|onmouseover=|position:\s*fixed", html)
    assert "49" not in html_text(html)
    assert "Would you rather not?" in soup.get_text()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "<em> </em> <a·href='https://x.example/{{'> </a> <b> </b> <br> <code> </code> <td> &lt; {{ }}"
            " {% % { word· · é [[ ]] <x> pwq7zk0x".replace("·", "\N{NO-BREAK SPACE}").split(" ")
        ).map(lambda piece: piece.replace("\N{NO-BREAK SPACE}", " ")),
        max_size=14,
    ).map("".join)
)
def test_any_markup_comes_out_with_its_words_in_both_bodies(markup: str) -> None:
    text = words(read_inline(f"x{markup}y").text)
    mail = merged(line_part(text, f"x{markup}y")).mail
    # A break is a space in a line of text and none in HTML: so white space is left out of account.
    said = "".join(text.split())
    assert said in "".join(html_text(mail.html).split())
    assert said in "".join(re.sub(r" <http[^<>]+>", "", mail.text).split())


def test_an_address_in_another_script_is_written_in_ascii() -> None:
    inline = read_inline('<a href="https://bücher.example/über uns?q=é">x</a>')
    assert inline.hrefs == ("https://xn--bcher-kva.example/%C3%BCber%20uns?q=%C3%A9",)


def test_the_logo_stands_for_the_name_which_is_its_alt_text() -> None:
    logo = fitted_logo(f"{BASE}/m/logo", width=960, height=200, alt=PRACTICE.name)
    soup = BeautifulSoup(merged(content(), look=Look(logo=logo)).mail.html, "html.parser")
    (image,) = soup.find_all("img")
    assert (image["width"], image["height"], image["alt"]) == ("240", "50", PRACTICE.name)
    plate = image.parent
    assert plate is not None
    assert "background-color: #ffffff" in str(plate["style"])


def test_dark_mode_swaps_the_logo_for_the_dark_one_and_outlook_never_sees_that() -> None:
    logo, night = (fitted_logo(f"{BASE}/m/{name}", width=90, height=40, alt="P") for name in ("day", "night"))
    html = merged(content(), look=Look(logo=logo, logo_dark=night)).mail.html
    assert re.search(r"<!--\[if !mso\]><!--><img class=\"logo night\"[^>]+><!--<!\[endif\]-->", html)
    assert "[data-ogsc] .night { display: block !important; }" in html


def test_a_picture_from_elsewhere_is_refused() -> None:
    elsewhere = Look(logo=fitted_logo("https://cdn.example/logo.png", width=9, height=9, alt="P"))
    with pytest.raises(WorkspaceError, match="would be fetched on opening"):
        merged(content(), look=elsewhere)


def test_a_letter_is_signed_and_has_neither_card_nor_steps() -> None:
    practice = replace(PRACTICE, signature="Ana, for all of us at")
    mail = merged(content(), practice=practice, template="letter").mail
    soup = BeautifulSoup(mail.html, "html.parser")
    assert soup.select(".card, .step, .panel") == []
    for body in (mail.text, soup.get_text("\n")):
        assert "Ana, for all of us at\nHarbour Manual Therapy" in body
    assert [link["href"] for link in soup.select(".words a, .button a")] == [f"{BASE}/b/booktoken"] * 2


@pytest.mark.parametrize("template", TEMPLATES)
def test_colours_and_typeface_come_from_the_look(template: str) -> None:
    look = Look(colour="#7a1f5c", colour_dark="#f0a8d4", font="Georgia, serif", font_outlook="Cambria, serif")
    html = merged(rich_content(), template=template, look=look).mail.html
    assert "#0b5d5e" not in html
    assert "#84d6cd" not in html
    assert html.count("#7a1f5c") > 3
    assert "#f0a8d4" in html
    assert "Cambria, serif !important" in html
