"""Pages: what every page of somebody logged in carries, and drawing inside the transaction that read it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp_jinja2
import jinja2
from aiohttp import web
from sqlalchemy.orm import Session

from console.keys import CORE, HUB, Viewer, find_viewer, get_viewer
from console.words import Words
from ownerdesk.model import Appeal, Project, StaffMember
from ownerdesk.queries.appeals import list_open_emergencies
from ownerdesk.queries.conversations import count_waiting_handoffs
from ownerdesk.queries.figures import WorkCounts, count_work
from ownerdesk.queries.staff import get_staff_member, has_right, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.texts import LANGUAGES, is_foreign, supported

TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE_COOKIE = "language"

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """The person a page is drawn for, their words, and what calls for them on every page."""

    member: StaffMember
    words: Words
    projects: list[Project]
    counts: WorkCounts
    waiting: int
    emergencies: list[Appeal]

    @property
    def now(self) -> datetime:
        return self.words.now

    def may(self, project_id: int | None, right: Right) -> bool:
        """Somebody unknown belongs to no project: whoever has the right anywhere has it there."""
        if project_id is None:
            return any(has_right(self.member, p.id, right) for p in self.projects)
        return has_right(self.member, project_id, right)

    def zone_of(self, project_id: int | None) -> str:
        """The time zone a page speaks in: the project's, else that of the first one the person sees."""
        known = [p for p in self.projects if p.id == project_id] or self.projects
        return known[0].timezone if known else "UTC"


def set_up_templates(app: web.Application) -> None:
    """Undefined names fail loudly; whatever is printed is escaped."""
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment = aiohttp_jinja2.get_env(app)
    environment.globals.update(
        languages=LANGUAGES,
        is_foreign=is_foreign,
        is_demo=app[CORE].settings.is_demo,
        Right=Right,
        urlencode=urlencode,
    )


def open_desk(session: Session, viewer: Viewer, now: datetime) -> Desk:
    """Everything around the page itself."""
    member = get_staff_member(session, viewer.staff_id)
    project_ids = visible_project_ids(session, member, Right.SEE_APPEALS)
    return Desk(
        member=member,
        words=Words(supported(member.language), now),
        projects=[session.get_one(Project, project_id) for project_id in project_ids],
        counts=count_work(session, member, at=now),
        waiting=count_waiting_handoffs(session, member),
        emergencies=list(list_open_emergencies(session, member)),
    )


async def show(
    request: web.Request,
    template: str,
    build: Callable[[Session, Desk], Context],
    *,
    status: int = HTTPStatus.OK,
) -> web.Response:
    """Read and draw in one transaction, in a thread: templates may follow relations of what they show."""
    core, viewer = request.app[CORE], get_viewer(request)
    # Taken before reading: what changes while we read is told to the page again, never missed.
    live_id = request.app[HUB].last_id

    def draw(session: Session) -> str:
        desk = open_desk(session, viewer, core.clock())
        context = {
            "desk": desk,
            "w": desk.words,
            "_": desk.words._,
            "ngettext": desk.words.ngettext,
            "live_id": live_id,
            "path": request.path,
            "path_qs": request.path_qs,
            "nonce": secrets.token_hex(16),
            "notice": "",
            "kept": {},
            **build(session, desk),
        }
        return aiohttp_jinja2.render_string(template, request, context)

    text = await core.transact(draw)
    return web.Response(text=text, content_type="text/html", status=status)


def show_plain(
    request: web.Request, template: str, context: Context, *, status: int = HTTPStatus.OK
) -> web.Response:
    """A page that reads nothing from the database: the log-in, and errors."""
    words = Words(choose_language(request), request.app[CORE].clock())
    text = aiohttp_jinja2.render_string(
        template, request, {"w": words, "_": words._, "path_qs": request.path_qs, **context}
    )
    return web.Response(text=text, content_type="text/html", status=status)


def choose_language(request: web.Request) -> str:
    """Whoever is logged in has one; anybody else's last choice counts, then what the browser asks for."""
    viewer = find_viewer(request)
    if viewer is not None:
        return supported(viewer.language)
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    wanted = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()
    return supported(chosen or wanted)
