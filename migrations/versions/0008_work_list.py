"""The work list: words to find appeals by, orders to walk them in, saved views, bulk actions and muted alarms."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ownerdesk.rules.search import cut_for_index

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BATCH = 1000
MAX_WORDS = 1000

OPEN = "state not in ('closed', 'cancelled')"
CALLING = "severity = 'emergency' and state = 'received'"
DUE = "coalesce(next_due_at, 'infinity'::timestamptz)"
SEVERITY = "strpos('general major emergency', severity)"


def upgrade() -> None:
    op.create_table(
        "appeal_words",
        sa.Column("appeal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_words_appeal_id")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_appeal_words")),
    )
    _index_what_is_there()
    op.create_index(
        "ix_appeal_words_words",
        "appeal_words",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_saved_views_staff_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_saved_views_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint(
            "staff_id",
            "project_id",
            "name",
            name=op.f("uq_saved_views_staff_id_project_id_name"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_saved_views_project_id"), "saved_views", ["project_id"])
    op.create_table(
        "bulk_actions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_bulk_actions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_actions")),
        sa.UniqueConstraint("key", name=op.f("uq_bulk_actions_key")),
    )
    op.create_index(op.f("ix_bulk_actions_staff_id"), "bulk_actions", ["staff_id"])
    op.create_table(
        "alarm_mutes",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_alarm_mutes_staff_id")),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_alarm_mutes_appeal_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", "appeal_id", name=op.f("pk_alarm_mutes")),
    )
    op.create_index(op.f("ix_alarm_mutes_appeal_id"), "alarm_mutes", ["appeal_id"])
    op.create_index(
        "ix_appeals_open",
        "appeals",
        ["id"],
        postgresql_where=sa.text(OPEN),
        postgresql_include=[
            "project_id", "responsible_id", "operator_id", "state", "severity", "next_due_at",
            "reopened", "asked_owner_at",
        ],
    )  # fmt: skip
    op.create_index("ix_appeals_calling", "appeals", ["id"], postgresql_where=sa.text(CALLING))
    op.create_index("ix_appeals_due", "appeals", [sa.text(DUE), "id"])
    op.create_index("ix_appeals_severity", "appeals", [sa.text(SEVERITY), "id"])
    op.create_index("ix_appeals_last_message_at", "appeals", ["last_message_at", "id"])
    op.create_index("ix_appeals_project_id_id", "appeals", ["project_id", "id"])


def _index_what_is_there() -> None:
    """Appeals of an installation that is in use are found by their words from the first day."""
    connection = op.get_bind()
    latest = 0
    while rows := connection.execute(_READ, {"latest": latest, "batch": BATCH}).all():
        connection.execute(_WRITE, [_row(appeal_id, texts) for appeal_id, *texts in rows])
        latest = rows[-1][0]


def _row(appeal_id: int, texts: Sequence[str | None]) -> dict[str, object]:
    words = cut_for_index("\n".join(text for text in texts if text))[:MAX_WORDS]
    return {"appeal_id": appeal_id, "words": words}


_READ = sa.text(
    """
    SELECT a.id, a.number, a.summary, a.place, coalesce(o.name, c.name), (
        SELECT string_agg(m.text, E'\\n') FROM messages m
        WHERE m.appeal_id = a.id AND m.author <> 'bot'
    )
    FROM appeals a JOIN conversations c ON c.id = a.conversation_id LEFT JOIN owners o ON o.id = a.owner_id
    WHERE a.id > :latest ORDER BY a.id LIMIT :batch
    """
)
_WRITE = sa.text(
    "INSERT INTO appeal_words (appeal_id, words) VALUES (:appeal_id, array_to_tsvector(CAST(:words AS text[])))"
)


def downgrade() -> None:
    for name in (
        "ix_appeals_project_id_id", "ix_appeals_last_message_at", "ix_appeals_severity",
        "ix_appeals_due", "ix_appeals_calling", "ix_appeals_open",
    ):  # fmt: skip
        op.drop_index(name, table_name="appeals")
    for name in ("alarm_mutes", "bulk_actions", "saved_views", "appeal_words"):
        op.drop_table(name)
