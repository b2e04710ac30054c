"""The command that settles what was left open, by evidence or by a person's word."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from partwork.cli.output import say, show_json, show_table
from partwork.cli.workplace import Workplace, now
from partwork.clock import NOTHING_PUBLISHED, nothing_goes, open_live
from partwork.errors import CommandError
from partwork.sending.deciding import Decision, decide
from partwork.sending.settle import Settled
from partwork.sending.settle import settle as settle_by_evidence
from partwork.store.connect import Store
from partwork.store.deciding import WaitingForAPerson, waiting_for_a_person
from partwork.times import in_words

_SAID = {
    Decision.RESEND: "due again: the clock sends it, if its reader may still be written to",
    Decision.MARK_AS_SENT: "marked as sent; the next part falls due",
    Decision.DROP: "dropped; the next part falls due",
}


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("settle")(settle)


def settle(
    context: typer.Context,
    messages: Annotated[
        list[str] | None, typer.Argument(metavar="[MESSAGE]...", help="Whose fate a person has decided.")
    ] = None,
    resend: Annotated[bool, typer.Option("--resend", help="Send them (again).")] = False,
    mark_as_sent: Annotated[
        bool, typer.Option("--mark-as-sent", help="They were sent: the provider's log shows it.")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Do not send them; their readers' series go on.")
    ] = False,
    campaign: Annotated[
        str | None, typer.Option("--campaign", metavar="CAMPAIGN", help="Only this campaign's.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait for a person.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Settle what a crash or a lost answer left open.

    By itself: ask the provider, and list what only a person can settle. With messages, or --all,
    and one of --resend, --mark-as-sent or --drop: carry out what a person has decided.
    """
    place: Workplace = context.obj
    chosen = _decision(resend=resend, mark_as_sent=mark_as_sent, drop=drop)
    if chosen is None:
        if messages or everything:
            raise CommandError("what is to become of them? Say --resend, --mark-as-sent or --drop")
        _settle_by_evidence(place, campaign, as_json=as_json)
        return
    if bool(messages) == everything:
        raise CommandError("which messages? Name them, or say --all")
    with place.store() as store:
        _decide(store, messages, campaign, chosen, place.zone(), as_json=as_json)


def _decision(*, resend: bool, mark_as_sent: bool, drop: bool) -> Decision | None:
    given = {Decision.RESEND: resend, Decision.MARK_AS_SENT: mark_as_sent, Decision.DROP: drop}
    chosen = [decision for decision, is_given in given.items() if is_given]
    if len(chosen) > 1:
        raise CommandError("choose one of --resend, --mark-as-sent and --drop")
    return chosen[0] if chosen else None


def _settle_by_evidence(place: Workplace, campaign: str | None, *, as_json: bool) -> None:
    with open_live(place.folder, os.environ, threading.Event(), kind="once") as (store, desk, _):
        if desk is None:
            raise CommandError(NOTHING_PUBLISHED)
        # To ask again is to send.
        if reason := desk.watch.reason_to_wait():
            raise CommandError(nothing_goes(reason))
        settled = settle_by_evidence(desk)
        waiting = _waiting(store, campaign)
    if as_json:
        show_json({"settled": asdict(settled), "waiting": [_record(row) for row in waiting]})
    else:
        _tell(settled, waiting, place.zone())
    if waiting:
        raise typer.Exit(1)


def _decide(
    store: Store,
    ids: Sequence[str] | None,
    campaign: str | None,
    decision: Decision,
    zone: ZoneInfo,
    *,
    as_json: bool,
) -> None:
    waiting = _waiting(store, campaign)
    if ids:
        known = {row.id: row for row in waiting}
        if missing := [message_id for message_id in ids if message_id not in known]:
            raise CommandError(
                f"{', '.join(missing)}: no such message waits for a person; 'partwork settle' lists them"
            )
        waiting = [known[message_id] for message_id in dict.fromkeys(ids)]
    done = decide(store, waiting, decision, now=now())
    left = _waiting(store, campaign)
    if as_json:
        show_json(
            {
                "decision": decision,
                "messages": [row.id for row in done],
                "waiting": [_record(row) for row in left],
            }
        )
        return
    for row in done:
        say(f"{row.part} for {row.address} (message {row.id}): {_SAID[decision]}.")
    if len(done) < len(waiting):
        say(f"{len(waiting) - len(done)} were settled by evidence meanwhile, and are left as they are.")
    if not done:
        say("Nothing waits for a person.")
    if left:
        say(f"{len(left)} still wait for a person: 'partwork settle' lists them.")


def _waiting(store: Store, campaign: str | None) -> list[WaitingForAPerson]:
    with store.read() as connection:
        return waiting_for_a_person(connection, campaign=campaign)


def _record(row: WaitingForAPerson) -> dict[str, Any]:
    return {
        "message": row.id,
        "campaign": row.campaign,
        "part": row.part,
        "address": row.address,
        "state": row.state,
        "reason": row.reason,
        "due_at": row.due_at,
        "asked_at": row.asked_at,
    }


def _tell(settled: Settled, waiting: Sequence[WaitingForAPerson], zone: ZoneInfo) -> None:
    counts = {
        "taken back from a process that died": settled.freed,
        "proven sent": settled.accepted,
        "due again": settled.due_again,
        "held for a person": settled.held,
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    say(f"Settled by evidence: {told or 'nothing was open'}.")
    if not waiting:
        say("Nothing waits for a person.")
        return
    show_table(
        ["message", "part", "reader", "state", "asked for", "reason"],
        [
            [
                row.id,
                f"{row.campaign}, {row.part}",
                row.address,
                row.state,
                in_words(row.asked_at, zone) if row.asked_at else "never",
                row.reason,
            ]
            for row in waiting
        ],
        wrapping=("reason",),
        narrow=lambda row: f"{row[0]}: {row[1]}, {row[2]}: {row[3]}, asked for: {row[4]}: {row[5]}",
    )
    say("A message that is uncertain may still be settled by evidence; one that is held waits for you.")
    say("Decide with 'partwork settle MESSAGE --resend', '--mark-as-sent' or '--drop'.")
