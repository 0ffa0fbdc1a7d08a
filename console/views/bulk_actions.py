"""One action on many appeals: chosen on the work list, shown appeal by appeal before it is done, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import BadForm, Form, parse_id, parse_nonce, path_id, read_form
from console.keys import CORE, get_viewer
from console.listing import ListQuery
from console.moments import list_days
from console.places import safe_next
from console.render import Desk, show
from console.views.appeal_actions import ACTIONS
from console.views.work_list import bulk_names
from console.words import Words
from ownerdesk.model import Appeal, BulkAction, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.staff import (
    get_staff_member,
    list_colleagues,
    list_departments_of,
    visible_project_ids,
)
from ownerdesk.queries.work_list import list_appeal_ids, load_appeals
from ownerdesk.rules.access import Right
from ownerdesk.services.bulk_actions import (
    MOST,
    Outcome,
    claim_key,
    find_by_key,
    get_bulk_action,
    run_each,
    try_each,
)
from ownerdesk.texts import supported

# What each action asks for before it can be tried: the fields of its form on the appeal's own page.
FIELDS: dict[str, tuple[str, ...]] = {
    "accept": (),
    "hand-over": ("to", "reason"),
    "dispatch": ("to",),
    "defer": ("until", "reason"),
    "note": ("text",),
}


async def show_choice(request: web.Request) -> web.StreamResponse:
    """From the list: the rows that were chosen (`id`), or everything it shows (`whole`)."""
    action = request.query.get("do", "")
    query = ListQuery.parse(request.query)
    chosen = [_id(text) for text in request.query.getall("id", [])[:MOST]]
    is_whole = "whole" in request.query
    if action not in FIELDS:
        raise web.HTTPNotFound

    def build(session: Session, desk: Desk) -> dict[str, object]:
        ids, is_cut = chosen, False
        if is_whole:
            ids = list_appeal_ids(
                session, desk.member, query.as_filter(), at=desk.now, limit=MOST + 1
            )
            is_cut = len(ids) > MOST
        return _preview(session, desk, action, ids[:MOST], {"back": _back(query)}, is_cut=is_cut)

    return await show(request, "bulk_action.html", build)


async def act(request: web.Request) -> web.StreamResponse:
    """Try it with what was typed, or (`step` is `do`) do it, and go to what became of it."""
    core, viewer = request.app[CORE], get_viewer(request)
    form = await read_form(request)
    action = form.get("do", "")
    ids = [_id(text) for text in form.get("ids", "").split(",")[:MOST] if text]
    if action not in FIELDS:
        raise web.HTTPNotFound
    if form.get("step") != "do" or any(not form.get(name) for name in FIELDS[action]):
        return await show(
            request,
            "bulk_action.html",
            lambda session, desk: _preview(session, desk, action, ids, form, is_cut=False),
        )
    key = f"{viewer.staff_id}:{_nonce(form)}"

    def work(session: Session) -> int:
        member = get_staff_member(session, viewer.staff_id)
        return _do(session, member, action, ids, form, key, at=core.clock())

    raise web.HTTPSeeOther(f"/appeals/bulk/{await core.transact(work)}")


def _do(
    session: Session,
    member: StaffMember,
    action: str,
    ids: list[int],
    form: Form,
    key: str,
    *,
    at: datetime,
) -> int:
    """The id of the row that says what became of it; the same form again finds the same row."""
    row = claim_key(session, member, action, key, at=at)
    if row is None:
        known = find_by_key(session, key)
        assert known is not None, "a key that is taken has a row"
        return known.id
    what = ACTIONS[action]
    outcomes = run_each(
        session, member, ids, what.right, lambda appeal: what.do(session, appeal, member, form, at)
    )
    words = Words(supported(member.language), at, read_categories(session))
    row.outcomes = [
        {"appeal_id": o.appeal_id, "done": True}
        if o.refusal is None
        else {"appeal_id": o.appeal_id, "why": words.refusal(o.refusal)}
        for o in outcomes
    ]
    return row.id


async def show_outcome(request: web.Request) -> web.StreamResponse:
    action_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        row: BulkAction = get_bulk_action(session, desk.member, action_id)
        appeals = _readable(session, desk, [o["appeal_id"] for o in row.outcomes])
        lines = [
            (appeals[o["appeal_id"]], o.get("why", ""))
            for o in row.outcomes
            if o["appeal_id"] in appeals
        ]
        return {"row": row, "name": bulk_names(desk.words)[row.action], "lines": lines}

    return await show(request, "bulk_outcome.html", build)


def _preview(
    session: Session,
    desk: Desk,
    action: str,
    ids: list[int],
    form: Mapping[str, str],
    *,
    is_cut: bool,
) -> dict[str, object]:
    """Each appeal with what would become of it, once the action's fields are filled."""
    what = ACTIONS[action]
    missing = [name for name in FIELDS[action] if not form.get(name)]
    outcomes = [Outcome(appeal_id) for appeal_id in ids]
    if not missing:
        outcomes = try_each(
            session, desk.member, ids, what.right,
            lambda appeal: what.do(session, appeal, desk.member, form, desk.now),
        )  # fmt: skip
    appeals = _readable(session, desk, ids)
    lines = [
        (appeals[o.appeal_id], desk.words.refusal(o.refusal) if o.refusal else "")
        for o in outcomes
        if o.appeal_id in appeals
    ]
    projects = sorted({appeal.project_id for appeal in appeals.values()})
    zones = [appeal.project.timezone for appeal in appeals.values()]
    return {
        "do": action,
        "name": bulk_names(desk.words)[action],
        "fields": FIELDS[action],
        "is_tried": not missing,
        "was_tried": "step" in form,
        "lines": lines,
        "ids": ",".join(str(appeal.id) for appeal, _ in lines),
        "possible": sum(1 for _, why in lines if not why),
        "departments": list_departments_of(session, projects),
        "people": list_colleagues(session, projects),
        # By the clock of each place; only which day it is now may differ.
        "days": list_days(desk.words, zones[0]) if zones else [],
        "kept": form,
        "back": safe_next(form.get("back", "")),
        "is_cut": is_cut,
        "most": MOST,
    }


def _readable(session: Session, desk: Desk, ids: list[int]) -> dict[int, Appeal]:
    """Those the person may still see."""
    projects = set(visible_project_ids(session, desk.member, Right.SEE_APPEALS))
    return {a.id: a for a in load_appeals(session, ids) if a.project_id in projects}


def _back(query: ListQuery) -> str:
    return f"/appeals?{urlencode(query.as_query())}"


def _id(text: str) -> int:
    try:
        return parse_id(text, "id")
    except BadForm:
        raise web.HTTPNotFound from None


def _nonce(form: Form) -> str:
    try:
        return parse_nonce(form)
    except BadForm:
        raise web.HTTPBadRequest from None


def add_routes(app: web.Application) -> None:
    app.router.add_get("/appeals/bulk", show_choice)
    app.router.add_post("/appeals/bulk", act)
    app.router.add_get("/appeals/bulk/{id}", show_outcome)
