"""The command that lets sending go on after a guard has stopped it."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import asdict
from typing import Annotated

import typer

from partwork.cli.output import complain, say, show_json
from partwork.cli.workplace import Workplace, now
from partwork.clock import NOTHING_PUBLISHED, open_live
from partwork.errors import CommandError
from partwork.sending.identity import EpochFile
from partwork.sending.restored import Confirmed, Standing, confirm, examine
from partwork.settings import state_folder
from partwork.times import in_words


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("confirm-restore")(confirm_restore)


def confirm_restore(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm without being asked.")] = False,
    nothing_was_sent: Annotated[
        bool,
        typer.Option("--nothing-was-sent", help="Hold nothing: nothing was sent after the copy was made."),
    ] = False,
    hold_due: Annotated[
        bool,
        typer.Option("--hold-due", help="Hold what is due, even if no guard has noticed a restore."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say why nothing is sent after a restore, a move, or a step of the clock, and let it go on.

    What may have been sent after the copy was made is held for a person to look at. Without --yes and
    without a terminal, it only says what it found.
    """
    place: Workplace = context.obj
    if nothing_was_sent and hold_due:
        raise CommandError("--nothing-was-sent and --hold-due say opposite things: choose one")
    epoch = EpochFile(state_folder(place.folder))
    with open_live(place.folder, os.environ, threading.Event()) as (store, desk, _):
        if desk is None:
            raise CommandError(f"there is nothing to confirm: {NOTHING_PUBLISHED}")
        found = examine(store, epoch, now=now())
        is_holding = hold_due or (found.is_restored and not nothing_was_sent)
        is_asked_for = bool(found.reasons) or hold_due
        if not as_json:
            _tell_found(found, place, is_holding=is_holding)
        done = None
        if is_asked_for and (yes or (not as_json and _agrees())):
            done = confirm(desk, epoch, is_holding=is_holding)
    if as_json:
        show_json(asdict(found) | {"confirmed": asdict(done) if done else None})
    elif done:
        _tell_done(done)
    if is_asked_for and not done:
        if not as_json:
            complain("Nothing was changed: 'partwork confirm-restore --yes' confirms.")
        raise typer.Exit(1)


def _agrees() -> bool:
    return sys.stdin.isatty() and typer.confirm("Shall sending go on so?")


def _tell_found(found: Standing, place: Workplace, *, is_holding: bool) -> None:
    zone = place.zone()
    if not found.reasons:
        say("Nothing stands in the way of sending.")
    for reason in found.reasons:
        say(f"Nothing is sent because {reason}.")
    file_tick = "is missing" if found.file_tick is None else f"stands at {found.file_tick}"
    say(f"The database stands at tick {found.tick}; the file .partwork/epoch {file_tick}.")
    if found.stopped_at:
        say(f"It was noticed on {in_words(found.stopped_at, zone)}.")
    since = in_words(found.last_alive_at, zone) if found.last_alive_at else "it was made"
    say(f"The last sign of life in the database: {since}.")
    say(
        f"In it are {found.due_count} messages due by now, {found.sending_count} sending, "
        f"{found.uncertain_count} uncertain, {found.held_count} held."
    )
    if found.is_restored or is_holding:
        _tell_of_restore(since, is_holding=is_holding)


def _tell_of_restore(since: str, *, is_holding: bool) -> None:
    say(f"What happened after {since} this database does not know:")
    say(
        "- Whoever left, bounced or complained since is forgotten. Enter them before you confirm: "
        "'partwork audience import' with the status unsubscribed."
    )
    say(
        "- Readers who were added since are forgotten, too. Imported again, they begin the series again, "
        "whatever they have had of it."
    )
    if is_holding:
        say(
            "- What was due by now may have been sent. It is held, each with this reason; where the provider "
            "can be asked by our id (the outbox can), that settles it. 'partwork status' lists the rest."
        )
        say(
            "- Sure that nothing was sent after the copy was made (it was moved while nothing ran)? Then "
            "--nothing-was-sent holds nothing."
        )
    else:
        say("- What is due by now is sent as if nothing had been sent since (--nothing-was-sent).")


def _tell_done(done: Confirmed) -> None:
    say("Confirmed: sending goes on with the next tick of the clock.")
    if done.held_count or done.newcomer_count:
        say(
            f"Held: {done.held_count} messages that were due by now, and {done.newcomer_count} first "
            "messages of readers who were only now enrolled."
        )
    if done.accepted_count or done.due_again_count:
        say(
            f"The provider knew: {done.accepted_count} had been sent, {done.due_again_count} had not and are "
            "due again."
        )
