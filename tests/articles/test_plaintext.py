"""Reading plain text: what each line of a pasted article becomes."""

from __future__ import annotations

import pytest

from partwork.articles.model import Kind, Line
from partwork.articles.plaintext import read_plain_text
from partwork.errors import CommandError
from tests.articles.shapes import outline, read, sample, seed

TEXT = "It carries you through the day. It asks for little."
MORE = "Rest is part of the work, and sleep is the best of it."


def test_the_seed_article_reads_as_its_author_meant_it() -> None:
    assert [line[:64] for line in outline(seed())] == [
        "# The Hidden Culprit Behind Lower Back & Sacral Pain - Gluteus M",
        "## (introduction)",
        "text: When we think about hip strength, the Gluteus Maximus ofte",
        "## Common Symptoms of Gluteus Medius Dysfunction",
        "lead-in: If your Gluteus Medius is not functioning properly, you",
        "item: Deep, aching pain in the lower back and side of the hip",
        "item: Upper hip discomfort and referral pain to the sacrum, SI j",
        "item: Weakness and instability, making it hard to balance or sta",
        "## Common Complaints Linked to Gluteus Medius Dysfunction",
        "term: Pain while walking – Weakness in the Gluteus Medius can ca",
        "term: Pain when lying on the affected side – Pressure on the Glu",
        "term: Pain after prolonged sitting – Sitting for too long can le",
        "## Why Is the Gluteus Medius So Important?",
        "text: The Gluteus Medius plays a key role in stabilizing the hip",
        "text: If left untreated, this dysfunction can create poor moveme",
        "## How to Fix Gluteus Medius Dysfunction",
        "### ✅ Dry Needling for Trigger Points",
        "text: Dry needling helps release tight knots, reset dysfunctiona",
        "### ✅ Targeted Release Techniques",
        "text: Manual therapy, myofascial release, and soft tissue work c",
        "### ✅ Strengthening & Mobility Exercises",
        "text: Strengthening the Gluteus Medius through targeted activati",
        "## Take Action: Get Relief for Hip & Lower Back Pain",
        "text: If you’re struggling with hip instability, SI joint pain, ",
        "button: 📅 Book a session today to eliminate pain and restore fun",
        "references: Resources",
        "reference: Travell, J. G., Simons, D. G., & Simons, L. S. (2018)",
        "reference: Physiopedia. Gluteus Medius.",
        "reference: Álvarez, S. D., Saornil, J. V., Milá, Z. S., Crespo, ",
    ]


def test_the_seed_article_has_the_slugs_a_campaign_names() -> None:
    fix = "how-to-fix-gluteus-medius-dysfunction"
    sections = seed().sections
    assert [section.slug for section in sections] == [
        "introduction",
        "common-symptoms-of-gluteus-medius-dysfunction",
        "common-complaints-linked-to-gluteus-medius-dysfunction",
        "why-is-the-gluteus-medius-so-important",
        fix,
        "take-action-get-relief-for-hip-lower-back-pain",
    ]
    assert [section.slug for section in sections[4].subsections] == [
        f"{fix}/dry-needling-for-trigger-points",
        f"{fix}/targeted-release-techniques",
        f"{fix}/strengthening-mobility-exercises",
    ]


def test_the_spacing_inside_a_reference_is_untouched() -> None:
    last = seed().references[-1].lines[0].text
    assert "(2022).Effectiveness" in last
    assert "Trial.International Journal" in last


@pytest.mark.parametrize("empty", ["", "\ufeff", "\n\n \r\n\t\u00a0\n", "\u200b"])
def test_a_text_without_any_words_is_refused(empty: str) -> None:
    with pytest.raises(CommandError, match="the article holds no text"):
        read_plain_text(empty)


def test_line_ends_and_byte_order_mark_do_not_matter() -> None:
    lines = ["A Title", TEXT, "", "A Heading", "\u00a0\t" + MORE + " "]
    plain = read_plain_text("\n".join(lines))
    assert plain.sections[1].blocks[0].lines == (Line(5, MORE),)
    for end in ("\r\n", "\r"):
        pasted = read_plain_text("\ufeff" + end.join(lines) + end)
        assert (pasted.title, pasted.sections, pasted.source) == (plain.title, plain.sections, plain.source)


def test_a_text_with_blank_lines_reads_as_the_same_text_without() -> None:
    with_blanks = sample("dry-needling-faq")
    without = read(*(line for line in with_blanks.source if line.strip()))
    assert outline(with_blanks) == outline(without)


def test_a_first_line_that_is_a_sentence_is_no_title() -> None:
    assert outline(read(TEXT, "A Heading", MORE)) == [
        "## (introduction)",
        f"text: {TEXT}",
        "## A Heading",
        f"text: {MORE}",
    ]


def test_a_title_may_be_longer_than_a_heading_but_not_as_long_as_a_paragraph() -> None:
    assert read("T" * 120, TEXT).title
    assert not read("T" * 121, TEXT).title


def test_an_article_of_one_line_is_an_introduction() -> None:
    assert outline(read("Breathe")) == ["## (introduction)", "text: Breathe"]


@pytest.mark.parametrize(
    "lines",
    [
        ("By Maria Lopez, PT | March 3, 2024", "5 min read"),
        ("- Maria Lopez", "", "- Oct 9", "- 4 min read"),
    ],
)
def test_who_wrote_it_and_when_is_set_aside(lines: tuple[str, ...]) -> None:
    article = read("A Title", *lines, TEXT)
    assert outline(article) == ["# A Title", "## (introduction)", f"text: {TEXT}"]
    assert {left.line.text: left.reason for left in article.unplaced} == {
        line: "about the author or the date" for line in lines if line
    }


def test_items_under_a_title_that_tell_no_author_stay() -> None:
    article = read("A Title", "- Rest", "- Move", TEXT)
    assert outline(article) == [
        "# A Title",
        "## (introduction)",
        "item: - Rest",
        "item: - Move",
        f"text: {TEXT}",
    ]
    assert article.unplaced == ()


def test_what_is_pasted_along_with_a_page_is_set_aside_at_its_edges_alone() -> None:
    article = read("top of page", "logo_small.png", "A Title", TEXT, "Top of page", TEXT, "bottom of page")
    assert article.title is not None
    assert article.title.text == "A Title"
    assert [(left.line.number, left.reason) for left in article.unplaced] == [
        (1, "navigation"),
        (2, "the file name of a picture"),
        (7, "navigation"),
    ]


def test_a_text_of_nothing_but_a_pages_own_lines_is_still_a_text() -> None:
    assert outline(read("Home", "bottom of page")) == ["# Home", "## (introduction)", "text: bottom of page"]


def test_round_bullets_over_paragraphs_are_items_each() -> None:
    lines = ["A Title", TEXT, "", "• First cause", "", MORE, "", "• Second cause", "", MORE]
    assert outline(read(*lines)) == [
        "# A Title",
        "## (introduction)",
        f"text: {TEXT}",
        "item: • First cause",
        f"text: {MORE}",
        "item: • Second cause",
        f"text: {MORE}",
    ]


def test_german_sources_are_references() -> None:
    article = read("Ein Titel", TEXT, "Quellenangaben:", "¹ Ein Buch (2023).")
    assert [block.lines[0].text for block in article.references] == ["¹ Ein Buch (2023)."]


@pytest.mark.parametrize(
    "heading",
    [
        "Common Symptoms",
        "1. Raise your screen",
        "Step 2: raise your screen",
        "(3) raise your screen",
        "does it hurt?",
        "Stop Stretching!",
        "COMMON SYMPTOMS",
        "H" * 80,
    ],
)
def test_a_short_open_line_over_text_opens_a_section(heading: str) -> None:
    article = read("A Title", TEXT, heading, MORE)
    assert outline(article)[3:] == [f"## {heading}", f"text: {MORE}"]


@pytest.mark.parametrize(
    "line",
    [
        "Common Symptoms.",
        "Common Symptoms,",
        "Common Symptoms;",
        "Common Symptoms:",
        "common symptoms",
        "H" * 81,
    ],
)
def test_any_other_line_is_a_paragraph(line: str) -> None:
    article = read("A Title", TEXT, line, MORE)
    assert outline(article)[2:] == [f"text: {TEXT}", f"text: {line}", f"text: {MORE}"]


def test_a_line_after_a_blank_one_with_text_directly_beneath_opens_a_section() -> None:
    assert outline(read("A Title", TEXT, "", "What to do at home", MORE))[3] == "## What to do at home"


def test_a_line_set_apart_opens_a_section_where_all_paragraphs_are_set_apart() -> None:
    assert (
        outline(read("A Title", "", TEXT, "", "What to do at home", "", MORE))[3] == "## What to do at home"
    )


def test_a_line_set_apart_from_another_short_one_is_text() -> None:
    assert outline(read("A Title", TEXT, "", "come in and rest", "", "you are welcome here"))[3:] == [
        "text: come in and rest",
        "text: you are welcome here",
    ]


def test_the_first_line_of_a_wrapped_paragraph_is_no_heading() -> None:
    article = read(
        "A Title", "", "The hip carries the body through the day and asks", "for nothing but a little rest."
    )
    assert [section.slug for section in article.sections] == ["introduction"]


def test_a_heading_with_nothing_under_it_is_text() -> None:
    assert outline(read("A Title", TEXT, "Common Symptoms"))[-1] == "text: Common Symptoms"


def test_a_heading_over_a_heading_is_a_section_without_blocks() -> None:
    article = read("A Title", TEXT, "Our Approach", "Manual Therapy", MORE)
    assert [(section.slug, len(section.blocks)) for section in article.sections] == [
        ("introduction", 1),
        ("our-approach", 0),
        ("manual-therapy", 1),
    ]


def test_repeated_and_unspellable_headings_get_slugs_of_their_own() -> None:
    article = read("A Title", TEXT, "Rest", TEXT, "Rest", TEXT, "髋部疼痛", TEXT, "✅ 休息", MORE)
    assert [section.slug for section in article.sections] == ["introduction", "rest", "rest-2", "section-4"]
    assert [sub.slug for sub in article.sections[3].subsections] == ["section-4/section-1"]


def test_an_emoji_line_over_a_paragraph_opens_a_sub_section() -> None:
    assert outline(read("A Title", "What Helps", TEXT, "💪 Move More", MORE, "🌙 Sleep well", TEXT)) == [
        "# A Title",
        "## What Helps",
        f"text: {TEXT}",
        "### 💪 Move More",
        f"text: {MORE}",
        "### 🌙 Sleep well",
        f"text: {TEXT}",
    ]


def test_where_no_plain_heading_stands_emoji_lines_open_sections() -> None:
    assert outline(read("A Title", TEXT, "💪 Move More", MORE, "🌙 Sleep Well", TEXT))[3::2] == [
        "## 💪 Move More",
        "## 🌙 Sleep Well",
    ]


def test_emoji_lines_in_a_row_are_items_the_last_included() -> None:
    assert outline(read("A Title", "What Helps", "✅ Move", "✅ Sleep.", "✅ Breathe", MORE))[2:] == [
        "item: ✅ Move",
        "item: ✅ Sleep.",
        "item: ✅ Breathe",
        f"text: {MORE}",
    ]


def test_an_emoji_line_that_ends_like_a_sentence_is_text() -> None:
    assert outline(read("A Title", "What Helps", TEXT, "💡 Ask, and you will hear.", MORE))[3:] == [
        "text: 💡 Ask, and you will hear.",
        f"text: {MORE}",
    ]


LEADS = "You may notice:"


@pytest.mark.parametrize(
    "items",
    [
        ["Deep pain in the hip", "weakness in the leg", "Trouble standing on one leg"],
        ["It hurts at night.", "It hurts in the morning; it gets better.", "Stairs are hard!"],
        ["• It hurts", "• It pulls.", "- It burns"],
        ["1. Sit down", "2. Breathe out.", "3. Nod"],
        ["✅ It hurts", "✅ It pulls."],
        ["Lower Back Pain", "Sacral Pain", "Tight Hips"],
        ["Does it hurt?", "Does it pull?"],
        ["pain,", "numbness, and", "weakness."],
        ["Only one"],
        ["• Only one"],
    ],
)
def test_lines_of_one_form_under_a_lead_in_are_its_items(items: list[str]) -> None:
    article = read("A Title", LEADS, *items)
    (block,) = article.sections[0].blocks
    assert (block.kind, block.lead_in and block.lead_in.text) == (Kind.LIST, LEADS)
    assert [line.text for line in block.lines] == items


@pytest.mark.parametrize(
    ("items", "after"),
    [
        (["Deep pain", "weak legs"], ["text: The list ends where a sentence stands."]),
        (
            ["Rest.", "Walk daily."],
            ["text: All of this takes time. Nobody should do it in one day, or alone."],
        ),
        (["• Rest", "• Walk"], ["text: plain words"]),
        (["1. Rest", "2. Walk"], ["item: • Sleep", "item: • Breathe"]),
        (["Do you rest?", "Do you walk?"], ["text: Then you are in good company."]),
        (["Rest", "Walk"], ["## Common Causes", f"text: {MORE}"]),
        (["Rest", "Walk"], ["## Common Causes", "item: • Sitting", "item: • Stress"]),
        (["Rest", "Walk"], ["## Common Causes", "term: Heat – warms.", "term: Cold – cools."]),
        (["Rest", "Walk"], ["## Common Causes", "### ✅ Sitting", f"text: {MORE}"]),
        (["Rest.", "Walk daily."], ["## What Causes It?", f"text: {MORE}"]),
        (["1. Rest", "2. Walk"], ["## 4. Sleep", f"text: {MORE}"]),
    ],
)
def test_a_list_ends_where_another_form_begins_or_a_heading_stands(
    items: list[str], after: list[str]
) -> None:
    written = [line.split(": ", 1)[1] if ": " in line else line.lstrip("# ") for line in after]
    article = read("A Title", LEADS, *items, *written)
    assert outline(article)[3:] == [*(f"item: {item}" for item in items), *after]


def test_a_numbered_line_that_carries_the_count_on_is_an_item_even_over_text() -> None:
    assert outline(read("A Title", "Do this:", "1. Sit", "2. Breathe", "3. Nod", MORE))[2:] == [
        "lead-in: Do this:",
        "item: 1. Sit",
        "item: 2. Breathe",
        "item: 3. Nod",
        f"text: {MORE}",
    ]


def test_numbered_lines_over_paragraphs_are_headings_even_under_a_lead_in() -> None:
    assert outline(read("A Title", "Three ways:", "1. Sit", TEXT, "2. Breathe", MORE))[2:] == [
        "text: Three ways:",
        "## 1. Sit",
        f"text: {TEXT}",
        "## 2. Breathe",
        f"text: {MORE}",
    ]


def test_a_list_that_counts_anew_leaves_the_number_above_it_a_heading() -> None:
    assert outline(read("A Title", TEXT, "2. How to Stretch", "1. Lie down.", "2. Breathe."))[3:] == [
        "## 2. How to Stretch",
        "item: 1. Lie down.",
        "item: 2. Breathe.",
    ]


def test_a_lead_in_with_nothing_like_a_list_under_it_is_text() -> None:
    assert outline(read("A Title", "One thing matters:", TEXT, "", "A Heading", MORE))[2:4] == [
        "text: One thing matters:",
        f"text: {TEXT}",
    ]


def test_long_lines_under_a_lead_in_are_paragraphs() -> None:
    paragraph = "The hip carries the body through the day. " * 8
    assert outline(read("A Title", "One thing matters:", paragraph, paragraph))[2:] == [
        "text: One thing matters:",
        f"text: {paragraph.strip()}",
        f"text: {paragraph.strip()}",
    ]


def test_a_blank_line_ends_a_list_whose_items_stand_together() -> None:
    assert outline(read("A Title", LEADS, "", "deep pain", "weak legs", "", "and more"))[2:] == [
        f"lead-in: {LEADS}",
        "item: deep pain",
        "item: weak legs",
        "text: and more",
    ]


def test_items_set_apart_by_blank_lines_are_one_list() -> None:
    lines = ["A Title", LEADS, "", "deep pain", "", "weak legs", "", "Common Causes", "", MORE]
    assert outline(read(*lines))[2:] == [
        f"lead-in: {LEADS}",
        "item: deep pain",
        "item: weak legs",
        "## Common Causes",
        f"text: {MORE}",
    ]


def test_among_lines_set_apart_the_one_with_text_directly_beneath_is_a_heading() -> None:
    lines = ["A Title", LEADS, "", "deep pain", "", "weak legs", "", "What to do at home", MORE]
    assert outline(read(*lines))[-2:] == ["## What to do at home", f"text: {MORE}"]


@pytest.mark.parametrize("items", [["• Rest", "• Walk"], ["1. Rest", "2. Walk"]])
def test_bulleted_and_numbered_lines_in_a_row_need_no_lead_in(items: list[str]) -> None:
    assert outline(read("A Title", TEXT, *items, MORE))[3:] == [
        *(f"item: {item}" for item in items),
        f"text: {MORE}",
    ]


def test_a_single_bulleted_line_is_text() -> None:
    assert outline(read("A Title", TEXT, "– Maya Angelou", MORE))[3] == "text: – Maya Angelou"


def test_short_open_lines_right_under_a_heading_are_a_list() -> None:
    lines = [
        "A Title",
        TEXT,
        "Common Symptoms",
        "Lower Back Pain",
        "pain at night",
        "Tight Hips",
        "Common Causes",
        MORE,
    ]
    assert outline(read(*lines))[3:] == [
        "## Common Symptoms",
        "item: Lower Back Pain",
        "item: pain at night",
        "item: Tight Hips",
        "## Common Causes",
        f"text: {MORE}",
    ]


@pytest.mark.parametrize("dash", ["–", "—", "-"])
def test_terms_with_explanations_in_a_row_are_definitions(dash: str) -> None:
    terms = [f"Heat {dash} relaxes the muscles.", f"Cold {dash} calms the joint."]
    (_, block) = read("A Title", TEXT, *terms).sections[0].blocks
    assert (block.kind, [line.text for line in block.lines]) == (Kind.DEFINITIONS, terms)


def test_a_single_term_with_an_explanation_is_text() -> None:
    assert outline(read("A Title", TEXT, "Heat – relaxes.", MORE))[3] == "text: Heat – relaxes."


def test_definitions_keep_their_lead_in() -> None:
    (block,) = read("A Title", "Two means:", "Heat – relaxes.", "Cold – calms.").sections[0].blocks
    assert (block.kind, block.lead_in) == (Kind.DEFINITIONS, Line(2, "Two means:"))


def test_a_heading_with_a_dash_is_not_taken_for_a_term() -> None:
    assert outline(read("A Title", TEXT, "Complaints – An Overview", "Heat – relaxes.", "Cold – calms."))[
        3
    ] == ("## Complaints – An Overview")


@pytest.mark.parametrize(
    "heading",
    [
        "Resources",
        "REFERENCES:",
        "📚 Sources",
        "Further Reading",
        "References & Further Reading",
        "Literatur",
        "Quellen:",
    ],
)
def test_every_line_under_a_references_heading_is_a_reference(heading: str) -> None:
    article = read("A Title", TEXT, heading, "Physiopedia.  Hip.", "A Heading of a Book", "1. One")
    assert outline(article)[3:] == [
        f"references: {heading}",
        "reference: Physiopedia.  Hip.",
        "reference: A Heading of a Book",
        "reference: 1. One",
    ]


def test_the_last_references_heading_counts_if_a_section_stands_between() -> None:
    article = read("A Title", TEXT, "Resources", TEXT, "Common Causes", MORE, "Sources", "A book.")
    assert [section.slug for section in article.sections] == ["introduction", "resources", "common-causes"]
    assert article.references_heading == Line(7, "Sources")


def test_the_first_references_heading_counts_if_only_references_stand_between() -> None:
    article = read("A Title", TEXT, "Resources", "A site.", "References", "A book.")
    assert article.references_heading == Line(3, "Resources")
    assert [block.lines[0].text for block in article.references] == ["A site.", "References", "A book."]


def test_a_references_heading_with_nothing_under_it_is_text() -> None:
    assert outline(read("A Title", TEXT, "Resources"))[-1] == "text: Resources"


def test_a_block_keeps_its_id_wherever_it_moves_and_repeats_are_told_apart() -> None:
    first = read("A Title", TEXT, "A Heading", MORE, TEXT)
    second = read("Another Title", MORE, "One More Heading", TEXT)
    ids = {block.lines[0].text: block.id for section in second.sections for block in section.all_blocks}
    found = [block.id for section in first.sections for block in section.all_blocks]
    assert found == [ids[TEXT], ids[MORE], f"{ids[TEXT]}-2"]


def test_a_german_article_reads_like_an_english_one() -> None:
    assert [line for line in outline(sample("ruecken-deutsch")) if line[0] in "#bri"] == [
        "# Warum der Rücken morgens schmerzt – und was wirklich hilft",
        "## (introduction)",
        "## Häufige Ursachen",
        "item: – zu langes Sitzen ohne Pause",
        "item: – eine durchgelegene Matratze",
        "item: – flache Atmung und innere Anspannung",
        "## Was passiert in der Nacht?",
        "## Was hilft?",
        "### ✔ Sanft Mobilisieren",
        "### ✔ Wärme Nutzen",
        "### ✔ Bewegung Einplanen",
        "## Wann sollten Sie zum Arzt?",
        "button: 📅 Vereinbaren Sie noch heute einen Termin!",
        "references: Literatur",
        "reference: Müller, A. (2020). Rückenschmerz. Thieme.",
        "reference: Nationale VersorgungsLeitlinie Kreuzschmerz, 2. Auflage.",
    ]
