"""Which model fits, when one is trained, and what is said when training fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ownerdesk.settings import Settings, load_settings
from ownerdesk.supervisor import training
from ownerdesk.supervisor.errors import CannotStart

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


def test_rasa_gets_none_of_the_secrets(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_TOKEN", "SECRET_KEY", "DATABASE_URL"):
        monkeypatch.setenv(name, "hidden")
    assert "hidden" not in training.rasa_environment(settings, Path.cwd()).values()
