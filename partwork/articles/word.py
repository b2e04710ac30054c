"""A Word file (.docx) as HTML, and the pictures in it. The one module that calls mammoth."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

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
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = re.compile(rb"<w:t(?: [^>]*)?>([^<]*)")
_BESIDE = re.compile(r"word/(header|footer|comments|document)\d*\.xml")
_WHY_BESIDE = {
    "header": "at the head of every page",
    "footer": "at the foot of every page",
    "comments": "a comment",
    "document": "deleted, as the tracked changes say",
}


@dataclass(frozen=True, slots=True)
class WordFile:
    """A document as HTML.

    pictures: what the sources of its images stand for
    left:     words of the file that are not in the HTML, each with the reason
    """

    html: str
    pictures: Mapping[str, bytes]
    left: tuple[tuple[str, str], ...] = ()


def word_count(data: bytes) -> int:
    """Return about how many words a .docx file has, at little cost. Raises CommandError as `word_to_html`."""
    _refuse_no_document(data)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        name = "word/document.xml"
        texts = _TEXT.findall(packed.read(name)) if name in packed.namelist() else []
    return sum(len(text.split()) for text in texts)


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
        left = tuple(dict.fromkeys(_beside(data)))
    # Whatever it trips over lies in the file.
    except Exception as fault:
        raise CommandError(
            f"the Word file cannot be read ({type(fault).__name__}): save it anew as .docx"
        ) from None
    return WordFile(str(converted.value), pictures, left)


def _beside(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs that mammoth passes over: around the pages, comments, what was deleted."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for name in sorted(packed.namelist()):
            if match := _BESIDE.fullmatch(name):
                words = "delText" if match[1] == "document" else "t"
                # Expat refuses entities that unfold without end; what else is wrong is told by the caller.
                root = ElementTree.fromstring(packed.read(name))  # noqa: S314 - see above
                for paragraph in root.iter(f"{_W}p"):
                    text = "".join(each.text or "" for each in paragraph.iter(f"{_W}{words}"))
                    if text.strip():
                        yield " ".join(text.split()), _WHY_BESIDE[match[1]]


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
