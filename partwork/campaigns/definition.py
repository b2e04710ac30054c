"""What a campaign is: the file staff edit, key by key, and the campaign read whole. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationInfo
from pydantic_core import PydanticKnownError

from partwork.articles.handwriting import HandWriting
from partwork.articles.model import Article, Picture, Section
from partwork.audiences.definition import AudienceDefinition
from partwork.campaigns.signoff import SignOff
from partwork.campaigns.validation import Definition, Misfit, misfits
from partwork.campaigns.values import FileName, Slug, Text, for_editors, header_safe
from partwork.sending.schedule import Schedule, read_schedule

_SUBJECT_MAX_LENGTH = 150


def _subject(text: str) -> str:
    line = header_safe(text)
    if len(line) > _SUBJECT_MAX_LENGTH:
        text = f"this subject has {len(line)} characters, and inboxes show about 60"
        raise ValueError(f"{text}: shorten it, to {_SUBJECT_MAX_LENGTH} at the most")
    return line


def _schedule(phrases: object) -> Schedule:
    if not isinstance(phrases, dict):
        raise ValueError("'schedule' should hold keys of its own, on lines of their own: every, at, days")
    schedule, faults = read_schedule(phrases)
    if schedule is None:
        known = {field.name for field in fields(Schedule)}
        raise misfits("schedule", [Misfit((key,), text, at_key=key not in known) for key, text in faults])
    return schedule


def _day(written: object) -> date:
    try:
        return date.fromisoformat(written if isinstance(written, str) else "")
    except ValueError:
        raise ValueError("'review_by' should be a day: write it as in 2027-03-01") from None


def _sections(names: object, info: ValidationInfo) -> object:
    """Refuse a part that holds nothing: no sections, and no text that might quote some."""
    if names or info.data.get("text", "in doubt") is not None:
        return names
    if isinstance(names, tuple):  # the default: there is no such key
        raise PydanticKnownError("missing")
    if isinstance(names, list):
        raise PydanticKnownError("too_short", {"field_type": "List", "min_length": 1, "actual_length": 0})
    return names


class PartDefinition(Definition):
    """One email of the series, as staff write it."""

    slug: Slug = Field(description="give the part a short name of its own, as in 'the-first-step'")
    subject: Annotated[str, AfterValidator(_subject), for_editors(r"\S")] = Field(
        description="write the email's subject"
    )
    preheader: Text = Field(description="write the line that inboxes show beside the subject")
    text: FileName | None = Field(
        default=None,
        description="name a Markdown file in this folder that opens this part, as in 'part-2.md'",
    )
    sections: Annotated[tuple[Text, ...], BeforeValidator(_sections)] = Field(
        default=(),
        validate_default=True,
        description="name what this part holds, each section on a line that starts with '- '",
    )


class CampaignDefinition(Definition):
    """One campaign.yaml."""

    campaign: Slug = Field(description="write the name of this folder")
    title: Text = Field(description="write the title of the series")
    article: FileName = Field(description="name the article's file in this folder, as in 'article.txt'")
    audience: Slug = Field(description="name who gets it, as the files in audiences/ are named")
    template: Slug = Field(default="part", description="name the look, as the files in templates/ are named")
    schedule: Annotated[Schedule, PlainValidator(_schedule)] = Field(
        description="say how often and at what hour, under 'every' and 'at'"
    )
    goal: Literal["booking"] | None = Field(default=None, description="say what the series is for")
    on_uncertain: Literal["hold", "resend"] = Field(
        default="hold",
        description="say what becomes of a part that may or may not have left: hold it, or resend it",
    )
    parts: tuple[PartDefinition, ...] = Field(
        min_length=1, description="list the emails, each starting with '- slug:'"
    )
    omit: tuple[Text, ...] = Field(default=(), description="name the sections that are left out on purpose")
    review_by: Annotated[date, PlainValidator(_day, json_schema_input_type=str)] | None = Field(
        default=None,
        description="write the day by which a clinician reads it again, as in 2027-03-01",
        json_schema_extra={"examples": ["2027-03-01"]},
    )


@dataclass(frozen=True, slots=True)
class CampaignPart:
    """One part, and what of the article it holds, in the order it tells it.

    content:     what readers see: the sections, with what is written by hand before and between them
    handwriting: the text of the part's own, where it has one
    """

    definition: PartDefinition
    sections: tuple[Section, ...]
    content: tuple[Section, ...]
    handwriting: HandWriting | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign read whole: every file it names is there and fits the others.

    pictures: those of the article and of what is written by hand, as readers get them
    """

    definition: CampaignDefinition
    audience: AudienceDefinition
    article: Article
    parts: tuple[CampaignPart, ...]
    pictures: tuple[Picture, ...] = ()
    sign_off: SignOff | None = None
