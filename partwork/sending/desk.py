"""What the path works with: one store, one provider, one clock, and the frames it has opened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from partwork.campaigns.revision import Revision
from partwork.providers.contract import Provider
from partwork.rendering.merge import Frame
from partwork.sending.merging import frame_of
from partwork.sending.pacing import Pacing
from partwork.sending.processes import Worker
from partwork.sending.watch import Watch
from partwork.store.campaigns import compiled_revision
from partwork.store.connect import Store
from partwork.times import Clock
from partwork.tracking.tokens import Signer

FRAMES_KEPT = 64

_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")


class Frames:
    """Revisions and compiled frames, read once and kept while they are in use.

    A revision never changes, so nothing kept here can go stale.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._revisions: OrderedDict[str, Revision] = OrderedDict()
        self._frames: OrderedDict[tuple[str, str], Frame] = OrderedDict()

    def revision(self, revision_id: str) -> Revision:
        """Return a revision by its id."""
        known = self._revisions.get(revision_id)
        if known is None:
            with self._store.read() as connection:
                known = Revision.from_json(compiled_revision(connection, revision_id))
            _keep(self._revisions, revision_id, known)
        return known

    def frame(self, revision_id: str, part: str) -> Frame:
        """Return the frame of one part, ready to merge."""
        known = self._frames.get((revision_id, part))
        if known is None:
            known = frame_of(self.revision(revision_id), part)
            _keep(self._frames, (revision_id, part), known)
        return known


@dataclass(slots=True)
class Tally:
    """What this process has seen happen since it opened its desk."""

    accepted_count: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a job of the clock needs. `stopping` is asked between two waves, `watch` between chunks."""

    store: Store
    provider: Provider
    clock: Clock
    worker: Worker
    signer: Signer
    watch: Watch
    stopping: Callable[[], bool]
    frames: Frames = field(init=False)
    pacing: Pacing = field(init=False)
    tally: Tally = field(init=False, default_factory=Tally)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", Frames(self.store))
        object.__setattr__(self, "pacing", Pacing(self.store, self.provider, self.clock))


def _keep(kept: OrderedDict[_Key, _Kept], key: _Key, value: _Kept) -> None:
    kept[key] = value
    while len(kept) > FRAMES_KEPT:
        kept.popitem(last=False)
