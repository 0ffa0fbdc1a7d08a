"""Figures against values worked out by hand."""

from __future__ import annotations

import pytest

from ownerdesk.rules.emergencies import EmergencySign
from ownerdesk.rules.readings import Reading
from ownerdesk.rules.scoring import (
    Bar,
    Judged,
    LabelScore,
    Source,
    Truth,
    accuracy,
    bins_of,
    confuse,
    count_alarms,
    expected_calibration_error,
    has_alarmed,
    macro_f1,
    score_labels,
    share,
    sort_into_bins,
    summarise,
    top_share,
)

TRUTHS = ["a", "a", "a", "b", "b", "c"]
FOUND = ["a", "a", "b", "b", "a", "d"]


def make_reading(
    intent: str,
    confidence: float = 0.8,
    *,
    decision: str = "accept",
    alarm: bool = False,
    reader: str = "fast",
    categories: dict[str, float] | None = None,
) -> Reading:
    ranking = categories or {"lighting": 0.7, "gas": 0.2, "noise": 0.1}
    category = max(ranking, key=lambda name: ranking[name])
    return Reading(
        language="en",
        intent=intent,
        intent_confidence=confidence,
        ranking={intent: confidence},
        category=category,
        category_confidence=ranking[category],
        category_ranking=ranking,
        kind="fire",
        kind_confidence=0.9,
        entities=(),
        decision=decision,
        alarm=alarm,
        reader=reader,
    )


def make_judged(
    nature: str,
    reading: Reading,
    *,
    alone: Reading | None = None,
    sign: EmergencySign | None = None,
    category: str = "lighting",
    kind: str = "",
    hard: bool | None = None,
) -> Judged:
    truth = Truth("x1", "text", "en", nature, category, kind, hard)
    return Judged(truth, sign, reading, alone or reading)


def test_each_label_has_its_precision_recall_and_f1() -> None:
    scores = score_labels(TRUTHS, FOUND)

    assert scores == {
        "a": LabelScore(count=3, found=3, hits=2),
        "b": LabelScore(count=2, found=2, hits=1),
        "c": LabelScore(count=1, found=0, hits=0),
        "d": LabelScore(count=0, found=1, hits=0),
    }
    assert (scores["a"].precision, scores["a"].recall, scores["a"].f1) == pytest.approx(
        (2 / 3, 2 / 3, 2 / 3)
    )
    assert LabelScore(count=4, found=2, hits=2).f1 == pytest.approx(2 * 1.0 * 0.5 / 1.5)
    assert (scores["c"].precision, scores["c"].recall, scores["c"].f1) == (0, 0, 0)


def test_accuracy_macro_f1_and_confusions() -> None:
    assert accuracy(TRUTHS, FOUND) == 3 / 6
    # a: 2/3, b: 1/2, c: 0; d, which no message carries, has no part in it.
    assert macro_f1(TRUTHS, FOUND) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert confuse(TRUTHS, FOUND) == {
        ("a", "a"): 2, ("a", "b"): 1, ("b", "b"): 1, ("b", "a"): 1, ("c", "d"): 1,
    }  # fmt: skip


def test_nothing_has_no_share() -> None:
    assert share([]) is None
    assert accuracy([], []) is None
    assert macro_f1([], []) is None
    assert expected_calibration_error(sort_into_bins([], [])) is None
    nothing = summarise([])
    assert (nothing.count, nothing.nature, nothing.wrong_of_accepted) == (0, None, None)


def test_lists_of_different_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        accuracy(["a", "b"], ["a"])


def test_the_truth_may_be_among_the_first_few() -> None:
    rankings = [{"a": 0.5, "b": 0.3, "c": 0.2}, {"c": 0.1, "b": 0.3, "a": 0.6}, {"a": 1.0}]
    truths = ["a", "b", "c"]

    assert top_share(truths, rankings, 1) == pytest.approx(1 / 3)
    assert top_share(truths, rankings, 2) == pytest.approx(2 / 3)


CERTAIN = EmergencySign("fire", True, "flames")
POSSIBLE = EmergencySign("fire", False, "smoke")
CALM = make_reading("help_seeking")
ALARMED = make_reading("help_seeking", alarm=True)
ASKED = make_reading("emergency", decision="clarify", alarm=True)
RAISED = make_reading("emergency", alarm=True)


@pytest.mark.parametrize(
    ("sign", "reading", "alone", "low", "high"),
    [
        (None, CALM, CALM, "---", "---"),
        (POSSIBLE, CALM, CALM, "r--", "---"),
        (CERTAIN, CALM, CALM, "r-b", "r-b"),
        (None, ALARMED, ALARMED, "-mb", "---"),
        (None, ASKED, ASKED, "-mb", "---"),
        (None, RAISED, RAISED, "-mb", "-mb"),
        (POSSIBLE, RAISED, ASKED, "rmb", "--b"),
        (POSSIBLE, RAISED, CALM, "r-b", "--b"),
    ],
)
def test_who_passes_which_bar(
    sign: EmergencySign | None, reading: Reading, alone: Reading, low: str, high: str
) -> None:
    message = make_judged("emergency", reading, alone=alone, sign=sign)

    for bar, expected in ((Bar.LOW, low), (Bar.HIGH, high)):
        passed = [
            source.value[0] if has_alarmed(message, bar, source) else "-" for source in Source
        ]
        assert "".join(passed) == expected


def test_recall_and_false_alarms_are_counted_apart() -> None:
    messages = [
        make_judged("emergency", RAISED),
        make_judged("emergency", ALARMED),
        make_judged("emergency", CALM),
        make_judged("help_seeking", CALM),
        make_judged("help_seeking", CALM, sign=CERTAIN),
    ]

    low = count_alarms(messages, Bar.LOW, Source.BOTH)
    assert (low.dangers, low.alarmed, low.others, low.alarmed_falsely) == (3, 2, 2, 1)
    assert (low.recall, low.false_share) == pytest.approx((2 / 3, 1 / 2))
    high = count_alarms(messages, Bar.HIGH, Source.MODEL)
    assert (high.recall, high.false_share) == pytest.approx((1 / 3, 0))
    assert count_alarms([], Bar.LOW, Source.RULES).recall is None


def test_confidences_fall_into_the_bin_that_they_begin() -> None:
    bins = sort_into_bins([0.0, 0.3, 0.3999, 0.6, 0.7, 1.0], [False, True, False, True, True, True])

    assert [one.count for one in bins] == [1, 0, 0, 2, 0, 0, 1, 1, 0, 1]
    assert (bins[3].low, bins[3].high) == (0.3, 0.4)
    assert (bins[3].confidence, bins[3].right) == pytest.approx(((0.3 + 0.3999) / 2, 0.5))


def test_the_calibration_error_weighs_bins_by_their_readings() -> None:
    bins = sort_into_bins([0.9, 0.9, 0.9, 0.5], [True, True, False, True])

    # Three readings are 0.9 sure and two thirds right; one is 0.5 sure and right.
    assert expected_calibration_error(bins) == pytest.approx(3 / 4 * (0.9 - 2 / 3) + 1 / 4 * 0.5)


def test_a_set_of_messages_is_summed_up() -> None:
    gas_first = {"gas": 0.6, "lighting": 0.3, "noise": 0.1}
    messages = [
        make_judged("help_seeking", make_reading("help_seeking"), hard=False),
        make_judged("help_seeking", make_reading("consultation", categories=gas_first), hard=True),
        make_judged("emergency", make_reading("emergency", decision="clarify"), kind="flooding"),
        make_judged("other", make_reading("thanks", reader="deep"), hard=True),
    ]

    found = summarise(messages)

    assert found.count == 4
    assert found.nature == 3 / 4
    assert found.nature_f1 == pytest.approx((2 / 3 + 1 + 1) / 3)
    assert found.hard == 1 / 2
    assert (found.category_top1, found.category_top3) == (3 / 4, 1.0)
    assert (found.kind, found.language) == (0.0, 1.0)
    assert (found.accepted, found.wrong_of_accepted) == pytest.approx((3 / 4, 1 / 3))
    assert found.deep == 1 / 4
    assert [one.count for one in bins_of(messages)] == [0, 0, 0, 0, 0, 0, 0, 0, 4, 0]
    assert found.calibration_error == pytest.approx(0.8 - 0.75)
