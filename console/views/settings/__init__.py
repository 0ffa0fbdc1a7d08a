"""Settings: a page for each thing that a company sets up, and the way to them.

A page adds its section here and its routes in its own module. Every change goes through a service that records it
in the audit log (`services/audit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.orm import Session

from console.keys import CORE, get_viewer
from console.render import Desk, open_desk
from console.words import Words
from ownerdesk.rules.access import Right


@dataclass(frozen=True)
class Section:
    """A page of the settings: where it is, what its name is among the texts, and the right it asks for."""

    path: str
    name: str
    right: Right

    def is_open_to(self, desk: Desk) -> bool:
        return desk.may(None, self.right)


def list_sections(desk: Desk) -> list[Section]:
    """Those that the person may open, in the order of the menu."""
    return [section for section in _all(desk.words) if section.is_open_to(desk)]


def _all(words: Words) -> list[Section]:
    _ = words._
    return [
        Section("/calendars", _("Calendars and terms"), Right.MANAGE_STAFF),
    ]


async def show_first(request: web.Request) -> web.StreamResponse:
    """To the first page that the person may open."""
    core, viewer = request.app[CORE], get_viewer(request)

    def find(session: Session) -> str | None:
        desk = open_desk(session, viewer, core.clock())
        return next((section.path for section in list_sections(desk)), None)

    path = await core.transact(find)
    if path is None:
        raise web.HTTPNotFound
    raise web.HTTPSeeOther(path)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings", show_first)
