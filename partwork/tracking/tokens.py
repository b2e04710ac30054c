"""Signed, opaque tokens: what a link carries, and nothing about the reader. Pure.

A token is a key id (1 character) and 32 bytes in base64url: message id (12), link id (4) and a
MAC (16) over the message id under the key of one purpose. One MAC a message and purpose; a
foreign link id can only lead to another link of the same workspace.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from partwork.errors import BadToken
from partwork.ids import MESSAGE_ID_BYTES, base32, message_id_bytes, message_id_from

KEY_ID = "1"
TOKEN_LENGTH = 44
MAC_BYTES = 16
REFERENCE_MAC_BYTES = 8


class Purpose(StrEnum):
    """What a token is good for. A token of one purpose never works for another."""

    CLICK = "click"
    BOOK = "book"
    UNSUBSCRIBE = "unsubscribe"


class Realm(StrEnum):
    """Whose token: the live one touches people, the others never do."""

    LIVE = "live"
    REHEARSAL = "rehearsal"
    PREVIEW = "preview"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Signed:
    """What a verified token says."""

    message_id: str
    link_id: int


class Signer:
    """Makes and reads the tokens of one realm. `secret` is the workspace's link secret."""

    def __init__(self, secret: str, realm: Realm) -> None:
        self.realm = realm
        master = secret.encode()
        self._keys = {purpose: _derive(master, f"partwork/{realm}/{purpose}/v1") for purpose in Purpose}
        self._reference_key = _derive(master, f"partwork/{realm}/reference/v1")
        self._list_key = _derive(master, "partwork/list/v1")
        self._fingerprint_key = _derive(master, "partwork/fingerprint/v1")

    def token(self, purpose: Purpose, message_id: str, *, link_id: int = 0) -> str:
        """Return a token of 44 characters."""
        raw_id = message_id_bytes(message_id)
        payload = raw_id + link_id.to_bytes(4, "big") + self._mac(purpose, raw_id)
        return KEY_ID + base64.urlsafe_b64encode(payload).decode("ascii").rstrip("=")

    def read(self, purpose: Purpose, token: str) -> Signed:
        """Return what a token says. Raises BadToken for all but the one spelling we made."""
        if len(token) != TOKEN_LENGTH or token[0] != KEY_ID or not token.isascii():
            raise BadToken("not one of our tokens")
        try:
            payload = base64.b64decode(token[1:] + "=", altchars=b"-_", validate=True)
        except ValueError:
            raise BadToken("not one of our tokens") from None
        raw_id, raw_link, mac = payload[:12], payload[12:16], payload[16:]
        if not hmac.compare_digest(mac, self._mac(purpose, raw_id)):
            raise BadToken("not one of our tokens")
        if base64.urlsafe_b64encode(payload).decode("ascii").rstrip("=") != token[1:]:
            raise BadToken("not one of our tokens")
        link_id = int.from_bytes(raw_link, "big")
        if purpose is Purpose.UNSUBSCRIBE and link_id:
            raise BadToken("not one of our tokens")
        return Signed(message_id=message_id_from(raw_id), link_id=link_id)

    def booking_reference(self, message_id: str) -> str:
        """Return what a booking tool carries back to us: 32 base32 characters that grant nothing."""
        raw_id = message_id_bytes(message_id)
        mac = hmac.digest(self._reference_key, raw_id, "sha256")[:REFERENCE_MAC_BYTES]
        return base32(raw_id + mac)

    def fingerprint(self) -> str:
        """Return what tells this workspace's secret from another, and gives nothing of it away."""
        return base32(hmac.digest(self._fingerprint_key, b"", "sha256")[:10])

    def list_label(self) -> str:
        """Return the opaque word that names this workspace's mail in List-Id."""
        return base32(hmac.digest(self._list_key, b"", "sha256")[:10])

    def _mac(self, purpose: Purpose, raw_id: bytes) -> bytes:
        return hmac.digest(self._keys[purpose], KEY_ID.encode() + raw_id, "sha256")[:MAC_BYTES]


def _derive(master: bytes, info: str) -> bytes:
    """Return a 32-byte key for one purpose (HKDF-SHA256, RFC 5869, no salt, one block)."""
    extracted = hmac.digest(bytes(hashlib.sha256().digest_size), master, "sha256")
    return hmac.digest(extracted, info.encode() + b"\x01", "sha256")


assert TOKEN_LENGTH == 1 + -(-(MESSAGE_ID_BYTES + 4 + MAC_BYTES) * 4 // 3)
