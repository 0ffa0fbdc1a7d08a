"""Linear classifiers, nearest neighbours and what they make together, over words, n-grams and sentence vectors."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.svm import LinearSVC

from nlu.components.heads import Examples
from nlu.components.ngrams import NgramFeaturizer
from nlu.components.sentence_vectors import SentenceVectorFeaturizer
from nlu.components.text import clean
from nlu.components.tokenizer import MixedScriptTokenizer
from nlu.evaluation import Pipeline

SEED = 1
STRENGTH = 10.0
TIMED = 200
TIMED_PARTS = (MixedScriptTokenizer, SentenceVectorFeaturizer, NgramFeaturizer)
Answer = dict[str, Any]
Labelled = Sequence[tuple[str, str]]


def measure_all(training: Labelled, sentences: Sequence[str]) -> list[Answer]:
    features = Features(training, sentences)
    intents = np.array([intent for _, intent in training])
    answers = [_plain(training, sentences), _ours(training, sentences)]
    both, ngrams, vectors = features.both, features.ngrams, features.vectors
    answers += [
        ngrams.judge("n-grams alone, logistic regression", _logistic(), intents),
        vectors.judge("sentence vectors alone, logistic regression", _logistic(), intents),
        vectors.judge("sentence vectors alone, linear SVM", _svm(), intents),
    ]
    near = vectors.judge("sentence vectors alone, nearest neighbours", _near(), intents)
    logistic = both.judge("both, scikit-learn's logistic regression", _logistic(), intents)
    svm = both.judge("both, linear SVM", _svm(), intents)
    together = _together([logistic, svm, near], both.ms + vectors.ms)
    return [*answers, near, logistic, svm, together]


class Features:
    """The product's own n-grams and sentence vectors of the sentences, made once, with what each sort takes."""

    def __init__(self, training: Labelled, sentences: Sequence[str]) -> None:
        with tempfile.TemporaryDirectory() as directory:
            pipeline = Pipeline(Path(directory), training, with_classifier=False)
            learnt = [pipeline.read(text, {}) for text, _ in training]
            read, ms = _read_timed(pipeline, sentences)
        cut, vector, ngram = (ms.get(kind, 0.0) for kind in TIMED_PARTS)
        learnt_examples, read_examples = Examples.of(learnt), Examples.of(read)
        self.vectors = Rows(learnt_examples.dense, read_examples.dense, cut + vector)
        self.ngrams = Rows(learnt_examples.sparse, read_examples.sparse, cut + ngram)
        self.both = Rows(_join(learnt_examples), _join(read_examples), cut + vector + ngram)


@dataclass(frozen=True)
class Rows:
    """Features of what is learnt and what is read; `ms` is what they take for one message."""

    learnt: Any
    read: Any
    ms: float

    def judge(self, name: str, classifier: Any, intents: np.ndarray) -> Answer:
        started = time.perf_counter()
        classifier.fit(self.learnt, intents)
        seconds = time.perf_counter() - started
        chances = classifier.predict_proba(self.read)
        ms = _time_each(
            lambda place: classifier.predict_proba(self.read[place : place + 1]), self.read.shape[0]
        )
        say(name)
        return _answer(name, classifier.classes_, chances, seconds, self.ms + ms)


def _read_timed(
    pipeline: Pipeline, sentences: Sequence[str]
) -> tuple[list[Message], dict[Any, float]]:
    """The messages, and for each component its milliseconds a message."""
    messages = [Message({TEXT: text}) for text in sentences]
    spent: dict[Any, float] = {}
    for part in pipeline.parts:
        started = time.perf_counter()
        for message in messages:
            part.process([message])
        spent[type(part)] = (time.perf_counter() - started) * 1000 / len(messages)
    return messages, spent


def _join(examples: Examples) -> Any:
    dense = scipy.sparse.csr_matrix(examples.dense)
    return scipy.sparse.hstack([dense, examples.sparse], format="csr")


def say(name: str) -> None:
    """Into the log, for whoever waits."""
    print(name, file=sys.stderr, flush=True)


def _plain(training: Labelled, sentences: Sequence[str]) -> Answer:
    """Ten lines of scikit-learn: what everything else has to beat."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2)
    model = make_pipeline(FeatureUnion([("words", words), ("characters", characters)]), _logistic())
    started = time.perf_counter()
    model.fit([clean(text) for text, _ in training], [intent for _, intent in training])
    fitted = time.perf_counter() - started
    chances = model.predict_proba([clean(text) for text in sentences])
    ms = _time_each(lambda place: model.predict_proba([clean(sentences[place])]), len(sentences))
    name = "plain TF-IDF (word 1–2, char 1–4), logistic regression"
    say(name)
    return _answer(name, model.classes_, chances, fitted, ms)


def _ours(training: Labelled, sentences: Sequence[str]) -> Answer:
    """The pipeline as in service, the finding of its bars included."""
    with tempfile.TemporaryDirectory() as directory:
        started = time.perf_counter()
        pipeline = Pipeline(Path(directory), training)
        fitted = time.perf_counter()
        rankings = [
            {
                row["name"]: row["confidence"]
                for row in pipeline.read(text, {}).get("intent_ranking")
            }
            for text in sentences
        ]
        ms = (time.perf_counter() - fitted) * 1000 / len(sentences)
    intents = sorted({intent for _, intent in training})
    chances = np.array([[ranking.get(name, 0.0) for name in intents] for ranking in rankings])
    say("ours")
    return _answer("**ours: both, as in service**", intents, chances, fitted - started, ms)


def _together(answers: Sequence[Answer], twice_ms: float) -> Answer:
    """The mean of what several say; they have the same intents in the same order. Features are made only once."""
    chances = np.mean([np.array(one["chances"]) for one in answers], axis=0)
    seconds = sum(one["fit_seconds"] for one in answers)
    ms = sum(one["reading_ms"] for one in answers) - twice_ms
    name = "logistic regression + SVM + nearest neighbours"
    return _answer(name, answers[0]["intents"], chances, seconds, ms)


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=200)


def _svm() -> CalibratedClassifierCV:
    """Its margins are made probabilities on three folds: that is part of the time to fit."""
    return CalibratedClassifierCV(LinearSVC(C=0.5, random_state=SEED), cv=3)


def _near() -> KNeighborsClassifier:
    return KNeighborsClassifier(n_neighbors=10, weights="distance", metric="cosine")


def _time_each(read_one: Callable[[int], Any], count: int) -> float:
    some = min(count, TIMED)
    started = time.perf_counter()
    for place in range(some):
        read_one(place)
    return (time.perf_counter() - started) * 1000 / some


def _answer(
    name: str, intents: Sequence[str], chances: np.ndarray, fit_seconds: float, reading_ms: float
) -> Answer:
    return {
        "name": name,
        "intents": [str(intent) for intent in intents],
        "chances": np.round(chances, 6).tolist(),
        "fit_seconds": fit_seconds,
        "reading_ms": reading_ms,
    }
