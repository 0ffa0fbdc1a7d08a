"""Incidents and planned works: what is proposed, open, planned and over, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import (
    BadForm,
    Form,
    parse_category,
    parse_id,
    parse_local_time,
    path_id,
)
from console.render import Desk, show
from console.views.incident_actions import ACTIONS, titles_of
from console.words import Words
from ownerdesk.model import Building, Incident, Project, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.incidents import (
    SECTIONS,
    count_all_reporting,
    count_followers,
    count_incidents,
    count_reporting,
    get_incident_for_staff,
    list_buildings,
    list_incidents,
    list_reports,
)
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import IncidentNotFound, Refusal
from ownerdesk.services import planned_works
from ownerdesk.services.incident_news import title_of, where_of

MAX_DAYS = 60
# What is not over is shown together until somebody narrows it.
CURRENT = ("proposed", "open", "awaiting", "planned")


@dataclass(frozen=True)
class Row:
    """One incident as the list shows it."""

    incident: Incident
    title: str
    where: str
    next_step: str
    reporting: int
    following: int


def next_step(incident: Incident, words: Words) -> str:
    """What somebody should do now; empty where there is nothing to do."""
    _, zone = words._, incident.project.timezone
    if incident.kind == "planned" and incident.state == "confirmed":
        return _next_of_works(incident, words)
    if incident.state == "proposed":
        return _("Look at the reports, and say whether it is one incident or several matters.")
    if incident.state == "confirmed" and incident.confirmed_by_id is None:
        return _("Somebody has to answer for it.")
    if incident.state == "confirmed" and incident.expected_at is None:
        return _("Promise everybody a time.")
    if incident.state == "confirmed" and incident.expected_at and incident.expected_at < words.now:
        return _("The promised time has passed: give the reason and a new time, or resolve it.")
    if incident.state == "confirmed" and incident.expected_at:
        when = words.when(incident.expected_at, zone)
        return _("See it through by {when}, and send news when something changes.").format(
            when=when
        )
    if incident.state == "resolved":
        return _("The owners are asked whether it is solved. Who says no, has their appeal again.")
    return ""


def _next_of_works(works: Incident, words: Words) -> str:
    _, zone = words._, works.project.timezone
    assert works.starts_at is not None, "works have their times"
    assert works.ends_at is not None, "works have their times"
    if works.ends_at <= words.now:
        return _("The works should be over: move their end if they are not.")
    if works.starts_at <= words.now:
        when = words.when(works.ends_at, zone)
        return _("Going on until {when}. Send news if they take longer.").format(when=when)
    if works.announced_at is None:
        return _("Not announced yet; the owners hear of it in time by themselves.")
    when = words.when(works.starts_at, zone)
    return _("Announced; they begin {when}.").format(when=when)


def section_names(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "proposed": _("Proposed"),
        "open": _("Open"),
        "awaiting": _("Awaiting owners"),
        "planned": _("Planned works"),
        "over": _("Over"),
    }


def empty_words(words: Words) -> dict[str, str]:
    """What an empty section says."""
    _ = words._
    return {
        "proposed": _("No proposal. When several homes report the same, it appears here by itself."),
        "open": _("No incident is open."),
        "awaiting": _("No incident waits for its owners' answers."),
        "planned": _("No works are planned. Plan them below, and the owners concerned are told in time."),
        "over": _("Nothing is over yet."),
    }  # fmt: skip


async def show_all(request: web.Request) -> web.StreamResponse:
    return await _list_page(request)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await _incident_page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """One of the actions: done in one transaction, or refused with the page and the reason."""
    do = ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound
    incident_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        incident = get_incident_for_staff(session, by, incident_id, Right.WORK_APPEALS, lock=True)
        do(session, incident, by, form, at)
        return f"/incidents/{incident_id}"

    return await acting.act(request, work, _incident_page)


async def plan(request: web.Request) -> web.StreamResponse:
    """Plan works. The place reads `project:building:`, or `project::` for the whole project."""

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project, building = _parse_place(session, by, form)
        works = planned_works.plan_works(
            session,
            project,
            building,
            entrance=form.get("entrance", ""),
            category=parse_category(session, form),
            titles=titles_of(form),
            starts_at=parse_local_time(form.get("from", ""), project.timezone),
            ends_at=parse_local_time(form.get("until", ""), project.timezone),
            by=by,
            at=at,
            days_before=_parse_days(form),
        )
        return f"/incidents/{works.id}"

    return await acting.act(request, work, _list_page)


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


def _rows(session: Session, desk: Desk, found: Sequence[Incident]) -> list[Row]:
    ids, language = [incident.id for incident in found], desk.words.language
    following, reporting = count_followers(session, ids), count_all_reporting(session, ids)
    return [
        Row(
            incident,
            title_of(incident, language),
            where_of(incident, language),
            next_step(incident, desk.words),
            reporting.get(incident.id, 0),
            following.get(incident.id, 0),
        )
        for incident in found
    ]


async def _list_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    tab = request.query.get("tab", "")

    def build(session: Session, desk: Desk) -> dict[str, object]:
        wanted = (tab,) if tab in SECTIONS else CURRENT
        workable = [p for p in desk.projects if desk.may(p.id, Right.WORK_APPEALS)]
        return {
            "tab": tab if tab in SECTIONS else "",
            "counts": count_incidents(session, desk.member),
            "sections": [
                (s, _rows(session, desk, list_incidents(session, desk.member, s))) for s in wanted
            ],
            "names": section_names(desk.words),
            "empty": empty_words(desk.words),
            "workable": workable,
            "buildings": list_buildings(session, [p.id for p in workable]),
            "category_groups": read_categories(session).groups,
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
            "next_step": next_step(incident, desk.words),
            "appeals": list_reports(session, incident.id),
            "reporting": count_reporting(session, incident.id),
            "following": count_followers(session, [incident.id]).get(incident.id, 0),
            "responsible": session.get(StaffMember, incident.responsible_id)
            if incident.responsible_id
            else None,
            "may_work": desk.may(incident.project_id, Right.WORK_APPEALS),
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
            "tried": request.match_info.get("action", ""),
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
