"""From a practice's brand to how its emails look."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from partwork.campaigns.brand import Brand, Font, deep_of, ground_of, lightened, line_of, panel_of
from partwork.campaigns.logos import LogoFile, read_logo
from partwork.errors import Problem, WorkspaceError
from partwork.rendering.look import Look, Picture, fitted_logo, media_address

_SYSTEM = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
# Outlook takes the first typeface of a list or none: so its own list begins with one Windows has.
_STACKS: Mapping[Font, tuple[str, str]] = {
    "system": (_SYSTEM, "'Segoe UI', Arial, sans-serif"),
    "humanist": (
        "Seravek, 'Gill Sans Nova', Ubuntu, Calibri, 'DejaVu Sans', source-sans-pro, sans-serif",
        "Calibri, Arial, sans-serif",
    ),
    "rounded": (
        "ui-rounded, 'SF Pro Rounded', 'Hiragino Maru Gothic ProN', Quicksand, 'Arial Rounded MT Bold',"
        f" Nunito, {_SYSTEM}",
        "'Arial Rounded MT Bold', 'Segoe UI', Arial, sans-serif",
    ),
    "serif": ("Charter, 'Iowan Old Style', Georgia, Cambria, 'Times New Roman', serif", "Georgia, serif"),
}


def logos_of(brand: Brand, workspace: Path) -> tuple[LogoFile, ...]:
    """Return the logos a brand names, the light one first: what must be served under /m/.

    Raises WorkspaceError if one cannot be used.
    """
    problems: list[Problem] = []
    found: list[LogoFile] = []
    for key, name in (("logo", brand.logo), ("logo_dark", brand.logo_dark)):
        try:
            if name:
                found.append(read_logo(workspace / name))
        except ValueError as error:
            problems.append(Problem("partwork.yaml", 0, 0, f"brand.{key}: {error}"))
    if problems:
        raise WorkspaceError(problems)
    return tuple(found)


def look_of(brand: Brand, *, workspace: Path, media_base: str, practice: str) -> Look:
    """Return the look of a practice's emails. Raises WorkspaceError if a logo cannot be used."""
    light = brand.colour
    dark = brand.colour_dark or lightened(light)
    font, font_outlook = _STACKS[brand.font]
    logos = [_shown(logo, media_base, practice) for logo in logos_of(brand, workspace)]
    return Look(
        colour=light,
        colour_dark=dark,
        on_colour_dark=deep_of(light, button=dark),
        ground=ground_of(light),
        panel=panel_of(light),
        line=line_of(light),
        font=font,
        font_outlook=font_outlook,
        media_base=media_base,
        logo=logos[0] if brand.logo else None,
        logo_dark=logos[-1] if brand.logo and brand.logo_dark else None,
    )


def _shown(logo: LogoFile, media_base: str, practice: str) -> Picture:
    address = media_address(media_base, logo.content_hash)
    return fitted_logo(address, width=logo.width, height=logo.height, alt=practice)
