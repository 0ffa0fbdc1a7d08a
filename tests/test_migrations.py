"""Migrations: up, down and up again, and no difference to the tables of the model."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine

from ownerdesk.adapters.database import libpq_url, sqlalchemy_url
from ownerdesk.adapters.embedded_postgres import EmbeddedPostgres
from ownerdesk.commands.migrate import move_to
from ownerdesk.model import Base


@pytest.fixture
def empty_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_migrations")
        yield postgres.url.rpartition("/")[0] + "/test_migrations"
        connection.execute("DROP DATABASE test_migrations WITH (FORCE)")


def list_tables(url: str) -> set[str]:
    with psycopg.connect(libpq_url(url)) as connection:
        rows = connection.execute(
            "select tablename from pg_tables where schemaname = 'public'"
        ).fetchall()
    return {name for (name,) in rows}


def test_the_migrations_make_the_tables_of_the_model_and_take_them_away_again(
    empty_url: str,
) -> None:
    move_to(empty_url)
    assert set(Base.metadata.tables) <= list_tables(empty_url)
    assert "procrastinate_jobs" in list_tables(empty_url)
    assert find_differences(empty_url) == []
    move_to(empty_url)  # twice is once
    move_to(empty_url, "base")
    assert list_tables(empty_url) <= {"alembic_version"}
    move_to(empty_url)
    assert find_differences(empty_url) == []


def find_differences(url: str) -> list[object]:
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: (
                    not (kind == "table" and (name or "").startswith("procrastinate_"))
                ),
                "compare_type": True,
            },
        )
        differences = list(compare_metadata(context, Base.metadata))
    engine.dispose()
    return differences


def test_every_check_of_the_model_is_in_the_database(empty_url: str) -> None:
    """Alembic does not compare check constraints by itself."""
    move_to(empty_url)
    with psycopg.connect(libpq_url(empty_url)) as connection:
        rows = connection.execute(
            "select conname from pg_constraint c join pg_class t on t.oid = c.conrelid"
            " where contype = 'c' and t.relname not like 'procrastinate%' and t.relname not like 'alembic%'"
        ).fetchall()
    wanted = {
        str(check.name)
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert {name for (name,) in rows} == wanted


SAID = """
insert into projects (code, name, timezone, language) values ('T', 'Test', 'UTC', 'en');
insert into staff (name, email) values ('First', 'first@example.com'), ('Boris', 'boris@example.com');
insert into bot_texts (project_id, key, language, body) values
    (1, 'Keep', 'en', 'Leave it'), (1, 'Keep', 'es', 'Dejar'), (null, 'Keep', 'en', 'Let it be');
insert into audit (at, staff_id, project_id, action, subject) values
    ('2026-11-01', 2, 1, 'bot_text.saved', 'bot_text');
"""


def test_texts_that_were_said_before_they_had_versions_are_said_on(empty_url: str) -> None:
    move_to(empty_url, "0018")
    with psycopg.connect(libpq_url(empty_url), autocommit=True) as connection:
        connection.execute(SAID)
    move_to(empty_url, "0019")
    query = (
        "select project_id, state, texts, made_by_id, put_by_id from bot_text_sets"
        " order by project_id nulls last"
    )
    with psycopg.connect(libpq_url(empty_url)) as connection:
        assert connection.execute(query).fetchall() == [
            (1, "in_service", {"en": {"Keep": "Leave it"}, "es": {"Keep": "Dejar"}}, 2, 2),
            (None, "in_service", {"en": {"Keep": "Let it be"}}, 1, 1),
        ]
    move_to(empty_url, "0018")
    with psycopg.connect(libpq_url(empty_url)) as connection:
        rows = connection.execute("select language, body from bot_texts order by body").fetchall()
    assert rows == [("es", "Dejar"), ("en", "Leave it"), ("en", "Let it be")]


RATED = """
insert into projects (code, name, timezone, language) values ('T', 'Test', 'UTC', 'en');
insert into staff (name, email) values ('First', 'first@example.com');
insert into conversations (chat_id, telegram_user_id, name, language) values (1, 1, 'Owner', 'en');
insert into appeals (project_id, number, conversation_id, nature, category, severity, state, summary, responsible_id,
    received_at, last_message_at)
    select 1, 'T-' || n, 1, 'help_seeking', 'other', 'general', 'closed', 'A lamp', 1, now(), now()
    from generate_series(1, 2) n;
insert into ratings (appeal_id, stars, rated_at) values (2, 4, now());
"""


def test_what_was_rated_is_found_by_its_stars(empty_url: str) -> None:
    move_to(empty_url, "0019")
    with psycopg.connect(libpq_url(empty_url), autocommit=True) as connection:
        connection.execute(RATED)
    move_to(empty_url, "0020")
    with psycopg.connect(libpq_url(empty_url)) as connection:
        rows = connection.execute("select number, stars from appeals order by id").fetchall()
    assert rows == [("T-1", None), ("T-2", 4)]
