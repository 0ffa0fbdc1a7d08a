"""The graph components' own tests, in the environment that has Rasa."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ownerdesk.settings import load_settings
from ownerdesk.supervisor import training
from ownerdesk.supervisor.roster import REPOSITORY


def test_the_components_pass_their_tests_in_the_rasa_environment(tmp_path: Path) -> None:
    command = [
        str(training.rasa_python(REPOSITORY)), "-W", "ignore", "-m", "unittest", "discover",
        "-s", "tests/nlu/components", "-t", ".", "-p", "check_*.py",
    ]  # fmt: skip

    result = subprocess.run(
        command,
        cwd=REPOSITORY,
        # A folder of their own: ten examples would take the place of the real training's sentence vectors.
        env=training.rasa_environment(load_settings(), REPOSITORY)
        | {"RASA_CACHE_DIRECTORY": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert result.returncode == 0, result.stderr[-4000:]
    assert "Ran 0 tests" not in result.stderr
