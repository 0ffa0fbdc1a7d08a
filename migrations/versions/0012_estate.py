"""What a company sets up: switching off, household facts with consent, dated exceptions of duty, imports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SWITCHED = ("projects", "buildings", "units", "departments")
STATES = ("reading", "checked", "refused", "applying", "applied", "forgotten")


def upgrade() -> None:
    for table in SWITCHED:
        op.add_column(
            table,
            sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        )
    op.add_column("owners", sa.Column("facts_agreed_at", sa.DateTime(timezone=True)))
    # Nothing wrote facts before they could be agreed to.
    op.execute("update owners set facts_agreed_at = now() where facts <> '{}'::jsonb")
    op.create_check_constraint(
        op.f("ck_owners_facts_agreed"),
        "owners",
        "facts_agreed_at is not null or facts = '{}'::jsonb",
    )
    op.add_column("residencies", sa.Column("share", sa.Numeric(5, 2)))
    op.add_column("residencies", sa.Column("since", sa.Date()))
    op.create_check_constraint(
        op.f("ck_residencies_share"), "residencies", "share > 0 and share <= 100"
    )
    _create_duty_exceptions()
    _create_imports()


def _create_duty_exceptions() -> None:
    op.create_table(
        "duty_exceptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.BigInteger()),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time()),
        sa.Column("ends", sa.Time()),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("kind in ('absent', 'extra')", name=op.f("ck_duty_exceptions_kind")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_duty_exceptions_days")),
        sa.CheckConstraint(
            "(kind = 'extra') = (project_id is not null and starts is not null and ends is not null)",
            name=op.f("ck_duty_exceptions_extra"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_duty_exceptions_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_duty_exceptions_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_exceptions")),
    )
    op.create_index(
        "ix_duty_exceptions_staff_id_last_day", "duty_exceptions", ["staff_id", "last_day"]
    )
    op.create_index(op.f("ix_duty_exceptions_project_id"), "duty_exceptions", ["project_id"])


def _create_imports() -> None:
    op.create_table(
        "owner_imports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger()),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("path", sa.String()),
        sa.Column("project_code", sa.String(), server_default="", nullable=False),
        sa.Column("is_complete", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("format", sa.String(), server_default="", nullable=False),
        sa.Column("rows_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("progress", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mistakes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mistake", postgresql.JSONB()),
        sa.Column("counts", postgresql.JSONB()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(f"state in {STATES}", name=op.f("ck_owner_imports_state")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_owner_imports_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_imports")),
    )
    op.create_index("ix_owner_imports_created_at", "owner_imports", ["created_at"])
    op.create_table(
        "import_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("entrance", sa.String(), nullable=False),
        sa.Column("floor", sa.BigInteger()),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String()),
        sa.Column("language", sa.String()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("share", sa.Numeric(5, 2)),
        sa.Column("since", sa.Date()),
        sa.Column("until", sa.Date()),
        sa.Column("mistakes", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("change", sa.String()),
        sa.Column("person", sa.String()),
        sa.Column("project_id", sa.BigInteger()),
        sa.Column("building_id", sa.BigInteger()),
        sa.Column("unit_id", sa.BigInteger()),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("is_new_owner", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("residency_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["import_id"], ["owner_imports.id"], name=op.f("fk_import_rows_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
    )
    op.create_index("ix_import_rows_import_id_line", "import_rows", ["import_id", "line"])


def downgrade() -> None:
    op.drop_table("import_rows")
    op.drop_table("owner_imports")
    op.drop_table("duty_exceptions")
    op.drop_constraint(op.f("ck_residencies_share"), "residencies")
    op.drop_column("residencies", "since")
    op.drop_column("residencies", "share")
    op.drop_constraint(op.f("ck_owners_facts_agreed"), "owners")
    op.drop_column("owners", "facts_agreed_at")
    for table in SWITCHED:
        op.drop_column(table, "is_active")
