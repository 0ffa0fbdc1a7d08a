"""A repository with a tenth of the messages, so that a training by the trainer's own way takes a minute."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from ownerdesk.adapters.labelled_messages import LANGUAGES
from ownerdesk.supervisor.roster import REPOSITORY

ONE_IN = 10
LEAST = 6  # of each intent, category and kind; with fewer there is nothing to learn from
TESTED = 40  # messages a language
FILES = ("domain.yml", "config.yml", "credentials.yml", "endpoints.yml", "requirements/rasa.txt")


def make_small_repository(root: Path) -> Path:
    """What a model is made of and tested with, at the top of a folder of its own."""
    shutil.copytree(REPOSITORY / "nlu", root / "nlu", ignore=shutil.ignore_patterns("data", "__pycache__"))  # fmt: skip
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, root / name)
    (root / ".venv-rasa").symlink_to((REPOSITORY / ".venv-rasa").resolve())
    seen: Counter[tuple[str, ...]] = Counter()
    for path in sorted((REPOSITORY / "nlu" / "data").rglob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        content["nlu"] = [_thin_out(block, path.parent.name, seen) for block in content["nlu"]]
        content["nlu"] = [block for block in content["nlu"] if block.get("examples", True)]
        copy = root / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    for language in LANGUAGES:
        _shorten(Path("tests/data/messages") / f"{language}.csv", root)
    return root


def _thin_out(
    block: dict[str, Any], language: str, seen: Counter[tuple[str, ...]]
) -> dict[str, Any]:
    if "intent" not in block or "examples" not in block:
        return block
    kept = []
    for example in block["examples"]:
        said = example.get("metadata") or {}
        label = (language, block["intent"], said.get("category", ""), said.get("kind", ""))
        if seen[label] < LEAST or seen[label] % ONE_IN == 0:
            kept.append(example)
        seen[label] += 1
    return {**block, "examples": kept}


def _shorten(path: Path, root: Path) -> None:
    with (REPOSITORY / path).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = rows[:: max(len(rows) // TESTED, 1)]
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    with (root / path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
