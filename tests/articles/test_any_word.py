"""Whatever a Word file may hold: each of its words is placed or listed, or the file is refused."""

from __future__ import annotations

import io

import docx
from hypothesis import given, settings
from hypothesis import strategies as st

from partwork.articles.coverage import coverage
from partwork.articles.model import Article
from partwork.articles.sources import read_source
from partwork.articles.split import split
from partwork.errors import CommandError

STYLES = ("Normal", "Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "List Bullet", "List Number")
STYLES += ("Quote", "Caption", "List Bullet 2", "No Spacing")
ODD = ("", "<b>", "&amp;", "{{ x }}", "[[ y ]]", "\u200b", "\u00a0", "\t", "שלום", "🙂", "]]>", "1. ", "• ")


@st.composite
def documents(draw: st.DrawFn) -> tuple[bytes, set[str]]:
    """A document of paragraphs in all styles, of tables and runs, and its numbered words."""
    document = docx.Document()
    words: set[str] = set()

    def said() -> str:
        word = f"w{len(words)}x"
        words.add(word)
        rest = draw(st.sampled_from(("", ".", ":", "?", " and some more words that go on for a while.")))
        return f"{draw(st.sampled_from(ODD))}{word}{rest}"

    for _ in range(draw(st.integers(1, 14))):
        if draw(st.integers(0, 5)) == 0:
            table = document.add_table(rows=draw(st.integers(1, 3)), cols=draw(st.integers(1, 3)))
            for row in table.rows:
                for cell in row.cells:
                    cell.text = said()
            continue
        paragraph = document.add_paragraph(style=draw(st.sampled_from(STYLES)))
        for _ in range(draw(st.integers(0, 3))):
            run = paragraph.add_run(f" {said()} ")
            run.bold, run.italic = draw(st.booleans()), draw(st.booleans())
            run.font.superscript = draw(st.integers(0, 6)) == 0
            if draw(st.integers(0, 8)) == 0:
                run.add_break()
    written = io.BytesIO()
    document.save(written)
    return written.getvalue(), words


def read(raw: bytes) -> Article | str:
    """Return the article, or in what words it is refused."""
    try:
        return read_source(raw, name="article.docx", folder=None).article
    except CommandError as refusal:
        return str(refusal)


@given(documents())
@settings(max_examples=60, deadline=None)
def test_every_word_of_a_document_is_placed_or_listed_or_it_is_refused(
    document: tuple[bytes, set[str]],
) -> None:
    raw, words = document
    article = read(raw)
    if isinstance(article, str):
        assert "no article was found" in article or "empty" in article
        return
    told = "\n".join(article.source)
    assert {word for word in words if word not in told} == set()
    fates = coverage(article, split(article)).lines
    assert [fate.text for fate in fates] == list(article.source)
