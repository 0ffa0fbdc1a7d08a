"""Which database is used, and whether it can be: the embedded one, or the server of DATABASE_URL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ownerdesk.adapters import embedded_postgres
from ownerdesk.adapters.database import libpq_url
from ownerdesk.adapters.embedded_postgres import EmbeddedPostgres
from ownerdesk.adapters.postgres_cluster import EmbeddedPostgresFailed
from ownerdesk.adapters.system_users import NoDatabaseUser
from ownerdesk.settings import Settings
from ownerdesk.supervisor.errors import CannotStart

RASA_SCHEMA = "rasa"


def start_embedded(settings: Settings, *, port: int = 0) -> EmbeddedPostgres:
    """Call from the main thread: the server ends with the thread that started it."""
    try:
        return embedded_postgres.start(settings.embedded_database_dir, port=port)
    except (EmbeddedPostgresFailed, NoDatabaseUser) as error:
        raise CannotStart(str(error)) from None


@contextlib.contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The database's URL, for one command: a running server is used, an embedded one started if need be and stopped."""
    if settings.database_url:
        check_server(settings.database_url)
        yield settings.database_url
        return
    running = embedded_postgres.find_running(settings.embedded_database_dir)
    if running is not None:
        yield running.url
        return
    with start_embedded(settings) as server:
        yield server.url


def check_server(url: str) -> None:
    """Refuses with one line when DATABASE_URL cannot be reached or lacks pgvector."""
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=5, autocommit=True) as connection:
            version = connection.info.server_version
            found = connection.execute(
                "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"
            ).fetchone()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise CannotStart(
            f"The database of DATABASE_URL cannot be used: {reason} "
            "Check the address and that the server is up, or leave DATABASE_URL empty for the embedded one."
        ) from None
    if version < 160000:
        raise CannotStart(
            f"The server of DATABASE_URL is PostgreSQL {version // 10000}; 16 or newer is needed."
        )
    if found is None:
        raise CannotStart(
            "The server of DATABASE_URL has no pgvector. Install it there (package postgresql-NN-pgvector) and start again."
        )


def prepare_rasa_schema(url: str) -> None:
    """Rasa's tracker makes its own tables but not the schema they live in."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {RASA_SCHEMA}")


def rasa_database_environment(url: str) -> dict[str, str]:
    """The same database in the pieces `endpoints.yml` asks for."""
    parts = conninfo_to_dict(libpq_url(url))
    return {
        "RASA_DB_HOST": str(parts.get("host") or "127.0.0.1"),
        "RASA_DB_PORT": str(parts.get("port") or 5432),
        "RASA_DB_NAME": str(parts.get("dbname") or ""),
        "RASA_DB_USER": str(parts.get("user") or ""),
        "RASA_DB_PASSWORD": str(parts.get("password") or ""),
        "POSTGRESQL_SCHEMA": RASA_SCHEMA,
    }
