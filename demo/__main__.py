"""`python -m demo`: start the Telegram stand-in with its phone page, on loopback only."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from demo.app import add_cast, serve
from demo.journal import JournalInUseError
from demo.state import Config, State


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    defaults = Config()
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="port on 127.0.0.1")
    parser.add_argument("--data", type=Path, default=Path("var/demo"), help="where chats are kept")
    parser.add_argument("--token", default=defaults.token, help="the one token that is accepted")
    parser.add_argument("--rate", type=float, default=defaults.rate, help="messages/s over all")
    parser.add_argument(
        "--chat-rate",
        type=float,
        default=float(os.environ.get("DEMO_CHAT_RATE") or defaults.chat_rate),
        help="messages/s to one chat (or DEMO_CHAT_RATE)",
    )
    parser.add_argument(
        "--chat-burst", type=int, default=defaults.chat_burst, help="messages at once to one chat"
    )
    parser.add_argument("--no-cast", action="store_true", help="start with nobody in it")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> None:
    config = Config(
        token=options.token,
        rate=options.rate,
        chat_rate=options.chat_rate,
        chat_burst=options.chat_burst,
    )
    state = State(options.data, config)
    if not options.no_cast:
        add_cast(state)
    task = asyncio.create_task(serve(state, options.port))
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> int:
    options = parse_arguments(sys.argv[1:])
    try:
        asyncio.run(run(options))
    except JournalInUseError as error:
        print(f"Another stand-in is using {error}; stop it or choose --data.", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"Port {options.port} is in use; choose another with --port.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
