"""Examples as Rasa reads them: YAML with the labels beside each message and the marks in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from ownerdesk.model import Example

NOTE = "# Messages of this installation's owners, labelled by its staff. Written by Ownerdesk before each training.\n"
# Rasa's marks for entities: in an owner's words they mean nothing.
_HARMLESS = str.maketrans("[]{}", "()()")


def format_examples(examples: Sequence[Example]) -> dict[str, str]:
    """The content of one file a language, by language."""
    return {
        language: _format([one for one in examples if one.language == language])
        for language in sorted({example.language for example in examples})
    }


def format_together(examples: Sequence[Example]) -> str:
    """All languages in one file, to take along."""
    return _format(examples)


def _format(examples: Sequence[Example]) -> str:
    blocks: dict[str, list[dict[str, Any]]] = {}
    for example in examples:
        blocks.setdefault(example.intent, []).append(_as_yaml(example))
    content = {
        "version": "3.1",
        "nlu": [{"intent": intent, "examples": some} for intent, some in sorted(blocks.items())],
    }
    return NOTE + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)


def _as_yaml(example: Example) -> dict[str, Any]:
    metadata = {"category": example.category} if example.category else {}
    if example.kind:
        metadata["kind"] = example.kind
    text = _with_marks(example.text, example.entities or [])
    return {"text": text} | ({"metadata": metadata} if metadata else {})


def _with_marks(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """`[the landing]{"entity": "place"}`, on one line."""
    parts, at = [], 0
    for entity in sorted(entities, key=lambda one: int(one["start"])):
        start, end = int(entity["start"]), int(entity["end"])
        parts.append(_plain(text[at:start]))
        parts.append(f'[{_plain(text[start:end])}]{{"entity": "{entity["name"]}"}}')
        at = end
    return " ".join("".join([*parts, _plain(text[at:])]).split())


def _plain(text: str) -> str:
    return text.translate(_HARMLESS)
