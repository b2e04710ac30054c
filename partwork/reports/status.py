"""How do the campaigns stand? Counts that are derived from rows, never kept beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from partwork.campaigns.revision import Revision
from partwork.sending.schedule import in_words
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.store.accounts import ProviderPause, account, provider_pause
from partwork.store.campaigns import all_campaigns, compiled_revision
from partwork.store.connect import Store
from partwork.store.listings import count_enrollments, count_in_state, count_members, count_messages
from partwork.store.messages import next_due_at
from partwork.store.tables import UNSETTLED_STATES


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part's messages, counted by state (only states that occur)."""

    slug: str
    counts: dict[MessageState, int]


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """One campaign as it stands. next_due_at: UTC instant of the earliest due message, if any."""

    slug: str
    title: str
    state: CampaignState
    audience: str
    revision_id: str
    schedule: str
    subscribed_count: int
    unsubscribed_count: int
    enrollments: dict[EnrollmentState, int]
    parts: tuple[PartStatus, ...]
    next_due_at: datetime | None

    def count(self, state: MessageState) -> int:
        """Return how many messages of the campaign are in a state."""
        return sum(part.counts.get(state, 0) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Status:
    """The whole workspace.

    provider_pause: why nothing goes out now, if so
    failure_count:  requests in a row that the provider did not answer as it should
    in_hand:        how many messages are claimed, held, sending or uncertain, over all campaigns
    """

    campaigns: tuple[CampaignStatus, ...]
    provider: str
    provider_pause: ProviderPause | None
    failure_count: int
    in_hand: dict[MessageState, int]

    @property
    def breaker(self) -> str:
        """Return how the provider is asked: closed (as usual), open (not at all), half open (once)."""
        if self.provider_pause:
            return "open"
        return "half open" if self.failure_count else "closed"


def status(store: Store, *, provider: str, now: datetime) -> Status:
    """Return how every campaign that was ever published stands."""
    with store.read() as connection:
        campaigns = []
        for row in all_campaigns(connection):
            revision = Revision.from_json(compiled_revision(connection, row.revision_id))
            subscribed, unsubscribed = count_members(connection, row.audience)
            by_part: dict[str, dict[MessageState, int]] = {part.slug: {} for part in revision.parts}
            for counted in count_messages(connection, row.slug):
                by_part.setdefault(counted.part, {})[counted.state] = counted.count
            campaigns.append(
                CampaignStatus(
                    slug=row.slug,
                    title=revision.title,
                    state=row.state,
                    audience=row.audience,
                    revision_id=row.revision_id,
                    schedule=in_words(revision.schedule),
                    subscribed_count=subscribed,
                    unsubscribed_count=unsubscribed,
                    enrollments=count_enrollments(connection, row.slug),
                    parts=tuple(PartStatus(slug, counts) for slug, counts in by_part.items()),
                    next_due_at=next_due_at(connection, campaign=row.slug),
                )
            )
        return Status(
            tuple(campaigns),
            provider,
            provider_pause(connection, provider, now=now),
            account(connection, provider).failure_count,
            {state: count_in_state(connection, state) for state in sorted(UNSETTLED_STATES)},
        )
