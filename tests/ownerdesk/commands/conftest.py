"""`ownerdesk …` as a person types it, on the test's own database; in this process, because starting one each time
takes longer than the tests."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ownerdesk import cli
from ownerdesk.settings import Settings


@dataclass(frozen=True)
class Typed:
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


Type = Callable[..., Typed]


@pytest.fixture
def type_command(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Type:
    """Run a command; `typed` is its standard input, other keywords are its environment."""
    # A developer's own .env must not come in between.
    monkeypatch.setattr(cli, "load_env_file", lambda path: None)
    for name, value in settings.to_environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TELEGRAM_TOKEN", "")

    def run(*words: str, typed: str = "", **environ: str) -> Typed:
        with monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                cli.main(words)
        out, err = capsys.readouterr()
        return Typed(int(ended.value.code or 0), out, err)

    return run
