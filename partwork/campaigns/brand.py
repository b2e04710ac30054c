"""A practice's brand, as partwork.yaml may hold it, key by key. Pure."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from partwork.campaigns.colours import BLACK, LEAST_CONTRAST, WHITE, colour, contrast, mixed, nearest_passing
from partwork.campaigns.validation import Definition
from partwork.campaigns.values import FileName

DEFAULT_COLOUR, DEFAULT_COLOUR_DARK = "#0b5d5e", "#84d6cd"
DARK_PANEL = "#202d30"  # the lightest ground of the dark design

_GROUND_SHARE, _PANEL_SHARE, _LINE_SHARE = 0.055, 0.085, 0.15
_DEEP_SHARE = 0.65
_COMFORTABLE = 7.0
_LOGO_SUFFIXES = (".png", ".jpg", ".jpeg")


# A stack of typefaces by its character: nothing is fetched, each system shows its nearest own.
Font: TypeAlias = Literal["system", "humanist", "rounded", "serif"]


def ground_of(light: str) -> str:
    """Return the tint behind everything: what the colour must stand out from."""
    return mixed(WHITE, light, _GROUND_SHARE)


def panel_of(light: str) -> str:
    """Return the tint behind what is set apart."""
    return mixed(WHITE, light, _PANEL_SHARE)


def line_of(light: str) -> str:
    """Return the tint of rules and of steps still to come."""
    return mixed(WHITE, light, _LINE_SHARE)


def deep_of(light: str, *, button: str) -> str:
    """Return what is written on the dark design's button: nearly black, with a breath of the colour."""
    deep = mixed(light, BLACK, _DEEP_SHARE)
    return deep if contrast(deep, button) >= LEAST_CONTRAST else BLACK


def lightened(light: str) -> str:
    """Return the shade of a colour for the dark design."""
    if light == DEFAULT_COLOUR:
        return DEFAULT_COLOUR_DARK
    return nearest_passing(light, DARK_PANEL, least=_COMFORTABLE, darker=False)


def _quoted_colour(value: object) -> object:
    if value is None:
        raise ValueError("'#' begins a comment here: write the colour in quotes, as in \"#0b5d5e\"")
    return value


def _light(text: str) -> str:
    found = colour(text)
    grounds = (WHITE, ground_of(found), panel_of(found))
    least = min(contrast(found, ground) for ground in grounds)
    if least < LEAST_CONTRAST:
        # The tints follow the colour, so the grounds are those of the shade that is offered.
        offered = nearest_passing(found, WHITE, ground_of(found), panel_of(found), darker=True)
        raise ValueError(
            f"'{found}' is too light to read on white, and white on it ({least:.1f} to 1, and"
            f" {LEAST_CONTRAST} is the least): the nearest shade that passes is '{_settled(offered)}'"
        )
    return found


def _settled(shade: str) -> str:
    """Return the nearest darker shade that also passes on the tints of its own."""
    while (
        min(contrast(shade, ground) for ground in (WHITE, ground_of(shade), panel_of(shade))) < LEAST_CONTRAST
    ):
        shade = mixed(shade, BLACK, 0.01)
    return shade


def _dark(text: str) -> str:
    found = colour(text)
    if (ratio := contrast(found, DARK_PANEL)) < LEAST_CONTRAST:
        offered = nearest_passing(found, DARK_PANEL, darker=False)
        raise ValueError(
            f"'{found}' is too dark to read in dark mode ({ratio:.1f} to 1, and {LEAST_CONTRAST} is the"
            f" least): the nearest shade that passes is '{offered}'"
        )
    return found


def _logo(name: str) -> str:
    if not name.lower().endswith(_LOGO_SUFFIXES):
        raise ValueError(f"'{name}' is no picture that every mail program shows: name a .png or .jpg file")
    return name


Logo = Annotated[FileName, AfterValidator(_logo)]


class Brand(Definition):
    """The practice's colours, logo and typeface. `colour_dark` and `logo_dark` are for dark mode."""

    colour: Annotated[str, BeforeValidator(_quoted_colour), AfterValidator(_light)] = Field(
        default=DEFAULT_COLOUR, description="write the practice's colour in quotes, as in '#0b5d5e'"
    )
    colour_dark: Annotated[str, AfterValidator(_dark)] | None = Field(
        default=None, description="write its shade for dark mode, where the proposed one is not right"
    )
    logo: Logo | None = Field(default=None, description="name the logo's file, a .png or .jpg")
    logo_dark: Logo | None = Field(default=None, description="name the logo's file for dark mode")
    font: Font = Field(default="system", description="choose the typeface by its character")
