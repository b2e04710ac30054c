"""From a revision and a reader to what a frame merges: the same for a live send, a preview and a check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from partwork.campaigns.revision import Revision
from partwork.rendering.compile import CompiledPart
from partwork.rendering.merge import Frame, Letterhead, Links
from partwork.tracking.tokens import Purpose, Signer


def frame_of(revision: Revision, slug: str) -> Frame:
    """Return the frame of one part of a revision, ready to merge."""
    part = revision.part(slug)
    return Frame(
        CompiledPart(part.subject, part.preheader, part.html, part.text),
        Letterhead(
            sender=revision.sender,
            reply_to=revision.reply_to,
            list_id=revision.list_id,
            unsubscribe_mailbox=revision.unsubscribe_mailbox,
        ),
    )


def reader_values(first_name: str, attributes: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return the values a template may use for one reader: an empty value is absent."""
    values = {**dict(attributes), "first_name": first_name}
    return {name: value for name, value in values.items() if value}


def links_for(signer: Signer, revision: Revision, message_id: str) -> Links:
    """Return the signed addresses of one message."""

    def address(path: str, purpose: Purpose, link_id: int = 0) -> str:
        return f"{revision.base_url}/{path}/{signer.token(purpose, message_id, link_id=link_id)}"

    return Links(
        book=address("b", Purpose.BOOK, revision.book_link),
        unsubscribe=address("u", Purpose.UNSUBSCRIBE),
        website=address("c", Purpose.CLICK, revision.website_link) if revision.website_link else None,
        to=_Addresses(revision.article_links, lambda link_id: address("c", Purpose.CLICK, link_id)),
    )


class _Addresses(Mapping[int, str]):
    """Addresses by link id, each signed when it is asked for: a part leads to few of its series' links."""

    def __init__(self, link_ids: Sequence[int], sign: Callable[[int], str]) -> None:
        self._link_ids = link_ids
        self._sign = sign

    def __getitem__(self, link_id: int) -> str:
        if link_id not in self._link_ids:
            raise KeyError(link_id)
        return self._sign(link_id)

    def __iter__(self) -> Iterator[int]:
        return iter(self._link_ids)

    def __len__(self) -> int:
        return len(self._link_ids)
