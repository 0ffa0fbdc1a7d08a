"""A whole Ownerdesk in processes of its own, as `ownerdesk run` starts it, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.trained import train_if_missing

REPOSITORY = Path(__file__).resolve().parents[1]
START_SECONDS = 300.0
STOP_SECONDS = 15.0


class Stack:
    """`ownerdesk run` on free ports with a data directory of its own.

    The trained models are shared and the present one is trained before the start, unless `models_dir` names
    another folder: then the start itself trains into it.
    """

    def __init__(self, data_dir: Path, *, models_dir: Path | None = None, **environ: str) -> None:
        self.data_dir = data_dir
        self._shares_models = models_dir is None
        self.port, self.demo_port, self.rasa_port, self.actions_port = free_ports(4)
        data_dir.mkdir(parents=True, exist_ok=True)
        models = models_dir or REPOSITORY / "var" / "models"
        models.mkdir(parents=True, exist_ok=True)
        if not (data_dir / "models").exists():
            (data_dir / "models").symlink_to(models)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name
            not in ("DATABASE_URL", "TELEGRAM_TOKEN", "PUBLIC_URL", "SECRET_KEY", "RASA_TOKEN")
        }
        self.environ = inherited | {
            "OWNERDESK_DATA": str(data_dir),
            "OWNERDESK_PORT": str(self.port),
            "RASA_URL": f"http://127.0.0.1:{self.rasa_port}",
            "ACTIONS_PORT": str(self.actions_port),
            "DEMO_URL": f"http://127.0.0.1:{self.demo_port}",
            **environ,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._database_url = ""

    @property
    def console_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def phone_url(self) -> str:
        """Where the stand-in listens."""
        return f"http://127.0.0.1:{self.demo_port}"

    def start(self) -> None:
        """Start everything and wait until the health page says so. Raises TimeoutError with the log's end."""
        if self._shares_models:
            train_if_missing()
        log = (self.data_dir / "run.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ownerdesk", "run"],
            cwd=REPOSITORY,
            env=self.environ,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError((self.data_dir / "run.log").read_text()[-3000:])
            time.sleep(0.3)
        self._database_url = psutil.Process(self.pid_of("bot")).environ()["DATABASE_URL"]

    def health(self) -> dict[str, bool]:
        """The parts that the health page names; empty while the console does not answer."""
        try:
            with urllib.request.urlopen(f"{self.console_url}/healthz", timeout=5) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            body = error.read()
        except OSError:
            return {}
        return dict(json.loads(body))

    def is_healthy(self) -> bool:
        health = self.health()
        return bool(health) and all(health.values())

    def stop(self) -> float:
        """Ctrl-C; returns the seconds it took. Whatever is left after 15 s is killed and raises."""
        assert self._process is not None, "it was started"
        started = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        return time.monotonic() - started

    def pid_of(self, part: str) -> int:
        """The process of a part. Raises LookupError while it is down."""
        assert self._process is not None, "it was started"
        needle = {"rasa": "nlu.serve", "demo": "demo"}.get(part, part)
        for child in psutil.Process(self._process.pid).children():
            with contextlib.suppress(psutil.Error):
                if needle in child.cmdline()[1:] and child.status() != psutil.STATUS_ZOMBIE:
                    return child.pid
        raise LookupError(part)

    def kill(self, part: str) -> None:
        """SIGKILL, with no chance to clean up."""
        os.kill(self.pid_of(part), signal.SIGKILL)

    @contextlib.contextmanager
    def frozen(self, part: str) -> Iterator[None]:
        """The part accepts connections and answers nobody, as a process that swaps or hangs does."""
        pid = self.pid_of(part)
        os.killpg(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(pid, signal.SIGCONT)

    @contextlib.contextmanager
    def down(self, part: str) -> Iterator[None]:
        """The part is killed, and its successor is stopped before it can listen."""
        killed = self.pid_of(part)
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(LookupError):
                if self.pid_of(part) != killed:
                    break
            time.sleep(0.02)
        with self.frozen(part):
            yield

    def wait_healthy(self, seconds: float = 60.0) -> None:
        """Wait until every part says that it is ready. Raises TimeoutError with what is missing."""
        deadline = time.monotonic() + seconds
        while not self.is_healthy():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready: {self.health()}")
            time.sleep(0.3)

    @property
    def database_url(self) -> str:
        """The embedded database of this stack, as its parts are told it."""
        return self._database_url

    @property
    def database_pid(self) -> int:
        """The postmaster."""
        assert self._process is not None, "it was started"
        for child in psutil.Process(self._process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if child.name() == "postgres":
                    return child.pid
        raise LookupError("postgres")

    def list_logs(self) -> list[Path]:
        """Every file that a part or the supervisor logs into."""
        return [self.data_dir / "run.log", *sorted((self.data_dir / "log").iterdir())]


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, all different."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [s.getsockname()[1] for s in sockets]


@contextlib.contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


_SHARED = pytest.StashKey[Stack]()
_FAILED = pytest.StashKey[Exception]()


def share(config: pytest.Config, data_dir: Path) -> Stack:
    """The one stack of a test run: started for the first test that asks, and stopped with the run.

    Telegram lets a bot write to a chat once a second. Here it may write more often, so that a journey of many
    steps takes seconds; tests of the limits themselves are elsewhere. One that did not start is not tried again:
    every test that asks for it fails with the reason.
    """
    if _FAILED in config.stash:
        raise config.stash[_FAILED]
    if _SHARED not in config.stash:
        stack = Stack(data_dir, OUTBOX_CHAT_RATE="20", DEMO_CHAT_RATE="25", HOLD_BACK_SECONDS="3")
        config.stash[_SHARED] = stack

        def end() -> None:
            stack.stop()

        config.add_cleanup(end)
        try:
            stack.start()
        except Exception as error:
            config.stash[_FAILED] = error
            raise
    return config.stash[_SHARED]
