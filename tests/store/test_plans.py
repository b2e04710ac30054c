"""What the clock asks in every tick goes by an index, however many messages and members there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from partwork.sending.states import MessageState
from partwork.store.audiences import changed_members, find_subscribers
from partwork.store.connect import Store, open_store
from partwork.store.deciding import waiting_for_a_person
from partwork.store.enrollments import leave
from partwork.store.listings import count_in_state
from partwork.store.members import members
from partwork.store.messages import claimed_to_guard, due_messages, next_due_at
from partwork.store.restoring import is_any_due_by
from partwork.store.settling import (
    expire_leases,
    looks_at,
    open_wave,
    open_waves,
    settle_attempts,
    workers_at_work,
)
from partwork.store.waves import count_asked
from tests.support.postgres import Cluster

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def plans(store: Store, ask: Callable[[Connection], object]) -> list[str]:
    """Return how SQLite finds the rows of each statement that `ask` runs."""
    found: list[str] = []
    with store.write() as connection:

        def explain(
            _connection: Connection,
            cursor: object,
            statement: str,
            parameters: object,
            _context: object,
            _is_many: bool,
        ) -> None:
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[attr-defined]
            found.extend(row[3] for row in rows)

        event.listen(connection, "before_cursor_execute", explain)
        ask(connection)
    return found


# What is asked, how SQLite finds its rows, and the index by which PostgreSQL does.
HOT: dict[str, tuple[Callable[[Connection], object], str, str]] = {
    "what is due": (
        lambda connection: due_messages(connection, campaign="c", now=NOW, limit=500),
        "SEARCH messages USING INDEX ix_messages_due (campaign=? AND claimable_at<?)",
        "ix_messages_due",
    ),
    "when a campaign's next falls due": (
        lambda connection: next_due_at(connection, campaign="c"),
        "SEARCH messages USING INDEX ix_messages_due (campaign=?)",
        "ix_messages_due",
    ),
    "when the next of all falls due": (
        next_due_at,
        "SEARCH messages USING INDEX ix_messages_due (campaign=?)",
        "ix_messages_due",
    ),
    "who has changed": (
        lambda connection: changed_members(connection, campaign="c", audience="a", after_serial=7, limit=500),
        "SEARCH memberships USING INDEX ix_memberships_audience_serial (audience=? AND serial>?)",
        "ix_memberships_audience_serial",
    ),
    "who is in an audience": (
        lambda connection: list(members(connection, "a")),
        "SEARCH memberships USING INDEX sqlite_autoindex_memberships_1 (audience=? AND subscriber_id>?)",
        "pk_memberships",
    ),
    "what a restore still holds": (
        lambda connection: is_any_due_by(connection, NOW),
        "SEARCH messages USING INDEX ix_messages_due (campaign=? AND claimable_at<?)",
        "ix_messages_due",
    ),
    "what was left behind": (
        lambda connection: expire_leases(connection, now=NOW, dead_workers=["w"]),
        "SEARCH messages USING INDEX ix_messages_unsettled (state=?)",
        "ix_messages_unsettled",
    ),
    "who is at work": (
        workers_at_work,
        "SEARCH messages USING INDEX ix_messages_unsettled (state=?)",
        "ix_messages_unsettled",
    ),
    "what nobody knows": (
        lambda connection: open_waves(connection, now=NOW, after="a" * 20, limit=200),
        "SEARCH messages USING INDEX ix_messages_unsettled (state=? AND id>?)",
        "ix_messages_unsettled",
    ),
    "what a wave asked for": (
        lambda connection: open_wave(connection, "w"),
        "SEARCH attempts USING INDEX sqlite_autoindex_attempts_1 (wave=?)",
        "uq_attempts_wave_wave_order",
    ),
    "what came to light of a wave": (
        lambda connection: looks_at(connection, "w"),
        "SEARCH evidence USING INDEX ix_evidence_wave (wave=?)",
        "ix_evidence_wave",
    ),
    "how a wave's attempts ended": (
        lambda connection: settle_attempts(
            connection, ["m"], wave_id="w", outcome="absent", reason="", now=NOW
        ),
        "SEARCH attempts USING INDEX ix_attempts_message_id (message_id=?)",
        "ix_attempts_message_id",
    ),
    "what waits for a person": (
        waiting_for_a_person,
        "SEARCH messages USING INDEX ix_messages_unsettled (state=?)",
        "ix_messages_unsettled",
    ),
    "how much is held": (
        lambda connection: count_in_state(connection, MessageState.HELD),
        "SEARCH messages USING COVERING INDEX ix_messages_unsettled (state=?)",
        "ix_messages_unsettled",
    ),
    "what was asked in a day": (
        lambda connection: count_asked(connection, "p", since=NOW - timedelta(days=1)),
        "SEARCH attempts USING COVERING INDEX ix_attempts_provider_started_at (provider=? AND started_at>?)",
        "ix_attempts_provider_started_at",
    ),
    "which walks a leaving ends": (
        lambda connection: leave(connection, 1, reason="unsubscribed", now=NOW),
        "SEARCH enrollments USING INDEX ix_enrollments_subscriber_id (subscriber_id=?)",
        "ix_enrollments_subscriber_id",
    ),
    "what the guard looks at last": (
        lambda connection: claimed_to_guard(
            connection, [f"{number:020}" for number in range(50)], worker="w"
        ),
        "SEARCH messages USING INDEX sqlite_autoindex_messages_1 (id=?)",
        "pk_messages",
    ),
    "who has this address": (
        lambda connection: find_subscribers(
            connection, [f"reader{number}@example.org" for number in range(9)]
        ),
        "SEARCH subscribers USING INDEX sqlite_autoindex_subscribers_1 (address_key=?)",
        "uq_subscribers_address_key",
    ),
}
GROWING = (
    "messages",
    "memberships",
    "enrollments",
    "subscribers",
    "attempts",
    "evidence",
    "consents",
    "suppressions",
)


@pytest.mark.parametrize("hot", HOT)
def test_a_hot_statement_goes_by_its_index_and_reads_no_table_from_end_to_end(
    file_store: Store, hot: str
) -> None:
    ask, expected, _ = HOT[hot]
    found = plans(file_store, ask)
    assert expected in found
    assert [step for step in found if step.startswith(tuple(f"SCAN {table}" for table in GROWING))] == []
    assert [step for step in found if "FOR ORDER BY" in step] == []


FILL = Path(__file__).with_name("filled.sql")


@pytest.fixture(scope="module")
def filled(postgres: Cluster) -> Iterator[Store]:
    url = postgres.make_blank()
    store = open_store(url)
    with store.write() as connection:
        for statement in FILL.read_text("utf-8").rstrip(";\n").split(";\n"):
            connection.exec_driver_sql(statement)
    yield store
    store.close()
    postgres.drop(url)


@pytest.mark.parametrize("hot", HOT)
def test_on_postgresql_a_hot_statement_goes_by_its_index_and_reads_no_table_from_end_to_end(
    filled: Store, hot: str
) -> None:
    ask, _, index = HOT[hot]
    found: list[str] = []

    def explain(
        _connection: Connection, cursor: Any, statement: str, parameters: Any, _context: object, _many: bool
    ) -> None:
        rows = cursor.connection.execute(f"EXPLAIN {statement}", parameters)
        found.extend(row[0] for row in rows)

    def ask_and_forget() -> None:
        with filled.write() as connection:
            event.listen(connection, "before_cursor_execute", explain)
            ask(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_and_forget()
    assert [step for step in found if f" {index}" in step] != [], "\n".join(found)
    read_whole = tuple(f"Seq Scan on {table} " for table in GROWING)
    assert [step for step in found if step.strip(" ->").startswith(read_whole)] == []


def test_messages_are_not_counted_by_a_state_that_grows_without_end(store: Store) -> None:
    with pytest.raises(ValueError, match="accepted"), store.read() as connection:
        count_in_state(connection, MessageState.ACCEPTED)
