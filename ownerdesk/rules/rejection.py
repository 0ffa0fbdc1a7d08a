"""How well a classifier tells what it knows from what it was never taught: the figures of `ownerdesk evaluate`.

Pure, like `rules/scoring.py`; the field's usual names are kept for the figures themselves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ownerdesk.rules.scoring import confuse


@dataclass(frozen=True)
class Scored:
    """A test sentence: its label, the label it was given, and the score of the likeliest label in scope."""

    truth: str
    found: str
    score: float


def area_under_curve(wanted: Sequence[float], others: Sequence[float]) -> float | None:
    """AUROC: how often one of the wanted scores is above one of the others, a tie counting half."""
    if not wanted or not others:
        return None
    scores = sorted([(score, True) for score in wanted] + [(score, False) for score in others])
    wins, others_below = 0.0, 0
    for _, tied in groupby(scores, key=lambda pair: pair[0]):
        are_wanted = [is_wanted for _, is_wanted in tied]
        here = are_wanted.count(False)
        wins += are_wanted.count(True) * (others_below + here / 2)
        others_below += here
    return wins / (len(wanted) * len(others))


def matthews(pairs: Mapping[tuple[str, str], int]) -> float:
    """The multi-class Matthews coefficient (Gorodkin's R_K) of (truth, found) counts; 0 where it is not defined."""
    truths: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for (truth, label), count in pairs.items():
        truths[truth] += count
        found[label] += count
    total = sum(truths.values())
    hits = sum(count for (truth, label), count in pairs.items() if truth == label)
    by_chance = sum(count * found[label] for label, count in truths.items())
    spread = (total**2 - sum(n * n for n in found.values())) * (
        total**2 - sum(n * n for n in truths.values())
    )
    return (hits * total - by_chance) / math.sqrt(spread) if spread else 0.0


def matthews_at(sentences: Sequence[Scored], threshold: float, out_of_scope: str) -> float:
    """What scores below the threshold is taken for out of scope, which is one more class."""
    found = [one.found if one.score >= threshold else out_of_scope for one in sentences]
    return matthews(confuse([one.truth for one in sentences], found))


def best_matthews(sentences: Sequence[Scored], out_of_scope: str) -> tuple[float, float]:
    """The highest Matthews coefficient over all thresholds, and that threshold.

    It is picked with the truth in hand, so it flatters; published figures are of this sort.
    """
    thresholds = [*sorted({one.score for one in sentences}), math.inf]
    found = [(matthews_at(sentences, one, out_of_scope), one) for one in thresholds]
    return max(found, key=lambda pair: pair[0])
