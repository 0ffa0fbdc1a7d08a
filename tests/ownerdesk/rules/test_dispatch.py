"""Which rule fits, and who is asked first."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerdesk.model import DispatchRule
from ownerdesk.model.labels import NATURES, AppealState
from ownerdesk.rules.dispatch import (
    Candidate,
    Case,
    choose_rule,
    is_dispatched_by_rules,
    is_within,
    rank,
)

LUNCH = datetime(2026, 11, 18, 13, 0)  # noqa: DTZ001 - rules get the local time of a place


def rule(rule_id: int, position: int = 1, **fields: object) -> DispatchRule:
    return DispatchRule(
        id=rule_id, project_id=1, position=position, department_id=1, supporting_ids=[], **fields
    )


def case(**fields: object) -> Case:
    values = {"category": "lighting", "severity": "general", "language": "en", "local": LUNCH}
    return Case(**{**values, **fields})  # type: ignore[arg-type]


def test_the_first_rule_that_fits_wins_by_position() -> None:
    rules = [rule(1, 3), rule(2, 1, category="gas"), rule(3, 2, category="lighting"), rule(4, 2)]
    found = choose_rule(rules, case())
    assert found is not None
    assert found.id == 3
    assert choose_rule([rule(2, category="gas")], case()) is None
    assert choose_rule([], case()) is None


@pytest.mark.parametrize(
    ("field", "fitting", "other"),
    [("category", "lighting", "gas"), ("severity", "general", "major"), ("language", "en", "es")],
)
def test_a_field_narrows_only_where_it_is_filled(field: str, fitting: str, other: str) -> None:
    assert choose_rule([rule(1, **{field: None})], case()) is not None
    assert choose_rule([rule(1, **{field: fitting})], case()) is not None
    assert choose_rule([rule(1, **{field: other})], case()) is None


@pytest.mark.parametrize(
    ("starts", "ends", "clock", "inside"),
    [
        ("08:00", "18:00", "08:00", True),
        ("08:00", "18:00", "17:59", True),
        ("08:00", "18:00", "18:00", False),
        ("22:00", "06:00", "23:00", True),
        ("22:00", "06:00", "05:59", True),
        ("22:00", "06:00", "06:00", False),
        ("22:00", "06:00", "12:00", False),
        ("07:00", "07:00", "03:00", True),
    ],
)
def test_hours_may_run_past_midnight(starts: str, ends: str, clock: str, inside: bool) -> None:
    assert (
        is_within(time.fromisoformat(starts), time.fromisoformat(ends), time.fromisoformat(clock))
        is inside
    )


def candidate(
    staff_id: int, *, load: int = 0, skills: str = "", languages: str = "en"
) -> Candidate:
    return Candidate(staff_id, frozenset(skills.split()), frozenset(languages.split()), load)


def test_language_comes_before_load_and_load_before_the_id() -> None:
    people = [
        candidate(1, languages="es"),
        candidate(2, load=2),
        candidate(3, load=1),
        candidate(4, load=1),
    ]
    assert [c.staff_id for c in rank(people, skill=None, language="en")] == [3, 4, 2, 1]


def test_whoever_lacks_the_skill_is_not_asked_at_all() -> None:
    people = [candidate(1), candidate(2, load=9, skills="lifts pumps")]
    assert [c.staff_id for c in rank(people, skill="lifts", language="en")] == [2]
    assert rank(people, skill="roofs", language="en") == []


@given(st.permutations([candidate(n, load=n % 3) for n in range(8)]))
def test_the_order_of_the_roster_does_not_matter(people: list[Candidate]) -> None:
    assert rank(people, skill=None, language="en") == rank(
        sorted(people, key=lambda c: c.staff_id), skill=None, language="en"
    )


@pytest.mark.parametrize("nature", NATURES)
@pytest.mark.parametrize("state", AppealState)
def test_rules_send_work_and_leave_words_to_people(nature: str, state: AppealState) -> None:
    work = nature in ("help_seeking", "paid_service")
    expected = (work and state in ("received", "accepted", "dispatched")) or (
        nature == "emergency" and state == "accepted"
    )
    assert is_dispatched_by_rules(nature, state) is expected
