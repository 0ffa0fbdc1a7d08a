"""A message may make two appeals: one of itself, one of the second matter in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "appeals", sa.Column("source_part", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.create_check_constraint(op.f("ck_appeals_source_part"), "appeals", "source_part in (0, 1)")
    # A machine that still runs the version before writes part 0, and stays unique among those.
    op.create_unique_constraint(
        op.f("uq_appeals_source_message_id_source_part"),
        "appeals",
        ["source_message_id", "source_part"],
    )
    op.drop_constraint(op.f("uq_appeals_source_message_id"), "appeals", type_="unique")


def downgrade() -> None:
    """The appeals of second matters stay; what they were made of is forgotten."""
    op.execute("update appeals set source_message_id = null where source_part <> 0")
    op.create_unique_constraint(
        op.f("uq_appeals_source_message_id"), "appeals", ["source_message_id"]
    )
    op.drop_constraint(op.f("uq_appeals_source_message_id_source_part"), "appeals", type_="unique")
    op.drop_constraint(op.f("ck_appeals_source_part"), "appeals", type_="check")
    op.drop_column("appeals", "source_part")
