"""Pictures of articles."""

import sqlalchemy as sa
from alembic import op

from partwork.store.types import Instant, word

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("content_hash", word(32), nullable=False),
        sa.Column("media_type", word(20), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_media")),
        sa.CheckConstraint("length(content_hash) = 32", name=op.f("ck_media_hash_length")),
        sa.CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name=op.f("ck_media_media_type")),
    )
