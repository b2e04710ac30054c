"""Word files, made as Word makes them."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Inches
from docx.text.paragraph import Paragraph
from PIL import Image

from partwork.articles.model import Kind
from partwork.articles.sources import read_source
from partwork.articles.split import split
from partwork.errors import CommandError
from tests.articles.shapes import outline

LONG = "Das dauert eine Weile, und dann wird es von Tag zu Tag etwas leichter, wenn man dranbleibt. " * 4


def saved(document: docx.document.Document) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def a_picture() -> io.BytesIO:
    written = io.BytesIO()
    Image.new("RGB", (1600, 400), "teal").save(written, "JPEG")
    written.seek(0)
    return written


def add_link(paragraph: Paragraph, text: str, address: str) -> None:
    relation = paragraph.part.relate_to(
        address,
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink",
        is_external=True,
    )
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = text
    run.append(words)
    link.append(run)
    paragraph._p.append(link)


@pytest.fixture
def german() -> bytes:
    document = docx.Document()
    document.add_paragraph("Wenn die Schulter schmerzt", style="Title")
    document.add_paragraph(LONG)
    document.add_heading("Was dahinter steckt", level=1)
    document.add_paragraph("Häufige Gründe sind:")
    for text in ("zu viel auf einmal", "zu wenig über Wochen", "eine alte Verletzung"):
        document.add_paragraph(text, style="List Bullet")
    document.add_paragraph(LONG)
    document.add_picture(a_picture(), width=Inches(4))
    document.add_heading("Was hilft", level=1)
    for text in ("Ruhig bewegen", "Warm halten"):
        document.add_paragraph(text, style="List Number")
    paragraph = document.add_paragraph("Mehr dazu steht ")
    add_link(paragraph, "in diesem Heft", "https://www.example.org/heft")
    paragraph.add_run(", und das ist ")
    paragraph.add_run("wichtig").bold = True
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells),
        ("Übung", "Wie oft", "Kreisen", "täglich"),
        strict=True,
    ):
        cell.text = text
    document.add_paragraph(LONG)
    document.add_heading("Wann zum Arzt", level=1)
    document.add_paragraph(LONG, style="Quote")
    document.add_paragraph("Vereinbaren Sie jetzt einen Termin!")
    document.add_heading("Quellen", level=1)
    document.add_paragraph("Muster A. Schultern. 2020.")
    return saved(document)


def test_a_german_word_file_is_read_with_all_that_stands_in_it(german: bytes) -> None:
    article = read_source(german, name="schulter.docx", folder=None).article
    long = LONG.strip()
    assert outline(article) == [
        "# Wenn die Schulter schmerzt",
        "## (introduction)",
        f"text: {long}",
        "## Was dahinter steckt",
        "lead-in: Häufige Gründe sind:",
        "item: zu viel auf einmal",
        "item: zu wenig über Wochen",
        "item: eine alte Verletzung",
        f"text: {long}",
        "image: 1200 × 300",
        "## Was hilft",
        "item: Ruhig bewegen",
        "item: Warm halten",
        "text: Mehr dazu steht in diesem Heft, und das ist wichtig",
        "row: Übung | Wie oft",
        "row: Kreisen | täglich",
        f"text: {long}",
        "## Wann zum Arzt",
        f"quote: {long}",
        "button: Vereinbaren Sie jetzt einen Termin!",
        "references: Quellen",
        "reference: Muster A. Schultern. 2020.",
    ]
    assert [block.is_ordered for block in article.sections[2].blocks] == [True, False, False, False]
    assert article.sections[2].blocks[1].lines[0].markup == (
        'Mehr dazu steht <a href="https://www.example.org/heft">in diesem Heft</a>, und das ist '
        "<strong>wichtig</strong>"
    )
    assert 3 <= len(split(article).parts) <= 8


def test_a_picture_in_a_word_file_without_alternative_text_is_told(german: bytes) -> None:
    source = read_source(german, name="schulter.docx", folder=None)
    (image,) = [block.image for block in source.article.sections[1].blocks if block.kind is Kind.IMAGE]
    (picture,) = source.pictures
    assert image == picture.image
    (remark,) = source.article.remarks
    assert "no alternative text" in remark


def test_bold_paragraphs_head_what_stands_under_them() -> None:
    document = docx.Document()
    for heading in ("A Quiet Title", "The First Thing", "The Second Thing", "The Third Thing"):
        document.add_paragraph().add_run(heading).bold = True
        document.add_paragraph(
            "Some sentences stand here. They say what there is to say, and no more than that."
        )
    article = read_source(saved(document), name="bold.docx", folder=None).article
    assert article.title is not None
    assert article.title.text == "A Quiet Title"
    assert [section.slug for section in article.sections] == [
        "introduction",
        "the-first-thing",
        "the-second-thing",
        "the-third-thing",
    ]


def test_lines_head_where_a_word_file_marks_nothing() -> None:
    document = docx.Document()
    for heading in ("A Quiet Title", "The First Thing", "What does it say?", "The Third Thing"):
        document.add_paragraph(heading)
        document.add_paragraph(
            "Some sentences stand here. They say what there is to say, and no more than that."
        )
    article = read_source(saved(document), name="plain.docx", folder=None).article
    assert [section.slug for section in article.sections] == [
        "introduction",
        "the-first-thing",
        "what-does-it-say",
        "the-third-thing",
    ]


def zipped(**files: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "/"), data)
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"no archive at all", "this is no Word file"),
        (b"\xd0\xcf\x11\xe0 an old .doc", "this is no Word file"),
        (zipped(mimetype=b"application/epub+zip"), "this is no Word file"),
        (zipped(word__document_xml=b"x"), "cannot be read"),
    ],
)
def test_what_is_no_word_file_is_refused_in_words(data: bytes, complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        read_source(data, name="article.docx", folder=None)


def test_what_stands_beside_the_text_is_listed_with_the_reason() -> None:
    document = docx.Document()
    document.add_paragraph("A Quiet Title", style="Title")
    paragraph = document.add_paragraph("Some sentences stand here, and they stay.")
    gone = OxmlElement("w:del")
    run = OxmlElement("w:r")
    words = OxmlElement("w:delText")
    words.text = "This sentence went."
    run.append(words)
    gone.append(run)
    paragraph._p.append(gone)
    document.add_comment(paragraph.runs, text="Is that so?", author="An Editor", initials="AE")
    document.sections[0].header.paragraphs[0].text = "Riverside Practice"
    document.sections[0].footer.paragraphs[0].text = "Draft of 3 March"
    article = read_source(saved(document), name="beside.docx", folder=None).article
    assert outline(article) == [
        "# A Quiet Title",
        "## (introduction)",
        "text: Some sentences stand here, and they stay.",
    ]
    assert {left.line.text: left.reason for left in article.unplaced} == {
        "This sentence went.": "deleted, as the tracked changes say",
        "Is that so?": "a comment",
        "Riverside Practice": "at the head of every page",
        "Draft of 3 March": "at the foot of every page",
    }


def test_the_words_of_a_text_box_are_told_once() -> None:
    document = docx.Document()
    document.add_paragraph("A Quiet Title", style="Title")
    paragraph = document.add_paragraph("Some sentences stand here.")
    box = parse_xml(
        f'<w:r {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape><v:textbox>'
        "<w:txbxContent><w:p><w:r><w:t>A word in a box.</w:t></w:r></w:p></w:txbxContent>"
        "</v:textbox></v:shape></w:pict></w:r>"
    )
    paragraph._p.append(box)
    article = read_source(saved(document), name="box.docx", folder=None).article
    assert [line for line in outline(article) if "box" in line] == ["text: A word in a box."]


def test_a_whole_book_is_refused_by_its_words() -> None:
    document = docx.Document()
    for _ in range(70):
        document.add_paragraph("Some words stand here. " * 225)
    with pytest.raises(CommandError, match="63,000 words: an article has 60,000 at most"):
        read_source(saved(document), name="book.docx", folder=None)
