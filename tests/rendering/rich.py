"""A part with one of everything that an article may hold, for the tests of rendering."""

from __future__ import annotations

from dataclasses import replace

from partwork.articles.model import Block, Image, Kind, Line, Note
from partwork.rendering.compile import PartContent
from tests.rendering.samples import COMPLAINTS, SYMPTOMS, content, section

CLINIC = "https://www.example.org/clinic?from=article&part=2"
MAIL = "mailto:desk@example.org"
HREFS = (CLINIC, "https://journal.example.org/a")
LINK_IDS = {href: 70 + number for number, href in enumerate(HREFS)}

PICTURE = Image("c0ffee" * 8, "image/jpeg", 1040, 520, "A hip seen from the side")


def rich(kind: Kind, *lines: Line, is_ordered: bool = False, image: Image | None = None) -> Block:
    """Return a block of lines that bring their markup."""
    name = lines[0].text[:12] if lines else kind.value
    return Block(name, kind, lines, is_ordered=is_ordered, image=image)


def marked(text: str, markup: str) -> Line:
    """Return a line with markup."""
    return Line(1, text, markup)


PARAGRAPH = rich(
    Kind.PARAGRAPH,
    marked(
        "See our clinic page, write to the desk, and take it slowly.1",
        f'See <a href="{CLINIC.replace("&", "&amp;")}">our <strong>clinic</strong> page</a>, '
        f'<a href="{MAIL}">write to the desk</a>, and take it <em>slowly</em>.<sup>1</sup>',
    ),
)
QUOTE = rich(Kind.QUOTE, Line(2, "I walk the dog again."), Line(3, "A reader of ours"))
TABLE = rich(
    Kind.TABLE,
    marked("Day Minutes", "<th>Day</th><th>Minutes</th>"),
    marked("Monday 5 & more", "<th>Monday</th><td>5 &amp; <em>more</em></td>"),
    marked("Tuesday 7", "<td>Tuesday</td><td>7</td>"),
)
STEPS = rich(Kind.LIST, Line(4, "Stand up"), Line(5, "Sit down"), is_ordered=True)
FIGURE = rich(Kind.IMAGE, Line(6, "The hip, drawn by hand"), image=PICTURE)
NOTE = Note(
    "1",
    rich(
        Kind.PARAGRAPH,
        marked("As in A journal, 2021.", f'As in <a href="{HREFS[1]}">A journal</a>, 2021.'),
    ),
)


def rich_content() -> PartContent:
    """Return a part with one of everything."""
    part = content(
        section("What to Do Now", PARAGRAPH, FIGURE, QUOTE, TABLE, STEPS),
        SYMPTOMS,
        COMPLAINTS,
        references=("Physiopedia.",),
        references_heading="Sources",
    )
    return replace(part, notes=(NOTE,))
