"""What the guards watch: the tick, the instances, and each process's signs of life."""

import sqlalchemy as sa
from alembic import op

from partwork.store.types import NUMBER, WORDS, Instant, word

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tick", NUMBER, nullable=False, server_default=sa.text("0")),
        sa.Column("alive_at", Instant(), nullable=True),
        sa.Column("database_identity", word(100), nullable=False, server_default=sa.text("''")),
        sa.Column("stopped_because", WORDS, nullable=False, server_default=sa.text("''")),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("confirmed_count", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("restored_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
    )
    op.execute("INSERT INTO installation (id) VALUES (1)")
    op.create_table(
        "instances",
        sa.Column("instance", word(32), nullable=False),
        sa.Column("label", word(100), nullable=False),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("instance", name=op.f("pk_instances")),
    )
    op.create_table(
        "processes",
        sa.Column("name", word(200), nullable=False),
        sa.Column("kind", word(20), nullable=False),
        sa.Column("host", word(100), nullable=False),
        sa.Column("instance", word(32), nullable=False),
        sa.Column("version", word(40), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("stopped_because", WORDS, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_processes")),
        sa.CheckConstraint("kind IN ('clock', 'once', 'up', 'worker')", name=op.f("ck_processes_kind")),
    )
