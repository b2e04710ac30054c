"""Opens a provider by its name."""

from __future__ import annotations

from pathlib import Path

from partwork.errors import SettingsError
from partwork.providers.contract import Provider, ProviderSettings
from partwork.providers.outbox import Outbox

PROVIDERS: tuple[str, ...] = ("outbox", "resend")


def open_provider(settings: ProviderSettings, *, outbox_folder: Path) -> Provider:
    """Return the provider the settings name. Nothing is asked of it yet.

    Raises SettingsError for a name there is not, a missing secret or an unusable address.
    """
    match settings.name:
        case "outbox":
            return Outbox(outbox_folder, pace=settings.pace)
        case "resend":
            # Here and not above: it loads requests, a quarter of a second that every command would pay.
            from partwork.providers.resend import BASE_URL, DEFAULT_PACE, Resend

            if not settings.api_key:
                raise SettingsError("resend needs its API key in PARTWORK_PROVIDER__API_KEY")
            return Resend(
                settings.api_key,
                base_url=settings.base_url or BASE_URL,
                pace=settings.pace or DEFAULT_PACE,
            )
        case _:
            names = ", ".join(PROVIDERS)
            raise SettingsError(f"provider.name is not one of the providers there are: {names}")
