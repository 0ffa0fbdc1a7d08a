"""Finding incidents: a job looks at each new appeal beside those of its place, its category and its last hours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Incident
from ownerdesk.model.labels import OPEN_STATES, AppealState
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.incidents import (
    find_running_works,
    get_incident,
    is_taken_out,
    list_candidates,
    list_members,
    list_open_near,
    make_report,
)
from ownerdesk.rules.incidents import (
    Report,
    can_be_shared,
    count_reporters,
    entrance_of,
    find_group,
    is_alike,
    near_categories,
)
from ownerdesk.rules.policy import Policy
from ownerdesk.services import incident_news as news
from ownerdesk.services.events import BOT
from ownerdesk.services.incidents import (
    confirm_incident,
    join_incident,
    link_appeal,
    unlink_appeal,
)
from ownerdesk.services.live import announce

Encode = Callable[[str], Sequence[float]]

SAME_KIND = (1.0,)  # of two emergencies of one kind in one building the words need not be alike


def look_for_incident(
    session: Session, appeal_id: int, encode: Encode, *, at: datetime
) -> Incident | None:
    """Keep the vector of an appeal's words, and put it with the incident it belongs to, if there is one: works that
    are going on, something confirmed or proposed, or enough other reports to propose it now.

    Twice or late it finds the appeal where it is. Two jobs of one place take turns, so that one incident is made.
    """
    appeal = session.get_one(Appeal, appeal_id)
    if appeal.vector is None:
        # Past the version of the row: whoever works on the appeal at this moment is not disturbed.
        vector = list(encode(appeal.summary))
        session.execute(update(Appeal).where(Appeal.id == appeal_id).values(vector=vector))
    if appeal.state not in OPEN_STATES or appeal.state == AppealState.RESOLVED:
        return None
    _take_turns(session, appeal)
    appeal = get_appeal(session, appeal_id)
    _leave_if_elsewhere(session, appeal, at=at)
    if appeal.incident_id is not None or is_taken_out(session, appeal):
        return None
    if not can_be_shared(appeal.nature, appeal.category, appeal.kind):
        return None
    works = find_running_works(session, appeal, at=at) if appeal.nature != "emergency" else None
    if works is not None:
        join_incident(session, works, appeal, at=at)
        news.tell_planned(session, works, appeal, at=at)
        return works
    return _join_known(session, appeal, at=at) or _propose(session, appeal, at=at)


def _take_turns(session: Session, appeal: Appeal) -> None:
    """Held until the transaction ends. The place and the family of categories name the lock."""
    family = appeal.kind if appeal.nature == "emergency" else near_categories(appeal.category)[0]
    name = f"incident:{appeal.project_id}:{appeal.building_id}:{family}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    session.execute(select(func.pg_advisory_xact_lock(number)))


def _leave_if_elsewhere(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Its place or its category was corrected meanwhile."""
    incident = session.get(Incident, appeal.incident_id) if appeal.incident_id else None
    if incident is None or incident.state not in ("proposed", "confirmed"):
        return
    is_elsewhere = incident.building_id not in (None, appeal.building_id)
    is_other = incident.category not in near_categories(appeal.category)
    if is_elsewhere or (is_other and appeal.nature != "emergency"):
        unlink_appeal(session, appeal, actor=BOT, at=at, for_good=False)


def _report_of(appeal: Appeal) -> Report:
    vector = SAME_KIND if appeal.nature == "emergency" else appeal.vector
    return make_report(appeal.id, appeal.owner_id, appeal.conversation_id, appeal.unit_id, vector)


def _alike(appeal: Appeal, reports: Sequence[Report]) -> list[Report]:
    """Emergencies were found by their kind: their words are not compared."""
    if appeal.nature != "emergency":
        return list(reports)
    return [Report(r.appeal_id, r.owner, r.home, SAME_KIND, r.incident_id) for r in reports]


def _threshold(appeal: Appeal) -> float:
    return Policy.of(appeal.project.settings).incident_likeness_percent / 100


def _join_known(session: Session, appeal: Appeal, *, at: datetime) -> Incident | None:
    new = _report_of(appeal)
    for found in list_open_near(session, appeal):
        members = _alike(appeal, list_members(session, found.id))
        if not is_alike(new, members, threshold=_threshold(appeal)):
            continue
        incident = get_incident(session, found.id)
        if incident.state == "confirmed":
            join_incident(session, incident, appeal, at=at)
            news.tell_known(session, incident, appeal, at=at)
        elif incident.state == "proposed":
            link_appeal(session, incident, appeal, at=at)
        else:
            continue  # over at this very moment
        announce(session, "incident", incident=incident.id, project=incident.project_id)
        return incident
    return None


def _propose(session: Session, appeal: Appeal, *, at: datetime) -> Incident | None:
    policy = Policy.of(appeal.project.settings)
    window = timedelta(minutes=policy.incident_window_minutes)
    others = list_candidates(
        session, appeal, since=appeal.received_at - window, until=appeal.received_at + window
    )
    group = find_group(_report_of(appeal), _alike(appeal, others), threshold=_threshold(appeal))
    is_emergency = appeal.nature == "emergency"
    wanted = policy.incident_emergency_reporters if is_emergency else policy.incident_reporters
    if count_reporters(group) < wanted:
        return None
    members = session.scalars(
        select(Appeal)
        .where(Appeal.id.in_([report.appeal_id for report in group]))
        .order_by(Appeal.id)
        .with_for_update(of=Appeal)
        .execution_options(populate_existing=True)
    ).all()
    members = [m for m in members if m.incident_id is None and m.state in OPEN_STATES]
    entrances = {m.unit.entrance if m.unit else "" for m in members}
    own = entrance_of(appeal.category, appeal.unit.entrance if appeal.unit else "")
    incident = Incident(
        project_id=appeal.project_id,
        building_id=appeal.building_id,
        entrance=own if entrances == {own} else "",
        kind="fault",
        category=appeal.category,
        emergency_kind=appeal.kind if is_emergency else None,
        state="proposed",
        responsible_id=members[0].responsible_id,
        proposed_at=at,
    )
    session.add(incident)
    session.flush()
    for member in members:
        link_appeal(session, incident, member, at=at)
    _tell_proposed(session, incident, at=at)
    announce(session, "incident", incident=incident.id, project=incident.project_id)
    if is_emergency:
        confirm_incident(session, incident, by=None, at=at)
    return incident


def _tell_proposed(session: Session, incident: Incident, *, at: datetime) -> None:
    is_emergency = incident.emergency_kind is not None
    news.tell_responsible(
        session,
        incident,
        lambda _: (
            _("{title}: several homes report this emergency. Their owners are told as one.")
            if is_emergency
            else _("{title}: several homes report the same. Is it one incident?")
        ),
        topic="incident.proposed",
        key=f"incident.proposed:{incident.id}",
        at=at,
        supervisor_too=is_emergency,
    )
