"""Word and character n-grams: exact wording, slips and names that a sentence vector blurs."""

from __future__ import annotations

import inspect
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import text as texts
from nlu.components.features import add_row
from nlu.components.neighbours import FEW


class Vocabulary:
    """The n-grams of one sort that were seen in enough messages, each with its weight (rare ones weigh more).

    `cut` gives the n-grams of a folded text. `unknown` is the weight of an n-gram that is none of them. It lengthens a
    message without a place of its own, so that a message of unknown words stays short in every known direction.
    """

    def __init__(
        self, cut: Callable[[str], list[str]], weights: dict[str, float], unknown: float
    ) -> None:
        self._cut = cut
        self.weights = weights
        self.unknown = unknown
        self._places = {gram: place for place, gram in enumerate(weights)}
        self._weight_at = np.array([*weights.values(), unknown])

    def __len__(self) -> int:
        return len(self.weights)

    @classmethod
    def learn(
        cls, cut: Callable[[str], list[str]], folded: Iterable[str], seen_in: int
    ) -> Vocabulary:
        seen: Counter[str] = Counter()
        total = 0
        for text in folded:
            seen.update(set(cut(text)))
            total += 1
        return cls(
            cut,
            {
                gram: 1.0 + math.log((1 + total) / (1 + count))
                for gram, count in sorted(seen.items())
                if count >= seen_in
            },
            1.0 + math.log(1 + total),
        )

    def row(self, folded: str) -> tuple[np.ndarray, np.ndarray]:
        """Places and values of the known n-grams of a text, as a vector of at most length 1."""
        counts = Counter(self._cut(folded))
        nowhere = len(self.weights)
        places = np.fromiter(map(self._places.get, counts, repeat(nowhere)), np.int32, len(counts))
        values = np.log(np.fromiter(counts.values(), np.float64, len(counts)))
        values += 1.0
        values *= self._weight_at[places]
        length = math.sqrt(values @ values) or 1.0
        known = places < nowhere
        return places[known], (values[known] / length).astype(np.float32)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(Featurizer, GraphComponent):
    """Adds one sparse row to each message: a block of word n-grams and a block of character n-grams."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        words: Vocabulary | None = None,
        characters: Vocabulary | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._words = words or Vocabulary(self._cut_words, {}, 1.0)
        self._characters = characters or Vocabulary(self._cut_characters, {}, 1.0)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "longest_word_run": 2,
            "longest_character_run": 5,
            "seen_in": 4,
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
            known = json.loads((directory / "ngrams.json").read_text(encoding="utf-8"))
        empty = cls(config, model_storage, resource)
        return cls(
            config,
            model_storage,
            resource,
            Vocabulary(empty._cut_words, **known["words"]),
            Vocabulary(empty._cut_characters, **known["characters"]),
        )

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return inspect.getsource(texts) + inspect.getsource(Vocabulary)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            texts.fold(message.get(TEXT))
            for message in training_data.training_examples
            if message.get(TEXT) and message.get(INTENT)
        ]
        # Few examples cannot spare an n-gram; of many, one that hardly ever comes teaches its own message only.
        seen_in = 1 if len(examples) <= FEW else int(self._config["seen_in"])
        self._words = Vocabulary.learn(self._cut_words, examples, seen_in)
        self._characters = Vocabulary.learn(self._cut_characters, examples, seen_in)
        with self._model_storage.write_to(self._resource) as directory:
            known = {
                name: {"weights": vocabulary.weights, "unknown": vocabulary.unknown}
                for name, vocabulary in (("words", self._words), ("characters", self._characters))
            }
            (directory / "ngrams.json").write_text(
                json.dumps(known, ensure_ascii=False), encoding="utf-8"
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
        folded = texts.fold(message.get(TEXT) or "")
        word_places, words = self._words.row(folded)
        places, characters = self._characters.row(folded)
        columns = np.concatenate([word_places, len(self._words) + places])
        values = np.concatenate(
            [self._config["word_weight"] * words, self._config["character_weight"] * characters]
        )
        row = scipy.sparse.csr_matrix(
            (values.astype(np.float32), columns, np.array([0, len(columns)], np.int32)),
            shape=(1, len(self._words) + len(self._characters)),
        )
        add_row(message, row, self)

    def _cut_words(self, folded: str) -> list[str]:
        return texts.word_ngrams(folded, int(self._config["longest_word_run"]))

    def _cut_characters(self, folded: str) -> list[str]:
        return texts.character_ngrams(folded, int(self._config["longest_character_run"]))
