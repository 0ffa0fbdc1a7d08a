"""My notices: what I was told, mentions in notes among it; each leads to where it is about."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import BadForm, parse_id, path_id, read_form
from console.keys import CORE, get_viewer
from console.render import Desk, show
from ownerdesk.model import Notice
from ownerdesk.queries.notices import PAGE_SIZE, get_own_notice, list_notices
from ownerdesk.services.notices import read_all_notices, read_notice

# What concerns the whole company has its page in the settings.
PLACES = {
    "model.rolled_back": "/settings/models",
    "model.failed": "/settings/models",
    "model.stuck": "/settings/models",
    "drift.warning": "/settings/drift",
}


async def show_notices(request: web.Request) -> web.StreamResponse:
    try:
        before_id = parse_id(request.query.get("before", ""), "before")
    except BadForm:
        before_id = None

    def build(session: Session, desk: Desk) -> dict[str, object]:
        found = list_notices(session, desk.member.id, before_id=before_id)
        return {
            "notices": found,
            "older": found[-1].id if len(found) == PAGE_SIZE else None,
            "zone": desk.zone_of(None),
            "place_of": place_of,
        }

    return await show(request, "notices.html", build)


def place_of(notice: Notice) -> str:
    """What it is about; empty where it leads nowhere."""
    if notice.appeal_id is not None:
        return f"/appeals/{notice.appeal_id}"
    if notice.conversation_id is not None:
        return f"/conversations/{notice.conversation_id}"
    return PLACES.get(notice.topic, "")


async def open_notice(request: web.Request) -> web.StreamResponse:
    """Read it, and go to where it is about."""
    core, viewer, notice_id = request.app[CORE], get_viewer(request), path_id(request)

    def work(session: Session) -> str:
        notice = get_own_notice(session, viewer.staff_id, notice_id)
        read_notice(session, notice, at=core.clock())
        return place_of(notice) or "/notices"

    location = await core.transact(work)
    raise web.HTTPSeeOther(location)


async def read_all(request: web.Request) -> web.StreamResponse:
    core, viewer = request.app[CORE], get_viewer(request)
    form = await read_form(request)
    try:
        up_to = parse_id(form.get("up_to", ""), "up_to")
    except BadForm:
        raise web.HTTPBadRequest from None
    await core.transact(read_all_notices, viewer.staff_id, up_to=up_to, at=core.clock())
    raise web.HTTPSeeOther("/notices")


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/notices")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/notices", show_notices)
    app.router.add_post("/notices/read", read_all)
    app.router.add_get("/notices/read", _back)
    app.router.add_post("/notices/{id}/open", open_notice)
    app.router.add_get("/notices/{id}/open", _back)
