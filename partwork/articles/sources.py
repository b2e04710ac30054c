"""Reading an article from its file, by what the file is: plain text, Markdown, a saved page, Word."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from partwork.articles.model import Article, Picture
from partwork.articles.plaintext import read_plain_text
from partwork.errors import CommandError

if TYPE_CHECKING:
    from partwork.articles.pictures import PictureBook

SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".docx")
"""What an article's file may end in."""

_MOST_BYTES = 50 * 1024 * 1024
_MOST_WORDS = 60_000
_TAG = re.compile(r"<[^<>]*>")
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """An article as read, the pictures in it, and the files beside it that they came from."""

    article: Article
    pictures: tuple[Picture, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)


class NotReadable(CommandError):  # noqa: N818 - says what the file is
    """A file whose bytes are no text. line, column: of the first that is none, from 1."""

    def __init__(self, text: str, *, line: int, column: int) -> None:
        super().__init__(text)
        self.line = line
        self.column = column


def readable(name: str) -> bool:
    """Whether a file of this name may be an article."""
    return Path(name).suffix.lower() in SUFFIXES


def read_source(data: bytes, *, name: str, folder: Path | None) -> Source:
    """Return the article in a file.

    name:   the file's name, for its ending says what it is
    folder: where pictures are looked for that it names; nothing outside is read
    Raises CommandError, and NotReadable where the bytes are no text of this kind.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise CommandError(
            f"'{name}' cannot be read: an article ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        )
    if len(data) > _MOST_BYTES:
        raise CommandError(f"the file has more than {_MOST_BYTES // 1024 // 1024} MB: that is no article")
    if suffix == ".txt":
        text = _utf8(data)
        _refuse_a_book(len(text.split()))
        return Source(read_plain_text(text))
    # The readers are imported where they are needed: every command would pay for their libraries.
    from partwork.articles.pictures import PictureBook

    if suffix == ".docx":
        from partwork.articles.word import word_count, word_to_html

        _refuse_a_book(word_count(data))
        document = word_to_html(data)
        book = PictureBook(embedded=document.pictures)
        return _read(document.html, book, is_page=False, left=document.left)
    book = PictureBook(folder)
    if suffix in (".html", ".htm"):
        page = _page_text(data)
        _refuse_a_book(len(_TAG.sub(" ", page).split()))
        return _read(page, book, is_page=True)
    from partwork.articles.markdown import markdown_to_html

    text = _utf8(data)
    _refuse_a_book(len(text.split()))
    converted = markdown_to_html(text)
    return _read(converted.html, book, is_page=False, title=converted.title, left=converted.left)


def _read(
    html: str, book: PictureBook, *, is_page: bool, title: str = "", left: tuple[tuple[str, str], ...] = ()
) -> Source:
    from partwork.articles.hypertext import read_hypertext

    article = read_hypertext(html, book=book, is_page=is_page, title=title, left=left)
    return Source(article, book.pictures, book.files)


def _refuse_a_book(words: int) -> None:
    """Refuse what no series of emails could hold, before time is spent on it."""
    if words > _MOST_WORDS:
        raise CommandError(
            f"it has {words:,} words: an article has {_MOST_WORDS:,} at most; split a chapter of it"
        )


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        # The byte order mark, where there is one, is not counted.
        before = fault.object[: fault.start].decode("utf-8", "replace").splitlines(keepends=True) or [""]
        is_new_line = before[-1].endswith(("\n", "\r"))
        line, column = (len(before) + 1, 1) if is_new_line else (len(before), len(before[-1]) + 1)
        text = "this character is not UTF-8: save the file with the encoding UTF-8"
        raise NotReadable(text, line=line, column=column) from None


def _page_text(data: bytes) -> str:
    """Return a page's text: in the encoding its first bytes or its head name, else UTF-8."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _DECLARED.search(data[:4096])
    try:
        # What the web calls Latin-1 has always meant its Windows cousin.
        encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
        return data.decode("cp1252" if encoding in ("iso-8859-1", "latin1", "us-ascii") else encoding)
    except (UnicodeError, LookupError):
        return _utf8(data)
