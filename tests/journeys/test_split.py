"""The journey of another article: from a text file to a series that is rehearsed, nothing lost on the way."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage

from tests.journeys.place import Place

SLUG = "desk-and-neck"
TITLE = "Five Quiet Habits That Keep a Desk Worker's Neck Moving"
BUTTON = "👉 Call us today for a posture check"
ARTICLE = f"""{TITLE}
Most of us sit longer than we sleep. The neck pays for it first: it holds five kilos of head in front of a \
screen, for hours, without being asked. What follows costs nothing, needs no equipment & takes minutes a day.

What the Neck Has to Carry
Every centimetre the head drifts forward adds to the load. "Text neck" is not a diagnosis – it is a habit.
The muscles at the back of the neck work without a pause, and they tell us in the evening.

Signs Worth Listening To
You may notice one or more of these:
1. A dull ache between the shoulder blades
2. Headaches that begin at the base of the skull
3. Stiffness when you look over your shoulder

Habits That Help
✔ Raise the Screen
The top third of the screen belongs at the height of the eyes. Books under it do as well as any stand.
✔ Change the Chair for a Walk
A call of ten minutes is a walk of ten minutes; nobody has to see you at your desk to hear you.
✔ Let the Shoulders Fall
Breathe out slowly, three times an hour. It's hard to keep shoulders up while breathing out.

When Should You Ask for Help?
Numb fingers, a weak grip or pain that wakes you at night are reasons to have it looked at: soon, not someday.

Take the First Step
Habits are built one at a time, and it is easier with somebody beside you. We begin with what you do all day.
{BUTTON}
References
Hansraj, K. K. (2014). Assessment of stresses in the cervical spine. Surg Technol Int, 25, 277-279.
"""


def test_an_article_nobody_has_seen_becomes_a_series_that_holds_every_line_of_it(place: Place) -> None:
    source = place.folder / "pasted.txt"
    source.write_text(ARTICLE, "utf-8")
    told = place.must("split", "pasted.txt", "--into", f"campaigns/{SLUG}")
    lines = [line for line in ARTICLE.splitlines() if line]
    counted = re.search(r"(\d+) lines: (\d+) in parts, (\d+) set aside, none lost", told)
    assert counted
    assert int(counted[1]) == int(counted[2]) + int(counted[3]) == len(lines)
    assert (place.folder / "campaigns" / SLUG / "article.txt").read_text("utf-8") == ARTICLE

    assert place.must("check", SLUG) == f"All is well: {SLUG}.\n"
    place.must("rehearse", SLUG)
    mails = _mails_to(place, "ann.baker@example.org")
    assert 3 <= len(mails) <= 8
    series = " ".join(_text(mail) for mail in mails)
    body = [_plain(line) for line in lines if line not in {TITLE, BUTTON}]
    assert {line: series.count(line) for line in body} == dict.fromkeys(body, 1)
    assert [series.index(line) for line in body] == sorted(series.index(line) for line in body)
    assert "Call us today for a posture check" in _text(mails[-1])


def test_splitting_twice_proposes_the_same_and_overwrites_nothing(place: Place) -> None:
    (place.folder / "pasted.txt").write_text(ARTICLE, "utf-8")
    first = place.must("split", "pasted.txt", "--json")
    assert place.must("split", "pasted.txt", "--json") == first
    before = place.contents()
    ran = place.partwork("split", "pasted.txt", "--into", "campaigns/gluteus-medius")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert place.contents() == before


def _mails_to(place: Place, address: str) -> list[EmailMessage]:
    """Return a reader's rehearsed emails, in order of date."""
    files = (place.state / "rehearsal" / "outbox" / "new").iterdir()
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
    return sorted(
        (mail for mail in mails if mail["To"] == address), key=lambda mail: str(mail["Date"].datetime)
    )


def _text(mail: EmailMessage) -> str:
    """Return an email's text without its teaser, which may say a short heading once more."""
    body = mail.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return _plain(re.sub(r"(?m)^Next: .*$", "", str(body.get_content())))


def _plain(text: str) -> str:
    return " ".join(text.split())
