"""Who on the staff may do what: one table, asked by every console route."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """What a role allows in its projects."""

    SEE_APPEALS = "see_appeals"
    WORK_APPEALS = "work_appeals"
    ANSWER_OWNERS = "answer_owners"
    SEE_FIGURES = "see_figures"
    MANAGE_STAFF = "manage_staff"


_AGENT = {Right.SEE_APPEALS, Right.WORK_APPEALS, Right.ANSWER_OWNERS}
_MANAGER = {*_AGENT, Right.SEE_FIGURES}

RIGHTS: dict[str, frozenset[Right]] = {
    "operator": frozenset({Right.SEE_APPEALS}),
    "agent": frozenset(_AGENT),
    "manager": frozenset(_MANAGER),
    "project_manager": frozenset({*_MANAGER, Right.MANAGE_STAFF}),
    "head_office": frozenset({Right.SEE_APPEALS, Right.SEE_FIGURES}),
    "admin": frozenset(Right),
}
