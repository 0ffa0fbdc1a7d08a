"""Merged appeals, resolutions with their cause, corrections kept, guides ticked off, actions that can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("cause", "parts", "ended_reason"):
        op.add_column("appeals", sa.Column(name, sa.String(), nullable=True))
    op.add_column("appeals", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_appeals_merged_into_id"), "appeals", "appeals", ["merged_into_id"], ["id"]
    )
    op.create_check_constraint(op.f("ck_appeals_merged"), "appeals", "merged_into_id <> id")
    op.create_check_constraint(
        op.f("ck_appeals_merged_state"), "appeals", "merged_into_id is null or state = 'cancelled'"
    )
    op.create_index(
        "ix_appeals_merged_into_id",
        "appeals",
        ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id is not null"),
    )
    op.create_index(
        "ix_appeals_solved",
        "appeals",
        ["project_id", "category", "resolved_at"],
        postgresql_where=sa.text("resolution is not null and vector is not null"),
    )
    op.add_column("appeal_events", sa.Column("undone_at", WHEN, nullable=True))
    op.create_table(
        "corrections",
        _id(),
        _reference("appeal_id", "corrections", "appeals"),
        _reference("message_id", "corrections", "messages", nullable=True),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        *(sa.Column(n, postgresql.JSONB(), nullable=False) for n in ("said", "before", "after")),
        _reference("staff_id", "corrections", "staff"),
        sa.Column("at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    for name in ("appeal_id", "message_id"):
        op.create_index(f"ix_corrections_{name}", "corrections", [name])
    op.create_table(
        "guide_ticks",
        _id(),
        _reference("appeal_id", "guide_ticks", "appeals"),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        _reference("staff_id", "guide_ticks", "staff"),
        sa.Column("at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_ticks")),
        sa.UniqueConstraint(
            "appeal_id", "category", "step", name=op.f("uq_guide_ticks_appeal_id_category_step")
        ),
    )
    op.create_table(
        "held_actions",
        _id(),
        _reference("appeal_id", "held_actions", "appeals"),
        _reference("staff_id", "held_actions", "staff"),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("until", WHEN, nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("undone_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_actions")),
    )
    op.create_index("ix_held_actions_appeal_id_id", "held_actions", ["appeal_id", "id"])


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _reference(name: str, table: str, other: str, *, nullable: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey(f"{other}.id", name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, sa.BigInteger(), key, nullable=nullable)


def downgrade() -> None:
    for table in ("held_actions", "guide_ticks", "corrections"):
        op.drop_table(table)
    op.drop_column("appeal_events", "undone_at")
    op.drop_index("ix_appeals_solved", "appeals")
    op.drop_index("ix_appeals_merged_into_id", "appeals")
    for name in ("merged_state", "merged"):
        op.drop_constraint(op.f(f"ck_appeals_{name}"), "appeals", type_="check")
    for name in ("merged_into_id", "ended_reason", "parts", "cause"):
        op.drop_column("appeals", name)
