"""Figures of managers, exact over a made-up month, and the cases behind each of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Project
from ownerdesk.queries.figure_bases import Scope, make_scope
from ownerdesk.queries.management import (
    DIMENSIONS,
    FIGURES,
    NONE,
    Table,
    count_by_day,
    count_cases,
    draw_table,
    list_case_ids,
)
from ownerdesk.rules.figures import Period
from tests.figures import CLOCKS_BACK, OCTOBER, THAT_DAY, make_month
from tests.make import NOON, Cast, make_cast

Casts = tuple[Cast, Cast]


@pytest.fixture
def casts(rolled_back_core: Core) -> Casts:
    one = rolled_back_core.transact_now(make_cast)
    two = rolled_back_core.transact_now(make_cast, code="U", chat_id=7002)
    rolled_back_core.transact_now(make_month, one, two)
    return one, two


def scope_of(
    session: Session, *casts: Cast, period: Period = THAT_DAY, before: bool = False
) -> Scope:
    projects = [session.get_one(Project, cast.project.id) for cast in casts]
    return make_scope(projects, period, at=NOON, before=before, strangers="Europe/Madrid")  # fmt: skip


def counts(table: Table, key: int | str | None) -> dict[str, int]:
    """What is not nothing in a row."""
    return {name: number.count for name, number in table.rows[key].items() if number.count}


def test_the_day_the_clocks_go_back_is_counted_by_the_clock_of_each_project(
    rolled_back_core: Core, casts: Casts
) -> None:
    one, two = casts

    def look(session: Session) -> None:
        table = draw_table(session, scope_of(session, one, two), by="project")
        assert counts(table, one.project.id) == {
            "open": 3, "overdue": 3, "open_emergencies": 2, "received": 3, "answered": 2,
            "resolved": 1, "on_time": 1, "reopened": 1, "rated": 1, "handoffs": 1, "visits": 1,
            "visits_satisfied": 1,
        }  # fmt: skip
        assert counts(table, two.project.id) == {
            "open": 1, "overdue": 1, "received": 1, "answered": 1, "resolved": 1, "on_time": 1,
            "rated": 1,
        }  # fmt: skip
        answered = table.rows[one.project.id]["answered"]
        assert (answered.median, answered.p90, answered.average) == (900, 1140, 900)
        assert table.whole["resolved"].median == 75 * 60
        assert table.whole["rated"].average == 4.5
        assert table.whole["handoffs"].median == 240
        assert count_by_day(session, "received", scope_of(session, one, two)) == {CLOCKS_BACK: 4}

    rolled_back_core.transact_now(look)


def test_late_is_a_broken_promise_and_moved_is_one_put_off_in_time(
    rolled_back_core: Core, casts: Casts
) -> None:
    one, _ = casts

    def look(session: Session) -> None:
        whole = draw_table(session, scope_of(session, one, period=OCTOBER)).whole
        found = {name: whole[name].count for name in ("resolved", "on_time", "late", "moved")}
        assert found == {"resolved": 4, "on_time": 3, "late": 1, "moved": 1}
        assert (whole["emergencies"].count, whole["emergencies"].median) == (2, 360)
        assert whole["emergencies_in_time"].count == 1
        assert whole["emergencies_late"].count == 1
        assert whole["low_rated"].count == 1
        assert whole["reopened"].count == 1, "twice on one day is one case"

    rolled_back_core.transact_now(look)


def test_the_period_before_holds_what_came_just_before(
    rolled_back_core: Core, casts: Casts
) -> None:
    def look(session: Session) -> None:
        whole = draw_table(session, scope_of(session, casts[0], before=True)).whole
        assert (whole["received"].count, whole["resolved"].count) == (1, 1)
        assert whole["reopened"] == replace(NONE, count=0)

    rolled_back_core.transact_now(look)


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_figure_has_as_many_cases_behind_it_as_it_says(
    rolled_back_core: Core, casts: Casts, by: str
) -> None:
    def look(session: Session) -> None:
        whole = scope_of(session, *casts, period=OCTOBER)
        table = draw_table(session, whole, by=by)
        seen = set()
        for key, numbers in [("whole", table.whole), *table.rows.items()]:
            for name, number in numbers.items():
                scope = whole if key == "whole" else narrow(session, whole, by, key, casts)
                ids = list_case_ids(session, name, scope, limit=100)
                assert len(set(ids)) == number.count, (by, key, name)
                assert count_cases(session, name, scope) == number.count, (by, key, name)
                seen |= {name} if number.count else set()
        assert seen >= set(FIGURES) - {"jobs", "new", "handoffs_waiting", "visits_unsatisfied"}

    rolled_back_core.transact_now(look)


def narrow(session: Session, scope: Scope, by: str, key: int | str | None, casts: Casts) -> Scope:
    if by == "project":
        cast = next(cast for cast in casts if cast.project.id == key)
        return replace(scope_of(session, cast, period=OCTOBER), strangers=None)
    if by == "category":
        return replace(scope, category=str(key))
    return replace(scope, **{f"{by}_id": key or 0})


def test_the_list_is_read_page_by_page_without_a_gap(rolled_back_core: Core, casts: Casts) -> None:
    def look(session: Session) -> None:
        scope = scope_of(session, *casts, period=OCTOBER)
        whole = list_case_ids(session, "received", scope, limit=100)
        paged: list[int] = []
        while page := list_case_ids(
            session, "received", scope, before_id=paged[-1] if paged else None, limit=2
        ):
            paged += page
        assert paged == whole
        assert len(whole) == 9

    rolled_back_core.transact_now(look)


def test_nobodys_projects_have_no_cases(rolled_back_core: Core, casts: Casts) -> None:
    def look(session: Session) -> None:
        table = draw_table(session, make_scope([], OCTOBER, at=NOON))
        assert {number.count for number in table.whole.values()} == {0}

    rolled_back_core.transact_now(look)
