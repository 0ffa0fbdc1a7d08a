"""The test run's own PostgreSQL, and a fresh, migrated database for every test that asks for one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from ownerdesk.adapters.database import libpq_url, make_engine
from ownerdesk.adapters.embedded_postgres import EmbeddedPostgres, start
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.bootstrap import Core
from ownerdesk.commands.migrate import move_to
from ownerdesk.services.content import load_content
from ownerdesk.settings import Settings, load_settings

TEMPLATE = "ownerdesk_template"
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
_numbers = itertools.count()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep temporary folders in the repository's own `var/`. The common place is closed to other users again by
    every run of pytest on the machine, and an embedded PostgreSQL that runs as another user then ends."""
    if config.option.basetemp is None:
        folder = Path(__file__).parents[1] / "var"
        folder.mkdir(exist_ok=True)
        config.option.basetemp = str(folder / "pytest")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server for the run."""
    with start(tmp_path_factory.mktemp("postgres") / "data", fast=True) as server:
        yield server


def _url(server: EmbeddedPostgres, name: str) -> str:
    return server.url.rpartition("/")[0] + f"/{name}"


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """A migrated database with the shipped content, to be copied."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    url = _url(postgres, TEMPLATE)
    move_to(url)
    core = Core(make_settings(url, Path()))
    core.transact_now(load_content, encode)
    core.close()
    return TEMPLATE


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """A database of its own for one test."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield _url(postgres, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_settings(database_url: str, data_dir: Path, **environ: str) -> Settings:
    """Settings as the environment would give them, with nothing of the machine's own."""
    return load_settings(
        {
            "DATABASE_URL": database_url,
            "OWNERDESK_DATA": str(data_dir),
            "RASA_TOKEN": "rasa-token",
            "SECRET_KEY": "secret-key",
            "DEEP_READER_TOKEN": "reader-token",
            "TELEGRAM_TOKEN": "100000001:DEMO-TOKEN",
            **environ,
        }
    )


class Clock:
    """A clock that tests set. It stands still."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(database_url, tmp_path)


@pytest.fixture
def core(settings: Settings, clock: Clock) -> Iterator[Core]:
    core = Core(settings, clock=clock)
    yield core
    core.close()


@pytest.fixture(scope="session")
def shared_engine(postgres: EmbeddedPostgres, template: str) -> Iterator[Engine]:
    """One more copy of the template, for tests that leave nothing behind."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE test_shared TEMPLATE {template}")
    engine = make_engine(_url(postgres, "test_shared"), pool_size=1, check=False)
    yield engine
    engine.dispose()


@pytest.fixture
def rolled_back_core(shared_engine: Engine, clock: Clock, tmp_path: Path) -> Iterator[Core]:
    """A core on one connection, all of whose transactions are savepoints of one that never commits. Much
    quicker than a database of its own; only one transaction at a time, so not for races."""
    url = shared_engine.url.render_as_string(hide_password=False)
    core = Core(make_settings(url, tmp_path), clock=clock)
    with shared_engine.connect() as connection:
        whole = connection.begin()
        core.sessions = sessionmaker(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        yield core
        whole.rollback()
    core.close()


@pytest.fixture
def session(core: Core) -> Iterator[Session]:
    """A session whose work is seen by nobody else until it commits."""
    with core.sessions() as session:
        yield session


def raw(database_url: str) -> psycopg.Connection:
    """A plain connection, for what tests look at behind the product's back."""
    return psycopg.connect(libpq_url(database_url), autocommit=True)
