"""Trains the intent pipeline of `config.yml` on other sentences than ours, and says what it makes of further ones.

Runs in the Rasa environment, from the top of the repository: `python -m nlu.evaluation TASK.json ANSWER.json`.
The other end is `ownerdesk/supervisor/evaluation.py`, which has the figures made of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT_RANKING_KEY, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.classifiers import BARS, FAMILIARITY
from nlu.components.text import clean, shorten
from nlu.deep_reader import DEEP_VECTOR, MOST_LETTERS, DeepReaderClient

DEEP_SECONDS = 60.0
CONFIG = Path(__file__).resolve().parents[1] / "config.yml"


def choose_threshold(message: Message) -> float:
    """The threshold below which a sentence is out of scope, chosen on the training data alone."""
    return float(message.get(BARS).familiar)


def list_intent_pipeline(
    config: Path = CONFIG,
) -> list[tuple[type[GraphComponent], dict[str, Any]]]:
    """What the intent is made of, with its settings: tokenizer, featurizers, and the first intent classifier."""
    chosen: list[tuple[type[GraphComponent], dict[str, Any]]] = []
    for section in yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]:
        module, _, name = section["name"].rpartition(".")
        component = getattr(import_module(module), name)
        settings = {key: value for key, value in section.items() if key != "name"}
        if issubclass(component, (Tokenizer, Featurizer, IntentClassifier)):
            chosen.append((component, {**component.get_default_config(), **settings}))
        if issubclass(component, IntentClassifier):
            return chosen
    raise ValueError(f"{config} names no intent classifier.")


class Pipeline:
    """The components, trained on sentences with their labels as Rasa would, and read back from disk."""

    def __init__(
        self,
        directory: Path,
        sentences: Sequence[tuple[str, str]],
        with_classifier: bool = True,
    ) -> None:
        storage, context = LocalModelStorage(directory), ExecutionContext(GraphSchema({}))
        data = TrainingData([Message.build(text, label) for text, label in sentences])
        self.parts: list[Any] = []
        pipeline = list_intent_pipeline()
        for number, (component, settings) in enumerate(
            pipeline if with_classifier else pipeline[:-1]
        ):
            resource = Resource(f"part{number}")
            part: Any = component.create(settings, storage, resource, context)
            if hasattr(part, "train"):
                part.train(data)
                part = component.load(settings, storage, resource, context)
            if hasattr(part, "process_training_data"):
                data = part.process_training_data(data)
            self.parts.append(part)

    def read(self, text: str, metadata: dict[str, Any]) -> Message:
        messages = [Message({TEXT: text, METADATA: metadata})]
        for part in self.parts:
            messages = part.process(messages)
        return messages[0]


def evaluate(
    training: Sequence[tuple[str, str]], sentences: Sequence[str], vectors: Sequence[Any] | None
) -> dict[str, Any]:
    """The likeliest label of each sentence with its score, the threshold, and the seconds it took. `vectors`: those of a deep reader."""
    with tempfile.TemporaryDirectory() as directory:
        started = time.perf_counter()
        pipeline = Pipeline(Path(directory), training)
        trained = time.perf_counter()
        rankings = []
        threshold = 0.0
        for place, sentence in enumerate(sentences):
            message = pipeline.read(sentence, _metadata(vectors, place))
            # The score is not the probability: that says only which label, were it one of them.
            likeliest = message.get(INTENT_RANKING_KEY)[0]["name"]
            rankings.append([[likeliest, message.get(FAMILIARITY)]])
            threshold = choose_threshold(message)
        return {
            "rankings": rankings,
            "threshold": threshold,
            "training_seconds": trained - started,
            "reading_seconds": time.perf_counter() - trained,
        }


def _metadata(vectors: Sequence[Any] | None, place: int) -> dict[str, Any]:
    return {} if vectors is None else {DEEP_VECTOR: vectors[place]}


async def _read_deeply(sentences: Sequence[str]) -> list[Any] | None:
    """A deep vector for each sentence when the environment names a deep reader."""
    client = DeepReaderClient.from_environment()
    if client is None:
        return None
    try:
        texts = [shorten(clean(text), MOST_LETTERS) for text in sentences]
        return [await client.vector(text, patience=DEEP_SECONDS) for text in texts]
    finally:
        await client.close()


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    training = [(text, label) for text, label in task["training"]]
    sentences = task["sentences"]
    answer = evaluate(training, sentences, asyncio.run(_read_deeply(sentences)))
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
