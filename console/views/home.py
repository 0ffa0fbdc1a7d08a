"""The start page, and the part of every page that calls: the emergency banner and the counters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from sqlalchemy.orm import Session

from console.keys import CORE, find_viewer, get_viewer
from console.render import Desk, show, show_plain
from ownerdesk.model import StaffMember
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.services.alarm_mutes import mute_alarms, unmute_alarms


async def show_home(request: web.Request) -> web.StreamResponse:
    """In the demo somebody not logged in finds two doors; everybody else goes to work."""
    if request.app[CORE].settings.is_demo and find_viewer(request) is None:
        return show_plain(request, "doors.html", {})
    raise web.HTTPSeeOther("/appeals")


async def show_calls(request: web.Request) -> web.StreamResponse:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        return {}

    return await show(request, "calls.html", build)


async def mute(request: web.Request) -> web.StreamResponse:
    return await _change_sound(
        request, lambda session, member, at: mute_alarms(session, member, at=at)
    )


async def unmute(request: web.Request) -> web.StreamResponse:
    return await _change_sound(request, lambda session, member, _: unmute_alarms(session, member))


async def _change_sound(
    request: web.Request, change: Callable[[Session, StaffMember, datetime], None]
) -> web.StreamResponse:
    """What calls, drawn anew; without a script, the work list."""
    core, viewer = request.app[CORE], get_viewer(request)

    def work(session: Session) -> None:
        change(session, get_staff_member(session, viewer.staff_id), core.clock())

    await core.transact(work)
    if "HX-Request" in request.headers:
        return await show_calls(request)
    raise web.HTTPSeeOther("/appeals")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/", show_home)
    app.router.add_get("/calls", show_calls)
    app.router.add_post("/calls/mute", mute)
    app.router.add_post("/calls/unmute", unmute)
