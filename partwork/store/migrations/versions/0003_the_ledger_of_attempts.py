"""The ledger: how far each attempt came, what came to light later, and how each account stands."""

import sqlalchemy as sa
from alembic import op

from partwork.store.types import NUMBER, WORDS, Instant, word

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_accounts",
        sa.Column("provider", word(40), nullable=False),
        sa.Column("free_at", Instant(), nullable=True),
        sa.Column("failure_count", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("reason", WORDS, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_accounts")),
    )
    op.execute(
        "INSERT INTO provider_accounts (provider, paused_until, reason)"
        " SELECT provider, paused_until, reason FROM provider_pauses"
    )
    op.drop_table("provider_pauses")
    op.create_table(
        "evidence",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("wave", word(32), nullable=False),
        sa.Column("message_id", word(20), nullable=True),
        sa.Column("kind", word(20), nullable=False),
        sa.Column("outcome", word(20), nullable=False),
        sa.Column("reason", WORDS, nullable=False, server_default=sa.text("''")),
        sa.Column("provider_id", WORDS, nullable=False, server_default=sa.text("''")),
        sa.Column("worker", word(200), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_evidence_message_id_messages")
        ),
        sa.CheckConstraint(
            "kind IN ('late answer', 'look-up', 'person', 'replay')", name=op.f("ck_evidence_kind")
        ),
    )
    op.create_index("ix_evidence_wave", "evidence", ["wave"])
    op.create_index("ix_evidence_message_id", "evidence", ["message_id"])
    # Made anew and not altered: both databases then hold the very table that the code means.
    op.execute("CREATE TABLE attempts_before AS SELECT * FROM attempts")
    op.drop_table("attempts")
    _create_attempts()
    op.execute(
        "INSERT INTO attempts (id, message_id, wave, wave_order, provider, idempotency_key, request_hash,"
        " worker, started_at, outcome, reason, provider_id, ended_at, phase)"
        " SELECT id, message_id, wave, wave_order, provider, idempotency_key, request_hash,"
        " worker, started_at, outcome, reason, provider_id, ended_at,"
        " CASE WHEN outcome <> '' THEN 'answered'"
        " WHEN wave IN (SELECT wave FROM messages WHERE state = 'uncertain') THEN 'lost'"
        " ELSE 'written' END FROM attempts_before"
    )
    op.drop_table("attempts_before")


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("message_id", word(20), nullable=False),
        sa.Column("wave", word(32), nullable=False),
        sa.Column("wave_order", sa.Integer(), nullable=False),
        sa.Column("provider", word(40), nullable=False),
        sa.Column("idempotency_key", word(256), nullable=False),
        sa.Column("request_hash", word(32), nullable=False),
        sa.Column("frozen", WORDS, nullable=False, server_default=sa.text("''")),
        sa.Column("worker", word(200), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("phase", word(20), nullable=False, server_default=sa.text("'written'")),
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
        sa.CheckConstraint(
            "phase IN ('answered', 'lost', 'settled', 'written')", name=op.f("ck_attempts_phase")
        ),
    )
    op.create_index("ix_attempts_message_id", "attempts", ["message_id"])
    op.create_index("ix_attempts_provider_started_at", "attempts", ["provider", "started_at"])
