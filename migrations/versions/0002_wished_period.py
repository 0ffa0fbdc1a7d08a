"""When an owner would like to be visited, kept with the appeal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("wished_from", "wished_until"):
        op.add_column("appeals", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_appeals_wished_period"),
        "appeals",
        "(wished_from is null) = (wished_until is null) and wished_until > wished_from",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_appeals_wished_period"), "appeals", type_="check")
    op.drop_column("appeals", "wished_until")
    op.drop_column("appeals", "wished_from")
