"""Vectors of the deep reader, kept by the hash of the text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deep_vectors",
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("text_key", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("model", "text_key", name=op.f("pk_deep_vectors")),
    )
    op.create_index("ix_deep_vectors_used_at", "deep_vectors", ["used_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_deep_vectors_used_at", table_name="deep_vectors")
    op.drop_table("deep_vectors")
