"""Alembic's environment: one connection, given by the caller or made from DATABASE_URL."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine

from ownerdesk.adapters.database import sqlalchemy_url
from ownerdesk.model import Base
from ownerdesk.settings import load_settings


def include_name(name: str | None, kind: str, parent_names: object) -> bool:
    """Tables of the job engine are made by its own schema file and compared by nobody."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = context.config.get_main_option("sqlalchemy.url") or load_settings().database_url
    with create_engine(sqlalchemy_url(url), poolclass=NullPool).connect() as own:
        migrate(own)
        own.commit()
