"""A handoff keeps the message that led to it, and may be for a language that is not answered yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REASONS = (
    "asked", "two_misses", "not_understood", "reader_down", "unknown_person", "emergency",
    "no_answer_found", "failed", "taken",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("handoffs", sa.Column("message_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_handoffs_message_id"), "handoffs", "messages", ["message_id"], ["id"]
    )
    _allow((*REASONS, "other_language"))


def downgrade() -> None:
    op.execute("update handoffs set reason = 'not_understood' where reason = 'other_language'")
    _allow(REASONS)
    op.drop_constraint(op.f("fk_handoffs_message_id"), "handoffs", type_="foreignkey")
    op.drop_column("handoffs", "message_id")


def _allow(reasons: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_handoffs_reason"), "handoffs", type_="check")
    op.create_check_constraint(op.f("ck_handoffs_reason"), "handoffs", f"reason in {reasons}")
