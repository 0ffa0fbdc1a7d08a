"""The cases behind a figure as rows of a file: no owner's name, phone or words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from console.tables import Value
from console.words import Words
from ownerdesk.model import Appeal, Handoff, Project
from ownerdesk.queries.cases import (
    list_appeals_by_id,
    list_handoffs_by_id,
    list_stars,
    name_staff,
)
from ownerdesk.queries.management import FIGURES


def is_of_handoffs(figure: str) -> bool:
    """Whether the cases are conversations given to people rather than appeals."""
    return FIGURES[figure].base == "handoffs"


def head_of(figure: str, words: Words) -> list[Value]:
    """The names of the columns."""
    _ = words._
    if is_of_handoffs(figure):
        return [
            _("Project"),
            _("Reason"),
            _("Requested"),
            _("Taken"),
            _("Taken by"),
            _("Minutes waited"),
        ]
    return [
        _("Number"), _("Project"), _("Department"), _("Responsible"), _("Operator"), _("Nature"),
        _("Category"), _("Severity"), _("State"), _("Place"), _("Received"), _("First answered"),
        _("Resolved"), _("Closed"), _("Minutes to the first answer"), _("Minutes to the resolution"),
        _("Times reopened"), _("Stars"),
    ]  # fmt: skip


def read_rows(session: Session, figure: str, ids: Sequence[int], words: Words) -> list[list[Value]]:
    """One row a case, with times by the clock of its project."""
    if is_of_handoffs(figure):
        handoffs = list_handoffs_by_id(session, ids)
        names = name_staff(session, [h.accepted_by_id for h in handoffs if h.accepted_by_id])
        return [_handoff_row(session, handoff, names, words) for handoff in handoffs]
    stars = list_stars(session, ids)
    return [_appeal_row(a, stars.get(a.id), words) for a in list_appeals_by_id(session, ids)]


def _appeal_row(appeal: Appeal, stars: int | None, words: Words) -> list[Value]:
    zone = appeal.project.timezone
    return [
        appeal.number,
        appeal.project.name,
        words.pick(appeal.department.names) if appeal.department else "",
        appeal.responsible.name if appeal.responsible else "",
        appeal.operator.name if appeal.operator else "",
        words.natures[appeal.nature],
        words.categories[appeal.category],
        words.severities[appeal.severity],
        words.states[appeal.state],
        appeal.place,
        _local(appeal.received_at, zone),
        _local(appeal.first_answered_at, zone),
        _local(appeal.resolved_at, zone),
        _local(appeal.closed_at, zone),
        _minutes(appeal.received_at, appeal.first_answered_at),
        _minutes(appeal.received_at, appeal.resolved_at),
        appeal.reopened,
        stars,
    ]


def _handoff_row(
    session: Session, handoff: Handoff, names: dict[int, str], words: Words
) -> list[Value]:
    project_id = handoff.conversation.project_id
    project = session.get_one(Project, project_id) if project_id else None
    zone = project.timezone if project else "UTC"
    return [
        project.name if project else "",
        words.handoff_reasons.get(handoff.reason, handoff.reason),
        _local(handoff.requested_at, zone),
        _local(handoff.accepted_at, zone),
        names.get(handoff.accepted_by_id or 0, ""),
        _minutes(handoff.requested_at, handoff.accepted_at),
    ]


def _local(at: datetime | None, zone: str) -> datetime | None:
    return at.astimezone(ZoneInfo(zone)) if at else None


def _minutes(since: datetime, until: datetime | None) -> float | None:
    return (until - since).total_seconds() / 60 if until else None
