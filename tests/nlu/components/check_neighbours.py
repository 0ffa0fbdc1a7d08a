"""The nearest taught examples of each label."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import numpy as np
import scipy.sparse

from nlu.components import heads
from nlu.components.heads import Examples
from nlu.components.neighbours import FEW, VECTOR, Neighbours


def make_examples(rows: int, seed: int) -> tuple[Examples, list[str]]:
    """Two clouds of points, far from each other."""
    draw = np.random.RandomState(seed)
    labels = ["left" if row % 2 else "right" for row in range(rows)]
    dense = draw.normal(size=(rows, VECTOR)).astype(np.float32) * 0.05
    dense[:, 0] += [-1.0 if label == "left" else 1.0 for label in labels]
    return Examples(dense, scipy.sparse.identity(rows, dtype=np.float32, format="csr")), labels


class NeighboursOfAMessage(unittest.TestCase):
    def test_the_likeness_of_the_right_cloud_is_the_higher_one(self) -> None:
        examples, labels = make_examples(40, 1)
        near = Neighbours.of(examples.dense, examples.sparse, labels)
        others, truth = make_examples(20, 2)
        found = near.likeness(others.dense, scipy.sparse.csr_matrix((20, 40), dtype=np.float32))
        assert [near.labels[place] for place in found.argmax(axis=1)] == truth
        assert found.max() <= 1.0 + 1e-5

    def test_a_label_with_one_example_has_a_likeness_too(self) -> None:
        examples, labels = make_examples(5, 1)
        near = Neighbours.of(examples.dense, examples.sparse, ["only", *labels[1:]])
        found = near.likeness(examples.dense[:1], examples.sparse[:1])
        assert found[0, near.labels.index("only")] > 0.75

    def test_it_is_the_same_after_reading_it_back(self) -> None:
        examples, labels = make_examples(40, 1)
        near = Neighbours.of(examples.dense, examples.sparse, labels)
        with tempfile.TemporaryDirectory() as folder:
            near.save(Path(folder), "near")
            again = Neighbours.load(Path(folder), "near")
        before = near.likeness(examples.dense, examples.sparse)
        after = again.likeness(examples.dense, examples.sparse)
        assert np.abs(before - after).max() < 0.01

    def test_strangers_score_lower_than_those_at_home(self) -> None:
        examples, labels = make_examples(60, 3)
        labels = [f"{label}{row % 3}" for row, label in enumerate(labels)]
        _, rows, scores = heads.scores_when_left_out(examples, labels, 1.0, 0.5, 12.0, 3, 3)
        assert list(rows) == list(range(60))
        assert len(heads.scores_of_strangers(examples, labels, 1.0, 0.5, 12.0)) == 60
        assert scores.shape == (60, 6)

    def test_of_many_examples_the_main_directions_tell_the_same(self) -> None:
        examples, labels = make_examples(FEW + 100, 4)
        near = Neighbours.of(examples.dense, examples.sparse, labels)
        assert (near.sparse, near.dense.shape[1]) == (None, 128)
        others, truth = make_examples(20, 2)
        found = near.likeness(
            others.dense, scipy.sparse.csr_matrix((20, FEW + 100), dtype=np.float32)
        )
        assert [near.labels[place] for place in found.argmax(axis=1)] == truth
