"""The company's own emergency phrases, in versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE = "emergency_phrase_sets"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.String(length=40), server_default="draft", nullable=False),
        sa.Column("added", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "switched_off", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("trial", postgresql.JSONB(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_by_id", sa.BigInteger(), nullable=True),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'in_service', 'past')", name=op.f("ck_emergency_phrase_sets_state")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff.id"], name=op.f("fk_emergency_phrase_sets_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["put_by_id"], ["staff.id"], name=op.f("fk_emergency_phrase_sets_put_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_phrase_sets")),
    )
    for state in ("draft", "in_service"):
        op.create_index(
            f"uq_emergency_phrase_sets_{state}",
            TABLE,
            ["state"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )


def downgrade() -> None:
    for state in ("draft", "in_service"):
        op.drop_index(
            f"uq_emergency_phrase_sets_{state}",
            table_name=TABLE,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.drop_table(TABLE)
