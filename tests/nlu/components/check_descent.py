"""The descent finds the lowest place of a convex function, and never goes up."""

from __future__ import annotations

import unittest

import numpy as np
import scipy.sparse
from scipy.optimize import minimize

from nlu.components import heads
from nlu.components.descent import descend
from nlu.components.heads import Examples

WIDTH = 200


class Descending(unittest.TestCase):
    def setUp(self) -> None:
        random = np.random.RandomState(1)
        turn = np.linalg.qr(random.randn(WIDTH, WIDTH))[0]
        # A valley a thousand times as long as it is wide.
        self.curvature = (turn * np.geomspace(1.0, 1000.0, WIDTH)) @ turn.T
        self.bottom = random.randn(WIDTH)
        self.values: list[float] = []

    def loss(self, place: np.ndarray) -> tuple[float, np.ndarray]:
        away = place - self.bottom
        slope = self.curvature @ away
        self.values.append(float(away @ slope) / 2 + 1.0)
        return self.values[-1], slope.astype(np.float32)

    def test_the_bottom_of_a_narrow_valley_is_found(self) -> None:
        place = descend(self.loss, WIDTH, most_steps=500, least_gain=1e-9)
        assert place.dtype == np.float32
        assert np.abs(place - self.bottom).max() < 0.01
        assert len(self.values) < 400, "it ends by itself"

    def test_few_steps_bring_it_lower_than_the_beginning_and_no_more_are_taken(self) -> None:
        place = descend(self.loss, WIDTH, most_steps=10, least_gain=0.0)
        assert self.loss(place)[0] < 0.2 * self.values[0]
        assert len(self.values) < 20

    def test_who_stands_at_the_bottom_stays_there(self) -> None:
        self.bottom[:] = 0.0
        place = descend(self.loss, WIDTH, most_steps=10, least_gain=1e-6)
        assert not place.any()
        assert len(self.values) < 40


class FittingAHead(unittest.TestCase):
    def test_it_is_the_head_that_scipy_finds_in_double_precision(self) -> None:
        random = np.random.RandomState(2)
        dense = random.randn(120, 8).astype(np.float32)
        sparse = scipy.sparse.random(120, 30, 0.1, "csr", np.float32, random_state=random)
        places = (dense[:, 0] > 0) + 2 * (dense[:, 1] > 0.5)
        labels = [f"label{place}" for place in places]
        head = heads.fit(Examples(dense, sparse), labels, 1.0, 0.0)

        both = np.hstack([dense, sparse.toarray(), np.ones((120, 1))]).astype(float)
        truth = np.eye(4)[places]

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            weights = flat.reshape(-1, 4)
            chances = heads.probabilities(both @ weights)
            kept = np.vstack([weights[:-1], np.zeros(4)])
            found = -np.log((chances * truth).sum(axis=1)).sum() + 0.5 * (kept**2).sum()
            return found, (both.T @ (chances - truth) + kept).ravel()

        exact = minimize(loss, np.zeros(39 * 4), jac=True, options={"gtol": 1e-6}).x.reshape(-1, 4)
        wanted = heads.probabilities(both @ exact)
        got = heads.probabilities(head.scores_of_all(Examples(dense, sparse)))
        assert np.abs(got - wanted).max() < 0.01
