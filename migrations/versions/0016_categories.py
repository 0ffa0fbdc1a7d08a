"""Categories that the company adds itself: the database holds what may be a code, and no longer which there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("appeals", "terms", "dispatch_rules", "incidents", "improvement_plans")
FORM = "{column} ~ '^[a-z][a-z0-9_]{{0,29}}$'"
GROUPS = (
    "equipment",
    "service_attitude",
    "service_quality",
    "community",
    "administration",
    "paid_service_items",
)
SHIPPED = (
    "air_conditioning", "heating", "lighting", "water_supply", "drainage", "power_supply", "gas", "elevator",
    "doors_access", "fire_safety", "telecom", "staff_conduct", "maintenance_quality", "security", "parking",
    "mail_delivery", "cleaning", "landscaping", "noise", "neighbours", "pests", "amenities", "structure",
    "property_fee", "utility_bill", "renovation", "paperwork", "home_lighting", "home_garden", "home_cleaning",
    "home_repair", "home_moving", "home_care", "other",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("category_group", sa.String(length=40), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("department_code", sa.String(length=40), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(FORM.format(column="code"), name=op.f("ck_categories_code")),
        sa.CheckConstraint(
            f"category_group in {GROUPS}", name=op.f("ck_categories_category_group")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["staff.id"], name=op.f("fk_categories_added_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("code", name=op.f("uq_categories_code")),
    )
    for table in TABLES:
        _check(table, FORM.format(column="category"))


def downgrade() -> None:
    """What has a category of the company's own becomes something else."""
    for table in TABLES:
        op.execute(f"update {table} set category = 'other' where category not in {SHIPPED}")  # noqa: S608
        _check(table, f"category in {SHIPPED}")
    op.drop_table("categories")


def _check(table: str, condition: str) -> None:
    """In two steps: appeals are written while the old ones are looked through."""
    name = f"ck_{table}_category"
    op.drop_constraint(op.f(name), table)
    op.create_check_constraint(op.f(name), table, condition, postgresql_not_valid=True)
    op.execute(f"alter table {table} validate constraint {name}")
