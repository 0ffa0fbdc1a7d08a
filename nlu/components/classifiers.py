"""Trained classifiers: the intent of a message, and labels given to examples as metadata."""

from __future__ import annotations

import inspect
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_RANKING_KEY,
    METADATA,
    METADATA_EXAMPLE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import heads
from nlu.components.heads import Head


class _HeadComponent(GraphComponent):
    """What both classifiers share: a fitted head, kept in the model storage."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        head: Head | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._head = head

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> _HeadComponent:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> _HeadComponent:
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, Head.load(directory))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return inspect.getsource(heads)

    def _fit(self, labelled: list[tuple[Message, str]]) -> Resource:
        if len({label for _, label in labelled}) < 2:
            raise InvalidConfigException(
                f"{type(self).__name__} needs training examples of at least two labels."
            )
        self._head = heads.fit(
            [message for message, _ in labelled],
            [label for _, label in labelled],
            strength=float(self._config["strength"]),
            balance=float(self._config["balance"]),
        )
        with self._model_storage.write_to(self._resource) as directory:
            self._head.save(directory)
        return self._resource

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        assert self._head is not None, "Rasa loads a trained component before it is used."
        return [
            {"name": label, "confidence": round(confidence, 4)}
            for label, confidence in self._head.ranking(message)
        ]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LogisticIntentClassifier(_HeadComponent, IntentClassifier):
    """Logistic regression over sentence vector and n-grams; ranks every intent."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"strength": 1.0, "balance": 0.5}

    def train(self, training_data: TrainingData) -> Resource:
        return self._fit(
            [
                (message, message.get(INTENT))
                for message in training_data.training_examples
                if message.get(TEXT) and message.get(INTENT)
            ]
        )

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LabelClassifier(_HeadComponent):
    """Predicts a label that examples carry in their `metadata`, such as `category` or `kind`.

    With `only_intent` it learns from the examples of that intent alone. The answer is always given,
    with its confidence; whether it means anything depends on the intent.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"label": None, "only_intent": None, "strength": 1.0, "balance": 0.5}

    def train(self, training_data: TrainingData) -> Resource:
        name, only = self._config["label"], self._config["only_intent"]
        labelled = [
            (message, str(label))
            for message in training_data.training_examples
            if message.get(TEXT)
            and message.get(INTENT)
            and (only is None or message.get(INTENT) == only)
            and (label := _example_metadata(message).get(name))
        ]
        return self._fit(labelled)

    def process(self, messages: list[Message]) -> list[Message]:
        name = self._config["label"]
        for message in messages:
            ranking = self._ranking(message)
            message.set(name, dict(ranking[0]), add_to_output=True)
            message.set(f"{name}_ranking", ranking[:3], add_to_output=True)
        return messages


def _example_metadata(message: Message) -> dict[str, Any]:
    metadata = (message.get(METADATA) or {}).get(METADATA_EXAMPLE)
    return metadata if isinstance(metadata, dict) else {}
