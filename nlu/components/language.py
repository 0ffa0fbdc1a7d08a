"""Says which language a message is in, as a property and as an entity that fills the `language` slot."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.language_profile import OTHER, SUPPORTED, detect

LANGUAGE = "language"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(GraphComponent):
    """Detects the language unless the sender's own choice came along in the metadata of the message.

    The property `language` is what the text shows, the code of any language; the entity is what the slot is
    to hold, and the slot knows a language we do not answer in as `other`. A text that shows no language gives
    no entity, and the slot keeps what it had.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            detected = detect(text)
            message.set(LANGUAGE, detected, add_to_output=True)
            chosen = (message.get(METADATA) or {}).get(LANGUAGE)
            language = chosen if chosen in SUPPORTED else detected
            if language is not None:
                entity = {
                    "entity": LANGUAGE,
                    "value": language if language in SUPPORTED else OTHER,
                    "start": 0,
                    "end": len(text),
                    "extractor": type(self).__name__,
                }
                message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
        return messages
