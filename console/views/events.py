"""The stream of news to an open page."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web
from sqlalchemy.orm import Session

from console.keys import CORE, HUB, Viewer, get_viewer
from console.live import Hub, Subscriber
from ownerdesk.bootstrap import Core
from ownerdesk.queries.staff import get_staff_member, has_right, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.services.logins import find_session

BEAT_SECONDS = 15.0
PAUSE_SECONDS = 0.4  # news of a burst go out together
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


async def stream(request: web.Request) -> web.StreamResponse:
    """Names of what changed, until the page leaves, the log-in ends or the server stops."""
    core, hub, viewer = request.app[CORE], request.app[HUB], get_viewer(request)
    projects = await core.transact(_find_projects, viewer, core)
    if projects is None:
        return web.Response(status=204)
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    seen = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    # A ConnectionResetError says that the page has left.
    with (
        hub.subscribe(projects, seen=seen, staff_id=viewer.staff_id) as subscriber,
        suppress(ConnectionResetError),
    ):
        await response.write(b"retry: 2000\n\n")
        while not hub.is_closing and await _refresh_access(subscriber, viewer, core):
            await _tell(response, hub, subscriber)
    return response


async def _tell(response: web.StreamResponse, hub: Hub, subscriber: Subscriber) -> None:
    """What is new for one beat. A comment ends it: it keeps proxies from closing the stream and finds pages
    that have left."""
    ends_at = asyncio.get_running_loop().time() + BEAT_SECONDS
    while await _is_woken(subscriber, ends_at) and not hub.is_closing:
        for name in subscriber.take():
            news = f"id: {hub.last_id}\nevent: {name}\ndata: {name}\n\n"
            await response.write(news.encode())
        await asyncio.sleep(PAUSE_SECONDS)
    if not hub.is_closing:
        await response.write(b": still here\n\n")


async def _is_woken(subscriber: Subscriber, ends_at: float) -> bool:
    try:
        async with asyncio.timeout_at(ends_at):
            await subscriber.woken.wait()
    except TimeoutError:
        return False
    return True


async def _refresh_access(subscriber: Subscriber, viewer: Viewer, core: Core) -> bool:
    """The log-in may have ended since, or a role been taken away."""
    projects = await core.transact(_find_projects, viewer, core)
    subscriber.projects = frozenset(projects or ())
    subscriber.is_admin = await core.transact(_is_admin, viewer)
    return projects is not None


def _is_admin(session: Session, viewer: Viewer) -> bool:
    return has_right(get_staff_member(session, viewer.staff_id), None, Right.ADMINISTER)


def _find_projects(session: Session, viewer: Viewer, core: Core) -> list[int] | None:
    """The projects the viewer may see now; None when the log-in has ended. Watching is not using: the
    session is not prolonged by it."""
    if find_session(session, viewer.token, at=core.clock(), prolong=False) is None:
        return None
    member = get_staff_member(session, viewer.staff_id)
    return visible_project_ids(session, member, Right.SEE_APPEALS)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/events", stream)
