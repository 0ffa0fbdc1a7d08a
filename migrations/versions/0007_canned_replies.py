"""Ready answers of staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("shortcut", sa.String(length=40), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("bodies", postgresql.JSONB(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_canned_replies_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint(
            "project_id",
            "shortcut",
            name=op.f("uq_canned_replies_project_id_shortcut"),
            postgresql_nulls_not_distinct=True,
        ),
    )


def downgrade() -> None:
    op.drop_table("canned_replies")
