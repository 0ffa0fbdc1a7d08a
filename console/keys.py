"""What the application and a request carry, each under a typed key."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import ClientSession, web

from console.live import Hub
from console.sharing import SharedCounts, SharedRows
from ownerdesk.bootstrap import Core

CORE = web.AppKey("core", Core)
HUB = web.AppKey("hub", Hub)
COUNTS = web.AppKey("counts", SharedCounts)
ROWS = web.AppKey("rows", SharedRows)
DEMO_CLIENT = web.AppKey("demo_client", ClientSession)


@dataclass(frozen=True)
class Viewer:
    """Who is logged in, as the session row said when the request began."""

    staff_id: int
    session_id: int
    token: str
    name: str
    language: str
    must_change_password: bool
    must_set_up_second_step: bool


VIEWER = web.RequestKey("viewer", Viewer)


def find_viewer(request: web.Request) -> Viewer | None:
    return request.get(VIEWER)


def get_viewer(request: web.Request) -> Viewer:
    """Only for pages behind the log-in: the middleware has let nobody else through."""
    viewer = find_viewer(request)
    assert viewer is not None, "the middleware lets only viewers through"
    return viewer
