"""From settings to a provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from partwork.errors import SettingsError
from partwork.providers.contract import Pace, ProviderSettings
from partwork.providers.outbox import Outbox
from partwork.providers.registry import PROVIDERS, open_provider
from partwork.providers.resend import Resend


def test_every_provider_there_is_opens_under_its_own_name(tmp_path: Path) -> None:
    opened = [
        open_provider(ProviderSettings(name, api_key="re_key"), outbox_folder=tmp_path / "outbox")
        for name in PROVIDERS
    ]
    assert [type(provider) for provider in opened] == [Outbox, Resend]
    assert tuple(provider.name for provider in opened) == PROVIDERS


def test_an_unknown_name_is_answered_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="outbox, resend"):
        open_provider(ProviderSettings("sendgird"), outbox_folder=tmp_path)


@pytest.mark.parametrize("api_key", [None, ""])
def test_resend_without_its_secret_names_the_variable(tmp_path: Path, api_key: str | None) -> None:
    with pytest.raises(SettingsError, match="PARTWORK_PROVIDER__API_KEY"):
        open_provider(ProviderSettings("resend", api_key=api_key), outbox_folder=tmp_path)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_pace_of_the_settings_is_the_providers(tmp_path: Path, name: str) -> None:
    pace = Pace(requests_per_second=10, messages_per_day=100)
    settings = ProviderSettings(name, api_key="re_key", pace=pace)
    assert open_provider(settings, outbox_folder=tmp_path / "outbox").pace == pace


def test_the_outbox_has_no_pace_of_its_own(tmp_path: Path) -> None:
    opened = open_provider(ProviderSettings("outbox"), outbox_folder=tmp_path / "outbox")
    assert opened.pace == Pace()


def test_resend_at_an_address_of_the_settings_must_be_safe_for_the_key(tmp_path: Path) -> None:
    settings = ProviderSettings("resend", base_url="http://api.resend.com", api_key="re_key")
    with pytest.raises(SettingsError, match=r"provider\.base_url"):
        open_provider(settings, outbox_folder=tmp_path)


def test_settings_never_show_the_key() -> None:
    assert "re_secret" not in repr(ProviderSettings("resend", api_key="re_secret"))
