"""Saved pages, Markdown and the rest: what is read as what, and what is left out and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from partwork.articles.coverage import Role, coverage
from partwork.articles.footnotes import notes_of
from partwork.articles.model import Article, Kind
from partwork.articles.outline import Outline
from partwork.articles.sources import read_source
from partwork.articles.split import split
from partwork.errors import CommandError
from tests.articles.shapes import outline

SOURCES = Path(__file__).parent / "sources"


def stored(name: str) -> Article:
    return read_source((SOURCES / name).read_bytes(), name=name, folder=SOURCES).article


def page(html: str) -> Article:
    return read_source(html.encode(), name="page.html", folder=None).article


def markdown(text: str) -> Article:
    return read_source(text.encode(), name="article.md", folder=None).article


def left(article: Article) -> list[tuple[str, str]]:
    return [(each.line.text, each.reason) for each in article.unplaced]


def test_a_saved_page_is_read_without_what_stands_around_its_article() -> None:
    article = stored("neck-pain.html")
    assert [
        line
        for line in outline(article)
        if line.startswith(("#", "item", "row", "term", "lead", "but", "ref"))
    ] == [
        "# Why Your Neck Hurts at the Desk",
        "## (introduction)",
        "## What Causes It",
        "lead-in: The usual suspects are few:",
        "item: Stillness: the same posture for more than an hour",
        "item: A screen that stands too low",
        "item: Worries, which lift the shoulders without asking",
        "## What Helps",
        "### Move Often",
        "### Raise the Screen",
        "row: Habit | How often",
        "row: Stand up | Every 30 minutes",
        "row: Look far away | Every 20 minutes",
        "lead-in: Two words that you may hear:",
        "term: Trigger point – A tender spot that answers elsewhere",
        "term: Range – How far a joint goes",
        "## When to Ask for Help",
        "button: Book a session today",
        "references: References",
        "reference: Example A. Necks at Work. Link",
        "reference: Sample B. Screens and Eyes.",
    ]


def test_what_of_a_page_is_left_out_is_listed_with_the_reason() -> None:
    told = left(stored("neck-pain.html"))
    for text, reason in (
        ("We use cookies to make this site better.", "a pop-up"),
        ("Home / Blog", "navigation"),
        ("Posted on 3 May 2026 by Sam Example · 6 min read", "about the author or the date"),
        ("What causes it", "table of contents"),
        ("Facebook", "share buttons"),
        ("Sam Example writes about necks.", "about the author or the date"),
        ("2 Comments", "comments"),
        ("Five stretches for tired shoulders", "related articles"),
        ("Newsletter", "beside the article"),
        ("1 Example Street", "footer"),
        ("hidden words", "hidden on the page"),
    ):
        assert (text, reason) in told


def test_a_page_that_names_nothing_is_read_by_where_its_prose_stands() -> None:
    article = stored("divs.html")
    assert [line for line in outline(article) if not line.startswith("text")] == [
        "# Five Myths About Stretching",
        "## (introduction)",
        "## Stretching prevents every injury",
        "## It must hurt",
        "## Longer is better",
        "## Cold muscles tear",
        "## You need to do it daily",
        "button: Call us today and try it together!",
    ]
    assert {text for text, _ in left(article)} == {
        "Home Blog About us",
        "by Ann Example",
        "Why sleep matters",
        "How to breathe",
        "Accept all cookies",
        "© 2026 Example",
    }


def test_questions_that_fold_away_their_answers_are_headings() -> None:
    article = stored("faq.html")
    assert [section.heading.text for section in article.sections if section.heading] == [
        "Does it hurt?",
        "How long does a session last?",
        "What should I wear?",
        "Can I eat before?",
    ]
    assert article.call_to_action is not None
    assert article.call_to_action.lines[0].text == "Book now"


def test_markdown_is_read_with_all_it_can_say() -> None:
    article = stored("sleep.md")
    assert outline(article) == [
        "# Sleeping Better With a Sore Back",
        "## (introduction)",
        "text: A sore back and a good night are not enemies. It takes a pillow, some patience, and a better "
        "mattress for some.[1]",
        "image: 48 × 32",
        "## Find Your Side",
        "lead-in: Most people sleep on a side:",
        "item: 1. Bend the knees a little",
        "lead-in: 2. Put a pillow between them",
        "item: a firm one",
        "item: or a folded blanket",
        "item: 3. Stay there",
        "quote: The pillow between the knees changed my mornings.",
        "## What to Avoid",
        "row: Position | Why",
        "row: On the belly | The neck turns for hours",
        "row: Half on the side | The spine twists",
        "term: Lordosis – The curve of the lower back",
        "term: Disc – The cushion between two bones",
        "item: [ ] not a task",
        "item: Heat – a warm bottle before bed",
        "item: Rest – an hour without screens",
        "### Before You Get Up",
        "text: Roll to the side first; then push yourself up with an arm.[2] Slowly.",
        "button: Ready to sleep better? Call us today!",
        "references: Further Reading",
        "reference: 1. Example A. Nights and Backs. https://www.example.org/nights",
        "reference: 2. Sample B. Pillows.",
    ]
    assert left(article) == [
        ("date: 2026-03-01", "front matter: settings of a site"),
        ("tags:", "front matter: settings of a site"),
        ("- back", "front matter: settings of a site"),
        ("- sleep", "front matter: settings of a site"),
        ("{{< youtube abc >}}", "a command to a site's generator"),
        ("This note is marked nowhere.", "a footnote that nothing marks"),
    ]


def test_a_footnote_stands_with_the_part_that_marks_it() -> None:
    article = stored("sleep.md")
    parts = Outline(article).resolve([["introduction", "find-your-side"], ["what-to-avoid"]])
    first, last = (notes_of(article, part, is_last=part is parts[-1]) for part in parts)
    assert [(note.mark, note.block.lines[0].text) for note in first] == [("[1]", "Nobody knows why.")]
    assert [(note.mark, note.block.lines[0].text) for note in last] == [("[2]", "An arm is enough.")]


def test_links_emphasis_and_breaks_are_kept_and_nothing_else() -> None:
    article = page(
        "<base href='https://www.example.org/blog/'><p>See <a href='more?a=1&b=2' onclick=x()>"
        "more <b>now</b></a>, "
        "<a href=' JavaScript:alert(1)'>never</a>,<br>1 < 2, <font color=red><i>or</i></font> "
        "<a href='tel:+100'>call"
        "</a> <a href='//example.org/x'>there</a>.</p>"
    )
    (block,) = article.sections[0].blocks
    assert block.lines[0].text == "See more now, never, 1 < 2, or call there."
    assert block.lines[0].markup == (
        'See <a href="https://www.example.org/blog/more?a=1&amp;b=2">more <strong>now</strong></a>, '
        "never,<br>"
        '1 &lt; 2, <em>or</em> <a href="tel:+100">call</a> <a href="https://example.org/x">there</a>.'
    )
    assert article.remarks == (
        "the link to 'JavaScript:alert(1)' is dropped: from an email it leads nowhere",
    )


def test_a_relative_link_of_a_page_whose_address_is_not_known_is_dropped_and_told() -> None:
    article = page("<p>Read <a href='/contact'>how to find us</a> today.</p>")
    assert article.sections[0].blocks[0].lines[0].markup is None
    assert article.remarks == ("the link to '/contact' is dropped: from an email it leads nowhere",)


TEXT = "<p>Some words that stand here for all the others that a section has, and no fewer than these.</p>"
BOLD = "<p><strong>{}</strong></p>"


@pytest.mark.parametrize(
    ("html", "headings"),
    [
        (f"<h1>T</h1>{TEXT}<h2>A</h2>{TEXT}<h3>B</h3>{TEXT}<h2>C</h2>{TEXT}", "# T / A > B / C"),
        (f"<h1>T</h1>{TEXT}<h1>A</h1>{TEXT}<h1>B</h1>{TEXT}", "# T / A / B"),
        (f"<h2>T</h2>{TEXT}<h4>A</h4>{TEXT}<h6>B</h6>{TEXT}<h4>C</h4>{TEXT}", "# T / A > B / C"),
        (f"{TEXT}<h3>A</h3>{TEXT}<h3>B</h3>{TEXT}", "A / B"),
        (f"<h1>T</h1><h2>Guide</h2><h3>A</h3>{TEXT}<h3>B</h3>{TEXT}", "# T / Guide / A / B"),
        (
            f"<p><b>A Title</b></p>{TEXT}<p><strong>A</strong></p>{TEXT}<p><b>B</b></p>{TEXT}",
            "# A Title / A / B",
        ),
        (f"<h5>Blog</h5><h1>T</h1>{TEXT}<h2>A</h2>{TEXT}<h2>B</h2>{TEXT}", "# T / A / B"),
        (
            f"<h1>T</h1>{TEXT}<p>Why this?</p>{TEXT}<p>And why that?</p>{TEXT}",
            "# T / Why this? / And why that?",
        ),
    ],
)
def test_headings_find_their_rank_whatever_levels_the_author_used(html: str, headings: str) -> None:
    article = page(f"<main>{html}</main>")
    shown = [f"# {article.title.text}"] if article.title else []
    for section in article.sections:
        if section.heading:
            below = [sub.heading.text for sub in section.subsections if sub.heading]
            shown.append(" > ".join([section.heading.text, *below]))
    assert " / ".join(shown) == headings


@pytest.mark.parametrize(
    ("matter", "title"),
    [
        ("---\ntitle: 'Sore Backs'\n---\n", "Sore Backs"),
        ('+++\ntitle = "Sore Backs"\ndate = 2026-01-01\n+++\n', "Sore Backs"),
        ("---\r\ntitle: Sore Backs\r\n...\r\n# Sore backs\n", "Sore Backs"),
    ],
)
def test_the_front_matter_of_markdown_names_the_article(matter: str, title: str) -> None:
    article = markdown(f"{matter}\nSome words that stand here.\n\n## One\n\nMore.\n\n## Two\n\nMore.\n")
    assert article.title is not None
    assert article.title.text == title
    assert [section.slug for section in article.sections] == ["introduction", "one", "two"]


def test_a_text_between_two_rulers_is_no_front_matter() -> None:
    article = markdown("---\nJust a sentence, nothing more.\n\n---\n\nAnother one.\n")
    assert [line for line in outline(article) if line.startswith(("text", "##"))][1:] != []
    assert left(article) == []


def test_bullets_that_were_typed_are_a_list() -> None:
    article = page("<main><p>You may notice:</p><p>• one thing<br>• another thing<br>• a third</p></main>")
    assert outline(article) == [
        "## (introduction)",
        "lead-in: You may notice:",
        "item: • one thing",
        "item: • another thing",
        "item: • a third",
    ]


def test_a_table_that_only_lays_out_a_page_is_read_as_what_stands_in_it() -> None:
    article = page(
        f"<table role=presentation><tr><td><h1>T</h1>{TEXT}</td></tr>"
        f"<tr><td><h2>A</h2>{TEXT}</td></tr></table>"
    )
    assert article.title is not None
    assert [block.kind for section in article.sections for block in section.all_blocks] == [
        Kind.PARAGRAPH
    ] * 2


def test_every_line_of_a_page_has_its_fate() -> None:
    article = stored("neck-pain.html")
    fates = coverage(article, split(article)).lines
    assert [fate.text for fate in fates] == list(article.source)
    assert {fate.role for fate in fates} >= {Role.ROW, Role.QUOTE, Role.CAPTION, Role.NOTE, Role.LEFT_OUT}


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("", "no article was found"),
        ("<nav><a href=/>Home</a></nav>", "no article was found"),
        ("<h1>A title</h1><h2>And a heading</h2>", "no article was found"),
        ("<p>x" + "<div>" * 400 + "deep", "nested more than 300 elements deep"),
    ],
)
def test_a_page_without_an_article_is_refused_in_words(html: str, complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        page(html)


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("<meta charset=iso-8859-1>", "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">', "cp1252"),
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
        ("<meta charset=shift_jis>", "utf-8"),
    ],
)
def test_a_page_is_read_in_the_encoding_it_was_saved_in(head: str, encoding: str) -> None:
    html = f"<html><head>{head}</head><body><p>Grüße – für alle</p></body></html>"
    article = read_source(html.encode(encoding), name="page.htm", folder=None).article
    assert article.sections[0].blocks[0].lines[0].text == "Grüße – für alle"


def test_a_guide_of_six_thousand_words_is_read_whole() -> None:
    paragraph = (
        "The hips carry what the back cannot, and a careful week of walking shows how much was habit. "
    )
    chapters = (f"## Chapter {number}\n\n" + f"{paragraph * 3}\n\n" * 6 for number in range(20))
    article = markdown("# A Long Guide\n\n" + "".join(chapters))
    assert len(" ".join(article.source).split()) > 6000
    assert len(article.sections) == 20
    assert 3 <= len(split(article).parts) <= 8


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<div class='et_pb_module et_pb_newsletter'>Tips by mail</div>", "an invitation to subscribe"),
        ("<div class='builder-widget-share-buttons'>Tips by mail</div>", "share buttons"),
        ("<div class='kg-card kg-signup-card'>Tips by mail</div>", "an invitation to subscribe"),
        ("<div class='jp-relatedposts'>Tips by mail</div>", "related articles"),
        ("<div class='blog-item-meta-wrapper'>Tips by mail</div>", "about the author or the date"),
        ("<div data-hook='post-footer'>Tips by mail</div>", "about the author or the date"),
        ("<h2>Sign up for more tips</h2><p>Tips by mail</p>", "an invitation to subscribe"),
        ("<h2>More from Sam Example</h2><p>Tips by mail</p>", "related articles"),
    ],
)
def test_what_builders_of_pages_name_in_their_own_way_is_left_out(html: str, reason: str) -> None:
    article = page(f"<main><h1>T</h1>{TEXT * 3}{html}</main>")
    assert ("Tips by mail", reason) in left(article)


@pytest.mark.parametrize("name", ["no-sidebar", "with-share-buttons", "has-newsletter", "sharing-the-load"])
def test_what_is_named_after_something_it_merely_stands_beside_is_kept(name: str) -> None:
    article = page(f"<main><h1>T</h1>{TEXT * 3}<div class='{name}'><p>A word to keep.</p></div></main>")
    assert "A word to keep." in [line.text for line in article.sections[0].all_lines]
    assert left(article) == []


def test_an_answer_that_is_folded_away_is_told_and_other_hidden_words_are_not() -> None:
    article = page(
        f"<main><h1>T</h1>{TEXT}<h2>Does it hurt?</h2>"
        "<div class='accordion-collapse' style='display:none'><p>Not at all, as a rule.</p></div>"
        f"<h2>Is it far?</h2>{TEXT}<p hidden>Nobody sees this.</p></main>"
    )
    assert article.sections[1].all_lines[1].text == "Not at all, as a rule."
    assert left(article) == [("Nobody sees this.", "hidden on the page")]


def test_a_region_is_an_answer_only_where_something_unfolds_it() -> None:
    answer = "<div id='a1' role='region' hidden><p>Not at all, as a rule.</p></div>"
    button = "<button aria-controls='a1'>Does it hurt?</button>"
    notice = "<div role='region' aria-label='Notice' hidden><p>We keep small files.</p></div>"
    article = page(f"<main><h1>T</h1>{TEXT}<h2>{button}</h2>{answer}{notice}{TEXT}</main>")
    told = [line.text for section in article.sections for line in section.all_lines]
    assert "Not at all, as a rule." in told
    assert ("We keep small files.", "hidden on the page") in left(article)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("<button aria-controls='a0 a1'>Does it hurt?</button>", "id='a1'"),
        ("<button id='q1'>Does it hurt?</button>", "aria-labelledby='q1'"),
    ],
)
def test_an_answer_is_tied_to_its_question_either_way(question: str, answer: str) -> None:
    folded = f"<div {answer} role='region' hidden><p>Not at all, as a rule.</p></div>"
    article = page(f"<main><h1>T</h1>{TEXT}<h2>{question}</h2>{folded}{TEXT}</main>")
    told = [line.text for section in article.sections for line in section.all_lines]
    assert "Not at all, as a rule." in told


@pytest.mark.parametrize(
    "notice",
    [
        "<div id='n1' class='cookie-box' role='region' hidden><p>We keep small files.</p></div>",
        "<div class='consent-tab-content' style='display:none'><p>We keep small files.</p></div>",
        "<h3 id='t1'>Notice</h3>"
        "<div role='region' aria-labelledby='t1' hidden><p>We keep small files.</p></div>",
    ],
)
def test_a_notice_that_is_folded_away_is_no_answer(notice: str) -> None:
    article = page(f"<main><h1>T</h1>{TEXT}<button aria-controls='n1'>Settings</button>{notice}{TEXT}</main>")
    assert ("We keep small files.", "hidden on the page") in left(article)


def test_a_story_under_a_name_like_a_share_bars_is_part_of_the_article() -> None:
    story = "One of our patients told us how it went, and she was glad to have it told here. " * 4
    bar = "<div class='treatment-share'><a href='/f'>Facebook</a> <a href='/x'>Mail</a></div>"
    article = page(f"<main><h1>T</h1>{TEXT * 3}<div class='patient-share'><p>{story}</p></div>{bar}</main>")
    assert story.strip() in [line.text for line in article.sections[0].all_lines]
    assert left(article) == [("Facebook Mail", "share buttons")]


def test_a_header_that_says_a_heading_and_no_more_heads_what_stands_under_it() -> None:
    html = f"<header><h2>Causes</h2></header>{TEXT}<header><h2>Help</h2><a href='/x'>Home</a></header>{TEXT}"
    article = page(f"<main><h1>T</h1>{TEXT}{html}</main>")
    assert [section.slug for section in article.sections] == ["introduction", "causes"]
    assert ("Help", "head of the page") in left(article)


def test_the_heading_a_theme_marks_as_the_articles_goes_before_the_name_of_the_blog() -> None:
    article = page(
        "<div id='top'><h1 class='title'>A Clinic's Blog</h1></div><div id='body'>"
        f"<h3 class='post-title entry-title'>Tea and Rest</h3><div id='text'>{TEXT * 4}</div></div>"
    )
    assert article.title is not None
    assert article.title.text == "Tea and Rest"
