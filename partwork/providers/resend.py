"""Resend's API. An adapter: it only says what differs, the contract and the HTTP are elsewhere.

Source: resend.com/docs/api-reference (errors, emails, emails/batch, list) and
resend.com/docs/dashboard/emails/idempotency-keys, read November 2026.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from partwork.errors import MessageRefused, OutcomeUncertain, ProviderUnavailable, Scope, SettingsError
from partwork.ids import message_id_bytes
from partwork.providers.contract import (
    Absent,
    Accepted,
    Answer,
    Found,
    Pace,
    Refused,
    Sighting,
    Sought,
    Unseen,
    check_request,
)
from partwork.providers.http import LONGEST_WAIT, HttpAnswer, HttpClient, Json, Limits, retry_after
from partwork.sending.outgoing import Form, Mail, Outgoing

BASE_URL = "https://api.resend.com"
DEFAULT_PACE = Pace(requests_per_second=2)

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HEADER_NAME = re.compile(r"[!-9;-~]+")
_ONE_ADDRESS = re.compile(r"[^\s,;:<>()\[\]\"\\@]+@[^\s,;:<>()\[\]\"\\@]+")

_NAMES_READER = re.compile("[`'\"]to[`'\"]")

_WRITTEN_BY_RESEND = frozenset({"date", "message-id"})
"""Headers of ours that stay at home: Resend sets its own. Our id travels as X-Partwork-Id and tag."""

_SAID_BY_FIELDS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "mime-version"}
    | {"content-type", "content-transfer-encoding", "return-path"}
)


@dataclass(frozen=True, slots=True)
class _Delay:
    """Not taken, and the same request may be taken later.

    wait: how long to wait where the answer does not say
    """

    reason: str
    scope: Scope = Scope.ACCOUNT
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Not taken, and not to be taken as it stands."""

    reason: str
    scope: Scope = Scope.ACCOUNT


_BAD_KEY = _Refusal("Resend does not accept the API key: see PARTWORK_PROVIDER__API_KEY")

_VERDICTS: dict[tuple[int, str], _Delay | _Refusal] = {
    # By status and the error's name; an empty name stands for every other one.
    (400, ""): _Refusal("Resend found a fault in the request", Scope.MESSAGE),
    (401, ""): _BAD_KEY,
    (403, ""): _Refusal(
        "Resend does not let this account send it: see whether the sender's domain is verified there"
    ),
    (403, "invalid_api_key"): _BAD_KEY,
    (403, "suspended_api_key"): _Refusal("Resend has suspended the API key"),
    (404, ""): _Refusal("there is no email API at this address: see provider.base_url"),
    (405, ""): _Refusal("there is no email API at this address: see provider.base_url"),
    (409, "concurrent_idempotent_requests"): _Delay(
        "Resend is still busy with an earlier request under the same key", Scope.MESSAGE
    ),
    (413, ""): _Refusal("Resend found the request too large", Scope.MESSAGE),
    (422, ""): _Refusal("Resend found a fault in a message", Scope.MESSAGE),
    (422, "invalid_from_address"): _Refusal("Resend does not accept the sender's address", Scope.DOMAIN),
    (429, ""): _Delay("Resend asks for a slower pace"),
    (429, "daily_quota_exceeded"): _Delay("the account's daily quota is used up", wait=LONGEST_WAIT),
    (429, "monthly_quota_exceeded"): _Delay("the account's monthly quota is used up", wait=LONGEST_WAIT),
    (451, "security_error"): _Refusal("Resend sees a security problem: ask Resend's support"),
}

_KEY_USED_TWICE = (409, "invalid_idempotent_request")
_KEY_USED_TWICE_REASON = (
    "Resend knows this idempotency key with another content: this is a fault in Partwork, please report"
    " it; an earlier form of the message may have been delivered"
)


_PAGE = 100
_MOST_PAGES = 100
_CLOCKS_DIFFER = timedelta(minutes=10)


class _CannotLook(Exception):  # noqa: N818 - an answer, not an error
    """Resend cannot be asked, for this reason."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


class Resend:
    """Sends through Resend: one message to /emails, more in one request to /emails/batch."""

    name = "resend"
    form = Form.FIELDS
    batch_limit = 100
    is_whole = True
    # They are kept for 24 hours; the rest is for clocks that differ.
    keys_kept: timedelta | None = timedelta(hours=20)
    looks: tuple[timedelta, ...] = (timedelta(minutes=2), timedelta(minutes=15))

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = BASE_URL,
        pace: Pace = DEFAULT_PACE,
        limits: Limits | None = None,
    ) -> None:
        """Raises SettingsError for a key or an address that cannot be used."""
        if not re.fullmatch(r"[!-~]+", api_key):
            raise SettingsError(
                "the secret PARTWORK_PROVIDER__API_KEY must be visible ASCII characters without spaces"
            )
        self.pace = pace
        headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self._http = HttpClient(base_url, headers=headers, limits=limits or Limits())

    def send(self, batch: Sequence[Outgoing], *, idempotency_key: str) -> list[Answer]:
        """Make one request; the same batch always makes the very same bytes, so it can be replayed."""
        check_request(batch, idempotency_key=idempotency_key, form=self.form, batch_limit=self.batch_limit)
        emails = [_email(outgoing.mail) for outgoing in batch]
        single = len(batch) == 1
        document: Json = emails[0] if single else [*emails]
        answer = self._http.post(
            "/emails" if single else "/emails/batch",
            body=_encoded(document),
            headers={"Idempotency-Key": idempotency_key},
        )
        if 200 <= answer.status < 300:
            return [Accepted(provider_id) for provider_id in _provider_ids(answer.json, len(batch))]
        if (answer.status, _text(answer.json, "name")) == _KEY_USED_TWICE:
            # Values and not an exception: a batch refused whole is halved and sent under new keys,
            # and what stands under this key may have been delivered already.
            return [Refused(_KEY_USED_TWICE_REASON)] * len(batch)
        raise _fault_in(answer)

    def look_up(self, sought: Sequence[Sought]) -> list[Sighting]:
        """Go through the list of sent emails, the newest first, back to the first time of asking.

        The list holds addresses alone: an email to the right one is opened to see our id in its tag.
        """
        for one in sought:
            message_id_bytes(one.message_id)
        try:
            ids_by_address = self._sent_since(min(one.asked_at for one in sought) - _CLOCKS_DIFFER)
            return [self._sighting(one, ids_by_address.get(one.address.lower(), [])) for one in sought]
        except _CannotLook as fault:
            return [Unseen(fault.reason, is_final=fault.is_final)] * len(sought)
        except ProviderUnavailable as fault:
            return [Unseen(fault.reason)] * len(sought)

    def _sighting(self, one: Sought, provider_ids: Sequence[str]) -> Sighting:
        for provider_id in provider_ids:
            email = self._read(f"/emails/{quote(provider_id, safe='')}")
            if _fid(email) == one.message_id:
                return Found(provider_id)
        return Absent()

    def _sent_since(self, earliest: datetime) -> dict[str, list[str]]:
        """Return address → Resend's ids of what was sent to it since an instant."""
        found: dict[str, list[str]] = {}
        after = ""
        for _ in range(_MOST_PAGES):
            page = self._read(f"/emails?limit={_PAGE}{after}")
            document = page if isinstance(page, dict) else {}
            rows = document.get("data")
            if not isinstance(rows, list):
                raise _CannotLook("Resend's list of emails is none")
            for row in rows:
                if _created_at(row) < earliest:
                    return found
                for address in _addresses(row):
                    found.setdefault(address, []).append(_text(row, "id"))
            if not rows or document.get("has_more") is not True:
                return found
            after = f"&after={quote(_text(rows[-1], 'id'), safe='')}"
        raise _CannotLook(
            f"Resend has sent more than {_MOST_PAGES * _PAGE} emails since: too many to go through"
        )

    def _read(self, path: str) -> Json:
        answer = self._http.get(path)
        if answer.status == 200:
            return answer.json
        if answer.status in (401, 403):
            raise _CannotLook(
                "the API key may only send: a key with full access can ask Resend what it took", is_final=True
            )
        raise _CannotLook(f"Resend answered {answer.status} when asked what it took")

    def close(self) -> None:
        """Close the connections to Resend."""
        self._http.close()


def _email(mail: Mail) -> dict[str, Json]:
    """Return one email as Resend wants it. Raises ValueError for what would not arrive as it is said.

    Nothing of the reader goes along but the address.
    """
    if not _ONE_ADDRESS.fullmatch(mail.address):
        raise ValueError(f"message {mail.message_id}: the recipient must be one bare address")
    lines = (mail.sender, mail.address, mail.reply_to or "", mail.subject)
    if any(_CONTROL.search(line) for line in lines):
        raise ValueError(f"message {mail.message_id}: a header field holds a control character")
    email: dict[str, Json] = {"from": mail.sender, "to": [mail.address], "subject": mail.subject}
    if mail.reply_to is not None:
        email["reply_to"] = mail.reply_to
    email["html"] = mail.html
    email["text"] = mail.text
    email["headers"] = _headers(mail)
    email["tags"] = [{"name": "fid", "value": mail.message_id}]
    return email


def _headers(mail: Mail) -> dict[str, Json]:
    headers: dict[str, Json] = {}
    names: set[str] = set()
    for name, value in mail.headers:
        lowered = name.lower()
        if lowered in _WRITTEN_BY_RESEND:
            continue
        if not _HEADER_NAME.fullmatch(name) or lowered in _SAID_BY_FIELDS or lowered in names:
            raise ValueError(f"message {mail.message_id}: a header's name cannot be said to Resend")
        if _CONTROL.search(value):
            raise ValueError(f"message {mail.message_id}: a header holds a control character")
        names.add(lowered)
        headers[name] = value
    return headers


def _fid(email: Json) -> str | None:
    """Return our message id out of an email's tags."""
    tags = email.get("tags") if isinstance(email, dict) else None
    for tag in tags if isinstance(tags, list) else []:
        if _text(tag, "name") == "fid":
            return _text(tag, "value")
    return None


def _addresses(row: Json) -> list[str]:
    to = row.get("to") if isinstance(row, dict) else None
    return [str(address).lower() for address in to] if isinstance(to, list) else []


def _created_at(row: Json) -> datetime:
    try:
        created_at = datetime.fromisoformat(_text(row, "created_at"))
    except ValueError:
        raise _CannotLook("Resend's list of emails does not say when they were sent") from None
    return created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC)


def _encoded(document: Json) -> bytes:
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a message holds half a character (a lone surrogate)") from None


def _provider_ids(document: Json, count: int) -> list[str]:
    """Return Resend's ids in order. Raises OutcomeUncertain unless each message has one of its own."""
    rows: Json = document.get("data") if count > 1 and isinstance(document, dict) else [document]
    ids = [_text(row, "id") for row in rows] if isinstance(rows, list) else []
    if len(ids) != count or len(set(ids)) != count or "" in ids:
        raise OutcomeUncertain("Resend took the request, but did not give each message an id of its own")
    return ids


def _fault_in(answer: HttpAnswer) -> ProviderUnavailable | MessageRefused | OutcomeUncertain:
    """Return what an answer that is no success means for the whole request."""
    name, message = _text(answer.json, "name"), _text(answer.json, "message")
    verdict = _VERDICTS.get((answer.status, name)) or _VERDICTS.get((answer.status, ""))
    if answer.status == 400 and "api key" in message.lower():
        # Answered so in the wild, in place of the documented 401 and 403.
        verdict = _BAD_KEY
    match verdict:
        case _Delay(reason, scope, wait):
            asked = retry_after(answer.headers)
            return ProviderUnavailable(reason, retry_after=wait if asked is None else asked, scope=scope)
        case _Refusal(reason, scope):
            is_about_reader = answer.status == 422 and _NAMES_READER.search(message)
            return MessageRefused(reason, scope=Scope.RECIPIENT if is_about_reader else scope)
        case None:
            return OutcomeUncertain(f"Resend answered {answer.status}, which says neither yes nor no")


def _text(document: Json, name: str) -> str:
    """Return a text the document holds under `name`, empty where there is none."""
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""
