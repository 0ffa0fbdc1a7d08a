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
from scipy.optimize import minimize


@dataclass(frozen=True)
class Head:
    """Weights of a multinomial logistic regression: `dense` and `sparse` parts have one column a label."""

    labels: tuple[str, ...]
    dense: np.ndarray
    sparse: np.ndarray
    bias: np.ndarray

    def ranking(self, message: Message) -> list[tuple[str, float]]:
        """Labels with their probabilities, likeliest first."""
        dense, sparse = features_of(message)
        scores = self.bias + dense @ self.dense
        scores = scores + sparse.data @ self.sparse[sparse.indices]
        odds = np.exp(scores - scores.max())
        odds /= odds.sum()
        order = np.argsort(-odds, kind="stable")
        return [(self.labels[place], float(odds[place])) for place in order]

    def save(self, directory: Path) -> None:
        np.savez(directory / "head.npz", dense=self.dense, sparse=self.sparse, bias=self.bias)
        (directory / "labels.json").write_text(json.dumps(self.labels), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Head:
        with np.load(directory / "head.npz") as arrays:
            labels = json.loads((directory / "labels.json").read_text(encoding="utf-8"))
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


def fit(
    messages: Sequence[Message], labels: Sequence[str], strength: float, balance: float
) -> Head:
    """Fit a head; two runs over the same examples give the same head.

    `strength` is how much the examples count against small weights (scikit-learn's C); `balance` goes
    from 0 (labels count by their number of examples) to 1 (all labels count alike).
    """
    rows = [features_of(message) for message in messages]
    dense = scipy.sparse.csr_matrix(np.stack([vector for vector, _ in rows]))
    sparse = scipy.sparse.vstack([row for _, row in rows], format="csr")
    columns = scipy.sparse.hstack([dense, sparse], format="csr", dtype=np.float32)
    names, places, counts = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    rarity = (len(labels) / (len(names) * counts)) ** balance
    weights, bias = _minimise(columns, places, strength * rarity[places])
    width = dense.shape[1]
    return Head(tuple(str(name) for name in names), weights[:width], weights[width:], bias)


def _minimise(
    columns: scipy.sparse.csr_matrix, places: np.ndarray, importance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias of the regularised multinomial logistic regression.

    The same function that scikit-learn minimises, in single precision and with one product of the
    sparse matrix for all labels: three times as quick for forty labels.
    """
    total, width = columns.shape
    many = int(places.max()) + 1
    truth = np.zeros((total, many), dtype=np.float32)
    truth[np.arange(total), places] = 1.0
    importance = importance.astype(np.float32)
    turned = columns.T.tocsr()

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        values = flat.astype(np.float32)
        weights, bias = values[: width * many].reshape(width, many), values[width * many :]
        scores = columns @ weights + bias
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        sums = odds.sum(axis=1, keepdims=True)
        surprise = np.log(sums[:, 0]) - scores[np.arange(total), places]
        error = (odds / sums - truth) * importance[:, None]
        slope = np.concatenate([(turned @ error + weights).ravel(), error.sum(axis=0)])
        size = 0.5 * float(np.square(flat[: width * many]).sum())
        return float((importance * surprise).sum(dtype=np.float64)) + size, slope.astype(np.float64)

    start = np.zeros((width + 1) * many)
    result = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 150, "ftol": 1e-7}
    )
    flat = result.x.astype(np.float32)
    return flat[: width * many].reshape(width, many).copy(), flat[width * many :].copy()
