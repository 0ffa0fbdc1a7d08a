"""What a model is made of on this installation: the repository's messages and the company's own, as Rasa reads them."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from ownerdesk.adapters.labelled_messages import read_sets
from ownerdesk.adapters.rasa_yaml import format_examples
from ownerdesk.model import Example
from ownerdesk.rules.dataset_checks import Taught
from ownerdesk.rules.model_reports import REAL
from ownerdesk.rules.natures import nature_of
from ownerdesk.rules.scoring import Truth
from ownerdesk.supervisor.roster import REPOSITORY


def export(examples: Sequence[Example], folder: Path) -> Path:
    """Write the training examples as Rasa YAML, one file a language. The folder is made anew, whole or not at all."""
    draft = folder.with_name(f".{folder.name}-draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for language, text in format_examples(examples).items():
        (draft / f"{language}.yml").write_text(text, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return folder


def describe(examples: Sequence[Example], base_count: int, base: str) -> dict[str, Any]:
    """What a model learnt from: a hash of all of it, and how much of each."""
    digest = hashlib.sha256(base.encode())
    for example in examples:
        row = (example.id, example.text, example.intent, example.category, example.kind)
        digest.update(repr(row).encode())
    return {
        "hash": digest.hexdigest()[:16],
        "base_examples": base_count,
        "own_examples": len(examples),
        "own_by_intent": dict(Counter(example.intent for example in examples)),
        "own_by_language": dict(Counter(example.language for example in examples)),
        "last_example": max((example.id for example in examples), default=None),
    }


def read_base() -> list[Taught]:
    """The repository's own training messages."""
    taught = []
    for path in sorted((REPOSITORY / "nlu" / "data").rglob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for block in content["nlu"]:
            taught += [
                Taught(
                    None,
                    example["text"],
                    path.parent.name,
                    block["intent"],
                    (example.get("metadata") or {}).get("category", ""),
                )
                for example in block.get("examples", [])
            ]
    return taught


def read_tests(real: Iterable[Example]) -> dict[str, list[Truth]]:
    """The fixed sets of the repository, and the company's own real messages."""
    sets = read_sets(REPOSITORY / "tests" / "data")
    sets[REAL] = read_truths(real)
    return {name: truths for name, truths in sets.items() if truths}


def read_truths(examples: Iterable[Example]) -> list[Truth]:
    """What people said that messages are."""
    return [
        Truth(
            id=str(example.id),
            text=example.text,
            language=example.language,
            nature=str(nature_of(example.intent)),
            category=example.category or "other",
            kind=example.kind,
        )
        for example in examples
    ]
