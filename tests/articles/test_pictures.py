"""Pictures: looked at, made small, bare of what cameras add, and never fetched."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image as Pillow

from partwork.articles.model import Picture
from partwork.articles.pictures import WIDEST, PictureBook, prepared
from partwork.articles.sources import read_source
from partwork.ids import bytes_hash


def encoded(kind: str, *, size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    written = io.BytesIO()
    Pillow.new(mode, size, 7).save(written, kind, **more)
    return written.getvalue()


def ready(data: bytes) -> Picture:
    picture = prepared(data)
    assert isinstance(picture, Picture)
    return picture


def test_a_picture_is_named_by_what_is_served() -> None:
    picture = ready(encoded("PNG"))
    assert picture.image.content_hash == bytes_hash(picture.data)
    assert ready(encoded("PNG")) == picture


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("GIF", "P", "image/png"),
        ("WEBP", "RGB", "image/jpeg"),
        ("WEBP", "RGBA", "image/png"),
    ],
)
def test_every_kind_becomes_one_that_all_mail_programs_show(kind: str, mode: str, media_type: str) -> None:
    picture = ready(encoded(kind, mode=mode))
    assert (picture.image.media_type, picture.image.width, picture.image.height) == (media_type, 60, 40)
    with Pillow.open(io.BytesIO(picture.data)) as opened:
        assert Pillow.MIME[opened.format or ""] == media_type


def test_a_wide_picture_is_made_as_wide_as_screens_can_show() -> None:
    picture = ready(encoded("PNG", size=(WIDEST * 2, 501)))
    assert (picture.image.width, picture.image.height) == (WIDEST, 250)


def test_where_and_how_a_picture_was_taken_stays_behind_and_it_stands_upright() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "a secret place"
    exif[0x0112] = 6  # turned by a quarter
    picture = ready(encoded("JPEG", exif=exif, comment=b"a secret remark"))
    assert (picture.image.width, picture.image.height) == (40, 60)
    assert b"secret" not in picture.data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no picture that can be read"),
        (b"GIF89a", "no picture that can be read"),
        (encoded("PNG")[:60], "no picture that can be read"),
        (encoded("BMP"), "no picture that can be read"),
        (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "an SVG is a program"),
        (encoded("PNG", size=(1, 1)), "a dot that only counts visits"),
        (encoded("PNG", size=(8000, 6000), mode="1"), "8000 × 6000 pixels: make it smaller"),
        (encoded("PNG", size=(14000, 14000), mode="1"), "far too many pixels"),
    ],
)
def test_what_is_no_picture_for_an_email_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    refused = prepared(data)
    assert isinstance(refused, str)
    assert reason in refused


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside.png").write_bytes(encoded("PNG"))
    beside = tmp_path / "articles"
    (beside / "my files").mkdir(parents=True)
    (beside / "my files/one.png").write_bytes(encoded("PNG"))
    (beside / "two.png").symlink_to(tmp_path / "outside.png")
    return beside


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("https://www.example.org/a.png", "lies elsewhere (www.example.org)"),
        ("//www.example.org/a.png", "lies elsewhere (www.example.org)"),
        ("file:///etc/hostname", "lies elsewhere"),
        ("../outside.png", "outside the article's folder"),
        ("%2e%2e/outside.png", "outside the article's folder"),
        ("/etc/hostname", "outside the article's folder"),
        ("two.png", "outside the article's folder"),
        ("missing.png", "there is no file 'missing.png'"),
        ("", "names no file"),
        ("a%00.png", "names no file"),
        ("http://[", "cannot be read"),
        ("data:image/svg+xml,<svg/>", "an SVG is a program"),
        ("data:image/png;base64,§", "cannot be read"),
        ("data:image/png", "cannot be read"),
    ],
)
def test_only_pictures_beside_the_article_are_taken(folder: Path, name: str, reason: str) -> None:
    book = PictureBook(folder)
    found = book.find(name, alt="")
    assert isinstance(found, str)
    assert reason in found
    assert book.pictures == ()


def test_the_same_picture_by_two_names_is_kept_once(folder: Path) -> None:
    inside = "data:image/png;base64," + base64.b64encode(encoded("PNG")).decode()
    html = f'<p>Words.</p><img src="my%20files/one.png" alt="One"><img src="{inside}" alt="Two">'
    source = read_source(html.encode(), name="page.html", folder=folder)
    images = [block.image for block in source.article.sections[0].blocks if block.image]
    assert [image.alt for image in images] == ["One", "Two"]
    assert {image.content_hash for image in images} == {source.pictures[0].image.content_hash}
    assert len(source.pictures) == 1
    assert list(source.files) == ["my files/one.png"]
