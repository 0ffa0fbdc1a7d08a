"""Bars and temperature against numbers that can be checked by hand."""

from __future__ import annotations

import unittest

import numpy as np

from nlu.components import calibration
from nlu.components.heads import probabilities


class Calibration(unittest.TestCase):
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    is_right = np.array([True, True, False, True, False])

    def test_the_accept_bar_lets_in_as_much_as_the_wrong_share_allows(self) -> None:
        assert calibration.find_accept_bar(self.confidence, self.is_right, 0.26) == 0.6
        assert calibration.find_accept_bar(self.confidence, self.is_right, 0.2) == 0.8

    def test_nothing_is_accepted_when_the_surest_are_wrong(self) -> None:
        assert calibration.find_accept_bar(self.confidence, ~self.is_right, 0.03) == 1.0

    def test_below_the_handoff_bar_asking_back_helps_too_few(self) -> None:
        is_offered = np.array([True, True, True, False, False])
        assert calibration.find_handoff_bar(self.confidence, is_offered, 0.5) == 0.7
        assert calibration.find_handoff_bar(self.confidence, is_offered | True, 0.5) == 0.0

    def test_a_danger_bar_is_reached_by_the_allowed_share_of_harmless_messages(self) -> None:
        danger = np.concatenate([np.linspace(0.0, 0.99, 100), np.ones(10)])
        is_emergency = np.arange(110) >= 100
        bar = calibration.find_danger_bar(danger, is_emergency, 0.05)
        assert 0.04 <= (danger[:100] >= bar).mean() <= 0.06

    def test_overbold_scores_are_cooled_and_honest_ones_left_alone(self) -> None:
        draw = np.random.RandomState(7)
        honest = draw.normal(size=(4000, 3)) * 1.5
        truth = np.array([draw.choice(3, p=row) for row in probabilities(honest)])
        assert abs(calibration.find_temperature(honest, truth) - 1.0) < 0.1
        assert abs(calibration.find_temperature(honest * 3, truth) - 3.0) < 0.3

    def test_six_in_ten_strangers_stay_below_the_familiar_bar(self) -> None:
        assert calibration.find_familiar_bar(np.arange(11.0)) == 6.0
        assert calibration.find_familiar_bar(np.zeros(0)) == -np.inf
