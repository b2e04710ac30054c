"""Commands that set things up: a new workspace, the database's schema."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

import partwork
from partwork.cli.output import say
from partwork.cli.workplace import Workplace
from partwork.errors import CommandError
from partwork.settings import SETTINGS_FILE, database_url, state_folder
from partwork.store.connect import upgrade_database

STARTER = ("campaigns", "templates", "audiences", "scheduler.py", SETTINGS_FILE)

database = typer.Typer(help="Look after the database.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("new")(new)


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
) -> None:
    """Make a workspace to edit, with a sample campaign.

    The sample practice, its campaign, templates and readers: all of them run as they are.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(f"{folder} is there already and not empty: name a new folder")
    source = _starter()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in STARTER:
            if (source / name).is_dir():
                shutil.copytree(source / name, folder / name)
            else:
                shutil.copy(source / name, folder / name)
        (folder / ".gitignore").write_text(
            "# Partwork's own state: database, outbox, secret\n.partwork/\n", "utf-8"
        )
    except OSError as fault:
        raise CommandError(f"{folder} cannot be written: {fault.strerror}") from None
    say(f"A workspace stands in {folder}.")
    say(f"Next: cd {folder}, edit {SETTINGS_FILE}, then 'partwork rehearse'.")


def _starter() -> Path:
    """Return the folder the sample workspace lies in: inside an installed package, or the checkout's root."""
    package = Path(partwork.__file__).resolve().parent
    installed = package / "starter"
    return installed if installed.is_dir() else package.parent


@database.command("upgrade")
def upgrade(context: typer.Context) -> None:
    """Bring the database to this version's schema (made if it is missing)."""
    place: Workplace = context.obj
    state_folder(place.folder)
    before, after = upgrade_database(database_url(place.folder, os.environ))
    if before == after:
        say(f"The database is up to date (schema {after}).")
    elif before:
        say(f"The database went from schema {before} to {after}.")
    else:
        say(f"A new database was made (schema {after}).")
