"""What partwork.yaml may hold, key by key. Pure; secrets have no key here."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from partwork.campaigns.brand import Brand
from partwork.campaigns.validation import Definition, Misfit, misfits
from partwork.campaigns.values import (
    HeaderText,
    Text,
    bare_address,
    base_address,
    did_you_mean,
    for_editors,
    mailbox,
    one_line,
    public_address,
    quoted,
    web_address,
)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # the shape of RFC 5646
_POSTGRES_URL = re.compile(r"postgres(ql)?://[^\s/?#]*/[^\s/?#]+(\?[^\s#]*)?")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ADDRESS_HINT = "emails must show where to write to you"
_ZONE_EXAMPLE = ": write one as in 'Europe/London'"


def _postal_address(text: str) -> str:
    lines = (line.strip().rstrip(",") for line in text.splitlines())
    address = ", ".join(line for line in lines if line)
    if not address:
        raise ValueError(f"'postal_address' is empty: {_ADDRESS_HINT}")
    return one_line(address)


def _timezone(text: str) -> str:
    zones = available_timezones()
    if text in zones:
        return text
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(zones, reverse=True)}
    city = cities.get(text.strip().replace(" ", "_").casefold())
    suggestion = f"; did you mean '{city}'?" if city else did_you_mean(text, zones)
    raise ValueError(f"{quoted(text)} is no time zone{suggestion or _ZONE_EXAMPLE}")


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no language code: write one as in 'en' or 'de-CH'")
    return text


def _parameter(text: str) -> str:
    if not _PARAMETER.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no parameter of a web address: write one as in 'utm_content'")
    return text


def _database_url(text: str) -> str:
    if text.startswith(("postgresql:", "postgres:")):
        if not _POSTGRES_URL.fullmatch(text):
            raise ValueError(
                "this is no address of a PostgreSQL database: write one as in postgresql://name@host/database"
            )
        return text
    path = text.removeprefix("sqlite:///")
    if path == text or path in ("", ":memory:") or "?" in text or not text.isprintable():
        raise ValueError("this names no database file: leave the key out, or name one as sqlite:///…")
    return text


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a number belongs here, as in 2")
    return value


def _terms(value: object) -> object:
    """Return what the environment gives as one text as the list a file holds."""
    if isinstance(value, str):
        return [term.strip() for term in value.split(",") if term.strip()]
    return value


def _host(text: str) -> str:
    host = text.strip().lower().removeprefix("*.")
    if not _HOST.fullmatch(host):
        raise ValueError(f"{quoted(text)} is no host: write one as in 'example.org', without https://")
    return host


def _listed_hosts(value: object) -> object:
    """Read one line as a list too: the environment knows nothing else."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Host = Annotated[str, AfterValidator(_host)]
_ADDRESS = for_editors(r"^https?://[^\s]+$")
WebAddress = Annotated[str, AfterValidator(web_address), _ADDRESS]
Rate = Annotated[float, BeforeValidator(_number), Field(gt=0, allow_inf_nan=False)]


class Practice(Definition):
    """Who writes."""

    name: HeaderText = Field(description="write the practice's name as readers know it")
    postal_address: Annotated[str, AfterValidator(_postal_address)] = Field(description=_ADDRESS_HINT)
    timezone: Annotated[str, AfterValidator(_timezone)] = Field(
        description="write the practice's time zone, as in 'Europe/London'"
    )
    website: Annotated[str, AfterValidator(public_address), _ADDRESS] | None = Field(
        default=None, description="write the address of the practice's website"
    )
    language: Annotated[str, AfterValidator(_language), for_editors(_LANGUAGE)] = Field(
        default="en", description="write the language of the emails, as in 'en' or 'de-CH'"
    )
    signature: Text | None = Field(
        default=None, description="write how a letter is signed, as in 'Ann Baker, physiotherapist'"
    )


class Sender(Definition):
    """Whom emails come from and where answers go."""

    from_: Annotated[str, AfterValidator(mailbox)] = Field(
        alias="from", description="write 'Name <hello@example.org>'"
    )
    reply_to: Annotated[str, AfterValidator(mailbox)] | None = Field(
        default=None, description="write where answers go, if not to the sender"
    )
    unsubscribe_mailbox: Annotated[str, AfterValidator(bare_address)] | None = Field(
        default=None, description="write an address that someone reads, for those who leave by mail"
    )


class Booking(Definition):
    """Where the button leads. `reference_parameter` carries the booking reference there."""

    url: WebAddress = Field(description="write the https address where a session is booked")
    label: Text | None = Field(default=None, description="write what the button says")
    reference_parameter: Annotated[str, AfterValidator(_parameter), for_editors(_PARAMETER)] = Field(
        default="utm_content", description="name the parameter that carries the booking reference"
    )

    @model_validator(mode="after")
    def _reference_is_ours_alone(self) -> Booking:
        names = [name for name, _ in parse_qsl(urlsplit(self.url).query, keep_blank_values=True)]
        if self.reference_parameter in names:
            name = self.reference_parameter
            text = f"the address holds '{name}' already, which carries the booking reference: take it out"
            raise misfits("booking", [Misfit(("url",), text)])
        return self


class LinksSection(Definition):
    base_url: Annotated[str, AfterValidator(base_address), _ADDRESS] | None = Field(
        default=None,
        description="write where Partwork's own pages are found, as in 'https://mail.example.org'",
    )
    allowed_hosts: Annotated[tuple[Host, ...], BeforeValidator(_listed_hosts)] = Field(
        default=(), description="name the hosts that links may lead to, as in 'example.org'"
    )


class DatabaseSection(Definition):
    url: Annotated[str, AfterValidator(_database_url)] = "sqlite:///.partwork/partwork.db"


class PaceSection(Definition):
    requests_per_second: Rate | None = None
    messages_per_second: Rate | None = None
    messages_per_day: Annotated[int, BeforeValidator(_number), Field(gt=0)] | None = None


class ProviderSection(Definition):
    name: Literal["outbox", "resend"] = "outbox"
    base_url: Annotated[str, AfterValidator(base_address), _ADDRESS] | None = None
    pace: PaceSection | None = None


class Privacy(Definition):
    """What a subject may tell whoever sees it on a lock screen.

    terms: words of the practice's own that name a condition or a treatment
    """

    subjects: Literal["topic", "neutral"] = Field(
        default="topic", description="say whether a subject may name the article's topic"
    )
    terms: Annotated[tuple[Text, ...], BeforeValidator(_terms)] = Field(
        default=(), description="list words of your own that name a condition or a treatment"
    )


class Review(Definition):
    """What has to be looked at before a campaign is published.

    required: every campaign names a day it is read again by, and is not published after it
    sign_off: `required`: a clinician has read the very words that are published
    """

    required: bool = Field(default=False, description="say whether every campaign names a day for its review")
    sign_off: Literal["optional", "required"] = Field(
        default="optional",
        description="say whether a clinician signs off the words before they are published",
    )


class DatabaseSettings(Definition):
    """The one section that must be readable before anything else is."""

    database: DatabaseSection = DatabaseSection()


class SettingsFile(Definition):
    """One partwork.yaml."""

    practice: Practice = Field(description="name the practice, its postal_address and its timezone")
    sender: Sender = Field(description="say whom emails come from, under 'from'")
    booking: Booking = Field(description="say where a session is booked, under 'url'")
    links: LinksSection = Field(default=LinksSection(), description="say where links lead")
    database: DatabaseSection = Field(default=DatabaseSection(), description="say where the data lies")
    provider: ProviderSection = Field(default=ProviderSection(), description="say who sends the emails")
    privacy: Privacy = Field(default=Privacy(), description="say what a subject may tell")
    brand: Brand = Field(default=Brand(), description="say how emails look: colours, logo, typeface")
    review: Review = Field(default=Review(), description="say what is looked at before a series is published")
