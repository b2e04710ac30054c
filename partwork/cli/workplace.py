"""What commands stand on: the workspace in use, its settings, and its database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from partwork.articles.model import Article
from partwork.audiences.readers import ReaderRow, ReadersFile, address_key, normal_address, read_readers
from partwork.campaigns.definition import Campaign
from partwork.campaigns.workspace import (
    campaign_slugs,
    find_workspace,
    load_article,
    load_audience,
    load_campaign,
)
from partwork.errors import CommandError, Problem, WorkspaceError
from partwork.settings import Settings, database_url, load_settings, state_folder
from partwork.store.connect import Store, open_store


class Workplace:
    """The workspace a command works in; found when it is first asked for."""

    def __init__(self, given: Path | None) -> None:
        self._given = given

    @property
    def folder(self) -> Path:
        return find_workspace(Path.cwd(), self._given)

    @property
    def templates(self) -> Path:
        return self.folder / "templates"

    def settings(self) -> Settings:
        """Return the settings in the files. Raises with every fault they have."""
        return load_settings(self.folder, os.environ)

    def campaign(self, given: str | None) -> tuple[Settings, Campaign]:
        """Return a campaign and the settings. Raises WorkspaceError with every fault of their files."""
        slug = self.campaign_slug(given)
        problems: list[Problem] = []
        try:
            settings = self.settings()
        except WorkspaceError as fault:
            problems += fault.problems
        try:
            campaign = load_campaign(self.folder, slug)
        except WorkspaceError as fault:
            problems += fault.problems
        if problems:
            raise WorkspaceError(problems)
        return settings, campaign

    def article(self, given: str | None) -> Article:
        """Return a campaign's article, whatever else is wrong with the campaign."""
        return load_article(self.folder, self.campaign_slug(given))

    def readers(self, audience: str, *, file: Path | None = None) -> ReadersFile:
        """Return an audience's file as it stands; `file` takes the place of the one its yaml names."""
        path = file or self.folder / "audiences" / load_audience(self.folder, audience).file
        name = str(file) if file else f"audiences/{path.name}"
        return read_readers(path, default_zone=self.settings().practice.timezone, now=now(), name=name)

    def reader(self, audience: str, address: str, *, option: str) -> ReaderRow:
        """Return the reader in an audience's file who has an address; `option` is what gave it."""
        key = address_key(given_address(address, option=option))
        for row in self.readers(audience).rows:
            if row.address_key == key:
                return row
        raise CommandError(f"{option}: nobody in audience '{audience}' has this address")

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the live database; made if it is missing."""
        state_folder(self.folder)
        store = open_store(database_url(self.folder, os.environ))
        try:
            yield store
        finally:
            store.close()

    def zone(self) -> ZoneInfo:
        """Return the practice's own zone, for times that are no reader's."""
        return ZoneInfo(self.settings().practice.timezone)

    def campaign_slug(self, given: str | None) -> str:
        """Return the campaign a command is about: the one named, or the only one there is."""
        if given is not None:
            return given
        slugs = campaign_slugs(self.folder)
        if len(slugs) == 1:
            return slugs[0]
        there_are = f"there are: {', '.join(slugs)}" if slugs else "there is none yet ('partwork split')"
        raise CommandError(f"which campaign? Name one; {there_are}")


def given_address(text: str, *, option: str) -> str:
    """Return the one address that an option names. Raises CommandError for anything else."""
    try:
        return normal_address(text)
    except ValueError as fault:
        raise CommandError(f"{option}: this is no email address: {fault}") from None


def now() -> datetime:
    """Return the present instant: commands are an edge, they may ask."""
    return datetime.now(UTC)
