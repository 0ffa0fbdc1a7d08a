"""Entities that follow a fixed form: the number of an appeal and a phone number."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

APPEAL_NUMBER = "appeal_number"
PHONE = "phone"

# A letter or two and at least three digits: "A-1042", "a 1042", "A1042". "B-12" is a door, not an appeal.
_APPEAL = re.compile(r"(?<![\w-])([A-Za-z]{1,2})\s?[-–‑]?\s?(\d{3,9})(?![\w-])", re.ASCII)
_PHONE = re.compile(r"(?<![\w+])\+?\d(?:[ .\-()]{0,2}\d){6,14}(?!\w)", re.ASCII)


def find_patterns(text: str) -> list[dict[str, Any]]:
    """The entities of a text in their order, values in the form in which the database keeps them."""
    found = []
    for match in _PHONE.finditer(text):
        value = "".join(sign for sign in match.group() if sign.isdigit() or sign == "+")
        found.append(_entity(PHONE, value, match))
    for match in _APPEAL.finditer(text):
        if _is_number(match):
            value = f"{match.group(1).upper()}-{match.group(2)}"
            found.append(_entity(APPEAL_NUMBER, value, match))
    return sorted(found, key=lambda entity: entity["start"])


def _is_number(match: re.Match[str]) -> bool:
    """ "a 300" is an article and a quantity: a gap needs a dash, or a capital with four digits."""
    written = match.group()
    joined = written.replace(" ", "") == written
    return "-" in written.replace("–", "-").replace("‑", "-") or (
        len(match.group(2)) >= 4 and (joined or match.group(1).isupper())
    )


def _entity(name: str, value: str, match: re.Match[str]) -> dict[str, Any]:
    return {
        "entity": name,
        "value": value,
        "start": match.start(),
        "end": match.end(),
        "extractor": "PatternEntities",
    }


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PatternEntities(GraphComponent):
    """Adds the entities of `find_patterns` to a message."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PatternEntities:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = find_patterns(message.get(TEXT) or "")
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages
