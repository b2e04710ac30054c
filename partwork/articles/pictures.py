"""Pictures of an article: looked at, made small, and written anew without what cameras add.

No address is fetched. The one module that calls Pillow.
"""

from __future__ import annotations

import base64
import binascii
import io
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from PIL import Image as Pillow
from PIL import ImageOps

from partwork.articles.model import Image, Picture
from partwork.ids import bytes_hash

WIDEST = 1200
"""Pixels: twice the width of an email, for screens that show two for one."""

MOST_PIXELS = 40_000_000
_MOST_BYTES = 25 * 1024 * 1024
_SMALLEST = 3  # pixels: below, a picture only counts who opens a page
_ICON = 32
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_JPEG_QUALITY = 85


class PictureBook:
    """The pictures an article names: each is looked at once, and kept or refused with a reason."""

    def __init__(self, folder: Path | None = None, *, embedded: Mapping[str, bytes] | None = None) -> None:
        """folder: where relative names are looked up; embedded: what is in the source, by its name there."""
        self._folder = folder
        self._embedded = embedded or {}
        self._known: dict[str, Image | str] = {}
        self._pictures: dict[str, Picture] = {}
        self._files: dict[str, Path] = {}

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Every picture found so far, each once."""
        return tuple(self._pictures.values())

    @property
    def files(self) -> Mapping[str, Path]:
        """The files that were used, by their place under the article's folder."""
        return self._files

    def find(self, name: str, *, alt: str) -> Image | str:
        """Return the picture behind a name, or why there is none to show."""
        if name not in self._known:
            self._known[name] = self._looked_at(name)
        found = self._known[name]
        return found if isinstance(found, str) else replace(found, alt=alt)

    def _looked_at(self, name: str) -> Image | str:
        data = self._data(name)
        if isinstance(data, str):
            return data
        found = prepared(data)
        if isinstance(found, str):
            return found
        self._pictures[found.image.content_hash] = found
        return found.image

    def _data(self, name: str) -> bytes | str:
        if name in self._embedded:
            return self._embedded[name]
        if name[:5].lower() == "data:":
            return _embedded_data(name)
        try:
            address = urlsplit(name)
        except ValueError:
            return "its address cannot be read"
        if address.scheme or address.netloc:
            where = f" ({address.netloc})" if address.netloc else ""
            return f"the picture lies elsewhere{where} and is not fetched: save it beside the article"
        return self._file_data(unquote(address.path))

    def _file_data(self, path: str) -> bytes | str:
        if self._folder is None or not path or "\0" in path:
            return "the picture names no file"
        folder = self._folder.resolve()
        try:
            file = (folder / path).resolve()
            if not file.is_relative_to(folder):
                return "the picture lies outside the article's folder: put it beside the article"
            if not file.is_file():
                return f"there is no file '{path}' beside the article"
            if file.stat().st_size > _MOST_BYTES:
                return f"the picture has more than {_MOST_BYTES // 1024 // 1024} MB"
            data = file.read_bytes()
        except OSError as fault:
            return f"the picture cannot be read: {fault.strerror}"
        self._files[file.relative_to(folder).as_posix()] = file
        return data


def prepared(data: bytes) -> Picture | str:
    """Return a picture as readers get it, at most 1,200 pixels wide and bare; or why it cannot be."""
    if b"<svg" in data[:1000].lower():
        return "an SVG is a program, and most mail programs show none: save it as PNG"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(data), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    return f"the picture has {opened.width} × {opened.height} pixels: make it smaller"
                if min(opened.size) < _SMALLEST:
                    return "the picture is a dot that only counts visits"
                return _encoded(opened)
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        return "the picture has far too many pixels: make it smaller"
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, IndexError, TypeError, KeyError):
        # Pillow's readers raise what they trip over.
        return "this is no picture that can be read (PNG, JPEG, GIF or WebP)"


def _encoded(opened: Pillow.Image) -> Picture:
    upright = ImageOps.exif_transpose(opened)
    has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    plain = upright.convert("RGBA" if has_alpha else "RGB")
    if plain.width > WIDEST:
        plain = plain.resize((WIDEST, max(1, round(plain.height * WIDEST / plain.width))))
    written = io.BytesIO()
    # Only the pixels: whatever else the file held (place, camera, comment) stays behind.
    plain.info.clear()
    # WebP is no format of Outlook's, and of a moving GIF it shows the first picture alone.
    if has_alpha or opened.format in ("PNG", "GIF"):
        media_type = "image/png"
        plain.save(written, "PNG", optimize=True)
    else:
        media_type = "image/jpeg"
        plain.save(written, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    data = written.getvalue()
    return Picture(Image(bytes_hash(data), media_type, plain.width, plain.height, ""), data)


def is_icon(image: Image) -> bool:
    """Whether a picture is too small to show anything but a sign."""
    return max(image.width, image.height) <= _ICON


def _embedded_data(name: str) -> bytes | str:
    head, comma, body = name.partition(",")
    if not comma or len(body) > 2 * _MOST_BYTES:
        return "the picture inside the page cannot be read"
    if "svg" in head.lower():
        return "an SVG is a program, and most mail programs show none: save it as PNG"
    raw = unquote_to_bytes(body)
    if not head.lower().endswith(";base64"):
        return raw
    try:
        return base64.b64decode(b"".join(raw.split()), validate=True)
    except binascii.Error:
        return "the picture inside the page cannot be read"
