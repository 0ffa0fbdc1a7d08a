"""Transfers of held conversations, files beside a reply, and notices about a conversation without an appeal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("handoff_id", sa.BigInteger(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(to_id is null) <> (department_id is null)", name=op.f("ck_transfers_to")
        ),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoffs.id"], name=op.f("fk_transfers_handoff_id")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["staff.id"], name=op.f("fk_transfers_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["staff.id"], name=op.f("fk_transfers_to_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_transfers_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["staff.id"], name=op.f("fk_transfers_accepted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["staff.id"], name=op.f("fk_transfers_ended_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index(op.f("ix_transfers_handoff_id"), "transfers", ["handoff_id"])
    op.create_index(
        "uq_transfers_open",
        "transfers",
        ["handoff_id"],
        unique=True,
        postgresql_where=sa.text("accepted_at is null and ended_at is null"),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mime_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_uploads_conversation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_uploads_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(
        "ix_uploads_conversation_id_staff_id", "uploads", ["conversation_id", "staff_id"]
    )
    op.add_column("notices", sa.Column("conversation_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_notices_conversation_id"), "notices", "conversations", ["conversation_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_notices_conversation_id"), "notices", type_="foreignkey")
    op.drop_column("notices", "conversation_id")
    op.drop_table("uploads")
    op.drop_table("transfers")
