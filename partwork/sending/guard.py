"""The last look before a message goes: leaving, lateness, allowed days and quiet hours. Reads no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from partwork.sending import calendar
from partwork.sending.phrases import IfLate
from partwork.sending.schedule import Schedule
from partwork.sending.states import CampaignState, EnrollmentState
from partwork.store.messages import WaitingMessage


class Verdict(StrEnum):
    """What is to become of a message that is due."""

    SEND = "send"
    SUPPRESS = "suppress"
    CANCEL = "cancel"
    EXPIRE = "expire"
    WAIT = "wait"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Look:
    """A verdict and its reason; `until` is there exactly for WAIT."""

    verdict: Verdict
    reason: str = ""
    until: datetime | None = None


def look_at_leaving(message: WaitingMessage) -> Look:
    """Judge by consent, suppression and state alone: read again in the commit that sends."""
    if message.suppressed_because:
        return Look(Verdict.SUPPRESS, message.suppressed_because)
    if not message.is_member:
        return Look(Verdict.SUPPRESS, "unsubscribed")
    if not message.has_consent:
        return Look(Verdict.SUPPRESS, "no consent on record")
    if message.enrollment_state is not EnrollmentState.ACTIVE:
        return Look(Verdict.CANCEL, f"the enrollment is {message.enrollment_state}")
    if message.campaign_state is CampaignState.STOPPED:
        return Look(Verdict.CANCEL, "the campaign was stopped")
    if message.campaign_state is CampaignState.PAUSED:
        return Look(Verdict.KEEP, "the campaign is paused")
    return Look(Verdict.SEND)


def look(message: WaitingMessage, schedule: Schedule, *, now: datetime) -> Look:
    """Judge a due message by everything the guard knows."""
    leaving = look_at_leaving(message)
    if leaving.verdict is not Verdict.SEND:
        return leaving
    zone = ZoneInfo(message.timezone)
    if now - message.due_at > schedule.too_late_after.after.duration:
        if schedule.too_late_after.then is IfLate.EXPIRE:
            return Look(Verdict.EXPIRE, "too late for its slot")
        slot = calendar.next_slot(schedule, after=now, zone=zone)
        if slot > now:
            return Look(Verdict.WAIT, "too late for its slot: waits for the next", slot)
    later = calendar.postponed(schedule, now=now, zone=zone)
    if later:
        return Look(Verdict.WAIT, "not an allowed day or hour: waits for the next slot", later)
    return Look(Verdict.SEND)
