"""Records by hand: an article's parts and the people around them, for the tests of rendering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bs4 import BeautifulSoup

from partwork.articles.model import Block, Kind, Line, Section
from partwork.campaigns.wording import read_words
from partwork.rendering.compile import PLAIN, CompiledPart, PartContent, Practice, compile_part
from partwork.rendering.look import Look
from partwork.rendering.merge import Frame, Letterhead, Links
from partwork.sending.outgoing import Form, Outgoing

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = REPOSITORY / "templates"
MESSAGE_ID = "abcdefghijklmnopqrst"
SENT_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

PRACTICE = Practice(
    name="Harbour Manual Therapy",
    postal_address="12 Harbour Street\nPortsmouth PO1 2AB\nUnited Kingdom",
    website="https://harbour.example",
    language="en-GB",
    words=dict(read_words(TEMPLATES, "en").words),
)
LETTERHEAD = Letterhead(
    sender="Harbour Manual Therapy <hello@harbour.example>",
    reply_to="desk@harbour.example",
    list_id="readers.harbour.example",
    unsubscribe_mailbox=None,
)


def block(kind: Kind, *texts: str, lead_in: str | None = None) -> Block:
    """Return a block of these lines."""
    lines = tuple(Line(number, text) for number, text in enumerate(texts, start=1))
    return Block(id=texts[0][:12], kind=kind, lines=lines, lead_in=Line(1, lead_in) if lead_in else None)


def section(heading: str | None, *blocks: Block, subsections: tuple[Section, ...] = ()) -> Section:
    """Return a section with this heading."""
    return Section("slug", Line(1, heading) if heading else None, blocks, subsections)


def content(
    *sections: Section,
    number: int = 2,
    count: int = 5,
    series_title: str = "The hidden culprit behind lower back pain",
    subject: str = "What a tired hip feels like",
    preheader: str = "Three signs, and three moments when they show",
    references: tuple[str, ...] = (),
    references_heading: str | None = None,
    button_label: str = "📅 Book a session today to eliminate pain and restore function!",
    teaser: str | None = "Why this muscle matters so much",
) -> PartContent:
    """Return the content of a part; what is not given is ordinary."""
    return PartContent(
        number=number,
        count=count,
        slug="what-it-feels-like",
        series_title=series_title,
        subject=subject,
        preheader=preheader,
        sections=sections or (SYMPTOMS, COMPLAINTS),
        references_heading=Line(1, references_heading) if references_heading else None,
        references=tuple(block(Kind.REFERENCE, reference) for reference in references),
        button_label=button_label,
        teaser=teaser,
    )


def compiled(
    part: PartContent, *, practice: Practice = PRACTICE, template: str = "part", look: Look = PLAIN
) -> CompiledPart:
    """Return `part` compiled with the templates of the repository; its links have ids from 70 on."""
    links = {href: 70 + number for number, href in enumerate(part.hrefs)}
    practice = practice if practice.words else replace(practice, words=PRACTICE.words)
    return compile_part(TEMPLATES, template, part, practice, look=look, links=links)


def links_for(practice: Practice) -> Links:
    """Return links as a message has them, the website's only where there is one."""
    base = "http://127.0.0.1:8000"
    return Links(
        book=f"{base}/b/booktoken",
        unsubscribe=f"{base}/u/leavetoken",
        website=f"{base}/c/webtoken" if practice.website else None,
        to={70 + number: f"{base}/c/link{number}token" for number in range(9)},
    )


def merged(
    part: PartContent,
    reader: Mapping[str, str] | None = None,
    *,
    practice: Practice = PRACTICE,
    letterhead: Letterhead = LETTERHEAD,
    form: Form = Form.MIME,
    template: str = "part",
    look: Look = PLAIN,
) -> Outgoing:
    """Return `part` for one reader: Amélie, unless another is given."""
    return Frame(compiled(part, practice=practice, template=template, look=look), letterhead).merge(
        {"first_name": "Amélie"} if reader is None else reader,
        message_id=MESSAGE_ID,
        address="amelie@example.org",
        links=links_for(practice),
        date=SENT_AT,
        form=form,
    )


def html_text(html: str) -> str:
    """Return what a reader of the HTML sees: its body without what is hidden."""
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    for hidden in body.find_all(style=lambda style: bool(style) and "display:none" in style):
        hidden.decompose()
    return body.get_text()


SYMPTOMS = section(
    "Common Symptoms of Gluteus Medius Dysfunction",
    block(
        Kind.LIST,
        "Deep, aching pain in the lower back and side of the hip",
        "Upper hip discomfort and referral pain to the sacrum, SI joint, buttocks, and upper thigh",
        "Weakness and instability, making it hard to balance or stand on one leg",
        lead_in="If your Gluteus Medius is not functioning properly, you may experience:",
    ),
)
COMPLAINTS = section(
    "Common Complaints Linked to Gluteus Medius Dysfunction",
    block(
        Kind.DEFINITIONS,
        "Pain while walking – Weakness in the Gluteus Medius can cause pelvic instability, "
        "leading to discomfort with every step.",
        "Pain when lying on the affected side – Pressure on the Gluteus Medius while sleeping "
        "can aggravate trigger points, worsening pain.",
        "Pain after prolonged sitting – Sitting for too long can lead to tightness and stiffness, "
        "making standing up uncomfortable.",
    ),
)
