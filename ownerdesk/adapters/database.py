"""The way to PostgreSQL: one engine a process, sessions, and transactions opened at the edges."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from ownerdesk.settings import InvalidSetting


def sqlalchemy_url(database_url: str) -> str:
    """The address in SQLAlchemy's spelling for psycopg 3. Raises InvalidSetting for another database."""
    if not database_url:
        raise InvalidSetting(
            "DATABASE_URL is empty: start the parts with `ownerdesk run`, or set it."
        )
    url = make_url(database_url)
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise InvalidSetting("DATABASE_URL must name a PostgreSQL database (postgresql://…).")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def libpq_url(database_url: str) -> str:
    """The same address as libpq reads it, for psycopg and procrastinate."""
    return sqlalchemy_url(database_url).replace("postgresql+psycopg://", "postgresql://", 1)


def make_engine(database_url: str, *, pool_size: int, check: bool) -> Engine:
    """`check` asks every connection whether it still lives before it is used, so that a person never meets a
    restarted server; jobs need no such question, they are tried again."""
    return create_engine(
        sqlalchemy_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=check,
        hide_parameters=True,  # an error must not carry an owner's words into a log
        connect_args={"connect_timeout": 5, "application_name": "ownerdesk"},
    )
