"""The states of messages, enrollments and campaigns, and the ways between them. Pure."""

from __future__ import annotations

from enum import StrEnum


class MessageState(StrEnum):
    """Where one message is. Delivered, bounced and the rest are events, not states."""

    DUE = "due"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    HELD = "held"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"


class AttemptPhase(StrEnum):
    """How far one request for one message has come, as far as its rows can tell."""

    WRITTEN = "written"
    """Committed ahead of the wire; its answer is awaited."""
    LOST = "lost"
    """Its process died, or its lease ran out, before an answer was recorded."""
    ANSWERED = "answered"
    """The provider's own answer stands in its outcome."""
    SETTLED = "settled"
    """Evidence or a person decided its outcome."""


class EvidenceKind(StrEnum):
    """Where a fact about a wave comes from."""

    LATE_ANSWER = "late answer"
    REPLAY = "replay"
    LOOK_UP = "look-up"
    PERSON = "person"


class EnrollmentState(StrEnum):
    """Where one subscriber's walk through one campaign is."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    EXITED = "exited"


class CampaignState(StrEnum):
    """What staff have decided about a campaign that was published."""

    PUBLISHED = "published"
    PAUSED = "paused"
    STOPPED = "stopped"


OPEN_STATES = frozenset(
    {
        MessageState.DUE,
        MessageState.CLAIMED,
        MessageState.SENDING,
        MessageState.UNCERTAIN,
        MessageState.HELD,
    }
)
"""States from which a message can still move; an enrollment has at most one message in them."""
