"""A Word file (.docx) as HTML, and the pictures in it. The one module that calls mammoth."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mammoth

from partwork.articles.items import DOCUMENT_TITLE
from partwork.errors import CommandError

_MOST_BYTES = 200 * 1024 * 1024
_STYLES = f"""
p[style-name='Title'] => h1.{DOCUMENT_TITLE}:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote:fresh > p:fresh
p[style-name='Intense Quote'] => blockquote:fresh > p:fresh
p[style-name='caption'] => p.caption:fresh
p[style-name='Caption'] => p.caption:fresh
p[style-name='Heading 7'] => h6:fresh
p[style-name='Heading 8'] => h6:fresh
p[style-name='Heading 9'] => h6:fresh
"""


@dataclass(frozen=True, slots=True)
class WordFile:
    """A document as HTML. pictures: what the sources of its images stand for."""

    html: str
    pictures: Mapping[str, bytes]


def word_to_html(data: bytes) -> WordFile:
    """Return a .docx file as HTML. Raises CommandError for anything that is none."""
    _refuse_no_document(data)
    pictures: dict[str, bytes] = {}

    # mammoth ships no types; an image of its has `open` alone.
    def keep(image: Any) -> dict[str, str]:
        name = f"picture-{len(pictures) + 1}"
        with image.open() as opened:
            pictures[name] = opened.read()
        return {"src": name}

    try:
        converted = mammoth.convert_to_html(
            io.BytesIO(data), style_map=_STYLES, convert_image=mammoth.images.img_element(keep)
        )
    # Whatever it trips over lies in the file.
    except Exception as fault:
        raise CommandError(
            f"the Word file cannot be read ({type(fault).__name__}): save it anew as .docx"
        ) from None
    return WordFile(str(converted.value), pictures)


def _refuse_no_document(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise CommandError("this is no Word file (.docx): open it in Word and save it as .docx") from None
    if sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise CommandError(f"the Word file unpacks to more than {_MOST_BYTES // 1024 // 1024} MB")
    if not any(entry.filename.startswith("word/") for entry in entries):
        raise CommandError("this is no Word file (.docx): open it in Word and save it as .docx")
