"""The messages that are learnt from, as the training files have them, in an order that is the same every time."""

from __future__ import annotations

import random
from collections import Counter

import yaml

from ownerdesk.supervisor.roster import REPOSITORY

SEED = 1
LEAST_OF_INTENT = 20
Labelled = tuple[str, str]


def read_training_messages() -> list[Labelled]:
    """Texts with their intents, well mixed."""
    found: list[Labelled] = []
    for path in sorted((REPOSITORY / "nlu" / "data").rglob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for block in content.get("nlu", ()):
            if "intent" in block:
                found += [(_text(example), block["intent"]) for example in block["examples"]]
    random.Random(SEED).shuffle(found)  # noqa: S311 - a fixed split is the point
    return found


def _text(example: object) -> str:
    return str(example["text"] if isinstance(example, dict) else example)


def split(messages: list[Labelled], most: int | None) -> tuple[list[Labelled], list[Labelled]]:
    """Four fifths to learn from and one fifth to be judged by.

    With a few messages only, for a quick try, intents too rare to be learnt in folds are left out.
    """
    counts = Counter(intent for _, intent in messages[:most])
    some = [(text, intent) for text, intent in messages[:most] if counts[intent] >= LEAST_OF_INTENT]
    end = len(some) * 4 // 5
    return some[:end], some[end:]
