"""How long a part takes to compile and to merge, in time of the processor, beside the limits it must keep.

Run it as: .venv/bin/python benchmarks/render.py
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Template
from timing import best, told

from partwork.campaigns.compiling import any_link, compile_revision, part_content
from partwork.campaigns.looks import look_of
from partwork.campaigns.wording import read_words
from partwork.campaigns.workspace import load_campaign
from partwork.ids import new_message_id
from partwork.rendering.compile import Practice, compile_part
from partwork.rendering.personal import PersonalEnvironment
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form
from partwork.settings import load_settings
from partwork.tracking.tokens import Realm, Signer

ROOT = Path(__file__).parents[1]
CAMPAIGN = "gluteus-medius"
COMPILE_LIMIT_MS = 20
MERGE_LIMIT_US = 100


def main() -> None:
    """Measure the sample campaign's second part, on this machine, now."""
    campaign = load_campaign(ROOT, CAMPAIGN)
    settings = load_settings(ROOT, {})
    templates = ROOT / "templates"
    words = dict(read_words(templates, "en").words)
    practice = Practice(settings.practice.name, settings.practice.postal_address, None, "en", words=words)
    content = part_content(campaign, 2, button_label="Book a session")
    look = look_of(settings.brand, workspace=ROOT, media_base=settings.links.base_url, practice="Practice")
    for template in ("part", "letter"):
        took = best(
            lambda name=template: compile_part(templates, name, content, practice, look=look), count=5
        )
        told(f"compile a part ({template})", took, unit="ms", limit=COMPILE_LIMIT_MS)

    revision = compile_revision(
        campaign, settings, templates=templates, list_label="benchmark", link_id=any_link
    )
    slug = revision.parts[1].slug
    frame, signer = (
        frame_of(revision, slug),
        Signer("a secret of the benchmark, and of no other", Realm.PREVIEW),
    )
    message_id, now = new_message_id(), datetime.now(UTC)
    reader = reader_values("Amélie", (("clinic", "North"),))
    links = links_for(signer, revision, message_id)

    def merge() -> object:
        return frame.merge(
            reader, message_id=message_id, address="a@example.org", links=links, date=now, form=Form.FIELDS
        )

    sources = (
        (revision.parts[1].subject, False),
        (revision.parts[1].text, False),
        (revision.parts[1].html, True),
    )
    plain: list[Template] = [
        PersonalEnvironment(autoescape=escapes).from_string(source) for source, escapes in sources
    ]
    named = {"book": links.book, "unsubscribe": links.unsubscribe, "website": links.website}
    jinja = best(lambda: [template.render(reader, links=named) for template in plain], count=200)
    merged = best(merge, count=200)
    told("merge one reader (subject, text, HTML)", merged, unit="µs", limit=MERGE_LIMIT_US)
    told("  Jinja alone, the same three texts", jinja, unit="µs")
    print(f"{'  merge beside Jinja alone':<44} {merged[1] / jinja[1]:.2f} times")
    told(
        "sign the links of one message",
        best(lambda: links_for(signer, revision, message_id), count=500),
        unit="µs",
    )


if __name__ == "__main__":
    main()
