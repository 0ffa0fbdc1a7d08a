"""Rasa's command line with its API token taken from the environment.

`rasa run --auth-token …` would show the token to everybody who can list processes. Runs in the Rasa environment:
`.venv-rasa/bin/python -m nlu.serve run …`, from the top of the repository.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Hand the arguments to Rasa; `run` gets the token of RASA_TOKEN added."""
    token = os.environ.get("RASA_TOKEN", "")
    if sys.argv[1:2] == ["run"]:
        if not token:
            sys.exit("RASA_TOKEN is empty: Rasa is not started without an API token.")
        sys.argv += ["--auth-token", token]
        _resolve_model(sys.argv)

    from rasa.__main__ import main as rasa_main  # takes seconds: only once the token is known

    rasa_main()


def _resolve_model(arguments: list[str]) -> None:
    """The model in service is a pointer that may move; what is loaded goes by its own name."""
    if "--model" in arguments:
        place = arguments.index("--model") + 1
        arguments[place] = os.path.realpath(arguments[place])


if __name__ == "__main__":
    main()
