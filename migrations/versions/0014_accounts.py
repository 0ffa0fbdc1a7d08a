"""Accounts: links that set a password, the second step, where a log-in came from, and how somebody likes the console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def upgrade() -> None:
    op.add_column("staff", sa.Column("last_seen_at", MOMENT, nullable=True))
    op.add_column(
        "staff", sa.Column("theme", sa.String(length=40), server_default="system", nullable=False)
    )
    op.add_column(
        "staff",
        sa.Column("uses_keys", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_staff_theme"), "staff", "theme in ('system', 'light', 'dark')"
    )

    # Whoever was logged in before logs in again.
    op.execute("delete from staff_sessions")
    op.add_column("staff_sessions", sa.Column("proved_at", MOMENT, nullable=False))
    op.add_column(
        "staff_sessions",
        sa.Column("awaits_code", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "staff_sessions", sa.Column("address", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "login_failures", sa.Column("address", sa.String(), server_default="", nullable=False)
    )
    op.create_index(op.f("ix_login_failures_address"), "login_failures", ["address"])

    op.create_table(
        "account_links",
        _id(),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind in ('invite', 'reset')", name=op.f("ck_account_links_kind")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_account_links_staff_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["staff.id"], name=op.f("fk_account_links_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_links_token_hash")),
    )
    op.create_index(op.f("ix_account_links_staff_id"), "account_links", ["staff_id"])
    op.create_index(
        "uq_account_links_open",
        "account_links",
        ["staff_id"],
        unique=True,
        postgresql_where=sa.text("used_at is null and cancelled_at is null"),
    )
    op.create_table(
        "second_steps",
        _id(),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_second_steps_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_steps")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_second_steps_staff_id")),
    )
    op.create_table(
        "recovery_codes",
        _id(),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_recovery_codes_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint(
            "staff_id", "code_hash", name=op.f("uq_recovery_codes_staff_id_code_hash")
        ),
    )
    op.create_table(
        "second_step_roles",
        _id(),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_step_roles")),
        sa.UniqueConstraint("role", name=op.f("uq_second_step_roles_role")),
    )


def downgrade() -> None:
    for table in ("second_step_roles", "recovery_codes", "second_steps", "account_links"):
        op.drop_table(table)
    op.drop_index(op.f("ix_login_failures_address"), "login_failures")
    op.drop_column("login_failures", "address")
    for column in ("address", "awaits_code", "proved_at"):
        op.drop_column("staff_sessions", column)
    op.drop_constraint(op.f("ck_staff_theme"), "staff")
    for column in ("uses_keys", "theme", "last_seen_at"):
        op.drop_column("staff", column)
