"""AUROC and the Matthews coefficient against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from ownerdesk.rules.rejection import (
    Scored,
    area_under_curve,
    best_matthews,
    matthews,
    matthews_at,
)

NONE = "none"


def test_the_area_counts_pairs_and_ties_half() -> None:
    # 0.9 beats both; 0.5 beats 0.2 and ties with 0.5: 2 + 1.5 of 4 pairs.
    assert area_under_curve([0.9, 0.5], [0.5, 0.2]) == pytest.approx(3.5 / 4)
    assert area_under_curve([0.9], [0.1]) == 1.0
    assert area_under_curve([0.1], [0.9]) == 0.0
    assert area_under_curve([0.4, 0.4], [0.4]) == 0.5


def test_the_area_is_not_defined_without_both_sorts() -> None:
    assert area_under_curve([], [0.5]) is None
    assert area_under_curve([0.5], []) is None


def test_two_classes_give_the_usual_coefficient() -> None:
    pairs = {("a", "a"): 6, ("a", "b"): 2, ("b", "a"): 1, ("b", "b"): 3}

    expected = (6 * 3 - 2 * 1) / math.sqrt((6 + 1) * (6 + 2) * (3 + 1) * (3 + 2))
    assert matthews(pairs) == pytest.approx(expected)


def test_three_classes_give_gorodkins_coefficient() -> None:
    pairs = {("a", "a"): 2, ("a", "b"): 1, ("b", "b"): 2, ("c", "a"): 1}

    # 6 sentences, 4 right; truths a 3, b 2, c 1; found a 3, b 3: (4·6 − (9 + 6)) / √((36 − 18)(36 − 14)).
    assert matthews(pairs) == pytest.approx(9 / math.sqrt(18 * 22))


def test_one_class_only_has_no_coefficient() -> None:
    assert matthews({("a", "a"): 5}) == 0.0
    assert matthews({("a", "a"): 3, ("b", "a"): 2}) == 0.0
    assert matthews({}) == 0.0


SENTENCES = [
    Scored("a", "a", 0.9),
    Scored("b", "b", 0.7),
    Scored("a", "b", 0.6),
    Scored(NONE, "a", 0.5),
    Scored("b", "b", 0.3),
]


def test_below_the_threshold_is_out_of_scope() -> None:
    at_half = matthews_at(SENTENCES, 0.55, NONE)
    # a→a, b→b, a→b, none→none, b→none: 3 right of 5; truths 2, 2, 1; found 1, 2, 2.
    assert at_half == pytest.approx((3 * 5 - (2 * 1 + 2 * 2 + 1 * 2)) / (25 - 9))
    # A score at the threshold is in scope.
    assert matthews_at(SENTENCES, 0.5, NONE) == matthews_at(SENTENCES, 0.4, NONE)


def test_the_best_threshold_is_one_of_the_scores() -> None:
    best, at = best_matthews(SENTENCES, NONE)

    assert best == max(matthews_at(SENTENCES, number / 100, NONE) for number in range(101))
    assert at in {one.score for one in SENTENCES}
    assert best_matthews([Scored(NONE, "a", 0.9)], NONE) == (0.0, 0.9)
