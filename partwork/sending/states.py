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
