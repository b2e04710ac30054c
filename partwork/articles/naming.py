"""The ids that blocks bear. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from partwork.articles.model import Block, Image, Kind, Line
from partwork.articles.slugs import Namer
from partwork.ids import content_hash


class BlockNames:
    """Makes blocks, each with an id of its own: from what it says, numbered where that repeats."""

    def __init__(self) -> None:
        self._namer = Namer()

    def block(self, kind: Kind, lines: Iterable[Line], lead_in: Line | None = None) -> Block:
        held = tuple(lines)
        texts = [line.text for line in held]
        wanted = content_hash(kind, lead_in.text if lead_in else "", *texts)[:12]
        return Block(self._namer.name(wanted), kind, held, lead_in)

    def picture(self, image: Image, caption: Line | None) -> Block:
        lines = (caption,) if caption else ()
        wanted = content_hash(Kind.IMAGE, image.content_hash, *(line.text for line in lines))[:12]
        return replace(Block(self._namer.name(wanted), Kind.IMAGE, lines), image=image)
