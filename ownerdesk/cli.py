"""The command `ownerdesk`. Each subcommand lives in `ownerdesk/commands/`, one file per noun."""

from __future__ import annotations

import argparse
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from ownerdesk import commands
from ownerdesk.commands import UserError
from ownerdesk.settings import InvalidSetting, load_env_file

REPOSITORY = Path(__file__).resolve().parents[1]


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ownerdesk", description="A conversational owner service for property companies."
    )
    subparsers = parser.add_subparsers(metavar="command", required=True)
    for noun in pkgutil.iter_modules(commands.__path__):
        import_module(f"{commands.__name__}.{noun.name}").add_parser(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Exits with the command's code; what a person can put right is one line, not a traceback."""
    args = make_parser().parse_args(arguments)
    try:
        load_env_file(REPOSITORY / ".env")
        code = args.handler(args)
    except (UserError, InvalidSetting) as error:
        print(f"ownerdesk: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
