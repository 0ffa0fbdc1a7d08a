"""Checks of the data set; and a message that somebody skipped waits for somebody else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=40), server_default="queued", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("findings", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_valid", sa.Boolean(), nullable=True),
        sa.Column("complaints", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("examples", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_example_id", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'done', 'failed')", name=op.f("ck_data_checks_state")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["staff.id"], name=op.f("fk_data_checks_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_checks")),
    )
    op.create_index(
        "uq_data_checks_under_way",
        "data_checks",
        [sa.literal_column("(true)")],
        unique=True,
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    op.execute("UPDATE label_items SET state = 'open' WHERE state = 'skipped'")
    op.drop_constraint(op.f("ck_label_items_state"), "label_items")
    op.create_check_constraint(
        op.f("ck_label_items_state"),
        "label_items",
        "state in ('open', 'disputed', 'settled', 'deleted')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_label_items_state"), "label_items")
    op.create_check_constraint(
        op.f("ck_label_items_state"),
        "label_items",
        "state in ('open', 'disputed', 'settled', 'deleted', 'skipped')",
    )
    op.drop_index(
        "uq_data_checks_under_way",
        table_name="data_checks",
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    op.drop_table("data_checks")
