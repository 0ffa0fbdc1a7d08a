"""Which model fits, when one is trained, and what is said when training fails."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ownerdesk.adapters.deep_reader import is_ready
from ownerdesk.settings import Settings, load_settings
from ownerdesk.supervisor import checks, training
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.reader import find_usable_model
from tests.reader.conftest import write_model

# Stands where Rasa's Python would; it understands `-m nlu.serve train … --out DIR --fixed-model-name NAME`.
FAKE_RASA = """#!/bin/sh
while [ $# -gt 0 ]; do
    [ "$1" = --out ] && out=$2
    [ "$1" = --fixed-model-name ] && name=$2
    shift
done
echo "reading the training data"
{outcome}
"""
SUCCEEDS = 'mkdir -p "$out" && echo model > "$out/$name.tar.gz"'
# Stands where the deep reader would: it says that it has the model it was told.
STAND_IN_READER = """
import http.server, json, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"model": sys.argv[1], "layers": 3, "size": 4}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", int(os.environ["DEEP_READER_PORT"])), Answer).serve_forever()
"""
FAILS = 'mkdir -p "$out" && echo half > "$out/$name.tar.gz"; echo "intent greet has no examples"; exit 1'


def make_project(directory: Path, outcome: str) -> Path:
    root = directory / "project"
    for name in ("nlu/data", "nlu/rules", "nlu/components", "requirements", ".venv-rasa/bin"):
        (root / name).mkdir(parents=True)
    (root / "nlu/data/greet.yml").write_text("hello")
    (root / "domain.yml").write_text("intents: [greet]")
    (root / "config.yml").write_text("pipeline: []")
    (root / "requirements/rasa.txt").write_text("rasa==3.6.21")
    python = root / ".venv-rasa/bin/python"
    python.write_text(FAKE_RASA.format(outcome=outcome))
    python.chmod(0o755)
    return root


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"OWNERDESK_DATA": str(tmp_path / "var")})


@pytest.mark.parametrize(
    "changed", ["nlu/data/greet.yml", "domain.yml", "config.yml", "requirements/rasa.txt"]
)
def test_the_fingerprint_changes_with_everything_a_model_is_made_of(
    tmp_path: Path, changed: str
) -> None:
    root = make_project(tmp_path, SUCCEEDS)
    before = training.calculate_fingerprint(root)
    assert training.calculate_fingerprint(root) == before
    (root / changed).write_text("something else")
    assert training.calculate_fingerprint(root) != before


def test_the_fingerprint_changes_with_a_new_file_and_not_with_caches(tmp_path: Path) -> None:
    root = make_project(tmp_path, SUCCEEDS)
    before = training.calculate_fingerprint(root)
    (root / "nlu/components/__pycache__").mkdir()
    (root / "nlu/components/__pycache__/x.pyc").write_bytes(b"x")
    assert training.calculate_fingerprint(root) == before
    (root / "nlu/components/words.py").write_text("WORDS = 1")
    assert training.calculate_fingerprint(root) != before


def test_a_trained_model_appears_under_its_fingerprint(tmp_path: Path, settings: Settings) -> None:
    root = make_project(tmp_path, SUCCEEDS)
    made = asyncio.run(training.train(settings, root, lambda _: None))
    assert made == settings.models_dir / f"{training.calculate_fingerprint(root)}.tar.gz"
    assert made.read_text() == "model\n"
    assert list(settings.models_dir.iterdir()) == [made]


def test_a_failed_training_shows_its_last_lines_and_leaves_no_model(
    tmp_path: Path, settings: Settings
) -> None:
    root = make_project(tmp_path, FAILS)
    with pytest.raises(CannotStart, match="intent greet has no examples") as failed:
        asyncio.run(training.train(settings, root, lambda _: None))
    assert "train.log" in str(failed.value)
    assert list(settings.models_dir.iterdir()) == []


def test_without_the_rasa_environment_the_person_is_told_what_to_run(
    tmp_path: Path, settings: Settings
) -> None:
    with pytest.raises(CannotStart, match="make setup"):
        asyncio.run(training.train(settings, tmp_path, lambda _: None))


@pytest.fixture
def deep_settings(tmp_path: Path) -> Settings:
    """With a deep reader's model that has a beginning and nothing else: enough for all but the reader itself."""
    path = write_model(tmp_path / "model.gguf")
    environ = {"OWNERDESK_DATA": str(tmp_path / "var"), "DEEP_READER_MODEL": str(path)}
    port = str(checks.find_free_port())
    return load_settings(environ | {"DEEP_READER_LAYERS": "3", "DEEP_READER_PORT": port})


def test_the_model_differs_with_the_deep_readers_model_and_is_the_usual_one_without(
    tmp_path: Path, deep_settings: Settings
) -> None:
    root = make_project(tmp_path, SUCCEEDS)
    without = training.model_path(replace(deep_settings, deep_reader_model=None), root)
    paths = {
        without,
        training.model_path(deep_settings, root),
        training.model_path(replace(deep_settings, deep_reader_layers=2), root),
    }
    assert len(paths) == 3
    missing = replace(deep_settings, deep_reader_model=tmp_path / "missing.gguf")
    assert training.model_path(missing, root) == without


def test_rasa_is_told_where_the_deep_reader_is_only_when_there_is_one(
    tmp_path: Path, settings: Settings, deep_settings: Settings
) -> None:
    told = training.rasa_environment(deep_settings, tmp_path)
    assert told["DEEP_READER_URL"] == deep_settings.deep_reader_url
    assert told["DEEP_READER_TOKEN"] == deep_settings.deep_reader_token
    missing = replace(deep_settings, deep_reader_model=tmp_path / "missing.gguf")
    for without in (settings, missing):
        assert "DEEP_READER_URL" not in training.rasa_environment(without, tmp_path)


def test_a_training_uses_the_deep_reader_that_answers_and_else_one_of_its_own(
    tmp_path: Path, deep_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The made-up training writes down what it was told, and asks whether somebody is there."""
    visit = "import os, urllib.request as u; u.urlopen(os.environ['DEEP_READER_URL'] + '/health')"
    note = f'echo "$DEEP_READER_URL" > "$0.url" && "{sys.executable}" -c "{visit}"'
    root = make_project(tmp_path, f"{note} || exit 1; {SUCCEEDS}")
    url_file = root / ".venv-rasa/bin/python.url"
    model = find_usable_model(deep_settings)
    assert model is not None
    stand_in = tmp_path / "reader.py"
    stand_in.write_text(STAND_IN_READER)
    run = asyncio.create_subprocess_exec

    async def run_stand_in(*argv: str, **options: Any) -> asyncio.subprocess.Process:
        if argv[1:] == ("-m", "ownerdesk", "run", "reader"):
            argv = (sys.executable, str(stand_in), model.id)
        return await run(*argv, **options)

    said: list[str] = []
    monkeypatch.setattr(asyncio, "create_subprocess_exec", run_stand_in)
    monkeypatch.setattr("ownerdesk.supervisor.reader.open_database", no_database)
    asyncio.run(training.train(deep_settings, root, said.append))
    own_url = url_file.read_text().strip()
    assert own_url != deep_settings.deep_reader_url
    assert any("starting one" in text for text in said)
    with pytest.raises(OSError, match="refused"):  # it ended with the training
        urllib.request.urlopen(own_url, timeout=5)

    environ = deep_settings.to_environ()
    with subprocess.Popen([sys.executable, str(stand_in), model.id], env=environ) as process:
        assert asyncio.run(wait_for_reader(deep_settings.deep_reader_url))
        asyncio.run(training.train(deep_settings, root, said.append))
        process.kill()
    assert url_file.read_text().strip() == deep_settings.deep_reader_url


def test_a_deep_reader_that_cannot_start_refuses_the_training_with_its_last_line(
    tmp_path: Path, deep_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real reader: llama.cpp knows no such model."""
    root = make_project(tmp_path, SUCCEEDS)
    monkeypatch.setattr("ownerdesk.supervisor.reader.open_database", no_database)
    with pytest.raises(
        CannotStart, match=r"ended while starting.*DEEP_READER_MODEL cannot be used"
    ):
        asyncio.run(training.train(deep_settings, root, lambda _: None))
    missing = replace(deep_settings, deep_reader_model=tmp_path / "missing.gguf")
    with pytest.raises(CannotStart, match="there is no such file"):
        asyncio.run(training.train(missing, root, lambda _: None))


@contextlib.contextmanager
def no_database(_: Settings) -> Iterator[str]:
    raise CannotStart("no database here")
    yield


async def wait_for_reader(url: str) -> bool:
    for _ in range(100):
        if await is_ready(url):
            return True
        await asyncio.sleep(0.1)
    return False


def test_rasa_gets_none_of_the_secrets(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_TOKEN", "SECRET_KEY", "DATABASE_URL"):
        monkeypatch.setenv(name, "hidden")
    assert "hidden" not in training.rasa_environment(settings, Path.cwd()).values()
