"""The constraints carry the promises, and the migrations make just these constraints."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, StatementError

from partwork.errors import CommandError
from partwork.sending.enroll import enroll
from partwork.sending.states import CampaignState, EnrollmentState, MessageState
from partwork.store.accounts import pause_provider, provider_pause
from partwork.store.campaigns import record_settings
from partwork.store.connect import Store, open_store, upgrade_database
from partwork.store.tables import SCHEMA, metadata
from tests.support.postgres import Cluster
from tests.support.stage import Stage, a_revision


def test_the_migrations_make_the_tables_that_the_code_means(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def clauses(path: Path) -> dict[str, set[str]]:
    """Return what each table and index says, clause by clause: the order of clauses says nothing."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
        ).fetchall()
    connection.close()
    return {
        name: {re.sub(r"[\s\"]+", " ", clause).strip(" ,)") for clause in sql.split("\n")}
        for name, sql in rows
    }


def test_checks_and_conditions_of_indexes_are_the_same_too(
    file_store: Store, database: Path, tmp_path: Path
) -> None:
    meant = tmp_path / "meant.db"
    engine = create_engine(f"sqlite:///{meant}")
    metadata.create_all(engine)
    engine.dispose()
    assert clauses(database) == clauses(meant)


def described(url: str) -> dict[str, set[str]]:
    """Return what PostgreSQL says of each table's columns, constraints and indexes."""
    asked = {
        "column": "SELECT table_name, concat_ws(' ', column_name, data_type, character_maximum_length,"
        " is_nullable, column_default, collation_name) FROM information_schema.columns"
        " WHERE table_schema = 'public'",
        "constraint": "SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "index": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        found = {
            what: {f"{table} {said}" for table, said in connection.execute(text(sql)) if table != VERSIONS}
            for what, sql in asked.items()
        }
    engine.dispose()
    return found


def test_on_postgresql_all_that_stands_in_the_catalogue_is_the_same(
    postgres: Cluster, postgres_url: str
) -> None:
    meant = postgres.url_of(postgres.make_empty())
    engine = create_engine(make_url(meant).set(drivername="postgresql+psycopg"))
    metadata.create_all(engine)
    engine.dispose()
    assert described(postgres_url) == described(meant)
    postgres.drop(meant)


def test_the_version_the_code_expects_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path("partwork/store/migrations").resolve()))
    assert scripts.get_current_head() == SCHEMA


def test_an_older_database_is_brought_to_the_same_tables(
    file_store: Store, database: Path, tmp_path: Path
) -> None:
    older = tmp_path / "older.db"
    engine = create_engine(f"sqlite:///{older}")
    config = Config()
    config.set_main_option("script_location", "partwork.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with pytest.raises(CommandError, match="run 'partwork db upgrade'"):
        open_store(f"sqlite:///{older}")
    assert upgrade_database(f"sqlite:///{older}") == ("0001", SCHEMA)
    assert clauses(older) == clauses(database)


VERSIONS = "alembic_version"


@pytest.fixture
def walking(stage: Stage) -> Stage:
    """One reader, enrolled, with a message due."""
    stage.readers("ann")
    stage.publish(a_revision())
    enroll(stage.desk())
    return stage


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE messages SET state = 'delivered'", "ck_messages_state"),
        ("UPDATE messages SET state = 'accepted'", "ck_messages_accepted_has_sent_at"),
        ("UPDATE messages SET state = 'claimed'", "ck_messages_taken_has_lease"),
        ("UPDATE messages SET state = 'claimed', worker = 'w'", "ck_messages_taken_has_lease"),
        (
            "UPDATE messages SET state = 'sending', worker = 'w', lease_until = due_at",
            "ck_messages_asked_has_wave",
        ),
        ("UPDATE messages SET state = 'uncertain'", "ck_messages_asked_has_wave"),
        ("UPDATE messages SET id = 'short'", "ck_messages_id_length"),
        ("UPDATE messages SET enrollment_id = 4711", "(?i)foreign key"),
        ("UPDATE messages SET due_at = NULL", "(?i)not[- ]null"),
        ("UPDATE enrollments SET state = 'bored'", "ck_enrollments_state"),
        ("UPDATE campaigns SET state = 'draft'", "ck_campaigns_state"),
        ("UPDATE campaigns SET revision_id = 'none'", "(?i)foreign key"),
        ("UPDATE memberships SET status = 'perhaps'", "ck_memberships_status"),
        ("DELETE FROM subscribers", "(?i)foreign key"),
        ("DELETE FROM revisions", "(?i)foreign key"),
        (
            "INSERT INTO media SELECT 'short', 'image/png', '', due_at FROM messages",
            "ck_media_hash_length",
        ),
        (
            "INSERT INTO media SELECT id || 'abcdefghijkl', 'image/svg+xml', '', due_at FROM messages",
            "ck_media_media_type",
        ),
        (
            "INSERT INTO published_settings (id, settings, recorded_at) SELECT 2, '', due_at FROM messages",
            "ck_published_settings_one_row",
        ),
        ("INSERT INTO installation (id) VALUES (2)", "ck_installation_one_row"),
        (
            "INSERT INTO processes SELECT 'n', 'web', '', '', '', due_at, due_at, due_at, '' FROM messages",
            "ck_processes_kind",
        ),
        (
            "INSERT INTO suppressions SELECT 'h', 'r', 'e', due_at FROM messages"
            " UNION ALL SELECT 'h', 'r', 'e', due_at FROM messages",
            "(?i)unique",
        ),
    ],
)
def test_the_database_refuses_what_must_not_be(walking: Stage, statement: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), walking.store.write() as connection:
        connection.execute(text(statement))


COPY = (
    "INSERT INTO messages (id, enrollment_id, campaign, part, state, due_at, claimable_at, wave, worker,"
    " lease_until, sent_at) SELECT :id, enrollment_id, campaign, :part, :state, due_at, claimable_at,"
    " 'w', 'w', due_at, due_at FROM messages"
)
OPEN = {
    MessageState.DUE,
    MessageState.CLAIMED,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.HELD,
}


@pytest.mark.parametrize("state", MessageState)
def test_a_walk_has_one_open_message_and_any_number_that_are_done(
    walking: Stage, state: MessageState
) -> None:
    with walking.store.write() as connection:
        second = text(COPY).bindparams(id="b" * 20, part="two", state=state.value)
        if state in OPEN:
            with pytest.raises(IntegrityError, match=r"UNIQUE.*enrollment_id|uq_messages_one_open"):
                connection.execute(second)
        else:
            connection.execute(second)


def test_a_part_is_sent_to_a_walk_once(walking: Stage) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)unique"), walking.store.write() as connection:
        connection.execute(text(COPY).bindparams(id="b" * 20, part="one", state="expired"))


@pytest.mark.parametrize(
    ("table", "words"),
    [("messages", MessageState), ("enrollments", EnrollmentState), ("campaigns", CampaignState)],
)
def test_every_state_there_is_can_be_written(
    walking: Stage, table: str, words: type[MessageState] | type[EnrollmentState] | type[CampaignState]
) -> None:
    filled = (
        ", worker = 'w', wave = 'w', lease_until = due_at, sent_at = due_at" if table == "messages" else ""
    )
    with walking.store.write() as connection:
        for word in words:
            connection.execute(text(f"UPDATE {table} SET state = '{word}'{filled}"))


def test_an_instant_comes_back_as_it_went_in_whatever_its_zone(store: Store) -> None:
    tokyo = datetime(2026, 11, 23, 18, 0, 0, 5, tzinfo=timezone(timedelta(hours=9)))
    with store.write() as connection:
        pause_provider(connection, "p", reason="", until=tokyo)
        pause = provider_pause(connection, "p", now=tokyo - timedelta(microseconds=1))
        assert provider_pause(connection, "p", now=tokyo) is None
    assert pause is not None
    assert pause.paused_until == datetime(2026, 11, 23, 9, 0, 0, 5, tzinfo=UTC)
    assert pause.paused_until.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="not an instant"), store.write() as connection:
        record_settings(connection, "{}", now=datetime(2026, 11, 23, 9))  # noqa: DTZ001 - the fault itself
