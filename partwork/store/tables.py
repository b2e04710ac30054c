"""The tables and the constraints that carry the promises. Adapter; no query stands here."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    literal_column,
    text,
)

from partwork.sending.states import (
    OPEN_STATES,
    AttemptPhase,
    CampaignState,
    EnrollmentState,
    EvidenceKind,
    MessageState,
)
from partwork.store.types import NUMBER, WORDS, Instant, word

SCHEMA = "0004"
"""The newest migration's number: what these tables are. Numbers sort by age."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, words: Iterable[StrEnum]) -> str:
    return f"{column} IN ({_quoted(words)})"


def _quoted(words: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(str(word) for word in words))


# What `publish` recorded for the whole workspace; one row, no secrets.
published_settings = Table(
    "published_settings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("settings", WORDS, nullable=False),
    # What tells the link secret from another, without being one.
    Column("link_key", word(32), nullable=False, server_default=text("''")),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# Pictures as readers get them, one address for all; they never change.
media = Table(
    "media",
    metadata,
    Column("content_hash", word(32), primary_key=True),
    Column("media_type", word(20), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("length(content_hash) = 32", name="hash_length"),
    CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name="media_type"),
)

# What the guards watch; one row, made by the migration.
installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    # Advances in the commit of every wave, and then in the file `.partwork/epoch`.
    Column("tick", NUMBER, nullable=False, server_default=text("0")),
    # The newest instant at which some process was alive and might send.
    Column("alive_at", Instant),
    # Which PostgreSQL database this was when it was last used; '' on SQLite.
    Column("database_identity", word(100), nullable=False, server_default=text("''")),
    # Why nobody may send until a person confirms; '' if everybody may.
    Column("stopped_because", WORDS, nullable=False, server_default=text("''")),
    Column("stopped_at", Instant),
    # How often a person has confirmed: a process that runs on learns from it that its clock is right.
    Column("confirmed_count", Integer, nullable=False, server_default=text("0")),
    # What may be claimed up to here may have been sent before the restore: it is held.
    Column("restored_at", Instant),
    CheckConstraint("id = 1", name="one_row"),
)

# The installations that use this database, and those that wait for a person's word.
instances = Table(
    "instances",
    metadata,
    Column("instance", word(32), primary_key=True),
    Column("label", word(100), nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
)

# Each process's signs of life.
processes = Table(
    "processes",
    metadata,
    Column("name", word(200), primary_key=True),
    Column("kind", word(20), nullable=False),
    Column("host", word(100), nullable=False),
    Column("instance", word(32), nullable=False),
    Column("version", word(40), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    # Why this process sends nothing; '' if it does.
    Column("stopped_because", WORDS, nullable=False, server_default=text("''")),
    CheckConstraint("kind IN ('clock', 'once', 'up', 'worker')", name="kind"),
)

# How an account at a provider stands, for every process alike: one row each, made when first needed.
provider_accounts = Table(
    "provider_accounts",
    metadata,
    Column("provider", word(40), primary_key=True),
    # The next request may leave then; what its pace was promised to lies before it.
    Column("free_at", Instant),
    # Requests in a row that it did not answer as it should; 0 while all is well.
    Column("failure_count", Integer, nullable=False, server_default=text("0")),
    # Nothing goes out until then, for this reason.
    Column("paused_until", Instant),
    Column("reason", WORDS, nullable=False, server_default=text("''")),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", word(32), primary_key=True),
    Column("campaign", word(100), nullable=False),
    Column("compiled", WORDS, nullable=False),
    Column("created_at", Instant, nullable=False),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("slug", word(100), primary_key=True),
    Column("audience", word(100), nullable=False),
    Column("state", word(20), nullable=False),
    Column("revision_id", ForeignKey("revisions.id"), nullable=False),
    # Members of the audience up to this serial have been looked at by `enroll`.
    Column("enrolled_serial", NUMBER, nullable=False, server_default=text("0")),
    Column("published_at", Instant, nullable=False),
    CheckConstraint(_one_of("state", CampaignState), name="state"),
)

links = Table(
    "links",
    metadata,
    # 4 bytes of the token; drawn at random, so that one installation's ids tell nothing.
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("url", WORDS, nullable=False),
    # The query parameter that takes the booking reference; empty for an ordinary link.
    Column("reference_parameter", word(100), nullable=False, server_default=text("''")),
    UniqueConstraint("url", "reference_parameter"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("address", word(320), nullable=False),
    Column("address_key", word(320), nullable=False, unique=True),
    Column("first_name", WORDS, nullable=False),
    Column("timezone", word(64), nullable=False),
    Column("attributes", WORDS, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("audience", word(100), primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id"), primary_key=True),
    Column("status", word(20), nullable=False),
    # Grows with every change within the workspace, so that `enroll` looks at changed members alone.
    Column("serial", NUMBER, nullable=False, unique=True),
    CheckConstraint("status IN ('subscribed', 'unsubscribed')", name="status"),
    Index("ix_memberships_audience_serial", "audience", "serial"),
)

# Append-only: the evidence that we may write.
consents = Table(
    "consents",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False),
    Column("audience", word(100), nullable=False),
    Column("basis", word(40), nullable=False),
    Column("source", WORDS, nullable=False),
    Column("consent_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("subscriber_id", "audience", "basis", "source", "consent_on"),
)

# Keyed by a hash, so that the row can outlive the subscriber.
suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", word(32), primary_key=True),
    Column("reason", word(40), nullable=False),
    Column("evidence", WORDS, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

enrollments = Table(
    "enrollments",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("campaign", ForeignKey("campaigns.slug"), nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False),
    # Whose member the reader was when the walk began: a later revision may serve another audience.
    Column("audience", word(100), nullable=False),
    Column("revision_id", ForeignKey("revisions.id"), nullable=False),
    Column("state", word(20), nullable=False),
    Column("reason", WORDS, nullable=False, server_default=text("''")),
    Column("enrolled_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("campaign", "subscriber_id"),
    CheckConstraint(_one_of("state", EnrollmentState), name="state"),
    Index("ix_enrollments_subscriber_id", "subscriber_id"),
)

_IS_OPEN = text(f"state IN ({_quoted(OPEN_STATES)})")
_IS_DUE = text("state = 'due'")

messages = Table(
    "messages",
    metadata,
    Column("id", word(20), primary_key=True),
    Column("enrollment_id", ForeignKey("enrollments.id"), nullable=False),
    Column("campaign", ForeignKey("campaigns.slug"), nullable=False),
    Column("part", word(100), nullable=False),
    Column("state", word(20), nullable=False),
    Column("reason", WORDS, nullable=False, server_default=text("''")),
    Column("due_at", Instant, nullable=False),
    # Not before this instant may it be claimed: `due_at`, or later after a refusal that passes.
    Column("claimable_at", Instant, nullable=False),
    Column("worker", word(200), nullable=False, server_default=text("''")),
    Column("lease_until", Instant),
    Column("wave", word(32), nullable=False, server_default=text("''")),
    Column("sent_at", Instant),
    Column("provider", word(40), nullable=False, server_default=text("''")),
    Column("provider_id", WORDS, nullable=False, server_default=text("''")),
    UniqueConstraint("enrollment_id", "part"),
    CheckConstraint("length(id) = 20", name="id_length"),
    CheckConstraint(_one_of("state", MessageState), name="state"),
    CheckConstraint("state <> 'accepted' OR sent_at IS NOT NULL", name="accepted_has_sent_at"),
    CheckConstraint(
        "state NOT IN ('claimed', 'sending') OR (worker <> '' AND lease_until IS NOT NULL)",
        name="taken_has_lease",
    ),
    CheckConstraint("state NOT IN ('sending', 'uncertain') OR wave <> ''", name="asked_has_wave"),
)
Index(
    "uq_messages_one_open",
    messages.c.enrollment_id,
    unique=True,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)
Index(
    "ix_messages_due",
    messages.c.campaign,
    messages.c.claimable_at,
    sqlite_where=_IS_DUE,
    postgresql_where=_IS_DUE,
)
# Queries name it word for word, values and all: SQLite takes a partial index for nothing less.
UNSETTLED_STATES = OPEN_STATES - {MessageState.DUE}
IS_UNSETTLED = messages.c.state.in_([literal_column(f"'{state}'") for state in sorted(UNSETTLED_STATES)])
Index(
    "ix_messages_unsettled",
    messages.c.state,
    messages.c.id,
    sqlite_where=IS_UNSETTLED,
    postgresql_where=IS_UNSETTLED,
)

# Append-only but for how it ended: what was asked of a provider, written ahead of the wire.
attempts = Table(
    "attempts",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("wave", word(32), nullable=False),
    Column("wave_order", Integer, nullable=False),
    Column("provider", word(40), nullable=False),
    Column("idempotency_key", word(256), nullable=False),
    Column("request_hash", word(32), nullable=False),
    # What was merged for this reader, so that the same request can be made again; '' once it has ended.
    Column("frozen", WORDS, nullable=False, server_default=text("''")),
    Column("worker", word(200), nullable=False),
    Column("lease_until", Instant),
    Column("phase", word(20), nullable=False, server_default=text("'written'")),
    Column("started_at", Instant, nullable=False),
    Column("outcome", word(20), nullable=False, server_default=text("''")),
    Column("reason", WORDS, nullable=False, server_default=text("''")),
    Column("provider_id", WORDS, nullable=False, server_default=text("''")),
    Column("ended_at", Instant),
    UniqueConstraint("wave", "wave_order"),
    CheckConstraint(_one_of("phase", AttemptPhase), name="phase"),
    Index("ix_attempts_message_id", "message_id"),
    Index("ix_attempts_provider_started_at", "provider", "started_at"),
)

# Append-only: what came to light about a wave after the answer to its request was lost, or over it.
evidence = Table(
    "evidence",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("wave", word(32), nullable=False),
    # None: it speaks for the whole wave.
    Column("message_id", ForeignKey("messages.id")),
    Column("kind", word(20), nullable=False),
    Column("outcome", word(20), nullable=False),
    Column("reason", WORDS, nullable=False, server_default=text("''")),
    Column("provider_id", WORDS, nullable=False, server_default=text("''")),
    Column("worker", word(200), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint(_one_of("kind", EvidenceKind), name="kind"),
    Index("ix_evidence_wave", "wave"),
    Index("ix_evidence_message_id", "message_id"),
)

# Append-only facts that came in later.
events = Table(
    "events",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("dedupe_key", word(100), nullable=False, unique=True),
    Column("kind", word(20), nullable=False),
    Column("message_id", ForeignKey("messages.id")),
    Column("link_id", NUMBER),
    Column("source", word(40), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Index("ix_events_message_id", "message_id"),
)
