"""Terms: the most specific one holds; where none fits, the policy does."""

from __future__ import annotations

from itertools import permutations

import pytest

from ownerdesk.model import Term
from ownerdesk.rules.liability import AdmitsLiability, check_admits_nothing
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.terms import Case, default_minutes, pick_term

CASE = Case(1, "help_seeking", "elevator", "major", "resolution")


def term(**fields: object) -> Term:
    return Term(**{"kind": "resolution", "minutes": 1, **fields})


# From the most to the least specific; each fits the case.
LADDER = [
    term(project_id=1, category="elevator", nature="help_seeking", severity="major"),
    term(project_id=1, category="elevator"),
    term(project_id=1, nature="help_seeking", severity="major"),
    term(project_id=1, nature="help_seeking"),
    term(project_id=1, severity="major"),
    term(project_id=1),
    term(category="elevator"),
    term(nature="help_seeking"),
    term(severity="major"),
    term(),
]


def test_the_most_specific_term_wins_whatever_their_order() -> None:
    for place, expected in enumerate(LADDER):
        assert pick_term(reversed(LADDER[place:]), CASE) is expected
    for order in permutations(LADDER[:4]):
        assert pick_term(order, CASE) is LADDER[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"project_id": 2},
        {"category": "lighting"},
        {"nature": "consultation"},
        {"severity": "general"},
        {"kind": "first_answer"},
        {"project_id": 1, "category": "elevator", "severity": "general"},
    ],
)
def test_a_term_of_another_case_does_not_fit(fields: dict[str, object]) -> None:
    assert pick_term([term(**fields)], CASE) is None


@pytest.mark.parametrize(
    ("kind", "severity", "minutes"),
    [
        ("acceptance", "emergency", 5),
        ("first_answer", "general", 30),
        ("next_update", "general", 24 * 60),
        ("resolution", "general", 30),
        ("resolution", "major", 360),
        ("resolution", "emergency", 360),
    ],
)
def test_without_terms_the_policy_holds(kind: str, severity: str, minutes: int) -> None:
    assert default_minutes(Policy(), kind=kind, severity=severity) == minutes


@pytest.mark.parametrize(
    "text",
    ["I am sorry, it was our fault.", "We are liable for this.", "We admit\nliability",
     "We will pay for all damages", "Fue culpa nuestra", "Asumimos toda la responsabilidad",
     "这是我们的责任", "公司会赔偿您的一切损失"],
)  # fmt: skip
def test_wording_that_admits_liability_is_refused(text: str) -> None:
    with pytest.raises(AdmitsLiability):
        check_admits_nothing(text)


@pytest.mark.parametrize(
    "text",
    ["I am sorry, I cannot keep to 13:30: Ike needs more time.", "Lo siento, no llego a las 13:30.",
     "很抱歉，我无法按时完成。", "The fault in the lift is found.", "Who is responsible? Mara."],
)  # fmt: skip
def test_an_apology_is_no_admission(text: str) -> None:
    check_admits_nothing(text)
