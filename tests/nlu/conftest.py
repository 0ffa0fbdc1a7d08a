"""One model and one Rasa for all tests of the reading and of the channel."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ownerdesk.adapters.embedded_postgres import EmbeddedPostgres
from ownerdesk.adapters.rasa import RasaClient
from ownerdesk.settings import load_settings
from tests.nlu.rasa_server import (
    TOKEN,
    FakeActions,
    serve_fake_actions,
    serve_rasa,
)
from tests.trained import train_if_missing

_numbers = itertools.count()


@pytest.fixture(scope="session")
def trained_model() -> Path:
    return train_if_missing()


@pytest.fixture(scope="session")
def rasa_actions() -> Iterator[FakeActions]:
    with serve_fake_actions() as actions:
        yield actions


@pytest.fixture(scope="session")
def rasa_database(postgres: EmbeddedPostgres) -> str:
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE rasa_conversations")
    return postgres.url.rpartition("/")[0] + "/rasa_conversations"


@pytest.fixture(scope="session")
def rasa_url(
    trained_model: Path,
    rasa_database: str,
    rasa_actions: FakeActions,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    log_path = tmp_path_factory.mktemp("rasa") / "rasa.log"
    with serve_rasa(
        load_settings(), trained_model, rasa_database, rasa_actions.url, log_path
    ) as url:
        yield url


@pytest.fixture
def actions(rasa_actions: FakeActions) -> FakeActions:
    """The action server, whole again and with nothing remembered."""
    rasa_actions.calls.clear()
    rasa_actions.status, rasa_actions.answer = 200, None
    return rasa_actions


@pytest.fixture
def sender() -> str:
    """A conversation that nobody had before."""
    return f"conversation-{next(_numbers)}"


@pytest.fixture
def client(rasa_url: str) -> RasaClient:
    """Made here, used and closed by the test in its own event loop."""
    return RasaClient(rasa_url, TOKEN)
