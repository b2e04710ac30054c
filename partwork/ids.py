"""Identities: random, opaque, and the same word everywhere (row, header, tag, file name)."""

from __future__ import annotations

import base64
import hashlib
import secrets

MESSAGE_ID_BYTES = 12


def new_message_id() -> str:
    """Return a new message id: 12 random bytes as 20 lower-case base32 characters."""
    return message_id_from(secrets.token_bytes(MESSAGE_ID_BYTES))


def message_id_from(raw: bytes) -> str:
    """Return the text form of 12 raw bytes."""
    if len(raw) != MESSAGE_ID_BYTES:
        raise ValueError("a message id has 12 bytes")
    return base32(raw)


def message_id_bytes(message_id: str) -> bytes:
    """Return the 12 bytes behind a message id. Raises ValueError for anything but its one spelling."""
    try:
        raw = base64.b32decode(message_id.upper() + "=" * (-len(message_id) % 8))
    except ValueError:
        raise ValueError("not a message id") from None
    if len(raw) != MESSAGE_ID_BYTES or base32(raw) != message_id:
        raise ValueError("not a message id")
    return raw


def base32(raw: bytes) -> str:
    """Return lower-case base32 without padding."""
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def content_hash(*pieces: str) -> str:
    """Return 32 base32 characters (160 bits) that identify this very content, piece by piece."""
    digest = hashlib.sha256()
    for piece in pieces:
        raw = piece.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return base32(digest.digest()[:20])


def bytes_hash(data: bytes) -> str:
    """Return 32 base32 characters (160 bits of SHA-256) that identify these bytes."""
    return base32(hashlib.sha256(data).digest()[:20])
