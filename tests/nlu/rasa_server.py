"""A Rasa of the test run's own, and an action server that tests can look into and break."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from ownerdesk.settings import Settings
from ownerdesk.supervisor import training
from ownerdesk.supervisor.database import rasa_database_environment
from ownerdesk.supervisor.roster import REPOSITORY

TOKEN = "rasa-token"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class FakeActions:
    """Answers every action with one sentence, or as told; keeps what it was asked."""

    url: str
    calls: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    answer: Any = None

    def last(self) -> dict[str, Any]:
        return self.calls[-1]


@contextlib.contextmanager
def serve_fake_actions() -> Iterator[FakeActions]:
    actions = FakeActions("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            actions.calls.append(call)
            answer = actions.answer or {
                "events": [],
                "responses": [{"text": f"Done: {call['next_action']}"}],
            }
            body = json.dumps(answer).encode()
            self.send_response(actions.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a test run is no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        actions.url = f"http://127.0.0.1:{server.server_port}/webhook"
        Thread(target=server.serve_forever, daemon=True).start()
        yield actions
        server.shutdown()


@contextlib.contextmanager
def serve_rasa(
    settings: Settings, model: Path, database_url: str, actions_url: str, log_path: Path
) -> Iterator[str]:
    """Yields the address of a Rasa that keeps its conversations in that database."""
    port = free_port()
    env = training.rasa_environment(settings, REPOSITORY)
    env |= rasa_database_environment(database_url)
    env |= {"RASA_TOKEN": TOKEN, "ACTIONS_URL": actions_url}
    command = [
        str(training.rasa_python(REPOSITORY)), "-m", "nlu.serve", "run",
        "-i", "127.0.0.1", "-p", str(port), "--model", str(model),
        "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
    ]  # fmt: skip
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}", log_path)
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log_path: Path) -> None:
    request = urllib.request.Request(
        f"{url}/webhooks/ownerdesk/", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    for _ in range(600):
        if process.poll() is not None:
            raise AssertionError(f"Rasa ended while starting:\n{log_path.read_text()[-3000:]}")
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=2):
            return
        time.sleep(0.2)
    raise AssertionError(f"Rasa was never ready:\n{log_path.read_text()[-3000:]}")
