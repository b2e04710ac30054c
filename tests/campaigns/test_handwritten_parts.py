"""Parts written by hand, from the campaign's file to what readers get, and what a check says of them."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from PIL import Image as Pillow

from partwork.audiences.readers import read_readers
from partwork.campaigns.check import Checked, check
from partwork.campaigns.compiling import compile_revision, part_content
from partwork.campaigns.drift import Change, Fate, drift
from partwork.campaigns.inspecting import spoken_lines
from partwork.campaigns.preview import preview
from partwork.campaigns.revision import Revision
from partwork.campaigns.signoff import compared, sign
from partwork.campaigns.workspace import load_campaign, load_draft
from partwork.errors import WorkspaceError
from partwork.settings import load_settings

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CAMPAIGN = "campaigns/gluteus-medius"
FILE = f"{CAMPAIGN}/campaign.yaml"
TEXT = f"{CAMPAIGN}/part-2.md"
SYMPTOMS = "common-symptoms-of-gluteus-medius-dysfunction"
COMPLAINTS = "common-complaints-linked-to-gluteus-medius-dysfunction"
SECTIONS = f"    sections:\n      - {SYMPTOMS}\n      - {COMPLAINTS}\n"
BOTH = f"\n[[section: {SYMPTOMS}]]\n\n[[section: {COMPLAINTS}]]\n"


def write(workspace: Path, text: str, *, beside: str = "") -> None:
    """Give part 2 a text, in place of its sections."""
    path = workspace / FILE
    path.write_text(path.read_text("utf-8").replace(SECTIONS, f"    text: part-2.md\n{beside}"), "utf-8")
    (workspace / TEXT).write_text(text, "utf-8")


def edit(workspace: Path, name: str, old: str, new: str) -> None:
    path = workspace / name
    assert path.read_text("utf-8").count(old) == 1
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def checked(workspace: Path) -> Checked:
    return check(workspace, {}, slug=None, now=NOW)


def faults(workspace: Path) -> list[str]:
    return [str(problem) for problem in checked(workspace).problems]


def compiled(workspace: Path) -> Revision:
    return compile_revision(
        load_campaign(workspace, "gluteus-medius"),
        load_settings(workspace, {}),
        templates=workspace / "templates",
        list_label="label",
        link_id=lambda url, reference_parameter="": 7 if url.endswith("/a") else 1,
    )


def shown(workspace: Path, address: str | None = None) -> tuple[str, BeautifulSoup]:
    """Return part 2 as text and as a page, for one reader or for somebody unknown."""
    campaign, settings = load_campaign(workspace, "gluteus-medius"), load_settings(workspace, {})
    readers = read_readers(workspace / "audiences/readers.csv", default_zone="UTC", now=NOW)
    made = preview(
        campaign,
        settings,
        templates=workspace / "templates",
        reader=next((row for row in readers.rows if row.address == address), None),
        only="2",
        folder=workspace / "shown",
        has_pictures=False,
        now=NOW,
    )
    (part,) = made.parts
    return part.text.read_text("utf-8"), BeautifulSoup(part.html.read_text("utf-8"), "html.parser")


def test_a_text_stands_in_place_of_sections_and_tells_them_in_its_own_order(workspace: Path):
    write(
        workspace, f"Before.\n\n[[section: {COMPLAINTS}]]\n\nBetween.\n\n[[section: {SYMPTOMS}]]\n\nAfter.\n"
    )
    assert faults(workspace) == []
    part = load_campaign(workspace, "gluteus-medius").parts[1]
    assert [section.slug for section in part.sections] == [COMPLAINTS, SYMPTOMS]
    text, _ = shown(workspace)
    told = ["Before.", "Common Complaints", "Between.", "Common Symptoms", "After.", "Book a session"]
    assert sorted(told, key=text.index) == told


def test_beside_a_text_the_sections_a_part_names_follow_it(workspace: Path):
    write(workspace, f"Hello.\n\n[[section: {COMPLAINTS}]]\n", beside=f"    sections: [{SYMPTOMS}]\n")
    assert faults(workspace) == []
    text, _ = shown(workspace)
    told = ["Hello.", "Common Complaints", "Common Symptoms"]
    assert sorted(told, key=text.index) == told


def test_emphasis_links_lists_and_headings_come_out_in_the_page_and_in_its_text(workspace: Path):
    write(
        workspace,
        "## *Two* ways\n\nRead [our page](https://www.example.org/a?b=1&c=2) **today**:\n\n- one\n- *two*\n"
        + BOTH,
    )
    assert faults(workspace) == []
    text, page = shown(workspace)
    (link,) = page.find_all("a", string="our page")
    assert f"Two ways\n\nRead our page <{link['href']}> today:\n- one\n- two\n" in text
    assert [str(item.em) for item in page.find_all("li") if item.em] == ["<em>two</em>"]
    assert page.find("h2").em.text == "Two"


@pytest.mark.parametrize(
    ("address", "clinic", "greeting"),
    [
        ("carla.reyes@example.org", "By the harbour.", "Carla, hello!"),
        ("ann.baker@example.org", "At Riverside.", "Ann, hello!"),
        ("lucia.mendes@example.org", "Anywhere.", "Lúcia, hello!"),
        (None, "Anywhere.", "You, hello!"),
    ],
)
def test_each_segment_reads_its_own_paragraph_and_nobody_a_gap(
    workspace: Path, address: str | None, clinic: str, greeting: str
):
    write(
        workspace,
        "{{ first_name | default('You') }}, hello!\n\n"
        "{% if clinic == 'Harbour' %}\nBy the harbour.\n{% elif clinic %}\nAt {{ clinic }}.\n"
        "{% else %}\nAnywhere.\n{% endif %}\n\nEnd.\n" + BOTH,
    )
    assert faults(workspace) == []
    text, page = shown(workspace, address)
    assert f"\n\n{greeting}\n\n{clinic}\n\nEnd.\n\n" in text
    paragraphs = [paragraph.text for paragraph in page.find_all("p")]
    assert paragraphs[:3] == [greeting, clinic, "End."]
    assert "" not in paragraphs


@pytest.mark.parametrize("template", ["part", "letter"])
def test_each_template_and_its_twin_write_conditions(workspace: Path, template: str):
    edit(workspace, FILE, "template: part ", f"template: {template} ")
    write(workspace, "{% if clinic == 'Harbour' %}\nBy the harbour.\n{% else %}\nHere.\n{% endif %}\n" + BOTH)
    assert faults(workspace) == []
    for address, said, unsaid in (
        ("carla.reyes@example.org", "By the harbour.", "Here."),
        (None, "Here.", "By the harbour."),
    ):
        text, page = shown(workspace, address)
        assert [whole.count(said) for whole in (text, page.text)] == [1, 1]
        assert unsaid not in text + page.text


def test_links_of_a_text_are_followed_but_for_those_to_write_to(workspace: Path):
    write(
        workspace,
        "[a page](https://www.example.org/a), [**book**]({{ links.book }}), [us](mailto:hello@example.org)\n"
        + BOTH,
    )
    assert faults(workspace) == []
    revision = compiled(workspace)
    assert revision.article_links == (7,)
    part = revision.parts[1]
    for wanted in (
        '<a href="{{ links.to[7] }}">a page</a>',
        '<a href="{{ links.book }}"><strong>book</strong></a>',
        '<a href="mailto:hello@example.org">us</a>',
    ):
        assert wanted in re.sub(' style="[^"]*"', "", part.html)
    wanted = "a page <{{ links.to[7] }}>, book <{{ links.book }}>, us <hello@example.org>"
    assert wanted in part.text


def test_a_reference_closes_the_part_whose_text_marks_it(workspace: Path):
    write(workspace, "It is well known (Travell et al., 2018).\n" + BOTH)
    assert faults(workspace) == []
    campaign = load_campaign(workspace, "gluteus-medius")
    (reference,) = part_content(campaign, 2, button_label="Book").references
    assert reference.lines[0].text.startswith("Travell")


def test_an_edit_of_a_text_is_one_change_of_its_part(workspace: Path):
    write(workspace, "Well.\n\n{% if clinic %}\nWell.\n{% endif %}\n\nThis is the end.\n" + BOTH)
    before = compiled(workspace)
    edit(workspace, TEXT, "This is the end.", "This is an end.")
    found = drift(before, compiled(workspace))
    assert found.article_changed is False
    (part,) = found.parts
    assert part.changes == (Change(Fate.CHANGED, "paragraph", "This is the end.", "This is an end."),)


def test_a_sign_off_holds_for_the_words_of_a_text_and_its_conditions(workspace: Path):
    write(workspace, "{% if clinic == 'Harbour' %}\nHello.\n{% endif %}\n" + BOTH)
    signed = sign(compiled(workspace), by="Dr A. Example", now=NOW)
    assert compared(signed, compiled(workspace)).matches
    edit(workspace, TEXT, "clinic == 'Harbour'", "clinic")
    assert compared(signed, compiled(workspace)).changed == ("what-it-feels-like",)


def test_what_every_reader_is_told_leaves_out_conditions_and_personal_lines(workspace: Path):
    write(
        workspace,
        f"First.\n\n{{% if clinic %}}\nNot all.\n\n[[section: {SYMPTOMS}]]\n{{% endif %}}\n\n"
        f"Hello {{{{ first_name | default('you') }}}}.\n\nLast.\n[[section: {COMPLAINTS}]]\n",
    )
    told = spoken_lines(load_campaign(workspace, "gluteus-medius"), 2)
    assert told[:3] == ("First.", "Last.", "Common Complaints Linked to Gluteus Medius Dysfunction")


def test_a_draft_tells_what_its_texts_quote(workspace: Path):
    write(workspace, f"[[section: {COMPLAINTS}]]\n", beside=f"    sections: [{SYMPTOMS}]\n")
    draft = load_draft(workspace, "gluteus-medius")
    assert draft.told[1] == (COMPLAINTS, SYMPTOMS)
    assert draft.problems == ()


def test_braces_of_the_article_stay_its_own_beside_a_text(workspace: Path):
    edit(workspace, f"{CAMPAIGN}/article.txt", "Deep, aching pain", "Deep, {{ first_name }} {% if x %} pain")
    write(workspace, "{{ first_name | default('You') }} read." + BOTH)
    assert faults(workspace) == []
    text, page = shown(workspace, "ann.baker@example.org")
    assert "Ann read." in text
    for whole in (text, page.text):
        assert "Deep, {{ first_name }} {% if x %} pain" in whole


def test_single_blocks_may_be_quoted_and_their_heading_left_out(workspace: Path):
    write(workspace, "[[block: yodmdomlfjbt]]\n\nAnd so it feels:\n\n[[block: dy3hnqli6qaa]]\n")
    assert faults(workspace) == []
    text, _ = shown(workspace)
    assert "Common Symptoms" not in text
    assert text.index("Pain while walking") < text.index("And so it feels:") < text.index("Deep, aching pain")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            f"[[section: {SYMPTOMS}]]\n[[section: common-complaints]]\n",
            [f"{TEXT}:2:1: part 'what-it-feels-like': there is no section 'common-complaints'; did you"],
        ),
        (
            f"[[section: introduction]]\n{BOTH}",
            [f"{TEXT}:1:1: part 'what-it-feels-like': section 'introduction' is named again"],
        ),
        (
            f"[[section: {SYMPTOMS}]]\n",
            [f"{FILE}:24:1: section '{COMPLAINTS}' is in no part; name it in one, or under 'omit'"],
        ),
        (
            f"[[section: {SYMPTOMS}]]\n[[section: {COMPLAINTS}]]\n[[block: dy3hnqli6qaa]]",
            [f"{TEXT}:3:1: part 'what-it-feels-like': section 'block: dy3hnqli6qaa' is named again"],
        ),
        (
            f"{BOTH}[[block: dy3hnqli6qab]]\n",
            [f"{TEXT}:5:1: part 'what-it-feels-like': there is no 'block: dy3hnqli6qab' in the article; did"],
        ),
        (f"{{% if clinic %}}\nYes.\n{BOTH}", [f"{TEXT}:1:1: {{% if clinic %}} is never closed"]),
        (f"{{% if clinic = 'a' %}}\nYes.\n{{% endif %}}\n{BOTH}", [f"{TEXT}:1:"]),
        (
            f"{{{{ links.bok }}}}\n{BOTH}",
            [f"{TEXT}:1:1: {{{{ links.bok }}}} cannot be read (there is no links.bok; there are links.book"],
        ),
        (
            f"{{{{ first_name | lowr }}}}\n{BOTH}",
            [f"{TEXT}:1:1: {{{{ first_name | lowr }}}} cannot be"],
        ),
        ("", [f"{TEXT}:1:1: this text is empty"]),
        ("[[sektion: a]]", [f"{TEXT}:1:1: this quotes nothing"]),
    ],
)
def test_a_fault_of_a_text_is_told_at_its_line(workspace: Path, text: str, says: list[str]):
    write(workspace, text)
    found = sorted(faults(workspace), key=lambda fault: not fault.startswith(TEXT))
    assert len(found) == len(says), found
    assert [fault[: len(words)] for fault, words in zip(found, says, strict=True)] == says


def test_a_section_told_block_by_block_misses_none_of_them(workspace: Path):
    write(workspace, BOTH)
    edit(workspace, FILE, "sections: [why-is-the-gluteus-medius-so-important]", "text: part-3.md")
    (workspace / CAMPAIGN / "part-3.md").write_text("[[block: lhjgcpocf5ei]]\n", "utf-8")
    (found,) = faults(workspace)
    assert "quote it as [[block: n3rvyvdzqur7]], or name 'block: n3rvyvdzqur7' under 'omit'" in found
    edit(workspace, FILE, "parts:\n", "omit: ['block: n3rvyvdzqur7']\nparts:\n")
    assert faults(workspace) == []


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("text: part-9.md", "file 'part-9.md' is not in this folder; did you mean 'part-2.md'?"),
        (
            "text: article.txt",
            "'article.txt' is no Markdown: a text written by hand is a file that ends in .md",
        ),
        ("text: ../part-2.md", "should be the name of a file in this folder"),
        ("text: [part-2.md]", "'text' should be text"),
        ("sections: []", "'sections' is empty: name what this part holds"),
        ("", "'sections' is missing: name what this part holds"),
    ],
)
def test_a_part_that_names_no_text_of_its_own_folder_is_told_so(workspace: Path, key: str, says: str):
    write(workspace, BOTH)
    edit(workspace, FILE, "    text: part-2.md\n", f"    {key}\n" if key else "")
    found = [fault for fault in faults(workspace) if "is in no part" not in fault]
    assert len(found) == 1, found
    assert says in found[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "at"),
    [
        (
            FILE,
            "subject: What trouble",
            "subject: \"{{ frist_name | default('x') }}: what trouble\" # ",
            FILE,
        ),
        (FILE, "preheader: From an ache", "preheader: \"{{ frist_name | default('x') }} ache\" # ", FILE),
        (TEXT, "Hello.", "{% if frist_name %}\nHello.\n{% endif %}", TEXT),
    ],
)
def test_a_field_readers_do_not_have_is_named_with_those_they_have(
    workspace: Path, name: str, old: str, new: str, at: str
):
    write(workspace, f"Hello.\n{BOTH}")
    edit(workspace, name, old, new)
    found = [fault for fault in faults(workspace) if "readers have no" in fault]
    assert len(found) == 1
    line = (workspace / name).read_text("utf-8").split("frist_name")[0].count("\n") + 1
    assert found[0].startswith(f"{at}:{line}:")
    assert "did you mean 'first_name'? The fields are: first_name, clinic, links" in found[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "Dear {{ first_name | default('') }}, hello.",
            ":1:1: for a reader of whom nothing is known this reads",
        ),
        ("Hello!\n\n- {% if clinic %}one{% endif %}\n- two", ":3:1: nothing is left of this"),
        ("Hello {{ clinic }}.", ":1:7: for some readers this cannot be filled: 'clinic' is empty"),
        ("{% if clinic > 3 %}\nHello.\n{% endif %}", ":1:1: for some readers this cannot be filled:"),
        ("Open ({{ clinic | default('') }}).", "reads 'Open ().'"),
    ],
)
def test_what_reads_badly_without_a_name_is_told_at_its_line(workspace: Path, text: str, says: str):
    write(workspace, text + BOTH)
    (found,) = faults(workspace)
    assert found.startswith(f"{TEXT}:")
    assert says in found


def test_a_gap_in_a_subject_is_told_at_its_line(workspace: Path):
    write(workspace, BOTH)
    edit(workspace, FILE, "subject: What trouble", "subject: \"{{ first_name | default('') }}, look\" # ")
    (found,) = faults(workspace)
    assert found.startswith(f"{FILE}:32:14: for a reader of whom nothing is known this reads ', look'")


def test_gaps_that_are_the_authors_own_style_are_let_be(workspace: Path):
    write(
        workspace,
        "Bonjour {{ first_name | default('à vous') }} ! Voilà : (…) .\n\n* * *\n".replace("* * *", "…")
        + BOTH,
    )
    assert faults(workspace) == []


def test_what_a_condition_may_hide_is_worth_a_remark_and_no_fault(workspace: Path):
    write(
        workspace,
        f"{{% if clinic == 'Harbor' %}}\nHi.\n[[section: {SYMPTOMS}]]\n{{% endif %}}\n"
        f"[[section: {COMPLAINTS}]]\n",
    )
    found = checked(workspace)
    assert found.problems == ()
    assert found.remarks == (
        f"{TEXT}:1:18: no reader's clinic is 'Harbor'; did you mean 'Harbour'? There are: Riverside, Harbour",
        f"{TEXT}:3:1: only readers who meet the condition get '{SYMPTOMS}'",
    )


def test_the_text_of_a_part_is_pinned_with_it(workspace: Path):
    write(workspace, "Hello." + BOTH)
    (workspace / TEXT).write_text("{{ broken" + BOTH, "utf-8")
    with pytest.raises(WorkspaceError, match=r"part-2\.md:1:1: the tag that opens here"):
        load_campaign(workspace, "gluteus-medius")


def draw(workspace: Path, colour: str) -> None:
    Pillow.new("RGB", (40, 30), colour).save(workspace / CAMPAIGN / "dot.png")


def test_a_picture_of_a_text_is_kept_with_the_campaign_and_stands_in_its_preview(workspace: Path):
    draw(workspace, "#336699")
    write(workspace, "Look:\n\n![A dot](dot.png)\n" + BOTH)
    assert faults(workspace) == []
    (picture,) = load_campaign(workspace, "gluteus-medius").pictures
    assert f"/m/{picture.image.content_hash}" in compiled(workspace).parts[1].html
    text, page = shown(workspace)
    assert "[Picture: A dot]" in text
    image = page.find("img", alt="A dot")
    assert image["src"] == f"data:image/png;base64,{base64.b64encode(picture.data).decode()}"


def test_another_picture_under_the_same_name_is_a_change_and_ends_a_sign_off(workspace: Path):
    draw(workspace, "#336699")
    write(workspace, "![A dot](dot.png)\n" + BOTH)
    before = compiled(workspace)
    signed = sign(before, by="Dr A. Example", now=NOW)
    draw(workspace, "#993366")
    (part,) = drift(before, compiled(workspace)).parts
    assert part.changes == (Change(Fate.CHANGED, "image", "A dot", "A dot"),)
    assert compared(signed, compiled(workspace)).changed == ("what-it-feels-like",)


def test_a_picture_without_words_is_a_warning_at_its_place(workspace: Path):
    draw(workspace, "#336699")
    write(workspace, "Look:\n\n![](dot.png)\n" + BOTH)
    (warning,) = checked(workspace).warnings
    assert str(warning).startswith(f"{TEXT}:3:1: picture 'dot.png' has no alternative text")


def test_tables_and_footnotes_are_personal_and_the_notes_close_the_part(workspace: Path):
    write(
        workspace,
        "Well[^1].\n\n|For|At|\n|-|-|\n|{{ first_name | default('you') }}|"
        "[*here*](https://www.example.org/a)|\n\n[^1]: So *it* is.\n" + BOTH,
    )
    assert faults(workspace) == []
    text, page = shown(workspace, "ann.baker@example.org")
    table = page.find("table", class_="data")
    assert [cell.text for cell in table.find_all(["th", "td"])] == ["For", "At", "Ann", "here"]
    link = table.find("a")["href"]
    assert f"For | At\nAnn | here <{link}>\n" in text
    assert text.index("Well[a].") < text.index("Book a session") < text.index("[a] So it is.")


@pytest.mark.parametrize(("opening", "count"), [("Dear {{ first_name | default('you') }},", 0), ("Well.", 1)])
def test_a_text_that_greets_is_not_greeted_once_more(workspace: Path, opening: str, count: int):
    write(workspace, f"{opening}\n{BOTH}")
    text, page = shown(workspace)
    assert [whole.count("Hello there,") for whole in (text, page.text)] == [count, count]


def test_what_is_wrong_in_one_text_hides_nothing_of_another(workspace: Path):
    write(
        workspace,
        "{{ ''.__class__ }} {{ frist_name | default('x') }} {{ first_name | upper }}\n"
        "{% if first_name.__class__ %}x{% endif %} {% if clinic %}\n" + BOTH,
    )
    edit(workspace, FILE, "sections: [why-is-the-gluteus-medius-so-important]", "text: part-3.md")
    (workspace / CAMPAIGN / "part-3.md").write_text(
        "Hello\n{{ clinic }},\n\n[[section: why-is-the-gluteus-medius-so-important]]\n", "utf-8"
    )
    places = [
        (problem.file.rpartition("/")[2], problem.line, problem.column)
        for problem in checked(workspace).problems
    ]
    assert places == [
        *(("part-2.md", 1, 1), ("part-2.md", 1, 23), ("part-2.md", 1, 52)),
        *(("part-2.md", 2, 1), ("part-2.md", 2, 43)),
        ("part-3.md", 2, 1),
    ]


def test_a_tag_that_leaves_a_gap_is_told_beside_every_other_fault(workspace: Path) -> None:
    write(
        workspace,
        f"Good day {{{{ first_name }}}},\n\nfrom {{{{ clinic | upcase }}}} and {{{{ twon }}}}.\n{BOTH}",
    )
    told = faults(workspace)
    assert [text.partition(": ")[0].rpartition("part-2.md:")[2] for text in told] == ["1:10", "3:6", "3:35"]
    assert "for some readers this cannot be filled: 'first_name' is empty" in told[0]
