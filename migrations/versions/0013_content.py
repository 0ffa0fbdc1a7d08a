"""Texts of the bot, working guides, slots and terms of paid services, and the project of an audit entry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bot_texts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_bot_texts_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_texts")),
        sa.UniqueConstraint(
            "key",
            "language",
            "project_id",
            name=op.f("uq_bot_texts_key_language_project_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "guides",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
        sa.Column("tools", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_guides_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guides")),
        sa.UniqueConstraint(
            "category",
            "project_id",
            name=op.f("uq_guides_category_project_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    for name in ("slots", "terms"):
        op.add_column(
            "service_items",
            sa.Column(name, postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        )
    op.add_column("audit", sa.Column("project_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_audit_project_id"), "audit", "projects", ["project_id"], ["id"])
    op.create_index(op.f("ix_audit_project_id_id"), "audit", ["project_id", "id"])
    op.create_index(op.f("ix_audit_staff_id_id"), "audit", ["staff_id", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_staff_id_id"), table_name="audit")
    op.drop_index(op.f("ix_audit_project_id_id"), table_name="audit")
    op.drop_constraint(op.f("fk_audit_project_id"), "audit", type_="foreignkey")
    op.drop_column("audit", "project_id")
    op.drop_column("service_items", "terms")
    op.drop_column("service_items", "slots")
    op.drop_table("guides")
    op.drop_table("bot_texts")
