"""The command `partwork`: its groups, and the one place where faults become exit statuses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from partwork import __version__
from partwork.cli import (
    audiences,
    authoring,
    confirming,
    covering,
    editing,
    publishing,
    reviewing,
    running,
    seeing,
    settling,
    setup,
    testing,
)
from partwork.cli.output import complain
from partwork.cli.workplace import Workplace
from partwork.errors import PartworkError, file_trouble
from partwork.logs import speak_plainly
from partwork.store.connect import DATABASE_FAILS, trouble_in_words

app = typer.Typer(
    name="partwork",
    help="Turn an article into a series of emails, and send each part at its reader's own local hour.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    rich_markup_mode=None,
)
for group in (
    setup,
    authoring,
    editing,
    covering,
    testing,
    reviewing,
    publishing,
    seeing,
    settling,
    running,
    confirming,
):
    group.register(app)
app.add_typer(audiences.app, name="audience")
app.add_typer(setup.database, name="db")


def _print_version(asked: bool) -> None:
    if asked:
        print(f"partwork {__version__}")
        raise typer.Exit


@app.callback()
def _workspace_option(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="PARTWORK_WORKSPACE",
            help="The folder that holds partwork.yaml. Default: the nearest one upwards.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = Workplace(workspace)


def run() -> None:
    """Run a command. Exit status: 0 done, 1 the answer is no, 2 it cannot be carried out."""
    speak_plainly()
    try:
        app()
    except PartworkError as fault:
        complain(str(fault))
        sys.exit(2)
    except OSError as fault:
        complain(file_trouble(fault))
        sys.exit(2)
    except DATABASE_FAILS as fault:
        complain(trouble_in_words(fault))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
