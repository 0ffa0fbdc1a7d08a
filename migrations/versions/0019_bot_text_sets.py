"""Texts of the bot in versions; what is said today is the first one in service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE, OLD = "bot_text_sets", "bot_texts"

# Who worded a text last put it into service; where the log does not know, it stands with the first of the staff.
TAKE_OVER = """
insert into bot_text_sets (project_id, state, revision, texts, made_by_id, made_at, put_by_id, put_at)
select said.project_id, 'in_service', 1, said.texts, who.staff_id, who.at, who.staff_id, who.at
from (
    select project_id, jsonb_object_agg(language, texts) as texts
    from (
        select project_id, language, jsonb_object_agg(key, body) as texts
        from bot_texts group by project_id, language
    ) as spoken
    group by project_id
) as said
cross join lateral (
    select staff_id, at from (
        select 1 as turn, staff_id, at from audit
        where subject = 'bot_text' and staff_id is not null
            and project_id is not distinct from said.project_id
        union all
        select 2, (select min(id) from staff), now()
    ) as known
    order by turn, at desc limit 1
) as who
"""
BRING_BACK = """
insert into bot_texts (project_id, key, language, body)
select project_id, text.key, spoken.key, text.value
from bot_text_sets,
    jsonb_each(texts) as spoken,
    jsonb_each_text(spoken.value) as text
where state = 'in_service'
"""


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=40), server_default="draft", nullable=False),
        sa.Column(
            "texts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_by_id", sa.BigInteger(), nullable=True),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'in_service', 'past')", name=op.f("ck_bot_text_sets_state")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_bot_text_sets_{column}")
            )
            for column, table in (
                ("project_id", "projects"),
                ("made_by_id", "staff"),
                ("put_by_id", "staff"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_text_sets")),
    )
    for state in ("draft", "in_service"):
        op.create_index(
            f"uq_bot_text_sets_{state}",
            TABLE,
            ["project_id"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
            postgresql_nulls_not_distinct=True,
        )
    op.execute(TAKE_OVER)
    op.drop_table(OLD)


def downgrade() -> None:
    op.create_table(
        OLD,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_bot_texts_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_texts")),
        sa.UniqueConstraint(
            "key",
            "language",
            "project_id",
            name=op.f("uq_bot_texts_key_language_project_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.execute(BRING_BACK)
    for state in ("draft", "in_service"):
        op.drop_index(
            f"uq_bot_text_sets_{state}",
            table_name=TABLE,
            postgresql_where=sa.text(f"state = '{state}'"),
            postgresql_nulls_not_distinct=True,
        )
    op.drop_table(TABLE)
