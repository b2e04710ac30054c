"""A campaign as published: immutable, compiled, named by its content. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from partwork.campaigns.passages import Origin, Passage
from partwork.errors import CommandError
from partwork.ids import content_hash
from partwork.sending.schedule import Schedule


@dataclass(frozen=True, slots=True)
class RevisionPart:
    """One compiled part; every string is a template for one reader's values.

    passages: what it was made of; never sent
    """

    slug: str
    subject: str
    preheader: str
    html: str
    text: str
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """All that a message needs beside its reader: nothing is looked up in files after this.

    book_link, website_link: ids in the links table; website_link is None without a website
    article_links:           ids of the addresses the article leads to, each once
    origin: what it was made of; None for a revision published before that was recorded
    """

    campaign: str
    title: str
    audience: str
    schedule: Schedule
    goal: str | None
    on_uncertain: str
    sender: str
    reply_to: str | None
    unsubscribe_mailbox: str | None
    base_url: str
    list_id: str
    practice_name: str
    book_link: int
    website_link: int | None
    parts: tuple[RevisionPart, ...]
    article_links: tuple[int, ...] = ()
    origin: Origin | None = None

    @property
    def id(self) -> str:
        return content_hash(self.to_json())

    def to_json(self) -> str:
        """Return the canonical text: the same revision gives the same bytes.

        What an older revision did not record is left out, so that it keeps its name.
        """
        record = asdict(self) | {"schedule": self.schedule.to_record()}
        if self.origin is None:
            del record["origin"]
        for part in record["parts"]:
            if not part["passages"]:
                del part["passages"]
        return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Revision:
        record = json.loads(text)
        record["schedule"] = Schedule.from_record(record["schedule"])
        record["parts"] = tuple(_part(part) for part in record["parts"])
        record["article_links"] = tuple(record.get("article_links", ()))
        if origin := record.pop("origin", None):
            record["origin"] = Origin(**origin)
        return cls(**record)

    @property
    def link_ids(self) -> frozenset[int]:
        """The ids of all links that stand in its emails; none other can have been followed from one."""
        return frozenset(filter(None, (self.book_link, self.website_link, *self.article_links)))

    def slugs(self, only: str | None = None) -> list[str]:
        """Return its parts in order, or the one that `only` names by slug or number.

        Raises CommandError, with the parts there are, if none is called so.
        """
        slugs = [part.slug for part in self.parts]
        if only is None:
            return slugs
        if only.isdecimal() and 1 <= int(only) <= len(slugs):
            return [slugs[int(only) - 1]]
        if only in slugs:
            return [only]
        there_are = f"there are: {', '.join(slugs)} (or 1 to {len(slugs)})"
        raise CommandError(f"no part is called '{only}'; {there_are}")

    def part(self, slug: str) -> RevisionPart:
        return next(part for part in self.parts if part.slug == slug)

    def part_number(self, slug: str) -> int:
        """Return a part's place in the series, from 1."""
        return [part.slug for part in self.parts].index(slug) + 1

    def part_after(self, slug: str) -> RevisionPart | None:
        """Return the part that follows, None after the last."""
        number = self.part_number(slug)
        return self.parts[number] if number < len(self.parts) else None


def _part(record: dict[str, Any]) -> RevisionPart:
    passages = tuple(Passage(**passage) for passage in record.pop("passages", ()))
    return RevisionPart(**record, passages=passages)
