"""A practice's brand: colours that can be read, a logo that can be shown, and the look they make."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from partwork.campaigns.brand import DARK_PANEL, Brand, deep_of, ground_of, lightened, panel_of
from partwork.campaigns.colours import LEAST_CONTRAST, WHITE, colour, contrast, mixed, nearest_passing
from partwork.campaigns.logos import LOGO_MAX_BYTES, read_logo
from partwork.campaigns.looks import look_of
from partwork.errors import WorkspaceError
from partwork.settings import load_settings, restored_settings

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + struct.pack(">II", 480, 112) + bytes(20)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
    + bytes(9)
    + b"\xff\xc0\x00\x11\x08"
    + struct.pack(">HH", 90, 200)
    + bytes(9)
)

colours = st.integers(min_value=0, max_value=0xFFFFFF).map(lambda number: f"#{number:06x}")


def with_brand(workspace: Path, *lines: str) -> Path:
    file = workspace / "partwork.yaml"
    written = "\n".join(("", "brand:", *(f"  {line}" for line in lines), ""))
    file.write_text(file.read_text("utf-8") + written, "utf-8")
    return workspace


def faults(workspace: Path) -> list[str]:
    with pytest.raises(WorkspaceError) as caught:
        load_settings(workspace, {})
    return [str(problem).partition(": ")[2] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#767676", "#ffffff", 4.54), ("#123456", "#123456", 1)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


@given(colours)
def test_a_colour_is_taken_if_it_can_be_read_and_else_the_refusal_offers_one_that_is_taken(
    written: str,
) -> None:
    try:
        taken = Brand(colour=written).colour
    except ValidationError as refused:
        offered = str(refused).partition("passes is '")[2][:7]
        assert Brand(colour=offered).colour == offered
    else:
        for ground in (WHITE, ground_of(taken), panel_of(taken)):
            assert contrast(taken, ground) >= LEAST_CONTRAST


@given(colours)
def test_every_colour_has_a_shade_for_the_dark_with_a_button_that_can_be_read(written: str) -> None:
    dark = lightened(written)
    assert contrast(dark, DARK_PANEL) >= LEAST_CONTRAST
    assert contrast(dark, deep_of(written, button=dark)) >= LEAST_CONTRAST


@given(colours)
def test_a_colour_of_ones_own_for_the_dark_is_checked_too(written: str) -> None:
    try:
        taken = Brand(colour_dark=written).colour_dark
    except ValidationError as refused:
        offered = str(refused).partition("passes is '")[2][:7]
        assert Brand(colour_dark=offered).colour_dark == offered
    else:
        assert taken is not None
        assert contrast(taken, DARK_PANEL) >= LEAST_CONTRAST


def test_the_nearest_shade_keeps_the_hue_and_what_passes_stays_as_it_is() -> None:
    assert nearest_passing("#0b5d5e", WHITE, darker=True) == "#0b5d5e"
    assert nearest_passing("#3b82f6", WHITE, darker=True) == "#1e6ff5"
    assert colour("#ABC") == "#aabbcc"
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('colour: "#ffd400"', "too light to read on white"),
        ("colour: teal", "'teal' is no colour: write one in quotes as in '#0b5d5e'"),
        ("colour: #0b5d5e", "'#' begins a comment here: write the colour in quotes"),
        ('colour_dark: "#0b5d5e"', "too dark to read in dark mode"),
        ("logo: logo.svg", "name a .png or .jpg file"),
        ("logo: logo.png", "there is no file 'logo.png' beside partwork.yaml"),
        ("logo: ../logo.png", "should be the name of a file in this folder"),
        ("font: comic", "'font' may be 'system', 'humanist', 'rounded' or 'serif', not 'comic'"),
        ("color: x", "unknown key 'color'; did you mean 'colour'?"),
    ],
)
def test_a_mistake_in_the_brand_is_told_in_one_line(workspace: Path, line: str, complaint: str) -> None:
    (fault,) = faults(with_brand(workspace, line))
    assert complaint in fault


def test_a_dark_logo_without_a_light_one_is_a_mistake(workspace: Path) -> None:
    (workspace / "night.png").write_bytes(PNG)
    assert faults(with_brand(workspace, "logo_dark: night.png")) == [
        "'logo_dark' takes the place of 'logo' in dark mode: name a 'logo', too"
    ]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"GIF89a", "holds neither a PNG nor a JPEG picture"),
        (b"", "holds neither a PNG nor a JPEG picture"),
        (PNG[:20], "holds neither a PNG nor a JPEG picture"),
        (JPEG[:12], "holds neither a PNG nor a JPEG picture"),
        (PNG + bytes(LOGO_MAX_BYTES), "KB: save it smaller"),
        (PNG[:16] + struct.pack(">II", 9000, 40) + bytes(20), "9000 by 40 pixels"),
    ],
)
def test_a_file_that_is_no_logo_is_refused_in_words(tmp_path: Path, data: bytes, complaint: str) -> None:
    (tmp_path / "logo.png").write_bytes(data)
    with pytest.raises(ValueError, match=complaint):
        read_logo(tmp_path / "logo.png")


@pytest.mark.parametrize(
    ("data", "told"), [(PNG, ("image/png", 480, 112)), (JPEG, ("image/jpeg", 200, 90))], ids=["png", "jpeg"]
)
def test_a_logo_tells_its_kind_and_size_whatever_its_name(
    tmp_path: Path, data: bytes, told: tuple[str, int, int]
) -> None:
    (tmp_path / "logo.png").write_bytes(data)
    logo = read_logo(tmp_path / "logo.png")
    assert (logo.media_type, logo.width, logo.height) == told
    assert logo.data == data


def test_a_look_takes_colours_typeface_and_logos_from_the_brand(workspace: Path) -> None:
    (workspace / "logo.png").write_bytes(PNG)
    (workspace / "night.jpg").write_bytes(JPEG)
    lines = ('colour: "#7a1f5c"', "font: serif", "logo: logo.png", "logo_dark: night.jpg")
    settings = load_settings(with_brand(workspace, *lines), {})
    look = look_of(
        settings.brand, workspace=workspace, media_base="https://links.example.org", practice="The Practice"
    )
    assert (look.colour, look.colour_dark) == ("#7a1f5c", lightened("#7a1f5c"))
    assert "Georgia" in look.font
    assert look.logo is not None
    assert look.logo_dark is not None
    assert look.logo.address.startswith("https://links.example.org/m/")
    assert look.logo.address != look.logo_dark.address
    assert (look.logo.width, look.logo.height, look.logo.alt) == (240, 56, "The Practice")


def test_a_worker_without_files_restores_settings_that_name_a_logo(workspace: Path, tmp_path: Path) -> None:
    (workspace / "logo.png").write_bytes(PNG)
    settings = load_settings(with_brand(workspace, "logo: logo.png", "font: rounded"), {})
    record = json.loads(json.dumps(settings.without_secrets()))
    assert restored_settings(record, {}, workspace=tmp_path).brand == settings.brand
