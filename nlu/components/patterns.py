"""Entities that rules and word lists find: places, things, times, money, phones and numbers of appeals.

What they are and how they are found is in `nlu/components/entities/`.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.entities import find_entities, fingerprint

# In the metadata of a message that is a part of another: the entities are read in the whole.
PART = "part"


def find_patterns(text: str) -> list[dict[str, Any]]:
    """The entities of a text in their order, as Rasa keeps them; values in the form in which the core reads them."""
    return [
        {
            "entity": found.name,
            "value": found.value,
            "start": found.start,
            "end": found.end,
            "extractor": "PatternEntities",
        }
        for found in find_entities(text)
    ]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PatternEntities(GraphComponent):
    """Adds the entities of `find_patterns` to a message that is no part of another."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PatternEntities:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if (message.get(METADATA) or {}).get(PART):
                continue
            found = find_patterns(message.get(TEXT) or "")
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages
