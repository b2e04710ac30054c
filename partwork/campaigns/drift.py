"""How a published revision differs from what the files say now: part by part, passage by passage. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from partwork.campaigns.passages import BUTTON, Origin, Passage
from partwork.campaigns.revision import Revision, RevisionPart
from partwork.sending.schedule import in_words

_ALIKE = 0.5  # from here on two texts of one kind are the same passage, edited


class Fate(StrEnum):
    """What became of a passage, or of a whole part, since it was published."""

    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One passage that is not as it was published.

    was, now: its text then and now; empty where it was not, or is not, in this part
    where:    for a passage that moved, where from or where to
    """

    fate: Fate
    kind: str
    was: str
    now: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class PartDrift:
    """One part that is not as it was published.

    number:  its place in the published series; in the files, for a part that is new
    fate:    `changed`, `new`, `gone`, or `moved` to another place in the series
    changes: what of its passages is otherwise
    others:  what else of it is otherwise: its subject, its preheader, how it looks
    """

    slug: str
    number: int
    fate: Fate
    changes: tuple[Change, ...]
    others: tuple[str, ...]

    @property
    def is_stale(self) -> bool:
        """Say whether the article, or the choice of sections, gives this part other passages now."""
        return bool(self.changes)


@dataclass(frozen=True, slots=True)
class Drift:
    """How the published revision stands beside the files.

    matches:         the same content hash: publishing would change nothing
    article_changed: None where the revision is too old to know
    differences:     what differs for the whole series: its schedule, its template, the postal address
    parts:           those that differ, in the published order, new ones last
    """

    revision_id: str
    matches: bool
    part_count: int
    article_changed: bool | None
    differences: tuple[str, ...]
    parts: tuple[PartDrift, ...]

    @property
    def stale(self) -> tuple[PartDrift, ...]:
        return tuple(part for part in self.parts if part.is_stale)


def drift(published: Revision, files: Revision) -> Drift:
    """Return how `published` differs from `files`, the revision that publishing now would make."""
    differences = tuple(_differences(published, files))
    has_other_frame = bool(differences) or len(published.parts) != len(files.parts)
    article_changed = None
    if published.origin and files.origin:
        article_changed = published.origin.article != files.origin.article
    parts = tuple(_parts(published, files, has_other_frame=has_other_frame))
    if published.id != files.id and not (differences or parts or article_changed):
        differences = ("what this version of Partwork records of a series",)
    return Drift(
        revision_id=published.id,
        matches=published.id == files.id,
        part_count=len(published.parts),
        article_changed=article_changed,
        differences=differences,
        parts=parts,
    )


def _differences(was: Revision, now: Revision) -> Iterator[str]:
    """Yield in staff's words what differs for the series as a whole."""
    if was.schedule != now.schedule:
        then, today = in_words(was.schedule), in_words(now.schedule)
        yield "the schedule" if then == today else f"the schedule ({then}; now {today})"
    pairs = {
        "the title of the series": (was.title, now.title),
        "the audience": (was.audience, now.audience),
        "the goal": (was.goal, now.goal),
        "on_uncertain": (was.on_uncertain, now.on_uncertain),
        "the sender": (was.sender, now.sender),
        "the address for replies": (was.reply_to, now.reply_to),
        "the mailbox for leaving": (was.unsubscribe_mailbox, now.unsubscribe_mailbox),
        "the address that links are built on": (was.base_url, now.base_url),
        "the list's id, which stands on the sender and the link secret": (was.list_id, now.list_id),
        "the practice's name": (was.practice_name, now.practice_name),
    }
    yield from (name for name, (then, today) in pairs.items() if then != today)
    if was.origin and now.origin:
        yield from _differences_of_origin(
            was.origin, now.origin, has_other_link=was.book_link != now.book_link
        )
        return
    if was.book_link != now.book_link:
        yield "the booking page"
    if was.website_link != now.website_link:
        yield "the practice's website"


def _differences_of_origin(was: Origin, now: Origin, *, has_other_link: bool) -> Iterator[str]:
    if was.template != now.template:
        yield f"the template ('{was.template}'; now '{now.template}')"
    elif was.look != now.look:
        yield f"the template ('{was.template}' was edited)"
    pairs = {
        "the practice's postal address": (was.postal_address, now.postal_address),
        "the practice's website": (was.website, now.website),
        "the language": (was.language, now.language),
        "the button's words": (was.button_label, now.button_label),
    }
    yield from (name for name, (then, today) in pairs.items() if then != today)
    if was.booking_page != now.booking_page:
        yield "the booking page"
    elif has_other_link:
        yield "the parameter that carries the booking reference"


def _parts(published: Revision, files: Revision, *, has_other_frame: bool) -> Iterator[PartDrift]:
    then, today = _by_slug(published), _by_slug(files)
    then_in, today_in = _holders(published), _holders(files)
    kept = _kept_in_order([*then], [*today])
    for number, (slug, part) in enumerate(then.items(), start=1):
        other = today.get(slug)
        if other is None:
            yield PartDrift(slug, number, Fate.GONE, (), ())
            continue
        changes = tuple(_changes(part, other, was_in=then_in, now_in=today_in))
        has_moved = slug not in kept
        others = tuple(_others(part, other, is_explained=bool(changes) or has_other_frame or has_moved))
        if published.origin is None and (part.html, part.text) != (other.html, other.text) and not others:
            others = ("what it says or how it looks",)
        if changes or others or has_moved:
            yield PartDrift(slug, number, Fate.MOVED if has_moved else Fate.CHANGED, changes, others)
    for number, slug in enumerate(today, start=1):
        if slug not in then:
            yield PartDrift(slug, number, Fate.NEW, (), ())


def _others(was: RevisionPart, now: RevisionPart, *, is_explained: bool) -> Iterator[str]:
    if was.subject != now.subject:
        yield f"its subject (“{was.subject}”; now “{now.subject}”)"
    if was.preheader != now.preheader:
        yield f"its preheader (“{was.preheader}”; now “{now.preheader}”)"
    # A subject shows once more in the part before, as what comes next: that is told where it stands.
    if not is_explained and (was.subject, was.preheader) == (now.subject, now.preheader):
        if was.text != now.text and was.passages:
            yield "what it announces, or says around the article's text"
        elif was.html != now.html and was.passages:
            yield "how it looks"


def _changes(
    was: RevisionPart, now: RevisionPart, *, was_in: Mapping[str, str], now_in: Mapping[str, str]
) -> Iterator[Change]:
    """Yield what is otherwise in one part: in the order of the files, what is gone where it stood."""
    then = {passage.id: passage for passage in was.passages}
    today = {passage.id: passage for passage in now.passages}
    if not then:
        return
    kept = _kept_in_order([*then], [*today])
    edited = _edited(
        [passage for passage in was.passages if passage.id not in today and passage.id not in now_in],
        [passage for passage in now.passages if passage.id not in then and passage.id not in was_in],
    )
    for passage in was.passages:
        if passage.id in today:
            continue
        if passage.id in edited:
            yield Change(Fate.CHANGED, passage.kind, passage.text, edited[passage.id].text)
        elif passage.id in now_in:
            yield Change(Fate.MOVED, passage.kind, passage.text, "", f"to part '{now_in[passage.id]}'")
        else:
            yield Change(Fate.GONE, passage.kind, passage.text, "")
    arrived = {passage.id for passage in edited.values()}
    for passage in now.passages:
        before = then.get(passage.id)
        if before is None:
            if passage.id in arrived:
                continue
            if passage.id in was_in:
                yield Change(Fate.MOVED, passage.kind, "", passage.text, f"from part '{was_in[passage.id]}'")
            else:
                yield Change(Fate.NEW, passage.kind, "", passage.text)
        elif (before.text, before.form, before.kind) != (passage.text, passage.form, passage.kind):
            yield Change(Fate.CHANGED, passage.kind, before.text, passage.text)
        elif passage.id not in kept:
            yield Change(Fate.MOVED, passage.kind, before.text, passage.text, "within the part")


def _edited(gone: Sequence[Passage], new: Sequence[Passage]) -> dict[str, Passage]:
    """Return for the id of a passage that is gone the new one it was edited into: the most alike first."""
    pairs = sorted(
        (
            (_likeness(before.text, after.text), place, before.id, after)
            for place, before in enumerate(gone)
            for after in new
            if before.kind == after.kind
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    found: dict[str, Passage] = {}
    taken: set[str] = set()
    for likeness, _, before_id, after in pairs:
        if likeness >= _ALIKE and before_id not in found and after.id not in taken:
            found[before_id] = after
            taken.add(after.id)
    return found


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def _kept_in_order(was: Sequence[str], now: Sequence[str]) -> set[str]:
    """Return the names whose order among each other stayed: of those in both, the longest such row."""
    then, today = [name for name in was if name in set(now)], [name for name in now if name in set(was)]
    blocks = SequenceMatcher(None, then, today, autojunk=False).get_matching_blocks()
    return {name for block in blocks for name in then[block.a : block.a + block.size]}


def _by_slug(revision: Revision) -> dict[str, RevisionPart]:
    return {part.slug: part for part in revision.parts}


def _holders(revision: Revision) -> dict[str, str]:
    """Return for each passage but the button the part that holds it."""
    return {
        passage.id: part.slug
        for part in revision.parts
        for passage in part.passages
        if passage.kind != BUTTON
    }
