"""The work list, and one appeal on one page with everything that may be done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console.facts import list_facts
from console.forms import TABS, Form, ListQuery, path_id, read_form
from console.keys import CORE, get_viewer
from console.render import Desk, show
from console.thread import read_thread
from console.views.aftercare import read_aftercare
from console.views.appeal_actions import ACTIONS, BUTTONS
from console.views.clock_actions import CLOCK_ACTIONS, read_clocks
from console.views.jobs import read_jobs
from console.words import Words
from ownerdesk.model import Appeal, Department, Message
from ownerdesk.model.labels import (
    CATEGORY_GROUPS,
    KINDS,
    NATURES,
    OPEN_STATES,
    SECOND,
    SEVERITIES,
)
from ownerdesk.model.promises import TOLD
from ownerdesk.queries.appeals import (
    PAGE_SIZE,
    find_rating,
    get_appeal_for_staff,
    list_appeals,
    list_own_appeals,
    list_promises,
)
from ownerdesk.queries.figures import WorkCounts
from ownerdesk.queries.staff import get_staff_member, list_departments, list_operators
from ownerdesk.rules.access import Right
from ownerdesk.rules.appeals import is_allowed
from ownerdesk.rules.places import Named
from ownerdesk.rules.refusals import NotFound, Refusal
from ownerdesk.wording import format_named


def tab_names(words: Words, counts: WorkCounts) -> list[tuple[str, str, int | None]]:
    """Tab, name, and how many are in it."""
    _ = words._
    names: dict[str, tuple[str, int | None]] = {
        "open": (_("All open"), counts.open),
        "mine": (_("Mine"), counts.mine),
        "new": (_("New"), counts.new),
        "overdue": (_("Overdue"), counts.overdue),
        "emergencies": (_("Emergencies"), counts.emergencies),
        "awaiting": (_("Awaiting owner"), counts.awaiting_owner),
        "deferred": (_("Postponed"), counts.deferred),
        "all": (_("All"), None),
    }
    return [(tab, *names[tab]) for tab in TABS]


async def show_list(request: web.Request) -> web.StreamResponse:
    query = ListQuery.parse(request.query)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        found = list_appeals(session, desk.member, query.as_filter(desk.member.id), at=desk.now)
        departments: list[Department] = []
        for project in desk.projects:
            if query.project in (None, project.id):
                departments += list_departments(session, project.id)
        older = query.as_query(before=found[-1].id) if len(found) == PAGE_SIZE else None
        return {
            "query": query,
            "tabs": tab_names(desk.words, desk.counts),
            "appeals": found,
            "older": older,
            "newest": query.as_query(before=None) if query.before else None,
            "departments": departments,
            "natures": NATURES,
            "severities": SEVERITIES,
            "category_groups": CATEGORY_GROUPS,
            "cleared": replace(ListQuery(), tab=query.tab).as_query(),
        }

    return await show(request, "appeals.html", build)


async def show_appeal(request: web.Request) -> web.StreamResponse:
    return await _appeal_page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """One of the actions of the page: done in one transaction, or refused with the page and the reason."""
    name = request.match_info["action"]
    action = ACTIONS.get(name) or CLOCK_ACTIONS.get(name)
    if action is None:
        raise web.HTTPNotFound
    core, viewer, appeal_id = request.app[CORE], get_viewer(request), path_id(request)
    form = await read_form(request)

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        appeal = get_appeal_for_staff(session, member, appeal_id, action.right, lock=True)
        action.do(session, appeal, member, form, core.clock())

    try:
        await core.transact(work)
    except NotFound as refusal:
        if not action.may_miss(refusal):
            raise
        return await _appeal_page(request, refusal=refusal, kept=form)
    except Refusal as refusal:
        return await _appeal_page(request, refusal=refusal, kept=form)
    raise web.HTTPSeeOther(f"/appeals/{appeal_id}")


async def _appeal_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    appeal_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        appeal = get_appeal_for_staff(session, desk.member, appeal_id, Right.SEE_APPEALS)
        context = _read_appeal(session, desk, appeal)
        return {
            **context,
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
            "tried": request.match_info.get("action", ""),
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "appeal.html", build, status=status)


def _read_appeal(session: Session, desk: Desk, appeal: Appeal) -> dict[str, object]:
    conversation, words = appeal.conversation, desk.words
    may_work = desk.may(appeal.project_id, Right.WORK_APPEALS)
    may_answer = desk.may(appeal.project_id, Right.ANSWER_OWNERS)
    source = session.get(Message, appeal.source_message_id) if appeal.source_message_id else None
    departments = list_departments(session, appeal.project_id)
    return {
        "appeal": appeal,
        "work": read_jobs(session, desk, appeal),
        "zone": appeal.project.timezone,
        "thread": read_thread(session, conversation, desk.member, words, may_answer=may_answer),
        "facts": list_facts(session, appeal, words),
        "promises": [p for p in list_promises(session, appeal.id) if p.kind in TOLD],
        "clocks": read_clocks(session, appeal, desk),
        "rating": find_rating(session, appeal.id),
        "others": [a for a in list_own_appeals(session, conversation, only_open=False)
                   if a.id != appeal.id and a.project_id == appeal.project_id],
        "reading": _reading_of(appeal, source),
        "named": format_named(Named.of(source.reading), words._) if source else "",
        "may_work": may_work,
        "buttons": [b for b in BUTTONS if may_work and is_allowed(appeal.state, b.transition)
                    and not (b.name == "set-out" and appeal.on_the_way_at)],
        "can_correct": may_work and appeal.state in OPEN_STATES,
        "departments": [(d, list_operators(session, d.id)) for d in departments],
        "natures": NATURES if source else [n for n in NATURES if n != "emergency"],
        "category_groups": CATEGORY_GROUPS,
        "kinds": KINDS,
        **read_aftercare(session, desk, appeal),
    }  # fmt: skip


def _reading_of(appeal: Appeal, source: Message | None) -> Mapping[str, Any]:
    """How the message was read that the appeal was made of, or its second matter."""
    reading = (source.reading or {}) if source else {}
    if appeal.source_part != SECOND:
        return reading
    return {"nature": reading.get("second_nature"), "category": reading.get("second_category")}


def add_routes(app: web.Application) -> None:
    app.router.add_get("/appeals", show_list)
    app.router.add_get("/appeals/{id}", show_appeal)
    app.router.add_post("/appeals/{id}/{action}", act)
    # A reload after a refusal asks for the address of the action.
    app.router.add_get("/appeals/{id}/{action}", _back_to_appeal)


async def _back_to_appeal(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"/appeals/{path_id(request)}")
