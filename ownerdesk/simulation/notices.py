"""How staff behave at the console: what they do about a notice, about an incident, and the works they plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Building, EarlyWarning, Incident, Notice, Project, StaffMember
from ownerdesk.queries.aftercare import get_visit
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.incidents import get_incident
from ownerdesk.services import incidents
from ownerdesk.services.apologies import approve_apology, find_draft
from ownerdesk.services.early_warnings import judge_warning
from ownerdesk.services.planned_works import plan_works
from ownerdesk.services.promises import promise_by_hand
from ownerdesk.services.remedies import list_remedies
from ownerdesk.services.summaries import send_summary, write_summary
from ownerdesk.services.visit_results import record_visit
from ownerdesk.simulation.faults import Plan
from ownerdesk.simulation.reactions import Reaction, dice_of, minutes
from ownerdesk.simulation.town import Town

Act = Callable[[Session, Notice, Random, datetime], None]


def react_to_notice(rng: Random, notice: Notice, town: Town) -> list[Reaction]:
    """What whoever is told does about it. Notices without a line here need nobody."""
    noun, _, topic = notice.topic.partition(".")
    if noun == "incident":
        return _react_to_incident(rng, topic, int(notice.key.split(":")[1]), town)
    if notice.topic not in ACTS:
        return []
    name, chance, low, high, act = ACTS[notice.topic]
    if rng.random() > chance:
        return []
    dice, notice_id = dice_of(rng), notice.id

    def work(session: Session, at: datetime) -> None:
        act(session, session.get_one(Notice, notice_id), dice, at)

    return [Reaction(minutes(rng, low, high), name, work)]


def _apologise(session: Session, notice: Notice, rng: Random, at: datetime) -> None:
    """In their own words, with a time of their own, and sometimes with something to make up for it."""
    appeal = get_appeal(session, notice.appeal_id or 0)
    apology = find_draft(session, appeal.id)
    if apology is None:
        return
    remedies = list_remedies(session, appeal.project_id)
    approve_apology(
        session, apology, by=session.get_one(StaffMember, notice.staff_id), at=at,
        words="I am sorry, we wait for a part.",
        new_due_at=apology.new_due_at + timedelta(minutes=rng.randrange(60)),
        remedy=rng.choice(remedies) if remedies and rng.random() < 0.3 else None,
    )  # fmt: skip


def _promise(session: Session, notice: Notice, rng: Random, at: datetime) -> None:
    """Rather another promise than an apology."""
    appeal = get_appeal(session, notice.appeal_id or 0)
    promise_by_hand(
        session, appeal, by=session.get_one(StaffMember, notice.staff_id), words="",
        due_at=at + timedelta(minutes=rng.randrange(15, 300)), at=at,
    )  # fmt: skip


def _warned(session: Session, notice: Notice, rng: Random, at: datetime) -> None:
    (_apologise if rng.random() < 0.6 else _promise)(session, notice, rng, at)


def _visit(session: Session, notice: Notice, rng: Random, at: datetime) -> None:
    """Whoever pays the visit writes down what the owner said."""
    result = rng.choices(
        ("satisfied", "not_satisfied", "came_back", "not_reached"), (0.75, 0.08, 0.05, 0.12)
    )[0]
    record_visit(
        session, get_visit(session, int(notice.key.split(":")[1])), result=result,
        answer="As said on the phone.", by=session.get_one(StaffMember, notice.staff_id), at=at,
    )  # fmt: skip


def _sum_up(session: Session, notice: Notice, rng: Random, at: datetime) -> None:
    appeal = get_appeal(session, notice.appeal_id or 0)
    by = session.get_one(StaffMember, notice.staff_id)
    summary = write_summary(
        session, appeal, cause="A part was worn.", learnt="It is looked at too seldom.",
        correction="It was replaced.", prevention="It is looked at each month.", by=by, at=at,
        for_owner="The part was worn and is looked at each month now.",
    )  # fmt: skip
    if rng.random() < 0.5:
        send_summary(session, appeal, summary, by=by, at=at)


def _judge(session: Session, notice: Notice, rng: Random, at: datetime) -> None:
    key = notice.key.partition(":")[2]
    warning = session.scalars(select(EarlyWarning).where(EarlyWarning.key == key)).one()
    feedback = "false_alarm" if rng.random() < 0.3 else "right"
    by = session.get_one(StaffMember, notice.staff_id)
    judge_warning(session, warning, feedback, by=by, at=at)


# By topic: what is done, how often, and between which minutes.
ACTS: dict[str, tuple[str, float, float, float, Act]] = {
    "promise.warning": ("staff answer a warning", 0.3, 1, 12, _warned),
    "promise.update": ("staff write to an owner", 0.5, 2, 60, _promise),
    "visit.due": ("staff pay a visit", 0.4, 60, 1500, _visit),
    "visit.call": ("staff call an owner", 0.8, 20, 600, _visit),
    "visit.overdue": ("manager pays a visit", 0.9, 20, 600, _visit),
    "summary.remind": ("staff sum up", 0.7, 30, 900, _sum_up),
    "summary.late": ("manager sums up", 0.9, 30, 900, _sum_up),
    "early_warning": ("manager judges a warning", 0.5, 30, 900, _judge),
}


# Incidents and works


def _react_to_incident(rng: Random, topic: str, incident_id: int, town: Town) -> list[Reaction]:
    match topic:
        case "proposed":
            if rng.random() < 0.15:
                return [
                    Reaction(
                        minutes(rng, 5, 30), "staff dismiss an incident",
                        lambda s, at: _dismiss(s, incident_id, town, at),
                    )
                ]  # fmt: skip
            return [
                Reaction(
                    minutes(rng, 3, 20), "staff confirm an incident",
                    lambda s, at: _confirm(s, incident_id, town, at),
                ),
                Reaction(
                    minutes(rng, 40, 500), "staff resolve an incident",
                    lambda s, at: _resolve(s, incident_id, town, at),
                ),
            ]  # fmt: skip
        case "slipped" | "not_yet":
            return [
                Reaction(
                    minutes(rng, 30, 200), "staff resolve an incident",
                    lambda s, at: _resolve(s, incident_id, town, at),
                )
            ]  # fmt: skip
        case "warning" if rng.random() < 0.5:
            return [
                Reaction(
                    minutes(rng, 1, 8), "staff name another time",
                    lambda s, at: _name_time(s, incident_id, town, at),
                )
            ]  # fmt: skip
        case _:
            return []


def _boss(session: Session, incident: Incident, town: Town) -> StaffMember:
    return session.get_one(StaffMember, incident.responsible_id or town.managers[0])


def _confirm(session: Session, incident_id: int, town: Town, at: datetime) -> None:
    incident = get_incident(session, incident_id)
    incidents.confirm_incident(session, incident, by=_boss(session, incident, town), at=at)


def _dismiss(session: Session, incident_id: int, town: Town, at: datetime) -> None:
    incident = get_incident(session, incident_id)
    incidents.dismiss_incident(session, incident, by=_boss(session, incident, town), at=at)


def _resolve(session: Session, incident_id: int, town: Town, at: datetime) -> None:
    incident = get_incident(session, incident_id)
    if incident.confirmed_by_id is None:
        incidents.confirm_incident(session, incident, by=_boss(session, incident, town), at=at)
    incidents.resolve_incident(
        session, incident, resolution="Mended.", by=_boss(session, incident, town), at=at
    )


def _name_time(session: Session, incident_id: int, town: Town, at: datetime) -> None:
    incident = get_incident(session, incident_id)
    incidents.promise_for_all(
        session, incident, due_at=at + timedelta(hours=4), by=_boss(session, incident, town), at=at,
        reason="a part is on its way",
    )  # fmt: skip


def make_plan(session: Session, plan: Plan, town: Town, at: datetime) -> None:
    plan_works(
        session, session.get_one(Project, town.project_id),
        session.get_one(Building, plan.building_id), category=plan.category,
        titles={"en": "Works", "es": "Obras", "zh": "施工"}, starts_at=plan.starts_at,
        ends_at=plan.ends_at, by=session.get_one(StaffMember, town.agents[0]), at=at,
        days_before=plan.days_before,
    )  # fmt: skip
