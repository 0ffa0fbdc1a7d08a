"""Incidents and planned works: what is proposed, open, planned and over, and everything that may be done to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import (
    BadForm,
    Form,
    parse_choice,
    parse_id,
    parse_local_time,
    parse_nonce,
    path_id,
    read_form,
)
from console.keys import CORE, get_viewer
from console.render import Desk, show
from ownerdesk.model import Building, Incident, Project, StaffMember
from ownerdesk.model.labels import CATEGORIES, CATEGORY_GROUPS
from ownerdesk.queries.incidents import (
    count_followers,
    count_reporting,
    get_incident_for_staff,
    list_buildings,
    list_incidents,
    list_reports,
)
from ownerdesk.queries.staff import get_staff_member, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import IncidentNotFound, Refusal
from ownerdesk.services import incidents, planned_works
from ownerdesk.services.incident_news import title_of, where_of
from ownerdesk.texts import LANGUAGES

Do = Callable[[Session, Incident, StaffMember, Form, datetime], None]
MAX_DAYS = 60
SECTIONS = ("proposed", "open", "planned", "over")


def titles_of(form: Form) -> dict[str, str]:
    """What staff typed, by language."""
    return {language: form.get(f"title-{language}", "") for language in LANGUAGES}


def confirm(
    session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime
) -> None:
    due_at = None
    if form.get("until"):
        due_at = parse_local_time(form["until"], incident.project.timezone)
    incidents.confirm_incident(
        session, incident, by=by, at=at, due_at=due_at, titles=titles_of(form)
    )


def dismiss(
    session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime
) -> None:
    incidents.dismiss_incident(session, incident, by=by, at=at)


def promise(
    session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime
) -> None:
    due_at = parse_local_time(form.get("until", ""), incident.project.timezone)
    reason = form.get("reason", "")
    incidents.promise_for_all(session, incident, due_at=due_at, by=by, at=at, reason=reason)


def update(session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime) -> None:
    incidents.update_all(
        session, incident, form.get("text", ""), by=by, key=parse_nonce(form), at=at
    )


def resolve(
    session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime
) -> None:
    resolution = form.get("resolution", "")
    incidents.resolve_incident(session, incident, resolution=resolution, by=by, at=at)


def move(session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime) -> None:
    zone = incident.project.timezone
    planned_works.change_works(
        session,
        incident,
        starts_at=parse_local_time(form.get("from", ""), zone),
        ends_at=parse_local_time(form.get("until", ""), zone),
        by=by,
        at=at,
    )


def cancel(session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime) -> None:
    planned_works.cancel_works(session, incident, by=by, at=at)


ACTIONS: Mapping[str, Do] = {
    "confirm": confirm,
    "dismiss": dismiss,
    "promise": promise,
    "update": update,
    "resolve": resolve,
    "move": move,
    "cancel": cancel,
}


@dataclass(frozen=True)
class Row:
    """One incident as the list shows it."""

    incident: Incident
    section: str
    title: str
    where: str
    reporting: int
    following: int


def section_of(incident: Incident) -> str:
    if incident.state in ("closed", "dismissed", "cancelled"):
        return "over"
    if incident.kind == "planned" and incident.state == "confirmed":
        return "planned"
    return "proposed" if incident.state == "proposed" else "open"


async def show_all(request: web.Request) -> web.StreamResponse:
    return await _list_page(request)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await _incident_page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """One of the actions: done in one transaction, or refused with the page and the reason."""
    do = ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound
    core, viewer, incident_id = request.app[CORE], get_viewer(request), path_id(request)
    form = await read_form(request)

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        incident = get_incident_for_staff(
            session, member, incident_id, Right.WORK_APPEALS, lock=True
        )
        do(session, incident, member, form, core.clock())

    try:
        await core.transact(work)
    except IncidentNotFound:
        raise
    except Refusal as refusal:
        return await _incident_page(request, refusal=refusal, kept=form)
    raise web.HTTPSeeOther(f"/incidents/{incident_id}")


async def plan(request: web.Request) -> web.StreamResponse:
    """Plan works. The place reads `project:building:`, or `project::` for the whole project."""
    core, viewer = request.app[CORE], get_viewer(request)
    form = await read_form(request)

    def work(session: Session) -> int:
        member = get_staff_member(session, viewer.staff_id)
        project, building = _parse_place(session, member, form)
        works = planned_works.plan_works(
            session,
            project,
            building,
            entrance=form.get("entrance", ""),
            category=parse_choice(form, "category", CATEGORIES),
            titles=titles_of(form),
            starts_at=parse_local_time(form.get("from", ""), project.timezone),
            ends_at=parse_local_time(form.get("until", ""), project.timezone),
            by=member,
            at=core.clock(),
            days_before=_parse_days(form),
        )
        return works.id

    try:
        works_id = await core.transact(work)
    except IncidentNotFound:
        raise
    except Refusal as refusal:
        return await _list_page(request, refusal=refusal, kept=form)
    raise web.HTTPSeeOther(f"/incidents/{works_id}")


def _parse_place(
    session: Session, member: StaffMember, form: Form
) -> tuple[Project, Building | None]:
    """Raises BadForm, and IncidentNotFound for a project in which the member may not work."""
    project_text, _, building_text = form.get("place", "").partition(":")
    project_id = parse_id(project_text, "place")
    if project_id not in visible_project_ids(session, member, Right.WORK_APPEALS):
        raise IncidentNotFound
    if not building_text:
        return session.get_one(Project, project_id), None
    building = session.get(Building, parse_id(building_text, "place"))
    if building is None or building.project_id != project_id:
        raise IncidentNotFound
    return building.project, building


def _parse_days(form: Form) -> int | None:
    """Empty: at once."""
    text = form.get("days", "")
    if not text:
        return None
    days = parse_id(text, "days")
    if days > MAX_DAYS:
        raise BadForm("days")
    return days


async def _list_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        found = list_incidents(session, desk.member)
        following = count_followers(session, [incident.id for incident in found])
        rows = [
            Row(
                incident,
                section_of(incident),
                title_of(incident, desk.words.language),
                where_of(incident, desk.words.language),
                count_reporting(session, incident.id),
                following.get(incident.id, 0),
            )
            for incident in found
        ]
        workable = [p for p in desk.projects if desk.may(p.id, Right.WORK_APPEALS)]
        return {
            "sections": [(s, [row for row in rows if row.section == s]) for s in SECTIONS],
            "workable": workable,
            "buildings": list_buildings(session, [p.id for p in workable]),
            "category_groups": CATEGORY_GROUPS,
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "incidents.html", build, status=status)


async def _incident_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    incident_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        incident = get_incident_for_staff(session, desk.member, incident_id, Right.SEE_APPEALS)
        return {
            "incident": incident,
            "zone": incident.project.timezone,
            "title": title_of(incident, desk.words.language),
            "where": where_of(incident, desk.words.language),
            "appeals": list_reports(session, incident.id),
            "reporting": count_reporting(session, incident.id),
            "following": count_followers(session, [incident.id]).get(incident.id, 0),
            "responsible": session.get(StaffMember, incident.responsible_id)
            if incident.responsible_id
            else None,
            "may_work": desk.may(incident.project_id, Right.WORK_APPEALS),
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "incident.html", build, status=status)


async def _back_to_incident(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"/incidents/{path_id(request)}")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/incidents", show_all)
    app.router.add_post("/incidents", plan)
    app.router.add_get("/incidents/{id}", show_one)
    app.router.add_post("/incidents/{id}/{action}", act)
    # A reload after a refusal asks for the address of the action.
    app.router.add_get("/incidents/{id}/{action}", _back_to_incident)
