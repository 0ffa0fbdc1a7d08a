"""What the work list is narrowed by is found at once, however rare it is and wherever two filters meet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

IN_THE_ORDER_OF_IDS = {"state": None, "building_id": None, "stars": "stars is not null"}
LABELS = """array[
    'nature ' || nature, 'category ' || category, 'severity ' || severity, 'state ' || state,
    'project ' || project_id::text, 'building ' || building_id::text,
    'department ' || department_id::text, 'person ' || responsible_id::text, 'person ' || operator_id::text,
    'stars ' || stars::text
]"""
TAKE_OVER = """
update appeals set stars = ratings.stars from ratings where ratings.appeal_id = appeals.id
"""


def upgrade() -> None:
    op.add_column("appeals", sa.Column("stars", sa.BigInteger(), nullable=True))
    op.execute(TAKE_OVER)
    op.create_check_constraint(op.f("ck_appeals_stars"), "appeals", "stars between 1 and 5")
    for column, where in IN_THE_ORDER_OF_IDS.items():
        op.create_index(
            f"ix_appeals_{column}_id",
            "appeals",
            [column, "id"],
            postgresql_where=sa.text(where) if where else None,
        )
    op.create_index(
        "ix_appeals_labels",
        "appeals",
        [sa.text(f"({LABELS})")],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )


def downgrade() -> None:
    op.drop_index("ix_appeals_labels", table_name="appeals")
    for column in IN_THE_ORDER_OF_IDS:
        op.drop_index(f"ix_appeals_{column}_id", table_name="appeals")
    op.drop_column("appeals", "stars")
