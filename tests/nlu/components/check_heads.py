"""Features, classifiers and the decision, each as Rasa runs it: train, store, load, process."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import classifiers
from nlu.components.classifiers import (
    BARS,
    FAMILIARITY,
    READER,
    LabelClassifier,
    TwoReaderIntentClassifier,
)
from nlu.components.decision import Decision
from nlu.components.heads import features_of
from nlu.components.language import LanguageDetector
from nlu.components.ngrams import NgramFeaturizer
from nlu.components.readers import choose_examples
from nlu.components.sentence_vectors import SentenceVectorFeaturizer
from nlu.components.tokenizer import MixedScriptTokenizer
from nlu.deep_reader import DEEP_VECTOR, DeepVector

EXAMPLES = [
    ("fire in the kitchen, flames everywhere", "emergency", {"category": "fire_safety", "kind": "fire"}),
    ("there is smoke and flames on the stairs", "emergency", {"category": "fire_safety", "kind": "fire"}),
    ("water is pouring through the ceiling right now", "emergency", {"category": "water_supply", "kind": "flooding"}),
    ("agua cayendo a chorros por el techo", "emergency", {"category": "water_supply", "kind": "flooding"}),
    ("when is the pool open", "consultation", {"category": "amenities"}),
    ("泳池几点开门", "consultation", {"category": "amenities"}),
    ("what time does the water supply office open", "consultation", {"category": "water_supply"}),
    ("thank you so much", "thanks", None),
    ("gracias", "thanks", None),
    ("谢谢", "thanks", None),
]  # fmt: skip


class ChoosingExamples(unittest.TestCase):
    """What the deep reader learns from."""

    def choose(self, was_read: np.ndarray, most: int, most_new: int) -> set[int]:
        is_hard = np.arange(1000) < 500
        texts = [f"message {number}" for number in range(1000)]
        rows = choose_examples(
            texts, is_hard=is_hard, was_read=was_read, most=most, most_new=most_new, easy_share=0.35
        )
        assert rows.tolist() == sorted(set(rows.tolist()))
        return set(rows.tolist())

    def test_hard_ones_are_taken_more_readily_but_not_only_those(self) -> None:
        chosen = self.choose(np.zeros(1000, bool), 300, 300)
        hard = sum(row < 500 for row in chosen)
        assert len(chosen) == 300
        assert 180 < hard < 260, hard

    def test_what_was_read_before_comes_first_and_new_ones_are_bounded(self) -> None:
        before = self.choose(np.zeros(1000, bool), 300, 100)
        assert len(before) == 100
        was_read = np.isin(np.arange(1000), list(before))
        assert self.choose(was_read, 100, 50) == before
        after = self.choose(was_read, 300, 100)
        assert (len(after), before <= after) == (200, True)


class Pipeline(unittest.TestCase):
    """A small model, made once and read back from disk."""

    directory: tempfile.TemporaryDirectory[str]
    parts: list[GraphComponent]
    data: TrainingData

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = tempfile.TemporaryDirectory()
        storage = LocalModelStorage(Path(cls.directory.name))
        context = ExecutionContext(GraphSchema({}))
        data = TrainingData(
            [Message.build(text, intent, example_metadata=meta) for text, intent, meta in EXAMPLES]
        )
        cls.parts = []
        for number, (kind, config) in enumerate(
            [
                (MixedScriptTokenizer, {}),
                (LanguageDetector, {}),
                (SentenceVectorFeaturizer, {}),
                (NgramFeaturizer, {"seen_in": 1}),
                (TwoReaderIntentClassifier, {"strength": 10.0}),
                (LabelClassifier, {"label": "category", "strength": 10.0}),
                (LabelClassifier, {"label": "kind", "only_intent": "emergency", "strength": 10.0}),
                (Decision, {}),
            ]
        ):
            settings: dict[str, Any] = {**kind.get_default_config(), **config}
            resource = Resource(f"part{number}")
            part = kind.create(settings, storage, resource, context)
            if hasattr(part, "train"):
                part.train(data)
                part = kind.load(settings, storage, resource, context)
            if hasattr(part, "process_training_data"):
                data = part.process_training_data(data)
            cls.parts.append(part)
        cls.data = data

    @classmethod
    def tearDownClass(cls) -> None:
        cls.directory.cleanup()

    def read(self, text: str, **metadata: Any) -> Message:
        messages = [Message({"text": text, "metadata": metadata})]
        for part in self.parts:
            messages = part.process(messages)
        return messages[0]

    def test_intent_category_and_kind_are_read_by_one_pass(self) -> None:
        message = self.read("flames in the kitchen")
        assert message.get("intent")["name"] == "emergency"
        assert message.get("category")["name"] == "fire_safety"
        assert message.get("kind")["name"] == "fire"
        assert {"category", "kind", "language", "decision", "alarm"} <= message.output_properties

    def test_what_is_like_nothing_taught_is_told_alike_with_a_deep_reader(self) -> None:
        settings = TwoReaderIntentClassifier.get_default_config()
        where = (
            LocalModelStorage(Path(self.directory.name)), Resource("two"),
            ExecutionContext(GraphSchema({})),
        )  # fmt: skip
        vectors = np.ones((len(EXAMPLES), 8), dtype=np.float16)
        with mock.patch.multiple(
            classifiers,
            DeepReaderClient=mock.Mock(),
            kept_before=lambda texts: np.zeros(len(texts), dtype=bool),
            vectors_for_training=lambda texts: ("small", vectors[: len(texts)]),
        ):
            TwoReaderIntentClassifier.create(settings, *where).train(self.data)
        two = TwoReaderIntentClassifier.load(settings, *where)

        told = {}
        for metadata in ({}, {DEEP_VECTOR: DeepVector("small", vectors[0])}):
            message = self.read("zxcv qwer")
            message.set("metadata", metadata)
            [message] = two.process([message])
            told[message.get(READER)] = (message.get(FAMILIARITY), message.get(BARS).familiar)
        assert told["deep"] == told["fast"]
        assert np.isfinite(told["deep"]).all(), "there is a bar, and it may be missed"

    def test_one_language_teaches_the_others(self) -> None:
        assert self.read("fuego en la cocina").get("intent")["name"] == "emergency"

    def test_probabilities_are_whole(self) -> None:
        ranking = self.read("when does it open").get("intent_ranking")
        assert abs(sum(row["confidence"] for row in ranking) - 1.0) < 0.001
        assert sorted(ranking, key=lambda row: -row["confidence"]) == ranking

    def test_a_known_message_gets_the_same_features_in_training_and_after(self) -> None:
        text = "thank you so much"
        alone, _ = features_of(self.read(text))
        again, _ = features_of(self.read(text))
        assert (alone == again).all()

    def test_only_examples_of_the_wanted_intent_teach_a_label(self) -> None:
        labels = {row["name"] for row in self.read("hello").get("kind_ranking")}
        assert labels == {"fire", "flooding"}

    def test_an_unsure_reading_becomes_the_fallback_and_keeps_its_ranking(self) -> None:
        message = self.read("zxcv qwer")
        assert message.get("decision") in ("clarify", "handoff")
        assert message.get("intent")["name"] == "nlu_fallback"
        assert "nlu_fallback" not in [row["name"] for row in message.get("intent_ranking")]

    def test_a_language_that_nobody_here_speaks_goes_to_a_person(self) -> None:
        assert self.read("Wann ist das Bad für die Kinder auf?").get("decision") == "handoff"

    def test_the_choice_in_the_metadata_fills_the_slot_and_not_the_reading(self) -> None:
        message = self.read("thank you so much", language="zh")
        assert message.get("language") == "en"
        assert [entity["value"] for entity in message.get("entities")] == ["zh"]

    def test_a_choice_that_is_none_is_ignored(self) -> None:
        message = self.read("thank you so much", language="xx")
        assert [entity["value"] for entity in message.get("entities")] == ["en"]

    def test_a_label_that_no_example_carries_is_refused_at_training(self) -> None:
        classifier = LabelClassifier(
            {**LabelClassifier.get_default_config(), "label": "colour"}, None, None
        )
        data = TrainingData([Message.build(text, intent) for text, intent, _ in EXAMPLES])
        with self.assertRaises(InvalidConfigException):  # noqa: PT027 - pytest is not in this environment
            classifier.train(data)
