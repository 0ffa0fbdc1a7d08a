"""The taught examples themselves: how like the nearest of each label a message is.

Likeness is the cosine of sentence vectors, taken from their common mean. Of few examples that of the n-grams joins in; of
many, the vectors are turned so that their first 128 numbers hold what differs most, and the rest is left away: a
message is compared with all examples in a millisecond. Added to the log odds, likeness rights labels that a
straight line cannot part, and a message that is like nothing taught gets a low score.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.sparse

VECTOR = 512  # numbers of the sentence vector; what else is dense stands behind them
NEAREST = 3
FEW = 4000
KEPT = 128


@dataclass(frozen=True)
class Neighbours:
    """Directions of the examples, sorted by label: those of label `n` are the rows from `starts[n]` to `starts[n + 1]`.

    `basis` turns a vector (512,) into the numbers kept. `dense` is stored column by column, which is the quicker way to
    multiply it by one vector. `sparse` has the same rows, or is None for many examples.
    """

    labels: tuple[str, ...]
    starts: tuple[int, ...]
    mean: np.ndarray
    basis: np.ndarray
    dense: np.ndarray
    sparse: scipy.sparse.csr_matrix | None

    @classmethod
    def of(
        cls, dense: np.ndarray, sparse: scipy.sparse.csr_matrix, labels: Sequence[str]
    ) -> Neighbours:
        names, places, counts = np.unique(
            np.asarray(labels), return_inverse=True, return_counts=True
        )
        order = np.argsort(places, kind="stable")
        mean = dense[:, :VECTOR].mean(axis=0)
        vectors = _directions(dense[order, :VECTOR] - mean)
        few = len(labels) <= FEW
        basis = np.eye(vectors.shape[1], dtype=np.float32) if few else _main_directions(vectors)
        return cls(
            tuple(str(name) for name in names),
            (0, *np.cumsum(counts).tolist()),
            mean,
            basis,
            np.asfortranarray(_directions(vectors @ basis)),
            sparse[order] if few else None,
        )

    def likeness(self, dense: np.ndarray, sparse: scipy.sparse.csr_matrix) -> np.ndarray:
        """For each of the messages (rows) the mean likeness of the three nearest of each label (columns)."""
        turned = _directions(_directions(dense[:, :VECTOR] - self.mean) @ self.basis)
        found = np.zeros((len(dense), len(self.labels)), dtype=np.float32)
        # One message at a time: OpenBLAS takes twelve times as long for three together as for one.
        for row, vector in enumerate(turned):
            cosines = self.dense @ vector
            if self.sparse is not None:
                runs = (self.sparse @ sparse[row].T).toarray()[:, 0] / 2  # two blocks of length 1
                cosines = (1.5 * cosines + runs) / 2.5
            for place, (start, end) in enumerate(pairwise(self.starts)):
                found[row, place] = _mean_of_highest(cosines[start:end])
        return found

    def save(self, directory: Path, name: str) -> None:
        np.savez(
            directory / f"{name}.near.npz",
            starts=self.starts,
            mean=self.mean,
            basis=self.basis,
            dense=self.dense.astype(np.float16),
        )
        (directory / f"{name}.near.json").write_text(json.dumps(self.labels), encoding="utf-8")
        if self.sparse is not None:
            scipy.sparse.save_npz(directory / f"{name}.near.sparse.npz", self.sparse)

    @classmethod
    def load(cls, directory: Path, name: str) -> Neighbours:
        runs = directory / f"{name}.near.sparse.npz"
        labels = json.loads((directory / f"{name}.near.json").read_text(encoding="utf-8"))
        with np.load(directory / f"{name}.near.npz") as arrays:
            return cls(
                tuple(labels),
                tuple(arrays["starts"].tolist()),
                arrays["mean"],
                arrays["basis"],
                arrays["dense"].astype(np.float32, order="F"),
                scipy.sparse.load_npz(runs) if runs.exists() else None,
            )


def _directions(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)


def _mean_of_highest(likenesses: np.ndarray) -> float:
    """The mean of the three highest, or of all when they are fewer. Overwrites them."""
    total, count = 0.0, min(NEAREST, len(likenesses))
    for _ in range(count):
        place = likenesses.argmax()
        total += float(likenesses[place])
        likenesses[place] = -np.inf
    return total / count


def _main_directions(vectors: np.ndarray) -> np.ndarray:
    """The directions in which the vectors differ most, a column each."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    return directions[:, -KEPT:].astype(np.float32)
