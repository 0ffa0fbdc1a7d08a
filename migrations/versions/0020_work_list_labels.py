"""What the work list is narrowed by is found at once, however rare it is and wherever two filters meet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

IN_THE_ORDER_OF_IDS = (
    ("appeals", ["state", "id"]),
    ("appeals", ["building_id", "id"]),
    ("ratings", ["stars", "appeal_id"]),
)
LABELS = """array[
    'nature ' || nature, 'category ' || category, 'severity ' || severity, 'state ' || state,
    'project ' || project_id::text, 'building ' || building_id::text,
    'department ' || department_id::text, 'person ' || responsible_id::text, 'person ' || operator_id::text
]"""


def upgrade() -> None:
    for table, columns in IN_THE_ORDER_OF_IDS:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    op.create_index(
        "ix_appeals_labels",
        "appeals",
        [sa.text(f"({LABELS})")],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )


def downgrade() -> None:
    op.drop_index("ix_appeals_labels", table_name="appeals")
    for table, columns in reversed(IN_THE_ORDER_OF_IDS):
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table_name=table)
