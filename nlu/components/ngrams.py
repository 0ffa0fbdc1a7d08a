"""Word and character n-grams: exact wording, slips and names that a sentence vector blurs."""

from __future__ import annotations

import inspect
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import text as texts


class Vocabulary:
    """The n-grams of one sort that were seen in enough messages, each with its weight (rare ones weigh more)."""

    def __init__(self, cut: Callable[[str], list[str]], weights: dict[str, float]) -> None:
        self._cut = cut
        self.weights = weights
        self._places = {gram: place for place, gram in enumerate(weights)}

    def __len__(self) -> int:
        return len(self.weights)

    @classmethod
    def learn(
        cls, cut: Callable[[str], list[str]], messages: Iterable[str], seen_in: int
    ) -> Vocabulary:
        seen: Counter[str] = Counter()
        total = 0
        for text in messages:
            seen.update(set(cut(text)))
            total += 1
        return cls(
            cut,
            {
                gram: 1.0 + math.log((1 + total) / (1 + count))
                for gram, count in sorted(seen.items())
                if count >= seen_in
            },
        )

    def row(self, text: str) -> tuple[list[int], np.ndarray]:
        """Places and values of the known n-grams of a text, as a vector of length 1 (or all zero)."""
        places: list[int] = []
        values: list[float] = []
        for gram, count in Counter(self._cut(text)).items():
            place = self._places.get(gram)
            if place is not None:
                places.append(place)
                values.append((1.0 + math.log(count)) * self.weights[gram])
        array = np.asarray(values, dtype=np.float32)
        length = float(np.linalg.norm(array))
        return places, array / length if length else array


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(Featurizer, GraphComponent):
    """Adds one sparse row to each message: a block of word n-grams and a block of character n-grams."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        weights: dict[str, dict[str, float]] | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        known = weights or {"words": {}, "characters": {}}
        self._words = Vocabulary(self._cut_words, known["words"])
        self._characters = Vocabulary(self._cut_characters, known["characters"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "longest_word_run": 2,
            "longest_character_run": 4,
            "seen_in": 2,  # an n-gram of one message only teaches that message
            "word_weight": 1.0,
            "character_weight": 1.0,
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
    ) -> NgramFeaturizer:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        with model_storage.read_from(resource) as directory:
            weights = json.loads((directory / "ngrams.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, weights)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return inspect.getsource(texts) + inspect.getsource(Vocabulary)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            message.get(TEXT)
            for message in training_data.training_examples
            if message.get(TEXT) and message.get(INTENT)
        ]
        seen_in = int(self._config["seen_in"])
        self._words = Vocabulary.learn(self._cut_words, examples, seen_in)
        self._characters = Vocabulary.learn(self._cut_characters, examples, seen_in)
        with self._model_storage.write_to(self._resource) as directory:
            weights = {"words": self._words.weights, "characters": self._characters.weights}
            (directory / "ngrams.json").write_text(
                json.dumps(weights, ensure_ascii=False), encoding="utf-8"
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._add(message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for message in training_data.training_examples:
            if message.get(TEXT):
                self._add(message)
        return training_data

    def _add(self, message: Message) -> None:
        text = message.get(TEXT) or ""
        word_places, words = self._words.row(text)
        places, characters = self._characters.row(text)
        columns = word_places + [len(self._words) + place for place in places]
        values = np.concatenate(
            [self._config["word_weight"] * words, self._config["character_weight"] * characters]
        )
        row = scipy.sparse.csr_matrix(
            (values.astype(np.float32), columns, [0, len(columns)]),
            shape=(1, len(self._words) + len(self._characters)),
        )
        message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, type(self).__name__))

    def _cut_words(self, text: str) -> list[str]:
        return texts.word_ngrams(text, int(self._config["longest_word_run"]))

    def _cut_characters(self, text: str) -> list[str]:
        return texts.character_ngrams(text, int(self._config["longest_character_run"]))
