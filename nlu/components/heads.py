"""Linear classifiers over the features of a message: how they are fitted, asked, stored and read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.descent import descend
from nlu.components.neighbours import Neighbours

SEED = 1
STRANGER_GROUPS = 5
ITERATIONS = 80
LEAST_GAIN = 1e-6
CURVED = 0.05


@dataclass(frozen=True)
class Examples:
    """Features of many messages, one row each: `dense` (rows, numbers), `sparse` (rows, n-grams), both float32."""

    dense: np.ndarray
    sparse: scipy.sparse.csr_matrix

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Examples:
        rows = [features_of(message) for message in messages]
        return cls(
            np.stack([dense for dense, _ in rows]),
            scipy.sparse.vstack([sparse for _, sparse in rows], format="csr", dtype=np.float32),
        )

    def take(self, rows: np.ndarray) -> Examples:
        return Examples(self.dense[rows], self.sparse[rows])

    def widened(self, more: np.ndarray) -> Examples:
        """The same messages with more dense numbers each."""
        return Examples(np.hstack([self.dense, more]), self.sparse)


@dataclass(frozen=True)
class Head:
    """Weights of a multinomial logistic regression: `dense` and `sparse` parts have one column a label."""

    labels: tuple[str, ...]
    dense: np.ndarray
    sparse: np.ndarray
    bias: np.ndarray

    def scores(self, dense: np.ndarray, sparse: scipy.sparse.csr_matrix) -> np.ndarray:
        """The log odds of one message, a number for each label; they sum to zero."""
        found = self.bias + dense @ self.dense + sparse.data @ self.sparse[sparse.indices]
        centred: np.ndarray = found - found.mean()
        return centred

    def scores_of_all(self, examples: Examples) -> np.ndarray:
        """The same for many: an array (rows, labels)."""
        found = examples.dense @ self.dense + examples.sparse @ self.sparse + self.bias
        centred: np.ndarray = found - found.mean(axis=1, keepdims=True)
        return centred

    def save(self, directory: Path, name: str) -> None:
        np.savez(directory / f"{name}.npz", dense=self.dense, sparse=self.sparse, bias=self.bias)
        (directory / f"{name}.json").write_text(json.dumps(self.labels), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path, name: str) -> Head:
        with np.load(directory / f"{name}.npz") as arrays:
            labels = json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
            return cls(tuple(labels), arrays["dense"], arrays["sparse"], arrays["bias"])


def features_of(message: Message) -> tuple[np.ndarray, scipy.sparse.csr_matrix]:
    """The sentence vector and the n-gram row of a message.

    Read directly: `Message.get_dense_features` copies every feature each time it is asked.
    """
    dense, sparse = None, None
    for feature in message.features:
        if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE:
            if feature.is_sparse():
                sparse = feature.features
            else:
                dense = feature.features
    if dense is None or sparse is None:
        raise ValueError("The pipeline must hold a sentence vector and an n-gram featurizer.")
    return dense[0], sparse


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Log odds to probabilities along the last axis."""
    odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def fit(
    examples: Examples,
    labels: Sequence[str],
    strength: float,
    balance: float,
) -> Head:
    """Fit a head; two runs over the same examples give the same head.

    `strength` is how much the examples count against small weights (scikit-learn's C); `balance` goes
    from 0 (labels count by their number of examples) to 1 (all labels count alike).
    """
    names, places, counts = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    rarity = (len(labels) / (len(names) * counts)) ** balance
    weights, bias = _minimise(examples, places, strength * rarity[places])
    width = examples.dense.shape[1]
    return Head(tuple(str(name) for name in names), weights[:width], weights[width:], bias)


def scores_when_left_out(
    examples: Examples,
    labels: Sequence[str],
    strength: float,
    balance: float,
    nearness: float,
    folds: int,
    used: int,
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """What is said of examples that were not learnt from: labels, row numbers, and an array (rows, labels) of scores.

    The examples are cut into `folds`, and `used` of these are left out in turn. A label that was never seen gets the
    lowest score of its row.
    """
    names = tuple(sorted(set(labels)))
    column = {name: place for place, name in enumerate(names)}
    known = np.asarray(labels)
    fold_of = np.random.RandomState(SEED).permutation(len(known)) % folds
    scores = np.zeros((len(known), len(names)), dtype=np.float32)
    for fold in range(used):
        taught, left_out = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        own, others = examples.take(taught), examples.take(left_out)
        head = fit(own, list(known[taught]), strength, balance)
        near = Neighbours.of(own.dense, own.sparse, list(known[taught]))
        found = head.scores_of_all(others)
        found += nearness * near.likeness(others.dense, others.sparse)
        scores[left_out] = found.min(axis=1, keepdims=True)
        scores[np.ix_(left_out, [column[name] for name in head.labels])] = found
    rows = np.flatnonzero(fold_of < used)
    return names, rows, scores[rows]


def spread(scores: np.ndarray, names: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
    """The same scores with a column for each wanted label; one that is not among the names gets the row's lowest."""
    found = np.repeat(scores.min(axis=1, keepdims=True), len(wanted), axis=1)
    for place, name in enumerate(wanted):
        if name in names:
            found[:, place] = scores[:, list(names).index(name)]
    return found


def scores_of_strangers(
    examples: Examples, labels: Sequence[str], strength: float, balance: float, nearness: float
) -> np.ndarray:
    """The highest score that examples get when their whole label is left out: messages that are none of the rest.

    A fifth of the labels is left out at a time; with fewer than three labels nobody is a stranger.
    """
    known = np.asarray(labels)
    names = np.unique(known)
    if len(names) < 3:
        return np.zeros(0, dtype=np.float32)
    groups = np.random.RandomState(SEED).permutation(len(names)) % min(STRANGER_GROUPS, len(names))
    group_of = groups[np.searchsorted(names, known)]
    found = []
    for group in np.unique(groups):
        taught, strange = np.flatnonzero(group_of != group), np.flatnonzero(group_of == group)
        if len(np.unique(known[taught])) < 2:
            continue
        own, others = examples.take(taught), examples.take(strange)
        head = fit(own, list(known[taught]), strength, balance)
        near = Neighbours.of(own.dense, own.sparse, list(known[taught]))
        scores = head.scores_of_all(others)
        scores += nearness * near.likeness(others.dense, others.sparse)
        found.append(scores.max(axis=1))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.float32)


def _minimise(
    examples: Examples, places: np.ndarray, importance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias of the regularised multinomial logistic regression.

    The same function that scikit-learn minimises, in single precision and with one product of each
    matrix for all labels: several times as quick for forty labels. Every weight is counted in a step of its own, so
    that half as many iterations go as far.
    """
    dense, sparse = examples.dense, examples.sparse
    total, wide = dense.shape
    width = wide + sparse.shape[1]
    many = int(places.max()) + 1
    rows = np.arange(total)
    importance = importance.astype(np.float32)
    turned = sparse.T.tocsr()
    steps = _steps(examples, places, importance)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        values = steps * flat.reshape(width + 1, many)
        weights, bias = values[:width], values[width]
        scores = dense @ weights[:wide] + sparse @ weights[wide:] + bias
        scores -= scores.max(axis=1, keepdims=True)
        of_truth = scores[rows, places]
        error = np.exp(scores, out=scores)
        sums = error.sum(axis=1)
        surprise = np.log(sums) - of_truth
        penalty = 0.5 * float(np.vdot(weights, weights))
        found = float((importance * surprise).sum(dtype=np.float64)) + penalty
        error *= (importance / sums)[:, None]
        error[rows, places] -= importance
        slope = values  # of the penalty; the bias has none
        slope[:wide] += dense.T @ error
        slope[wide:width] += turned @ error
        slope[width] = error.sum(axis=0)
        slope *= steps
        return found, slope.ravel()

    flat = descend(loss, (width + 1) * many, most_steps=ITERATIONS, least_gain=LEAST_GAIN)
    found = steps * flat.reshape(width + 1, many)
    return found[:width].copy(), found[width].copy()


def _steps(examples: Examples, places: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """How far each weight (and, in the last row, the bias) is to go for one: less for what is seen often, in many messages
    and of a common label. The square root of the loss's own curvature there, with CURVED for how much of it is left
    once most messages are read rightly."""
    seen = np.concatenate(
        [
            np.square(examples.dense).T @ importance,
            examples.sparse.power(2).T @ importance,
            [importance.sum()],
        ]
    )
    share = np.bincount(places, importance) / importance.sum()
    steps: np.ndarray = 1.0 / np.sqrt(1.0 + CURVED * np.outer(seen, share * (1.0 - share)))
    return steps.astype(np.float32)
