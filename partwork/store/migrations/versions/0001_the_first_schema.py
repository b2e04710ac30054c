"""The first schema."""

import sqlalchemy as sa
from alembic import op

from partwork.store.types import NUMBER, WORDS, Instant, word

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("url", WORDS, nullable=False),
        sa.Column("reference_parameter", word(100), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("url", "reference_parameter", name=op.f("uq_links_url_reference_parameter")),
    )
    op.create_table(
        "provider_pauses",
        sa.Column("provider", word(40), nullable=False),
        sa.Column("reason", WORDS, nullable=False),
        sa.Column("paused_until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_pauses")),
    )
    op.create_table(
        "published_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settings", WORDS, nullable=False),
        sa.Column("link_key", word(32), nullable=False, server_default=sa.text("''")),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_settings")),
        sa.CheckConstraint("id = 1", name=op.f("ck_published_settings_one_row")),
    )
    op.create_table(
        "revisions",
        sa.Column("id", word(32), nullable=False),
        sa.Column("campaign", word(100), nullable=False),
        sa.Column("compiled", WORDS, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("address", word(320), nullable=False),
        sa.Column("address_key", word(320), nullable=False),
        sa.Column("first_name", WORDS, nullable=False),
        sa.Column("timezone", word(64), nullable=False),
        sa.Column("attributes", WORDS, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscribers_address_key")),
    )
    op.create_table(
        "suppressions",
        sa.Column("address_hash", word(32), nullable=False),
        sa.Column("reason", word(40), nullable=False),
        sa.Column("evidence", WORDS, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "campaigns",
        sa.Column("slug", word(100), nullable=False),
        sa.Column("audience", word(100), nullable=False),
        sa.Column("state", word(20), nullable=False),
        sa.Column("revision_id", word(32), nullable=False),
        sa.Column("enrolled_serial", NUMBER, nullable=False, server_default=sa.text("0")),
        sa.Column("published_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_campaigns")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_campaigns_revision_id_revisions")
        ),
        sa.CheckConstraint("state IN ('paused', 'published', 'stopped')", name=op.f("ck_campaigns_state")),
    )
    op.create_table(
        "consents",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("subscriber_id", NUMBER, nullable=False),
        sa.Column("audience", word(100), nullable=False),
        sa.Column("basis", word(40), nullable=False),
        sa.Column("source", WORDS, nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_consents_subscriber_id_subscribers")
        ),
        sa.UniqueConstraint(
            "subscriber_id",
            "audience",
            "basis",
            "source",
            "consent_on",
            name=op.f("uq_consents_subscriber_id_audience_basis_source_consent_on"),
        ),
    )
    op.create_table(
        "memberships",
        sa.Column("audience", word(100), nullable=False),
        sa.Column("subscriber_id", NUMBER, nullable=False),
        sa.Column("status", word(20), nullable=False),
        sa.Column("serial", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("audience", "subscriber_id", name=op.f("pk_memberships")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_memberships_subscriber_id_subscribers")
        ),
        sa.UniqueConstraint("serial", name=op.f("uq_memberships_serial")),
        sa.CheckConstraint("status IN ('subscribed', 'unsubscribed')", name=op.f("ck_memberships_status")),
    )
    op.create_index("ix_memberships_audience_serial", "memberships", ["audience", "serial"])
    op.create_table(
        "enrollments",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("campaign", word(100), nullable=False),
        sa.Column("subscriber_id", NUMBER, nullable=False),
        sa.Column("audience", word(100), nullable=False),
        sa.Column("revision_id", word(32), nullable=False),
        sa.Column("state", word(20), nullable=False),
        sa.Column("reason", WORDS, nullable=False, server_default=sa.text("''")),
        sa.Column("enrolled_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.slug"], name=op.f("fk_enrollments_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_enrollments_revision_id_revisions")
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_enrollments_subscriber_id_subscribers")
        ),
        sa.UniqueConstraint("campaign", "subscriber_id", name=op.f("uq_enrollments_campaign_subscriber_id")),
        sa.CheckConstraint(
            "state IN ('active', 'completed', 'exited', 'paused')", name=op.f("ck_enrollments_state")
        ),
    )
    op.create_index("ix_enrollments_subscriber_id", "enrollments", ["subscriber_id"])
    op.create_table(
        "messages",
        sa.Column("id", word(20), nullable=False),
        sa.Column("enrollment_id", NUMBER, nullable=False),
        sa.Column("campaign", word(100), nullable=False),
        sa.Column("part", word(100), nullable=False),
        sa.Column("state", word(20), nullable=False),
        sa.Column("reason", WORDS, nullable=False, server_default=sa.text("''")),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("claimable_at", Instant(), nullable=False),
        sa.Column("worker", word(200), nullable=False, server_default=sa.text("''")),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("wave", word(32), nullable=False, server_default=sa.text("''")),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("provider", word(40), nullable=False, server_default=sa.text("''")),
        sa.Column("provider_id", WORDS, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.slug"], name=op.f("fk_messages_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_messages_enrollment_id_enrollments")
        ),
        sa.UniqueConstraint("enrollment_id", "part", name=op.f("uq_messages_enrollment_id_part")),
        sa.CheckConstraint(
            "state <> 'accepted' OR sent_at IS NOT NULL", name=op.f("ck_messages_accepted_has_sent_at")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sending', 'uncertain') OR wave <> ''", name=op.f("ck_messages_asked_has_wave")
        ),
        sa.CheckConstraint("length(id) = 20", name=op.f("ck_messages_id_length")),
        sa.CheckConstraint(
            "state IN ('accepted', 'cancelled', 'claimed', 'due', 'expired', 'held', 'rejected', 'sending', 'suppressed', 'uncertain')",
            name=op.f("ck_messages_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('claimed', 'sending') OR (worker <> '' AND lease_until IS NOT NULL)",
            name=op.f("ck_messages_taken_has_lease"),
        ),
    )
    op.create_index(
        "ix_messages_due",
        "messages",
        ["campaign", "claimable_at"],
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "ix_messages_unsettled",
        "messages",
        ["state", "id"],
        sqlite_where=sa.text("state IN ('claimed', 'held', 'sending', 'uncertain')"),
        postgresql_where=sa.text("state IN ('claimed', 'held', 'sending', 'uncertain')"),
    )
    op.create_index(
        "uq_messages_one_open",
        "messages",
        ["enrollment_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('claimed', 'due', 'held', 'sending', 'uncertain')"),
        postgresql_where=sa.text("state IN ('claimed', 'due', 'held', 'sending', 'uncertain')"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("message_id", word(20), nullable=False),
        sa.Column("wave", word(32), nullable=False),
        sa.Column("wave_order", sa.Integer(), nullable=False),
        sa.Column("provider", word(40), nullable=False),
        sa.Column("idempotency_key", word(256), nullable=False),
        sa.Column("request_hash", word(32), nullable=False),
        sa.Column("worker", word(200), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("outcome", word(20), nullable=False, server_default=sa.text("''")),
        sa.Column("reason", WORDS, nullable=False, server_default=sa.text("''")),
        sa.Column("provider_id", WORDS, nullable=False, server_default=sa.text("''")),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_attempts_message_id_messages")
        ),
        sa.UniqueConstraint("wave", "wave_order", name=op.f("uq_attempts_wave_wave_order")),
    )
    op.create_index("ix_attempts_message_id", "attempts", ["message_id"])
    op.create_index("ix_attempts_provider_started_at", "attempts", ["provider", "started_at"])
    op.create_table(
        "events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("dedupe_key", word(100), nullable=False),
        sa.Column("kind", word(20), nullable=False),
        sa.Column("message_id", word(20), nullable=True),
        sa.Column("link_id", NUMBER, nullable=True),
        sa.Column("source", word(40), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_events_message_id_messages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_events_dedupe_key")),
    )
    op.create_index("ix_events_message_id", "events", ["message_id"])
