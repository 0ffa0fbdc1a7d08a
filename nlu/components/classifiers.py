"""Trained classifiers: the intent of a message, and labels given to examples as metadata."""

from __future__ import annotations

import inspect
import logging
from typing import Any

import numpy as np
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

from nlu import deep_reader
from nlu.components import calibration, descent, heads, neighbours, readers
from nlu.components import text as texts
from nlu.components.calibration import Bars
from nlu.components.heads import Examples, Head
from nlu.components.neighbours import Neighbours
from nlu.components.readers import DEEP, FAST, DeepPart, LeftOut, Reader
from nlu.deep_reader import (
    DEEP_VECTOR,
    MOST_LETTERS,
    DeepReaderClient,
    DeepVector,
    kept_before,
    vectors_for_training,
)

logger = logging.getLogger(__name__)

READER = "reader"
BARS = "bars"
CAN_READ_DEEPER = "can_read_deeper"
EMERGENCY = "emergency"
OUT_OF_SCOPE = "out_of_scope"
FAMILIARITY = "familiarity"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TwoReaderIntentClassifier(GraphComponent, IntentClassifier):
    """Ranks every intent: the fast reader always, the deep one when a deep vector came with the message.

    Both are logistic regressions over sentence vector and n-grams, righted by the nearest examples; the deep one
    sees the deep vector too, and is only there when a deep reader was configured at training. Bars and temperature
    of each come from messages that it did not learn from.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        fast: Reader | None = None,
        deep: DeepPart | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._fast = fast
        self._deep = deep

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "strength": 10.0,
            "balance": 0.5,
            "nearness": 12.0,  # what a likeness of 1 to the nearest examples of a label adds to its log odds
            "folds": 4,
            "wrong_share": 0.03,  # of what is accepted
            "helped_share": 0.75,  # of what is asked about, the truth must be among what is offered
            "offered": 3,
            "false_raise_share": 0.01,  # of the messages without danger
            "false_alarm_share": 0.04,
            "deep_strength": 1.0,
            "deep_weight": 3.0,
            "deep_examples": 12000,
            "deep_new_examples": 4000,  # of those, so many that were never read before; each costs half a second
            "hard_below": 0.9,  # what the fast reader gives the truth less than this is hard for it
            "easy_share": 0.35,  # so likely an easy example is taken beside a hard one
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TwoReaderIntentClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TwoReaderIntentClassifier:
        with model_storage.read_from(resource) as directory:
            fast, deep = Reader.load(directory, FAST), DeepPart.find(directory)
            return cls(config, model_storage, resource, fast, deep)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        sources = (descent, heads, neighbours, calibration, readers, deep_reader)
        return "".join(inspect.getsource(source) for source in sources)

    def train(self, training_data: TrainingData) -> Resource:
        messages = [
            message
            for message in training_data.training_examples
            if message.get(TEXT) and message.get(INTENT)
        ]
        labels = [message.get(INTENT) for message in messages]
        _check_labels(self, labels)
        examples = Examples.of(messages)
        wants_deep = DeepReaderClient.from_environment() is not None
        # One fold tells the bars; the deep reader's examples are chosen by what all of them find hard.
        folds = int(self._config["folds"])
        left_out = self._scores_when_left_out(
            examples, labels, float(self._config["strength"]), folds if wants_deep else 1
        )
        self._fast = self._learn(examples, labels, left_out)
        with self._model_storage.write_to(self._resource) as directory:
            self._fast.save(directory, FAST)
            if wants_deep:
                self._deep = self._learn_deeply(messages, labels, examples, left_out)
                self._deep.save(directory)
        return self._resource

    def _scores_when_left_out(
        self, examples: Examples, labels: list[str], strength: float, folds_used: int
    ) -> LeftOut:
        names, rows, scores = heads.scores_when_left_out(
            examples,
            labels,
            strength,
            float(self._config["balance"]),
            float(self._config["nearness"]),
            int(self._config["folds"]),
            folds_used,
        )
        truth = np.asarray([names.index(labels[row]) for row in rows])
        return LeftOut(names, rows, scores, truth)

    def _learn(self, examples: Examples, labels: list[str], left_out: LeftOut) -> Reader:
        strength, balance, nearness = (
            float(self._config[name]) for name in ("strength", "balance", "nearness")
        )
        familiar = -np.inf
        if OUT_OF_SCOPE not in left_out.names:  # nothing teaches what is none of the labels
            familiar = calibration.find_familiar_bar(
                heads.scores_of_strangers(examples, labels, strength, balance, nearness)
            )
        temperature, bars = self._find_bars(left_out, familiar)
        return Reader(
            heads.fit(examples, labels, strength, balance),
            Neighbours.of(examples.dense, examples.sparse, labels),
            nearness,
            temperature,
            bars,
        )

    def _find_bars(self, left_out: LeftOut, familiar: float) -> tuple[float, Bars]:
        truth, names = left_out.truth, left_out.names
        temperature = calibration.find_temperature(left_out.scores, truth)
        chances = heads.probabilities(left_out.scores / temperature)
        confidence, found = chances.max(axis=1), chances.argmax(axis=1)
        rank_of_truth = (chances > chances[np.arange(len(truth)), truth][:, None]).sum(axis=1)
        wrong, helped, false_raise, false_alarm = (
            float(self._config[f"{name}_share"])
            for name in ("wrong", "helped", "false_raise", "false_alarm")
        )
        accept = calibration.find_accept_bar(confidence, found == truth, wrong)
        handoff = calibration.find_handoff_bar(
            confidence, rank_of_truth < int(self._config["offered"]), helped
        )
        raising, alarm = 1.0, 1.0  # other people's data, in `ownerdesk evaluate`, know no danger
        if EMERGENCY in names:
            place = names.index(EMERGENCY)
            danger, is_emergency = chances[:, place], truth == place
            raising = calibration.find_danger_bar(danger, is_emergency, false_raise)
            alarm = calibration.find_danger_bar(danger, is_emergency, false_alarm)
        bars = Bars(accept, min(handoff, accept), raising, alarm, familiar)
        logger.info("%d messages left out: temperature %.2f, %s", len(truth), temperature, bars)
        return temperature, bars

    def _learn_deeply(
        self, messages: list[Message], labels: list[str], examples: Examples, fast: LeftOut
    ) -> DeepPart:
        """Encode messages, more of those that the fast reader finds hard, learn from them, and listen to the deep
        reader as far as that helps with messages left out."""
        chances = heads.probabilities(fast.scores)[np.arange(len(fast.truth)), fast.truth]
        short = [texts.shorten(message.get(TEXT), MOST_LETTERS) for message in messages]
        chosen = readers.choose_examples(
            short,
            is_hard=chances < float(self._config["hard_below"]),
            was_read=kept_before(short),
            most=int(self._config["deep_examples"]),
            most_new=int(self._config["deep_new_examples"]),
            easy_share=float(self._config["easy_share"]),
        )
        model, vectors = vectors_for_training([short[row] for row in chosen])
        wide = examples.take(chosen).widened(self._weigh(vectors))
        known = [labels[row] for row in chosen]
        strength, balance = float(self._config["deep_strength"]), float(self._config["balance"])
        names, _, scores = heads.scores_when_left_out(
            wide,
            known,
            strength,
            balance,
            0.0,
            int(self._config["folds"]),
            int(self._config["folds"]),
        )
        own = heads.spread(scores, names, fast.names)
        share = calibration.find_share(fast.scores[chosen], own, fast.truth[chosen])
        both = LeftOut(
            fast.names, fast.rows[chosen], fast.scores[chosen] + share * own, fast.truth[chosen]
        )
        # Bars from the hardest messages alone would be too high: the others count as the fast reader saw them.
        others = np.setdiff1d(fast.rows, chosen)
        assert self._fast is not None
        familiar = self._fast.bars.familiar
        temperature, bars = self._find_bars(both.joined(fast.take(others)), familiar)
        head = heads.fit(wide, known, strength, balance)
        logger.info("Deep reader %s: %d messages, share %.2f", model, len(chosen), share)
        return DeepPart(model, head, share, temperature, bars)

    def _weigh(self, vectors: np.ndarray) -> np.ndarray:
        """The two halves of a deep vector (mean and last token), each made as long as configured."""
        halves = vectors.astype(np.float32).reshape(len(vectors), 2, -1)
        lengths = np.linalg.norm(halves, axis=2, keepdims=True)
        scaled: np.ndarray = float(self._config["deep_weight"]) * halves / np.maximum(lengths, 1e-9)
        return scaled.reshape(len(vectors), -1)

    def process(self, messages: list[Message]) -> list[Message]:
        assert self._fast is not None, "Rasa loads a trained component before it is used."
        for message in messages:
            scores = self._fast.scores(message)
            # Whether it is like anything taught is told by what lies near it, which the fast reader sees.
            familiarity = float(scores.max())
            used, temperature, bars = FAST, self._fast.temperature, self._fast.bars
            vector = (message.get(METADATA) or {}).get(DEEP_VECTOR)
            if self._deep is not None and isinstance(vector, DeepVector):
                more = self._deep.scores(message, vector, self._weigh, self._fast.head.labels)
                if more is not None:
                    scores = scores + more
                    used, temperature, bars = DEEP, self._deep.temperature, self._deep.bars
            ranking = _ranking(self._fast.head, scores / temperature)
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(READER, used, add_to_output=True)
            message.set(BARS, bars)
            message.set(FAMILIARITY, familiarity)
            message.set(CAN_READ_DEEPER, self._deep is not None and used == FAST)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LabelClassifier(GraphComponent):
    """Predicts a label that examples carry in their `metadata`, such as `category` or `kind`.

    With `only_intent` it learns from the examples of that intent alone; with `otherwise` an example that carries no
    label teaches that one. The answer is always given, with its confidence; whether it means anything depends
    on the intent.
    """

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

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "label": None,
            "only_intent": None,
            "otherwise": None,
            "strength": 10.0,
            "balance": 0.5,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LabelClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LabelClassifier:
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, Head.load(directory, "label"))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return inspect.getsource(descent) + inspect.getsource(heads)

    def train(self, training_data: TrainingData) -> Resource:
        name, only, otherwise = (self._config[key] for key in ("label", "only_intent", "otherwise"))
        labelled = [
            (message, str(label))
            for message in training_data.training_examples
            if message.get(TEXT)
            and message.get(INTENT)
            and (only is None or message.get(INTENT) == only)
            and (label := _example_metadata(message).get(name, otherwise))
        ]
        labels = [label for _, label in labelled]
        _check_labels(self, labels)
        self._head = heads.fit(
            Examples.of([message for message, _ in labelled]),
            labels,
            strength=float(self._config["strength"]),
            balance=float(self._config["balance"]),
        )
        with self._model_storage.write_to(self._resource) as directory:
            self._head.save(directory, "label")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        assert self._head is not None, "Rasa loads a trained component before it is used."
        name = self._config["label"]
        for message in messages:
            ranking = _ranking(self._head, self._head.scores(*heads.features_of(message)))
            message.set(name, dict(ranking[0]), add_to_output=True)
            message.set(f"{name}_ranking", ranking[:3], add_to_output=True)
        return messages


def _ranking(head: Head, scores: np.ndarray) -> list[dict[str, Any]]:
    chances = heads.probabilities(scores)
    order = np.argsort(-chances, kind="stable")
    return [
        {"name": head.labels[place], "confidence": round(chance, 4)}
        for place, chance in zip(order.tolist(), chances[order].tolist(), strict=True)
    ]


def _check_labels(component: GraphComponent, labels: list[str]) -> None:
    if len(set(labels)) < 2:
        raise InvalidConfigException(
            f"{type(component).__name__} needs training examples of at least two labels."
        )


def _example_metadata(message: Message) -> dict[str, Any]:
    metadata = (message.get(METADATA) or {}).get(METADATA_EXAMPLE)
    return metadata if isinstance(metadata, dict) else {}
