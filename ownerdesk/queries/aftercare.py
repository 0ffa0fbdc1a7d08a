"""What is known about an appeal after the fact: asks, repeats, return visits, summaries, and who looks after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import (
    Appeal,
    AppealEvent,
    AppealLink,
    Assignment,
    Project,
    Promise,
    ReturnVisit,
    StaffMember,
    StaffRole,
    Summary,
)
from ownerdesk.model.labels import AppealState
from ownerdesk.model.promises import TOLD
from ownerdesk.queries.staff import RECEIVING_ROLES, list_on_duty, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import VisitNotFound
from ownerdesk.rules.steps import SUMMED_UP, is_current, step_of
from ownerdesk.rules.turning import NEWS

LIST_SIZE = 200


def list_receivers(session: Session, project: Project, at: datetime) -> list[StaffMember]:
    """Those on duty now; while nobody is, everybody who receives appeals of the project."""
    on_duty = list_on_duty(session, project, at)
    if on_duty:
        return on_duty
    return list(
        session.scalars(
            select(StaffMember)
            .join(StaffRole, StaffRole.staff_id == StaffMember.id)
            .where(
                StaffMember.is_active,
                StaffRole.role.in_(RECEIVING_ROLES),
                or_(StaffRole.project_id == project.id, StaffRole.project_id.is_(None)),
            )
            .order_by(StaffMember.id)
        ).unique()
    )


def count_asks(session: Session, appeal_id: int) -> int:
    """How often the owner has asked since they last had news."""
    latest_news = (
        select(func.coalesce(func.max(AppealEvent.id), 0))
        .where(
            AppealEvent.appeal_id == appeal_id,
            AppealEvent.name.in_(NEWS),
            AppealEvent.undone_at.is_(None),
        )
        .scalar_subquery()
    )
    asks = select(func.count()).where(
        AppealEvent.appeal_id == appeal_id,
        AppealEvent.name == "owner.asked",
        AppealEvent.id > latest_news,
    )
    return session.scalar(asks) or 0


def has_broken_promise(session: Session, appeal_id: int) -> bool:
    """Whether a promise of the appeal that its owner was told of passed its time unkept."""
    broken = select(Promise.id).where(
        Promise.appeal_id == appeal_id, Promise.kind.in_(TOLD), Promise.broken_at.is_not(None)
    )
    return session.scalar(broken.limit(1)) is not None


def list_turn_events(session: Session, appeal_id: int) -> Sequence[AppealEvent]:
    """The turn of an appeal and the signs that came after it, in order."""
    return session.scalars(
        select(AppealEvent)
        .where(
            AppealEvent.appeal_id == appeal_id,
            AppealEvent.name.in_(("appeal.turned", "appeal.worsened")),
        )
        .order_by(AppealEvent.id)
    ).all()


def list_repeats(session: Session, appeal_id: int) -> Sequence[Appeal]:
    """The appeals that an appeal repeats, and those that repeat it, the latest first."""
    earlier = select(AppealLink.other_id).where(
        AppealLink.appeal_id == appeal_id, AppealLink.kind == "repeat"
    )
    later = select(AppealLink.appeal_id).where(
        AppealLink.other_id == appeal_id, AppealLink.kind == "repeat"
    )
    # With an "or" of two subqueries every appeal there is would be looked at.
    both = earlier.union(later)
    return session.scalars(
        select(Appeal).where(Appeal.id.in_(both)).order_by(Appeal.id.desc())
    ).all()


def is_repeat(session: Session, appeal_id: int) -> bool:
    """Whether an appeal is the same thing again."""
    link = select(AppealLink.id).where(
        AppealLink.appeal_id == appeal_id, AppealLink.kind == "repeat"
    )
    return session.scalar(link.limit(1)) is not None


def list_workers(session: Session, appeal: Appeal) -> set[int]:
    """Everybody who did the work or answers for it: none of them pays the return visit."""
    workers = {appeal.operator_id, appeal.responsible_id}
    workers |= set(
        session.scalars(
            select(Assignment.operator_id).where(
                Assignment.appeal_id == appeal.id, Assignment.accepted_at.is_not(None)
            )
        )
    )
    workers |= set(
        session.scalars(
            select(AppealEvent.staff_id).where(
                AppealEvent.appeal_id == appeal.id,
                AppealEvent.name.in_(("appeal.resolved", "operator.set_out", "operator.arrived")),
                AppealEvent.undone_at.is_(None),
            )
        )
    )
    return {worker for worker in workers if worker is not None}


def find_visit(session: Session, appeal: Appeal) -> ReturnVisit | None:
    """The return visit of an appeal's present closure."""
    return session.scalar(
        select(ReturnVisit).where(
            ReturnVisit.appeal_id == appeal.id, ReturnVisit.closure == appeal.reopened
        )
    )


def get_visit(session: Session, visit_id: int) -> ReturnVisit:
    """Raises VisitNotFound."""
    visit = session.get(ReturnVisit, visit_id)
    if visit is None:
        raise VisitNotFound
    return visit


def list_open_visits(session: Session, member: StaffMember) -> Sequence[ReturnVisit]:
    """Return visits to be paid in the member's projects, the most urgent first."""
    return session.scalars(
        select(ReturnVisit)
        .join(Appeal, Appeal.id == ReturnVisit.appeal_id)
        .where(
            ReturnVisit.ended_at.is_(None),
            Appeal.project_id.in_(visible_project_ids(session, member, Right.SEE_APPEALS)),
        )
        .order_by(ReturnVisit.due_at, ReturnVisit.id)
        .limit(LIST_SIZE)
        .options(
            joinedload(ReturnVisit.appeal).joinedload(Appeal.conversation),
            joinedload(ReturnVisit.appeal).joinedload(Appeal.project),
            joinedload(ReturnVisit.staff_member),
        )
    ).all()


def list_paid_visits(session: Session, member: StaffMember) -> Sequence[ReturnVisit]:
    """Those that ended with a result, the latest first."""
    return session.scalars(
        select(ReturnVisit)
        .join(Appeal, Appeal.id == ReturnVisit.appeal_id)
        .where(
            ReturnVisit.result.is_not(None),
            Appeal.project_id.in_(visible_project_ids(session, member, Right.SEE_APPEALS)),
        )
        .order_by(ReturnVisit.ended_at.desc())
        .limit(LIST_SIZE)
        .options(
            joinedload(ReturnVisit.appeal).joinedload(Appeal.conversation),
            joinedload(ReturnVisit.appeal).joinedload(Appeal.project),
            joinedload(ReturnVisit.staff_member),
        )
    ).all()


def find_summary(session: Session, appeal_id: int) -> Summary | None:
    return session.scalar(select(Summary).where(Summary.appeal_id == appeal_id))


def has_summary(session: Session, appeal: Appeal) -> bool:
    """Whether the present resolution is summed up."""
    summary = find_summary(session, appeal.id)
    return is_current(summary.written_at if summary else None, appeal.resolved_at)


def list_without_summary(session: Session, member: StaffMember) -> Sequence[Appeal]:
    """Major appeals of the member's projects that are closed but not summed up, the longest first."""
    written = select(Summary.id).where(
        Summary.appeal_id == Appeal.id,
        or_(Appeal.resolved_at.is_(None), Summary.written_at >= Appeal.resolved_at),
    )
    return session.scalars(
        select(Appeal)
        .where(
            Appeal.project_id.in_(visible_project_ids(session, member, Right.SEE_APPEALS)),
            Appeal.state == AppealState.CLOSED,
            Appeal.severity.in_(SUMMED_UP),
            ~written.exists(),
        )
        .order_by(Appeal.closed_at, Appeal.id)
        .limit(LIST_SIZE)
        .options(joinedload(Appeal.project), joinedload(Appeal.responsible))
    ).all()


def read_step(session: Session, appeal: Appeal) -> str | None:
    """In which of the five steps an appeal is (S11); None once it is closed for good."""
    visit = find_visit(session, appeal)
    return step_of(
        appeal.state,
        severity=appeal.severity,
        has_open_visit=visit is not None and visit.ended_at is None,
        has_summary=has_summary(session, appeal),
    )
