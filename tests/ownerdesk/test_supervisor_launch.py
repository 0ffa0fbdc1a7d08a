"""`ownerdesk run` from start to end, with made-up parts in the real order."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ownerdesk.settings import Settings, load_settings
from ownerdesk.supervisor import checks, launch
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.launch import Launch
from ownerdesk.supervisor.parts import Check, Part, answers_http
from ownerdesk.supervisor.terminal import Terminal
from tests.ownerdesk.test_supervisor import until
from tests.reader.conftest import write_model

REPOSITORY = Path(__file__).resolve().parents[2]

# Notes its start and its end in a diary, and answers /healthz when it got a port.
FAKE_PART = textwrap.dedent("""
    import http.server, pathlib, signal, sys, threading
    name, diary, port = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    def note(what):
        with diary.open("a") as file:
            file.write(f"{what} {name}\\n")
    def stop(*_):
        note("end")
        sys.exit(0)
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
    signal.signal(signal.SIGTERM, stop)
    if port:
        server = http.server.HTTPServer(("127.0.0.1", port), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    note("start")
    while True:
        signal.pause()
""")


class FakeProduct:
    """Replaces what the launch starts; everything else, the database included, is the real thing."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.diary = directory / "diary"
        self.diary.touch()
        self.output = io.StringIO()
        self.scripts: dict[str, str] = {}
        demo_url = f"http://127.0.0.1:{checks.find_free_port()}"
        self.settings = replace(
            load_settings({"OWNERDESK_DATA": str(directory / "var")}),
            port=checks.find_free_port(),
            demo_url=demo_url,
        )
        (directory / "var" / "demo").mkdir()
        (directory / "var" / "demo" / "admin.txt").write_text("admin@example.test\nsecret words\n")
        monkeypatch.setattr(launch, "own_part", self.part)
        monkeypatch.setattr(launch, "demo_part", lambda settings: self.part("demo", settings))
        self.rasa_settings: list[Settings] = []
        monkeypatch.setattr(launch, "rasa_part", self.rasa_part)
        monkeypatch.setattr(launch, "run_to_end", self.run_command)
        monkeypatch.setattr("ownerdesk.supervisor.training.train", self.train)
        model = directory / "var" / "models" / "x.tar.gz"
        monkeypatch.setattr("ownerdesk.supervisor.training.model_path", lambda *_: model)

    def part(self, name: str, settings: Settings) -> Part:
        port = settings.port if name == "console" else 0
        check: Check = lambda: name in self.lines("start")  # noqa: E731
        if port:
            check = answers_http(f"http://127.0.0.1:{port}/healthz")
        argv = (
            sys.executable,
            "-c",
            self.scripts.get(name, FAKE_PART),
            name,
            str(self.diary),
            str(port),
        )
        return Part(name, argv, dict(os.environ), REPOSITORY, check, ready_limit=20)

    def rasa_part(self, settings: Settings, _: Path) -> Part:
        self.rasa_settings.append(settings)
        return self.part("rasa", settings)

    async def run_command(self, argv: list[str], **_: object) -> None:
        self.note(f"run {argv[-1]}")

    async def train(self, settings: Settings, root: Path, report: Callable[[str], None]) -> Path:
        self.note("run train")
        return Path("x.tar.gz")

    def note(self, text: str) -> None:
        with self.diary.open("a") as file:
            file.write(f"{text}\n")

    def lines(self, what: str) -> list[str]:
        words = (line.split() for line in self.diary.read_text().splitlines())
        return [name for kind, name in words if kind == what]


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProduct:
    return FakeProduct(tmp_path, monkeypatch)


def run_until(product: FakeProduct, text: str, then: Callable[[Launch], Awaitable[None]]) -> int:
    """Run the launch; once it has said `text`, do `then`."""

    async def both() -> int:
        started = Launch(product.settings, Terminal(product.output))
        running = asyncio.create_task(started.run())
        await until(lambda: text in product.output.getvalue() or running.done(), limit=60)
        if not running.done():
            await then(started)
        return await running

    return asyncio.run(both())


async def press_ctrl_c(_: Launch) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_ends_everything_in_order_and_leaves_nothing_running(product: FakeProduct) -> None:
    children = set(psutil.Process().children(recursive=True))
    assert run_until(product, "Ownerdesk is ready", press_ctrl_c) == 0
    assert product.lines("end") == [
        "trainer", "bot", "console", "worker", "actions", "rasa", "demo",
    ]  # fmt: skip
    left = set(psutil.Process().children(recursive=True)) - children
    assert not [child for child in left if child.status() != psutil.STATUS_ZOMBIE]
    assert not (product.settings.embedded_database_dir / "postmaster.pid").exists()


def test_the_start_tells_its_stages_and_the_demo_login(product: FakeProduct) -> None:
    run_until(product, "Stop with Ctrl-C", press_ctrl_c)
    said = product.output.getvalue()
    assert f"Ownerdesk is ready: http://127.0.0.1:{product.settings.port}" in said
    assert "no model fits the training data" in said
    assert f"http://127.0.0.1:{product.settings.port}/demo" in said
    assert "secret words" in said
    assert sorted(product.lines("run")) == ["migrate", "seed", "train"]
    started = product.lines("start")
    assert set(started) == {"demo", "rasa", "actions", "bot", "console", "worker", "trainer"}
    assert started.index("worker") > started.index("rasa")


def test_with_a_model_the_deep_reader_runs_too_and_is_there_before_the_training(
    product: FakeProduct, tmp_path: Path
) -> None:
    product.settings = replace(
        product.settings, deep_reader_model=write_model(tmp_path / "model.gguf")
    )
    assert run_until(product, "Stop with Ctrl-C", press_ctrl_c) == 0
    diary = product.diary.read_text().splitlines()
    assert diary.index("run migrate") < diary.index("start reader") < diary.index("run train")
    assert product.lines("end").index("rasa") < product.lines("end").index("reader")
    assert [bool(settings.deep_reader_model) for settings in product.rasa_settings] == [True]


def test_a_deep_reader_that_does_not_come_up_is_named_and_the_rest_runs(
    product: FakeProduct, tmp_path: Path
) -> None:
    product.settings = replace(
        product.settings, deep_reader_model=write_model(tmp_path / "model.gguf")
    )
    product.scripts["reader"] = "import sys; sys.exit('the model has no end')"
    assert run_until(product, "Stop with Ctrl-C", press_ctrl_c) == 0
    said = product.output.getvalue()
    assert "the model has no end" in said
    assert "Rasa learns without it" in said
    assert "Ownerdesk is ready" in said
    assert [bool(settings.deep_reader_model) for settings in product.rasa_settings] == [False]


def test_a_missing_model_of_the_deep_reader_is_said_with_the_fix_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    output = io.StringIO()
    settings = load_settings(
        {
            "OWNERDESK_DATA": str(tmp_path),
            "DEEP_READER_MODEL": str(tmp_path / "missing.gguf"),
            "DEMO_URL": "http://127.0.0.1:1",
            **{
                name: str(checks.find_free_port())
                for name in ("OWNERDESK_PORT", "ACTIONS_PORT", "DEEP_READER_PORT")
            },
            "RASA_URL": f"http://127.0.0.1:{checks.find_free_port()}",
        }
    )
    launch._check(settings, Terminal(output), patience=0)
    assert "there is no such file. Put a GGUF language model at" in output.getvalue()
    assert "The rest runs without it" in output.getvalue()
    with socket.create_server(("127.0.0.1", settings.deep_reader_port)):
        launch._check(settings, Terminal(output), patience=0)  # nothing is going to listen there
        usable = replace(settings, deep_reader_model=write_model(tmp_path / "model.gguf"))
        with pytest.raises(CannotStart, match="DEEP_READER_PORT"):
            launch._check(usable, Terminal(output), patience=0)


def test_a_second_ctrl_c_does_not_wait_for_anybody(product: FakeProduct) -> None:
    product.scripts["worker"] = FAKE_PART.replace("sys.exit(0)", "pass")
    pressed_at = 0.0

    async def press_twice(started: Launch) -> None:
        nonlocal pressed_at
        pressed_at = time.monotonic()
        await press_ctrl_c(started)
        await until(lambda: "worker" in product.lines("end"))
        await press_ctrl_c(started)

    children = set(psutil.Process().children(recursive=True))
    assert run_until(product, "Stop with Ctrl-C", press_twice) == 0
    assert time.monotonic() - pressed_at < 5
    left = set(psutil.Process().children(recursive=True)) - children
    assert not [child for child in left if child.status() != psutil.STATUS_ZOMBIE]


def test_a_failing_stage_is_one_error_and_ends_what_had_started(
    product: FakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise CannotStart("the tables cannot be made")

    monkeypatch.setattr(launch, "run_to_end", fail)
    with pytest.raises(CannotStart, match="tables cannot be made"):
        run_until(product, "never said", press_ctrl_c)
    assert not (product.settings.embedded_database_dir / "postmaster.pid").exists()
    assert product.lines("start") in ([], ["demo"])


def test_a_database_that_dies_comes_back_on_the_same_port(product: FakeProduct) -> None:
    async def kill_database(started: Launch) -> None:
        assert started.postgres is not None
        port = started.postgres.port
        started.postgres.process.kill()
        await until(lambda: "starting it again" in product.output.getvalue())
        await until(started.postgres.is_running)
        assert started.postgres.port == port
        await press_ctrl_c(started)

    assert run_until(product, "Stop with Ctrl-C", kill_database) == 0


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the kernel's part in it is Linux's"
)
def test_parts_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import asyncio, os, pathlib, sys
        from ownerdesk.supervisor.parts import Part
        from ownerdesk.supervisor.supervisor import Supervisor
        from ownerdesk.supervisor.terminal import Terminal
        async def main():
            supervisor = Supervisor(pathlib.Path(sys.argv[1]), Terminal())
            sleep = (sys.executable, "-c", "import time; time.sleep(600)")
            part = supervisor.start(Part("worker", sleep, dict(os.environ), pathlib.Path.cwd()))
            await part.wait_ready()
            print(part.pid, flush=True)
            await asyncio.sleep(600)
        asyncio.run(main())
    """)
    supervisor = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    part = psutil.Process(int(supervisor.stdout.readline()))
    supervisor.kill()
    supervisor.communicate()
    psutil.wait_procs([part], timeout=5)
    assert not part.is_running() or part.status() == psutil.STATUS_ZOMBIE
