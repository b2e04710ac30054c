"""Reads a logo beside partwork.yaml: what it is and how large. Nothing of it is decoded or changed."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

from partwork.errors import file_trouble
from partwork.ids import bytes_hash

LOGO_MAX_BYTES = 200 * 1024
LOGO_MAX_PIXELS = 2000

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # ITU T.81, table B.1: SOF0 to SOF15


@dataclass(frozen=True, slots=True)
class LogoFile:
    """A logo, named by its content."""

    content_hash: str
    media_type: str
    width: int
    height: int
    data: bytes = field(repr=False)


def read_logo(path: Path) -> LogoFile:
    """Return the logo in a file. Raises ValueError, in words for staff, if it cannot be used."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"there is no file '{path.name}' beside partwork.yaml") from None
    except OSError as error:
        raise ValueError(f"the logo cannot be read: {file_trouble(error)}") from None
    if len(data) > LOGO_MAX_BYTES:
        size, limit = len(data) // 1024 + 1, LOGO_MAX_BYTES // 1024
        raise ValueError(f"'{path.name}' has {size} KB: save it smaller, within {limit} KB")
    found = _png_size(data) or _jpeg_size(data)
    if found is None:
        raise ValueError(f"'{path.name}' holds neither a PNG nor a JPEG picture: save it as one of them")
    media_type, width, height = found
    if not (0 < width <= LOGO_MAX_PIXELS and 0 < height <= LOGO_MAX_PIXELS):
        raise ValueError(
            f"'{path.name}' is {width} by {height} pixels: {LOGO_MAX_PIXELS} either way are enough"
        )
    return LogoFile(bytes_hash(data), media_type, width, height, data)


def _png_size(data: bytes) -> tuple[str, int, int] | None:
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 33:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return "image/png", width, height


def _jpeg_size(data: bytes) -> tuple[str, int, int] | None:
    """Return the size that the first frame states, past the segments before it."""
    if not data.startswith(_JPEG):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return "image/jpeg", width, height
        at += 2 + length
    return None
