"""What people say that messages are, what the company's own messages teach, trainings and models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("started_by_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=40), server_default="queued", nullable=False),
        sa.Column("stage", sa.String(length=40), server_default="queued", nullable=False),
        sa.Column("progress", sa.Float(), server_default="0", nullable=False),
        sa.Column("seconds_left", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("log", sa.String(), server_default="", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_trainings_state"),
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["staff.id"], name=op.f("fk_trainings_started_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
    )
    op.create_index(
        "uq_trainings_under_way",
        "trainings",
        [sa.literal_column("(true)")],
        unique=True,
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    op.create_table(
        "nlu_models",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("training_id", sa.BigInteger(), nullable=True),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=True),
        sa.Column("reads_as", postgresql.JSONB(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('candidate', 'going_in', 'in_service', 'retired', 'broken', 'pruned')",
            name=op.f("ck_nlu_models_state"),
        ),
        sa.ForeignKeyConstraint(
            ["training_id"], ["trainings.id"], name=op.f("fk_nlu_models_training_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nlu_models")),
        sa.UniqueConstraint("file", name=op.f("uq_nlu_models_file")),
    )
    op.create_index(
        "uq_nlu_models_going_in",
        "nlu_models",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'going_in'"),
    )
    op.create_index(
        "uq_nlu_models_in_service",
        "nlu_models",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'in_service'"),
    )
    op.create_table(
        "model_switches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.BigInteger(), nullable=False),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column(
            "before",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("watch_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('put', 'roll_back', 'safety')", name=op.f("ck_model_switches_kind")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_model_switches_by_id")),
        sa.ForeignKeyConstraint(
            ["model_id"], ["nlu_models.id"], name=op.f("fk_model_switches_model_id")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["nlu_models.id"], name=op.f("fk_model_switches_previous_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_switches")),
    )
    op.create_table(
        "shadow_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.BigInteger(), nullable=False),
        sa.Column("started_by_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["nlu_models.id"], name=op.f("fk_shadow_runs_model_id")
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["staff.id"], name=op.f("fk_shadow_runs_started_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_runs")),
    )
    op.create_index(
        "uq_shadow_runs_under_way",
        "shadow_runs",
        [sa.literal_column("(true)")],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "label_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("reading", postgresql.JSONB(), nullable=False),
        sa.Column(
            "proposed",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("worth", sa.Float(), nullable=False),
        sa.Column("vector", Vector(512), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=40), server_default="open", nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('open', 'disputed', 'settled', 'deleted', 'skipped')",
            name=op.f("ck_label_items_state"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_label_items_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_label_items_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_items")),
        sa.UniqueConstraint("message_id", name=op.f("uq_label_items_message_id")),
    )
    op.create_index("ix_label_items_group_id", "label_items", ["group_id"], unique=False)
    op.create_index(
        "ix_label_items_waiting",
        "label_items",
        ["project_id", "worth"],
        unique=False,
        postgresql_where=sa.text("state in ('open', 'disputed')"),
    )
    op.create_table(
        "shadow_readings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("reading", postgresql.JSONB(), nullable=False),
        sa.Column("differs", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_shadow_readings_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["shadow_runs.id"], name=op.f("fk_shadow_readings_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_readings")),
        sa.UniqueConstraint(
            "run_id", "message_id", name=op.f("uq_shadow_readings_run_id_message_id")
        ),
    )
    op.create_index(
        op.f("ix_shadow_readings_message_id"), "shadow_readings", ["message_id"], unique=False
    )
    op.create_table(
        "examples",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(), server_default="", nullable=False),
        sa.Column(
            "entities",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("use", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("use in ('train', 'test')", name=op.f("ck_examples_use")),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["staff.id"], name=op.f("fk_examples_added_by_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["label_items.id"], name=op.f("fk_examples_item_id")),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["staff.id"], name=op.f("fk_examples_removed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examples")),
    )
    op.create_index(
        "ix_examples_item_id",
        "examples",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("item_id is not null and removed_at is null"),
    )
    op.create_table(
        "label_votes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column(
            "labels",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "verdict in ('labels', 'out_of_scope', 'delete', 'skip')",
            name=op.f("ck_label_votes_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["label_items.id"], name=op.f("fk_label_votes_item_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_label_votes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_votes")),
        sa.UniqueConstraint("item_id", "staff_id", name=op.f("uq_label_votes_item_id_staff_id")),
    )
    op.create_index(op.f("ix_label_votes_item_id"), "label_votes", ["item_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_label_votes_item_id"), table_name="label_votes")
    op.drop_table("label_votes")
    op.drop_index(
        "ix_examples_item_id",
        table_name="examples",
        postgresql_where=sa.text("item_id is not null and removed_at is null"),
    )
    op.drop_table("examples")
    op.drop_index(op.f("ix_shadow_readings_message_id"), table_name="shadow_readings")
    op.drop_table("shadow_readings")
    op.drop_index(
        "ix_label_items_waiting",
        table_name="label_items",
        postgresql_where=sa.text("state in ('open', 'disputed')"),
    )
    op.drop_index("ix_label_items_group_id", table_name="label_items")
    op.drop_table("label_items")
    op.drop_index(
        "uq_shadow_runs_under_way",
        table_name="shadow_runs",
        postgresql_where=sa.text("ended_at is null"),
    )
    op.drop_table("shadow_runs")
    op.drop_table("model_switches")
    op.drop_index(
        "uq_nlu_models_in_service",
        table_name="nlu_models",
        postgresql_where=sa.text("state = 'in_service'"),
    )
    op.drop_index(
        "uq_nlu_models_going_in",
        table_name="nlu_models",
        postgresql_where=sa.text("state = 'going_in'"),
    )
    op.drop_table("nlu_models")
    op.drop_index(
        "uq_trainings_under_way",
        table_name="trainings",
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    op.drop_table("trainings")
