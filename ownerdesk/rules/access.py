"""Who on the staff may do what: one table, asked by every console route."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """What a role allows in its projects. ADMINISTER is for what belongs to the whole company; it counts where
    the role holds in all projects."""

    SEE_APPEALS = "see_appeals"
    WORK_APPEALS = "work_appeals"
    ANSWER_OWNERS = "answer_owners"
    SEE_FIGURES = "see_figures"
    LABEL_MESSAGES = "label_messages"
    MANAGE_CONTENT = "manage_content"
    MANAGE_ESTATE = "manage_estate"
    MANAGE_STAFF = "manage_staff"
    ADMINISTER = "administer"


_AGENT = {Right.SEE_APPEALS, Right.WORK_APPEALS, Right.ANSWER_OWNERS}
_MANAGER = {*_AGENT, Right.SEE_FIGURES, Right.LABEL_MESSAGES, Right.MANAGE_CONTENT}

RIGHTS: dict[str, frozenset[Right]] = {
    "operator": frozenset({Right.SEE_APPEALS}),
    "agent": frozenset(_AGENT),
    "manager": frozenset(_MANAGER),
    "project_manager": frozenset({*_MANAGER, Right.MANAGE_ESTATE, Right.MANAGE_STAFF}),
    "head_office": frozenset({Right.SEE_APPEALS, Right.SEE_FIGURES}),
    "admin": frozenset(Right),
}
