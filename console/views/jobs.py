"""Jobs, handovers and "not ours" on an appeal's page: what is shown of them, and what may be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.forms import BadForm, Form, parse_id
from console.render import Desk
from ownerdesk.model import (
    Appeal,
    Assignment,
    Attachment,
    Department,
    Handover,
    OutsideParty,
    StaffMember,
)
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.assignments import list_assignments, list_outside_parties
from ownerdesk.queries.handovers import find_open_handover
from ownerdesk.queries.photos import list_work_photos
from ownerdesk.queries.staff import get_staff_member, has_right, list_staff
from ownerdesk.rules.access import Right
from ownerdesk.rules.appeals import AppealAction, is_allowed, is_worked_on
from ownerdesk.rules.refusals import HandoverOver, PartyNotFound, StaffNotFound
from ownerdesk.services.handovers import (
    accept_handover,
    decline_handover,
    may_hand_over_for_others,
    request_handover,
)
from ownerdesk.services.offers import offer_support
from ownerdesk.services.outside import resolve_as_outside


def support(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    """One more department for the same appeal."""
    department = session.get(Department, parse_id(form.get("department", ""), "department"))
    if department is None:
        raise StaffNotFound
    offer_support(session, appeal, department, None, at=at)


def hand_over(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    to = get_staff_member(session, parse_id(form.get("to", ""), "to"))
    request_handover(session, appeal, to=to, reason=form.get("reason", ""), by=by, at=at)


def _open_handover(session: Session, appeal: Appeal) -> Handover:
    handover = find_open_handover(session, appeal.id)
    if handover is None:
        raise HandoverOver
    return handover


def accept_over(
    session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime
) -> None:
    accept_handover(session, _open_handover(session, appeal), by=by, at=at)


def decline_over(
    session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime
) -> None:
    handover = _open_handover(session, appeal)
    decline_handover(session, handover, reason=form.get("reason", ""), by=by, at=at)


def not_ours(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    party_id = form.get("party", "")
    if not party_id:
        raise BadForm("party")
    party = session.get(OutsideParty, parse_id(party_id, "party"))
    if party is None:
        raise PartyNotFound
    explanation = form.get("explanation", "")
    resolve_as_outside(session, appeal, party, explanation=explanation, by=by, at=at)


@dataclass(frozen=True)
class JobsOfAppeal:
    """What the page shows: who was asked, the photos of the work, an open handover, and the choices of its forms."""

    jobs: Sequence[Assignment]
    photos: Sequence[Attachment]
    handover: Handover | None
    asked: str
    is_mine_to_answer: bool
    colleagues: list[StaffMember]
    departments: list[Department]
    parties: Sequence[OutsideParty]
    states: dict[str, str]


def _list_helpers(session: Session, appeal: Appeal, is_out: set[int]) -> list[Department]:
    """The departments of the project that have no job of the appeal yet."""
    query = select(Department).where(Department.project_id == appeal.project_id)
    rows = session.scalars(query.order_by(Department.id))
    return [row for row in rows if row.id not in is_out]


def read_jobs(session: Session, desk: Desk, appeal: Appeal) -> JobsOfAppeal:
    """For somebody who may see the appeal; forms without choices are not drawn."""
    jobs = list_assignments(session, appeal.id)
    handover = find_open_handover(session, appeal.id)
    may_work = desk.may(appeal.project_id, Right.WORK_APPEALS)
    is_giver = desk.member.id == appeal.responsible_id or may_hand_over_for_others(
        desk.member, appeal
    )
    may_give = is_giver and handover is None and appeal.state in OPEN_STATES
    is_out = {job.department_id for job in jobs if job.ended_at is None}
    may_help = may_work and bool(jobs) and is_worked_on(appeal.state)
    can_end = is_allowed(appeal.state, AppealAction.RESOLVE) or appeal.state == "received"
    return JobsOfAppeal(
        jobs=jobs,
        photos=list_work_photos(session, appeal.id),
        handover=handover,
        asked=session.get_one(StaffMember, handover.to_id).name if handover else "",
        is_mine_to_answer=handover is not None and handover.to_id == desk.member.id,
        colleagues=[
            member
            for member in (list_staff(session) if may_give else [])
            if member.is_active
            and member.id != appeal.responsible_id
            and has_right(member, appeal.project_id, Right.SEE_APPEALS)
        ],
        departments=_list_helpers(session, appeal, is_out) if may_help else [],
        parties=list_outside_parties(session, appeal) if may_work and can_end else [],
        states=desk.words.job_states,
    )
