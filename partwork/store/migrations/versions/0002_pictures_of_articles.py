"""Pictures of articles."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("content_hash", sa.String(32), nullable=False),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_media")),
        sa.CheckConstraint("length(content_hash) = 32", name=op.f("ck_media_hash_length")),
        sa.CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name=op.f("ck_media_media_type")),
    )
