"""`ownerdesk run` from the first check to the last goodbye."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ownerdesk.adapters.deep_reader import UnusableModel, find_model
from ownerdesk.adapters.embedded_postgres import EmbeddedPostgres
from ownerdesk.settings import OFFICIAL_TELEGRAM_API, Settings
from ownerdesk.supervisor import checks, database, training
from ownerdesk.supervisor.commands import run_to_end
from ownerdesk.supervisor.reader import find_usable_model
from ownerdesk.supervisor.roster import (
    DEMO_TOKEN,
    REPOSITORY,
    STOP_ORDER,
    console_url,
    demo_part,
    own_part,
    rasa_part,
    rasa_port,
    runs_rasa_here,
)
from ownerdesk.supervisor.supervisor import Supervisor
from ownerdesk.supervisor.terminal import Terminal

DEMO_PORT = 8081
# The worker waits for Rasa this long at a start; after that emergencies are told by rule, the rest goes to a person.
RASA_HEAD_START_SECONDS = 90.0
HEALTH_LIMIT_SECONDS = 60.0


def run_everything(settings: Settings, terminal: Terminal | None = None) -> int:
    """Blocks until told to stop. Returns the exit code; raises CannotStart when the start is refused."""
    terminal = terminal or Terminal()
    lock = checks.take_lock(settings.data_dir)
    try:
        settings = _check(
            settings,
            terminal,
            patience=checks.LEFTOVER_LIMIT_SECONDS if lock.was_left_behind else 0.0,
        )
        return asyncio.run(Launch(settings, terminal).run())
    finally:
        lock.release()


def _check(settings: Settings, terminal: Terminal, *, patience: float) -> Settings:
    """Everything that can be refused in a second, and the settings with the demo's filled in."""
    checks.check_disk_space(settings.data_dir)
    checks.check_port(settings.host, settings.port, "OWNERDESK_PORT", patience=patience)
    checks.check_port("127.0.0.1", settings.actions_port, "ACTIONS_PORT", patience=patience)
    if runs_rasa_here(settings):
        checks.check_port("127.0.0.1", rasa_port(settings), "RASA_URL", patience=patience)
        training.rasa_python(REPOSITORY)
    if settings.database_url:
        database.check_server(settings.database_url)
    try:
        if find_model(settings) is not None:
            port = settings.deep_reader_port
            checks.check_port("127.0.0.1", port, "DEEP_READER_PORT", patience=patience)
    except UnusableModel as error:
        terminal.say("reader", f"{error} The rest runs without it.")
    if settings.telegram_token:
        name = checks.check_token(settings.telegram_api_url, settings.telegram_token)
        terminal.say(
            "telegram",
            f"the token is @{name}'s" if name else "cannot be reached now; the bot keeps trying",
        )
        return settings
    demo_url = settings.demo_url or f"http://127.0.0.1:{checks.find_free_port(DEMO_PORT)}"
    if settings.telegram_api_url != OFFICIAL_TELEGRAM_API:
        terminal.say(
            "telegram", "TELEGRAM_API_URL is left aside: there is no TELEGRAM_TOKEN to use with it"
        )
    terminal.say(
        "telegram", "no TELEGRAM_TOKEN, so this is the demo: a stand-in takes Telegram's place"
    )
    return replace(
        settings, telegram_token=DEMO_TOKEN, telegram_api_url=demo_url, demo_url=demo_url
    )


A = TypeVar("A")
B = TypeVar("B")


class Launch:
    """One run. Stages that do not need each other run at the same time."""

    def __init__(self, settings: Settings, terminal: Terminal) -> None:
        self.settings = settings
        self.terminal = terminal
        self.supervisor = Supervisor(settings.data_dir / "log", terminal)
        self.postgres: EmbeddedPostgres | None = None
        self._has_reader = find_usable_model(settings) is not None
        self._stop = asyncio.Event()
        self._in_a_hurry = False

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)
        work = asyncio.create_task(self._bring_up_and_watch())
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()  # it only ends by an error
            return 0
        finally:
            await _cancel(work, stop)
            await self._shut_down()

    def _asked_to_stop(self) -> None:
        if not self._stop.is_set():
            self.terminal.line()
            self.terminal.say(
                "stopping", "at most ten seconds; Ctrl-C again ends everything at once"
            )
            self._stop.set()
        elif not self._in_a_hurry:
            self._in_a_hurry = True
            self.supervisor.kill()
            if self.postgres is not None:
                self.postgres.process.send_signal(signal.SIGQUIT)

    async def _bring_up_and_watch(self) -> None:
        if self.settings.demo_url:
            self.supervisor.start(demo_part(self.settings))
        if self._has_reader:
            # A training asks the reader, and the reader asks the database what it has read before.
            await self._have_database()
            self.supervisor.start(own_part("reader", self.settings))
            model = await self._have_model()
        else:
            model, _ = await _together(self._have_model(), self._have_database())
        self.supervisor.start(own_part("actions", self.settings))
        self.supervisor.start(own_part("bot", self.settings))
        self.supervisor.start(own_part("console", self.settings))
        await self._have_rasa(model)
        self.supervisor.start(own_part("worker", self.settings))
        self.supervisor.start(own_part("trainer", self.settings))
        await self._have_all_ready()
        missing = await self._wait_for_health()
        self._say_ready(missing)
        await self._watch_database()

    async def _have_database(self) -> None:
        if not self.settings.database_url:
            self._start_postgres()
        await self._run_command("migrate", "brings the tables up to date")
        await asyncio.to_thread(database.prepare_rasa_schema, self.settings.database_url)
        if self.settings.demo_url:
            await self._run_command("seed", "puts the demo's people and homes in place")
        else:
            await self._run_command("prepare", "loads articles, services and instructions")

    def _start_postgres(self, port: int = 0) -> None:
        # In the main thread on purpose, although it blocks for up to a second: see embedded_postgres.start.
        directory = self.settings.embedded_database_dir
        if not directory.exists():
            self.terminal.say("database", f"making PostgreSQL 18 under {directory}, a few seconds")
        self.postgres = database.start_embedded(self.settings, port=port)
        self.settings = replace(self.settings, database_url=self.postgres.url)
        self.terminal.say("database", f"PostgreSQL 18 is up on 127.0.0.1:{self.postgres.port}")

    async def _have_model(self) -> Path | None:
        if not runs_rasa_here(self.settings):
            return None
        path = training.model_path(self._for_rasa, REPOSITORY)
        if not path.exists() and self._has_reader:
            await self._await_reader()
            path = training.model_path(self._for_rasa, REPOSITORY)
        if (in_service := training.find_model_in_service(self._for_rasa, REPOSITORY)) is not None:
            return in_service
        if path.exists():
            return training.point_at(self.settings, path.name)
        self.terminal.say(
            "model", "no model fits the training data: training one, usually one to three minutes"
        )
        path = await training.train(
            self._for_rasa, REPOSITORY, lambda text: self.terminal.say("model", text)
        )
        self.terminal.say("model", f"trained: {path.name}")
        return training.point_at(self.settings, path.name)

    @property
    def _for_rasa(self) -> Settings:
        """Rasa and its training know of the deep reader only when there is one to ask."""
        return self.settings if self._has_reader else replace(self.settings, deep_reader_model=None)

    async def _await_reader(self) -> None:
        """A training needs it. One that ends instead of coming up is left to the supervisor, and Rasa learns without."""
        self.terminal.say("reader", "loading the model of DEEP_READER_MODEL, for the training")
        reader = self.supervisor.running["reader"]
        coming = asyncio.create_task(reader.wait_ready())
        while not coming.done() and not reader.restarts:
            await asyncio.wait([coming], timeout=0.3)
        await _cancel(coming)
        self._has_reader = reader.ready.is_set()
        if not self._has_reader:
            self.terminal.say(
                "reader", f"does not come up; Rasa learns without it. See {self._log('reader')}"
            )

    async def _have_rasa(self, model: Path | None) -> None:
        if model is None:
            self.terminal.say("rasa", f"runs elsewhere, at {self.settings.rasa_url}")
            return
        self.terminal.say("rasa", "loading the model, usually ten to twenty seconds")
        rasa = self.supervisor.start(rasa_part(self._for_rasa, model))
        with contextlib.suppress(TimeoutError):
            if await asyncio.wait_for(rasa.wait_ready(), RASA_HEAD_START_SECONDS):
                self.terminal.say("rasa", "ready")
                return
        self.terminal.say(
            "rasa", f"not ready yet, the rest goes on without it; see {self._log('rasa')}"
        )

    async def _have_all_ready(self) -> None:
        apart = ("rasa", "reader")
        parts = [part for name, part in self.supervisor.running.items() if name not in apart]
        answers = await asyncio.gather(*(part.wait_ready() for part in parts))
        for part, is_ready in zip(parts, answers, strict=True):
            if not is_ready:
                self.terminal.say(part.part.name, f"not ready yet; see {self._log(part.part.name)}")
        if (reader := self.supervisor.running.get("reader")) is not None:
            state = "ready" if reader.ready.is_set() else "still loading its model"
            self.terminal.say("reader", f"{state}; its log is {self._log('reader')}")

    async def _run_command(self, name: str, what: str) -> None:
        self.terminal.say(name, what)
        argv = [sys.executable, "-m", "ownerdesk", name]
        env = own_part(name, self.settings).env
        await run_to_end(argv, env=env, cwd=REPOSITORY, log_path=self._log(name))

    async def _wait_for_health(self) -> str:
        """Empty once the console says that everything is ready; what it said last when that takes too long."""
        url = f"{console_url(self.settings)}/healthz"
        deadline = asyncio.get_running_loop().time() + HEALTH_LIMIT_SECONDS
        while True:
            is_ready, answer = await asyncio.to_thread(_read_health, url)
            if is_ready or asyncio.get_running_loop().time() > deadline:
                return "" if is_ready else answer
            await asyncio.sleep(0.3)

    def _say_ready(self, missing: str) -> None:
        say = self.terminal.line
        url = console_url(self.settings)
        say()
        if missing:
            say(f"  Ownerdesk is up at {url}, but not everything is ready: {missing}")
            say(f"  The logs are in {self._log('').parent}; what failed is tried again.")
        else:
            say(f"  Ownerdesk is ready: {url}")
        if self.settings.demo_url:
            say(f"  A phone to play an owner on: {url}/demo")
            login = self.settings.data_dir / "demo" / "admin.txt"
            if login.exists():
                say("  Console login of the demo:")
                for line in login.read_text().strip().splitlines():
                    say(f"    {line}")
        else:
            say("  The first time, make yourself a login: .venv/bin/ownerdesk admin create")
        say("  Stop with Ctrl-C.")
        say()

    async def _watch_database(self) -> None:
        """The embedded server comes back on the same port, which the parts have in their settings."""
        while True:
            await asyncio.sleep(1)
            if self.postgres is not None and not self.postgres.is_running():
                self.terminal.say("database", "ended by itself; starting it again")
                self._start_postgres(self.postgres.port)

    async def _shut_down(self) -> None:
        await self.supervisor.stop(STOP_ORDER)
        if self.postgres is not None:
            self.postgres.stop()
        self.terminal.say("stopped", "nothing is left running")

    def _log(self, name: str) -> Path:
        return self.settings.data_dir / "log" / f"{name}.log"


async def _together(first: Coroutine[Any, Any, A], second: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """Both at once. The first error ends the other and comes out as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = group.create_task(first), group.create_task(second)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return tasks[0].result(), tasks[1].result()


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _read_health(url: str) -> tuple[bool, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return answer.status == 200, ""
    except urllib.error.HTTPError as error:
        with contextlib.suppress(ValueError, OSError):
            return False, json.dumps(json.load(error))
        return False, f"status {error.code}"
    except OSError as error:
        return False, str(error)
