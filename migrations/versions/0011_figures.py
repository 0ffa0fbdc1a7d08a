"""Figures of managers: when a person first answered, the indexes they are drawn by, and improvement plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CATEGORIES = (
    "air_conditioning", "heating", "lighting", "water_supply", "drainage", "power_supply", "gas",
    "elevator", "doors_access", "fire_safety", "telecom", "staff_conduct", "maintenance_quality",
    "security", "parking", "mail_delivery", "cleaning", "landscaping", "noise", "neighbours",
    "pests", "amenities", "structure", "property_fee", "utility_bill", "renovation", "paperwork",
    "home_lighting", "home_garden", "home_cleaning", "home_repair", "home_moving", "home_care",
    "other",
)  # fmt: skip

INDEXES = (
    ("ix_appeals_project_id_resolved_at", "appeals", ["project_id", "resolved_at"],
     "resolved_at is not null"),
    ("ix_appeals_open_building_id", "appeals", ["building_id"],
     "state not in ('closed', 'cancelled')"),
    ("ix_appeal_events_reopened", "appeal_events", ["at"], "name = 'appeal.reopened'"),
    ("ix_ratings_rated_at", "ratings", ["rated_at"], None),
    ("ix_promises_slipped", "promises", ["appeal_id"],
     "broken_at is not null or renegotiated_at is not null"),
    ("ix_promises_acceptance", "promises", ["made_at"], "kind = 'acceptance'"),
    ("ix_handoffs_requested_at", "handoffs", ["requested_at"], None),
    ("ix_return_visits_ended_at", "return_visits", ["ended_at"], "result is not null"),
)  # fmt: skip


def upgrade() -> None:
    op.add_column(
        "appeals", sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Of earlier appeals only the acceptance is known for sure.
    op.execute("update appeals set first_answered_at = accepted_at where accepted_at is not null")
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(where) if where else None)
    _create_plans()


def _create_plans() -> None:
    def staff(column: str) -> sa.ForeignKeyConstraint:
        return sa.ForeignKeyConstraint(
            [column], ["staff.id"], name=op.f(f"fk_improvement_plans_{column}")
        )

    def big(name: str, *, nullable: bool = False) -> sa.Column[int]:
        return sa.Column(name, sa.BigInteger(), nullable=nullable)

    def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)

    op.create_table(
        "improvement_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        big("project_id"),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        big("staff_id"),
        sa.Column("due_on", sa.Date(), nullable=False),
        moment("made_at", nullable=False),
        big("made_by_id"),
        moment("done_at"),
        moment("checked_at"),
        big("checked_by_id", nullable=True),
        sa.Column("has_worked", sa.Boolean(), nullable=True),
        sa.Column("finding", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint(f"category in {CATEGORIES}", name=op.f("ck_improvement_plans_category")),
        sa.CheckConstraint(
            "(checked_at is null) = (has_worked is null)",
            name=op.f("ck_improvement_plans_checked"),
        ),
        sa.CheckConstraint(
            "checked_at is null or done_at is not null",
            name=op.f("ck_improvement_plans_done_first"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_improvement_plans_project_id")
        ),
        staff("staff_id"),
        staff("made_by_id"),
        staff("checked_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement_plans")),
    )
    op.create_index(
        "ix_improvement_plans_project_id_due_on", "improvement_plans", ["project_id", "due_on"]
    )
    op.create_index(op.f("ix_improvement_plans_staff_id"), "improvement_plans", ["staff_id"])


def downgrade() -> None:
    op.drop_table("improvement_plans")
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_column("appeals", "first_answered_at")
