"""Says which language a message is in, as a property and as an entity that fills the `language` slot."""

from __future__ import annotations

import inspect
import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import language_profile
from nlu.components.language_profile import OTHER, SUPPORTED, LanguageProfile

LANGUAGE = "language"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LanguageDetector(GraphComponent):
    """Detects the language unless the sender's own choice came along in the metadata of the message.

    The property `language` is what the text shows; the entity is what the slot is to hold. A text
    that shows no language gives no entity, and the slot keeps what it had.
    """

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, profile: LanguageProfile
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._profile = profile

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        return cls(model_storage, resource, LanguageProfile({}))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageDetector:
        with model_storage.read_from(resource) as directory:
            habits = json.loads((directory / "habits.json").read_text(encoding="utf-8"))
        return cls(model_storage, resource, LanguageProfile(habits))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return inspect.getsource(language_profile)

    def train(self, training_data: TrainingData) -> Resource:
        self._profile = LanguageProfile.learn(
            message.get(TEXT)
            for message in training_data.training_examples
            if message.get(TEXT) and message.get(INTENT)
        )
        with self._model_storage.write_to(self._resource) as directory:
            (directory / "habits.json").write_text(
                json.dumps(self._profile.habits, ensure_ascii=False), encoding="utf-8"
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            detected = self._profile.detect(text)
            message.set(LANGUAGE, detected, add_to_output=True)
            chosen = (message.get(METADATA) or {}).get(LANGUAGE)
            language = chosen if chosen in (*SUPPORTED, OTHER) else detected
            if language is not None:
                entity = {
                    "entity": LANGUAGE,
                    "value": language,
                    "start": 0,
                    "end": len(text),
                    "extractor": type(self).__name__,
                }
                message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
        return messages
