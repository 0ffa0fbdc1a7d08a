"""The start page, and the part of every page that calls: the emergency banner and the counters."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from console.keys import CORE, find_viewer
from console.render import Desk, show, show_plain


async def show_home(request: web.Request) -> web.StreamResponse:
    """In the demo somebody not logged in finds two doors; everybody else goes to work."""
    if request.app[CORE].settings.is_demo and find_viewer(request) is None:
        return show_plain(request, "doors.html", {})
    raise web.HTTPSeeOther("/appeals")


async def show_calls(request: web.Request) -> web.StreamResponse:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        return {}

    return await show(request, "calls.html", build)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/", show_home)
    app.router.add_get("/calls", show_calls)
