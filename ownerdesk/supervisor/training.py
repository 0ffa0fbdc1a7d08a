"""The Rasa model that fits the present training data: found by fingerprint, trained when there is none."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ownerdesk.settings import Settings
from ownerdesk.supervisor.commands import run_to_end
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.reader import deep_reader_environment, find_usable_model, open_reader

# What a model is made of, from the top of the repository. Folders count with everything in them.
INGREDIENTS = (
    "nlu/data",
    "nlu/rules",
    "nlu/stories",
    "nlu/components",
    "nlu/importer.py",
    "nlu/deep_reader.py",
    "domain.yml",
    "config.yml",
    "requirements/rasa.txt",
)
REPORT_EVERY_SECONDS = 15.0
FOLLOW_SECONDS = 1.0
SHOWN_LINES = 8
# Log lines, `UserWarning: …`, and the exception that ends it.
_SAID = re.compile(
    r"(?: (?:WARNING|ERROR|CRITICAL) +\S+ +- |(?:User|Future)Warning: |^(?=\w+(?:\.\w+)*(?:Exception|Error): ))(.+)"
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
IN_SERVICE = "in-service.tar.gz"
Report = Callable[[str], None]


def calculate_fingerprint(root: Path) -> str:
    """Changes whenever anything a model is made of does."""
    digest = hashlib.sha256()
    for path in _ingredient_files(root):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def model_path(settings: Settings, root: Path) -> Path:
    """Where the fitting model is, or will be. One that learnt with a deep reader fits that deep reader only."""
    deep_model = find_usable_model(settings)
    name = calculate_fingerprint(root) + (f"-{deep_model.id}" if deep_model else "")
    return settings.models_dir / f"{name}.tar.gz"


def model_base(settings: Settings, root: Path) -> str:
    """What the name of every model begins with that this version can load: code, data and deep reader."""
    return model_path(settings, root).name.removesuffix(".tar.gz")


def find_model_in_service(settings: Settings, root: Path) -> Path | None:
    """The model that was put into service last, when this version can load it; else the caller takes the one that
    fits the repository's own data. A pointer in the models folder names it, so that Rasa comes back with it by itself."""
    pointer = settings.models_dir / IN_SERVICE
    target = settings.models_dir / os.readlink(pointer) if pointer.is_symlink() else None
    base = model_base(settings, root)
    if target is None or not target.exists():
        return None
    return pointer if target.name.startswith((f"{base}.", f"{base}+")) else None


def point_at(settings: Settings, name: str) -> Path:
    """Make the pointer name this file of the models folder, in one step."""
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    pointer, draft = settings.models_dir / IN_SERVICE, settings.models_dir / f".{IN_SERVICE}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(name)
    draft.replace(pointer)
    return pointer


def rasa_environment(settings: Settings, root: Path) -> dict[str, str]:
    """What every Rasa process gets. One thread each: on a small machine the parts run beside each other."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }
    return kept | {
        "PYTHONPATH": str(root),
        "PYTHONUNBUFFERED": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        # Rasa's cache knows a component by its class alone and would miss a change in the modules it uses.
        "RASA_MAX_CACHE_SIZE": "0",
        "RASA_CACHE_DIRECTORY": str(settings.data_dir / "rasa-cache"),
        "SANIC_ACCESS_LOG": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **deep_reader_environment(settings),
    }


def rasa_python(root: Path) -> Path:
    python = root / ".venv-rasa" / "bin" / "python"
    if not python.exists():
        raise CannotStart("The Rasa environment is missing. Run `make setup`.")
    return python


async def train(
    settings: Settings,
    root: Path,
    report: Report,
    *,
    more_data: Path | None = None,
    name: str | None = None,
    say_line: Report | None = None,
    niceness: int = 0,
) -> Path:
    """Train the model of the present data; the caller has seen that it is missing, or wants it anew.

    It appears under its name only when it is whole. Cancelling ends the training. The output is in `log/train.log`.
    With a deep reader set, the one that runs is asked, or one is started for as long as this takes. `more_data` is a
    folder of the installation's own messages, `name` then the file's; `say_line` hears each line of Rasa's log.
    """
    async with open_reader(settings, report) as with_reader:
        target = model_path(with_reader, root) if name is None else settings.models_dir / name
        data = [str(more_data)] if more_data else []
        return await _train(with_reader, root, target, data, report, say_line, niceness)


async def _train(
    settings: Settings,
    root: Path,
    target: Path,
    more_data: Sequence[str],
    report: Report,
    say_line: Report | None,
    niceness: int,
) -> Path:
    draft = settings.models_dir / f".training-{os.getpid()}"
    log_path = settings.data_dir / "log" / "train.log"
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    data = [name for name in ("nlu/data", "nlu/rules", "nlu/stories") if (root / name).is_dir()]
    command = [
        str(rasa_python(root)), "-m", "nlu.serve", "train", "--data", *data, *more_data,
        "--domain", "domain.yml", "--config", "config.yml",
        # What it would say about unused intents and clashing rules is for the tests to say.
        "--skip-validation", "--force", "--out", str(draft), "--fixed-model-name", "model",
    ]  # fmt: skip
    reporting = [asyncio.create_task(_report_regularly(report))]
    if say_line is not None:
        reporting.append(asyncio.create_task(_follow(log_path, say_line)))
    try:
        await run_to_end(
            command, env=rasa_environment(settings, root), cwd=root, log_path=log_path,
            niceness=niceness,
        )  # fmt: skip
        (draft / "model.tar.gz").replace(target)
    except CannotStart as error:
        raise CannotStart(
            f"Rasa could not train a model; usually a mistake in nlu/, domain.yml or config.yml. {error}"
        ) from None
    finally:
        for task in reporting:
            task.cancel()
        shutil.rmtree(draft, ignore_errors=True)
    return target


async def validate(
    settings: Settings, root: Path, more_data: Sequence[Path], *, niceness: int = 0
) -> tuple[bool, list[str]]:
    """Have Rasa look at the repository's data with more beside them: whether it would train on them, and the lines in
    which it warned or found a mistake. The output is in `log/validate.log`."""
    log_path = settings.data_dir / "log" / "validate.log"
    data = [name for name in ("nlu/data", "nlu/rules", "nlu/stories") if (root / name).is_dir()]
    command = [
        str(rasa_python(root)), "-W", "ignore", "-m", "nlu.serve", "data", "validate",
        "--data", *data, *map(str, more_data), "--domain", "domain.yml", "--config", "config.yml",
    ]  # fmt: skip
    is_valid = True
    try:
        await run_to_end(
            command, env=rasa_environment(settings, root), cwd=root, log_path=log_path,
            niceness=niceness,
        )  # fmt: skip
    except CannotStart:
        is_valid = False
    lines = log_path.read_text(errors="replace").splitlines() if log_path.exists() else []
    complaints = list_complaints(lines, settings.data_dir, root)
    if not is_valid and not complaints:
        complaints = [_COLOURS.sub("", line) for line in lines if line.strip()][-SHOWN_LINES:]
    return is_valid, complaints


def list_complaints(lines: Sequence[str], *places: Path) -> list[str]:
    """What Rasa warned of or found wrong, without the times, the colours, and `places`: where it is installed and where
    the data are. An exception is told whole, with the line of the file that it is about."""
    found: list[str] = []
    is_exception = False
    for line in lines:
        plain = _COLOURS.sub("", line)
        said = _SAID.search(plain)
        if said:
            found.append(said[1].strip())
            is_exception = plain.startswith(said[1])
        elif is_exception and plain.strip():
            found[-1] += f" {plain.strip()}"
        else:
            is_exception = False
    for place in places:
        found = [said.replace(f"{place}/", "") for said in found]
    return list(dict.fromkeys(found))


async def _follow(log_path: Path, say_line: Report) -> None:
    """Each line once it is whole. The log is made anew a moment after this begins."""
    await asyncio.sleep(FOLLOW_SECONDS)
    read = 0
    while True:
        if log_path.exists():
            whole = log_path.read_bytes()[read:].rpartition(b"\n")[0]
            read += len(whole) + 1 if whole else 0
            for line in whole.decode(errors="replace").splitlines():
                say_line(line)
        await asyncio.sleep(FOLLOW_SECONDS)


async def _report_regularly(report: Report) -> None:
    waited = 0.0
    while True:
        await asyncio.sleep(REPORT_EVERY_SECONDS)
        waited += REPORT_EVERY_SECONDS
        report(f"still training ({waited:.0f} s)")


def _ingredient_files(root: Path) -> Iterator[Path]:
    for name in INGREDIENTS:
        path = root / name
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.is_file() and "__pycache__" not in file.parts
            )
