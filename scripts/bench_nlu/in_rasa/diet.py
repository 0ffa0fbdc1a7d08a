"""Stock DIET, with Rasa's own sparse featurizers behind our tokenizer: its whitespace one cannot cut Chinese."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.nlu.constants import INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.tokenizer import MixedScriptTokenizer

SEED = 1
PARTS = (
    (MixedScriptTokenizer, {}),
    (CountVectorsFeaturizer, {}),
    (CountVectorsFeaturizer, {"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}),
)


def measure_diet(
    training: Sequence[tuple[str, str]], sentences: Sequence[str], epochs: int
) -> dict[str, Any]:
    """The same answer as those of `classic.py`. The ranking has to be long enough to hold every intent."""
    intents = sorted({intent for _, intent in training})
    diet = {
        "epochs": epochs, "random_seed": SEED, "ranking_length": len(intents),
        "entity_recognition": False, "run_eagerly": False,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as directory:
        storage, context = LocalModelStorage(Path(directory)), ExecutionContext(GraphSchema({}))
        data = TrainingData([Message.build(text, intent) for text, intent in training])
        parts: list[Any] = []
        started = time.perf_counter()
        for number, (component, changed) in enumerate((*PARTS, (DIETClassifier, diet))):
            settings = {**component.get_default_config(), **changed}
            part: Any = component.create(settings, storage, Resource(f"part{number}"), context)
            if hasattr(part, "train"):
                part.train(data)
            if component is not DIETClassifier:
                data = part.process_training_data(data)
            parts.append(part)
        fitted = time.perf_counter()
        rankings = [_read(parts, text) for text in sentences]
        ms = (time.perf_counter() - fitted) * 1000 / len(sentences)
    return {
        "name": f"stock DIET, {epochs} epochs",
        "intents": intents,
        "chances": [[ranking.get(intent, 0.0) for intent in intents] for ranking in rankings],
        "fit_seconds": fitted - started,
        "reading_ms": ms,
    }


def _read(parts: Sequence[Any], text: str) -> dict[str, float]:
    messages = [Message({TEXT: text})]
    for part in parts:
        messages = part.process(messages)
    return {row["name"]: row["confidence"] for row in messages[0].get(INTENT_RANKING_KEY)}
