"""Whatever a page or a text may hold: each visible word is placed or listed, and no markup gets through."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from partwork.articles.coverage import coverage
from partwork.articles.model import Article
from partwork.articles.sources import read_source
from partwork.articles.split import split
from partwork.errors import CommandError

BLOCKS = (
    *("p", "div", "section", "article", "main", "h1", "h2", "h3", "h5", "ul", "ol", "li", "dl", "dt", "dd"),
    *(
        "blockquote",
        "table",
        "tr",
        "td",
        "th",
        "nav",
        "footer",
        "aside",
        "header",
        "form",
        "figure",
        "figcaption",
    ),
    *("pre", "details", "summary", "center", "address", "caption", "thead", "fieldset"),
)
INLINE = (
    "a",
    "strong",
    "b",
    "em",
    "span",
    "code",
    "sup",
    "q",
    "button",
    "label",
    "u",
    "small",
    "select",
    "svg",
)
ATTRIBUTES = st.sampled_from(
    [
        *(
            "",
            "",
            "",
            ' class="btn"',
            ' class="cookie-notice"',
            ' class="related-posts"',
            ' id="n1"',
            " hidden",
        ),
        *(
            ' href="#n1"',
            ' href="javascript:alert(1)"',
            ' href="https://www.example.org/?a=1&b=2"',
            ' role="main"',
        ),
        *(
            ' onclick="alert(1)"',
            ' style="display:none"',
            ' href="data:text/html,x"',
            ' class="wp-caption-text"',
        ),
    ]
)
LONG = "seven quiet words that go on here, "


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, set[str]]:
    """A page of nested elements, well-formed or not, and the numbered words that a browser would show."""
    words: set[str] = set()

    def text() -> str:
        word = f"w{len(words)}x"
        words.add(word)
        return draw(
            st.sampled_from([word, f"{word}.", f"{word}:", f"{LONG}{word}. {LONG}", f"• {word}", f"{word}?"])
        )

    def element(depth: int) -> str:
        tag = draw(st.sampled_from(BLOCKS + INLINE))
        inside = "".join(
            element(depth + 1) if depth < 5 and draw(st.integers(0, 2)) else f" {text()} "
            for _ in range(draw(st.integers(0, 4)))
        )
        closing = draw(st.sampled_from([f"</{tag}>", f"</{tag}>", f"</{tag}>", "", "<br><br>"]))
        return f"<{tag}{draw(ATTRIBUTES)}>{inside}{closing}"

    html = "".join(element(0) for _ in range(draw(st.integers(1, 6))))
    if draw(st.booleans()):
        html = f"<p>{text()}</p>{html}<p>{text()}</p>"
    return html, words


def read(text: str, *, name: str) -> Article | str:
    """Return the article, or in what words it is refused."""
    try:
        return read_source(text.encode(), name=name, folder=None).article
    except CommandError as refusal:
        return str(refusal)


def told(article: Article) -> str:
    return "\n".join(article.source)


@given(pages())
@settings(max_examples=150, deadline=None)
def test_every_visible_word_of_a_page_is_placed_or_listed_or_the_page_is_refused(
    page: tuple[str, set[str]],
) -> None:
    html, words = page
    article = read(html, name="page.html")
    if isinstance(article, str):
        assert "no article was found" in article
        return
    said = told(article)
    assert {word for word in words if word not in said} == set()
    fates = coverage(article, split(article)).lines
    assert [fate.number for fate in fates] == list(range(1, len(article.source) + 1))
    assert [fate.text for fate in fates] == list(article.source)


MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "# One",
                    "## Two",
                    "### Three",
                    "* a",
                    "* b",
                    "  * c",
                    "1. d",
                    "> e",
                    "| f | g |",
                    "|---|---|",
                ),
                *(
                    "    code",
                    "```",
                    "***",
                    "[h](javascript:alert(1))",
                    "![i](j.png)",
                    "k[^1]",
                    "[^1]: l",
                    "---",
                ),
                *(
                    "<script>alert(1)</script>",
                    "<b onclick=x>m</b>",
                    "Term",
                    ": explained",
                    "n  ",
                    "<div>",
                    "</div>",
                ),
                *(
                    "",
                    "",
                    "Book a session today!",
                    "## References",
                    "[o]: https://www.example.org",
                    "&lt;p&gt;",
                    "<!--",
                ),
            ]
        ),
        st.text(max_size=30),
    ),
    max_size=25,
).map("\n".join)


class Tags(HTMLParser):
    """Collects the tags and attributes of markup."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(article: Article) -> None:
    blocks = [block for section in article.sections for block in section.all_blocks]
    blocks += [*article.references, *(note.block for note in article.notes)]
    blocks += [article.call_to_action] if article.call_to_action else []
    lines = [line for block in blocks for line in block.all_lines]
    for line in lines:
        tags = Tags()
        tags.feed(line.markup or "")
        for tag, attributes in tags.found:
            assert tag in {"a", "strong", "em", "code", "br", "sup", "sub", "td", "th"}
            assert set(attributes) <= ({"href"} if tag == "a" else set())
            assert re.match(r"(https?://|mailto:|tel:)", attributes.get("href") or "https://", re.IGNORECASE)


@given(MARKDOWN)
@example("\x1b\n---\n* a")
@settings(max_examples=150, deadline=None)
def test_any_markdown_is_read_without_harm_or_refused_in_words(text: str) -> None:
    article = read(text, name="article.md")
    if isinstance(article, str):
        assert "no article was found" in article
        return
    assert_harmless(article)
    fates = coverage(article, split(article)).lines
    assert [fate.number for fate in fates] == list(range(1, len(article.source) + 1))


@given(pages())
@settings(max_examples=100, deadline=None)
def test_no_markup_of_a_page_gets_through_but_what_is_allowed(page: tuple[str, set[str]]) -> None:
    article = read(page[0], name="page.htm")
    if not isinstance(article, str):
        assert_harmless(article)


@given(st.text(max_size=300) | st.text(alphabet="<>/=\"'& abpdivhul!-#1[]()", max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_at_all_is_read_as_a_page_or_refused_in_words(text: str) -> None:
    article = read(text, name="page.html")
    if isinstance(article, str):
        assert article
    else:
        assert_harmless(article)


@pytest.mark.parametrize("name", ["book.txt", "book.md", "book.html"])
def test_a_whole_book_is_refused_by_its_words(name: str) -> None:
    book = b"<p>Title</p>\n\n" + b"Some words stand here. " * 20_000
    with pytest.raises(CommandError, match=r"80,00\d words: an article has 60,000 at most"):
        read_source(book, name=name, folder=None)


def test_a_page_that_opens_elements_without_end_is_refused_unparsed() -> None:
    page = "<h1>T</h1>" + "<div>" * 100_000 + "words"
    with pytest.raises(CommandError, match="nested more than 300 elements deep"):
        read_source(page.encode(), name="pit.html", folder=None)


def test_a_sites_commands_are_set_aside_wherever_they_stand() -> None:
    text = (
        b'# T\n\nSome words {{< figure src="x.png" >}} stand here.\n\n'
        b"{{% notice %}}\nMind this.\n{{% /notice %}}\n"
    )
    article = read_source(text, name="hugo.md", folder=None).article
    said = [line.text for section in article.sections for line in section.all_lines]
    assert said == ["Some words stand here.", "Mind this."]
    assert [left.line.text for left in article.unplaced] == [
        '{{< figure src="x.png" >}}',
        "{{% notice %}}",
        "{{% /notice %}}",
    ]
