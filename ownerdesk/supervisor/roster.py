"""The parts of Ownerdesk on one machine: which there are, how each is started, and when it is ready."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from ownerdesk.settings import LOOPBACK_HOSTS, Settings
from ownerdesk.supervisor.database import rasa_database_environment
from ownerdesk.supervisor.parts import Part, accepts_connections, answers_http
from ownerdesk.supervisor.training import rasa_environment, rasa_python

DEMO_TOKEN = "100000001:DEMO-TOKEN"  # noqa: S105 - the stand-in's only token, worth nothing elsewhere
# New messages stop coming in first, what answers them goes next, what they lean on last.
STOP_ORDER = ("trainer", "bot", "console", "worker", "actions", "rasa", "reader", "demo")
# The first time the deep reader copies a part of its model.
READER_LIMIT_SECONDS = 300.0
REPOSITORY = Path(__file__).resolve().parents[2]


def runs_rasa_here(settings: Settings) -> bool:
    """A RASA_URL that points to another machine means that somebody else runs Rasa."""
    return (urlsplit(settings.rasa_url).hostname or "") in LOOPBACK_HOSTS


def rasa_port(settings: Settings) -> int:
    return urlsplit(settings.rasa_url).port or 80


def console_url(settings: Settings) -> str:
    """Where a person on this machine opens the console."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "localhost") else settings.host  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def own_part(name: str, settings: Settings) -> Part:
    """bot, actions, worker, console, reader or trainer: this same program with the part's name."""
    checks = {
        "actions": accepts_connections(settings.actions_port),
        "console": answers_http(f"{console_url(settings)}/healthz", any_status=True),
        "reader": answers_http(f"{settings.deep_reader_url}/health"),
    }
    return Part(
        name=name,
        argv=(sys.executable, "-m", "ownerdesk", "run", name),
        env=dict(os.environ) | {"PYTHONUNBUFFERED": "1"} | settings.to_environ(),
        cwd=REPOSITORY,
        is_ready=checks.get(name),
        ready_limit=READER_LIMIT_SECONDS if name == "reader" else 60.0,
    )


def demo_part(settings: Settings) -> Part:
    """The Telegram stand-in. It gets none of the secrets."""
    secret = {"TELEGRAM_TOKEN", "SECRET_KEY", "RASA_TOKEN", "DEEP_READER_TOKEN", "DATABASE_URL"}
    port = urlsplit(settings.demo_url).port or 0
    return Part(
        name="demo",
        argv=(
            sys.executable,
            "-m",
            "demo",
            "--port",
            str(port),
            "--data",
            str(settings.data_dir / "demo"),
        ),
        env={name: value for name, value in os.environ.items() if name not in secret}
        | {"PYTHONUNBUFFERED": "1"},
        cwd=REPOSITORY,
        is_ready=accepts_connections(port),
    )


def rasa_part(settings: Settings, model: Path) -> Part:
    """Rasa with its API behind the token, on loopback. The token travels in the environment."""
    port = rasa_port(settings)
    env = rasa_environment(settings, REPOSITORY) | rasa_database_environment(settings.database_url)
    env |= {
        "RASA_TOKEN": settings.rasa_token,
        "ACTIONS_URL": f"http://127.0.0.1:{settings.actions_port}/webhook",
    }
    return Part(
        name="rasa",
        argv=(
            str(rasa_python(REPOSITORY)), "-m", "nlu.serve", "run", "--enable-api",
            "-i", "127.0.0.1", "-p", str(port), "--model", str(model),
            "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
        ),
        env=env,
        cwd=REPOSITORY,
        # /status answers 200 only once a model is loaded.
        is_ready=answers_http(f"http://127.0.0.1:{port}/status?token={settings.rasa_token}"),
        ready_limit=120.0,
    )  # fmt: skip
