"""How sure is sure enough: honest probabilities, and the bars that a reading must pass.

Everything here is chosen on messages that the classifier did not learn from, so that a model trained on other
messages gets bars of its own. Arrays have one row a message; pure functions, no Rasa.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from nlu.components.heads import probabilities


@dataclass(frozen=True)
class Bars:
    """Probabilities from which something is done with a reading.

    accept: act on it. handoff: below this not even asking back helps. raise_emergency: tell the owner at
    once what to do. alarm: call a person to look. `familiar` is no probability but the score of the likeliest label
    below which a message is like nothing that was taught, however sure the choice among the labels.
    """

    accept: float
    handoff: float
    raise_emergency: float
    alarm: float
    familiar: float


def find_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """The number that scores are divided by so that probabilities are honest; above 1 makes them humbler.

    `scores` (rows, labels), `truth` (rows,) column numbers. Minimises the surprise at the truth.
    """
    rows = np.arange(len(truth))

    def surprise(logarithm: float) -> float:
        chances = probabilities(scores / np.exp(logarithm))[rows, truth]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-1.5, 1.5), method="bounded").x))


def find_share(first: np.ndarray, second: np.ndarray, truth: np.ndarray) -> float:
    """How much of the second scores to add to the first, in tenths from 0 to 1.5, so that the truth surprises least."""
    rows = np.arange(len(truth))

    def surprise(share: float) -> float:
        scores = first + share * second
        chances = probabilities(scores / find_temperature(scores, truth))[rows, truth]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return min((tenth / 10 for tenth in range(16)), key=surprise)


def find_accept_bar(confidence: np.ndarray, is_right: np.ndarray, wrong_share: float) -> float:
    """The lowest bar at which at most that share of what passes is wrong; 1 when there is none."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~is_right[order]) / np.arange(1, len(order) + 1)
    passing = np.flatnonzero(wrong <= wrong_share)
    return float(confidence[order[passing[-1]]]) if len(passing) else 1.0


def find_handoff_bar(confidence: np.ndarray, is_offered: np.ndarray, helped_share: float) -> float:
    """The highest bar below which offering the likeliest readings would help fewer than that share; 0 when it
    helps everywhere. `is_offered`: the truth is among what would be offered."""
    order = np.argsort(confidence, kind="stable")
    helped = np.cumsum(is_offered[order]) / np.arange(1, len(order) + 1)
    failing = np.flatnonzero(helped < helped_share)
    return float(confidence[order[failing[-1]]]) if len(failing) else 0.0


def find_danger_bar(danger: np.ndarray, is_emergency: np.ndarray, false_share: float) -> float:
    """The lowest bar that at most that share of the messages without danger reach."""
    harmless = danger[~is_emergency]
    return float(np.quantile(harmless, 1.0 - false_share)) if len(harmless) else 0.5


def find_familiar_bar(strangers: np.ndarray, kept_out: float = 0.6) -> float:
    """The bar that so many of the messages that are none of the labels stay below; without any, none."""
    return float(np.quantile(strangers, kept_out)) if len(strangers) else -np.inf
