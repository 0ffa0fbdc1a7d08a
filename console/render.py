"""Pages: what every page of somebody logged in carries, and drawing inside the transaction that read it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp_jinja2
import jinja2
from aiohttp import web
from propcache.api import cached_property
from sqlalchemy.orm import Session

from console.frames import Frame, Viewer, read_frame
from console.keys import CALLS, CORE, FRAME, HUB, find_viewer, get_viewer
from console.words import Words
from ownerdesk.model import Appeal, Project, StaffMember
from ownerdesk.model.staff import THEMES
from ownerdesk.queries.alarm_mutes import list_muted
from ownerdesk.queries.calls import Calls, count_mine, read_calls
from ownerdesk.queries.label_items import count_items
from ownerdesk.queries.notices import count_unread_notices
from ownerdesk.queries.staff import has_right
from ownerdesk.queries.work_list import load_appeals
from ownerdesk.rules.access import Right
from ownerdesk.texts import LANGUAGES, is_foreign, supported

TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """The person a page is drawn for, their words, and what calls for them on every page. What a part of a page does
    not show is not read."""

    session: Session
    member: StaffMember
    words: Words
    projects: list[Project]
    listen: Callable[[Session, StaffMember], Calls]

    @property
    def now(self) -> datetime:
        return self.words.now

    @cached_property
    def calls(self) -> Calls:
        return self.listen(self.session, self.member)

    @cached_property
    def mine(self) -> int:
        return count_mine(self.session, self.member)

    @cached_property
    def emergencies(self) -> list[Appeal]:
        return load_appeals(self.session, self.calls.emergencies)

    @cached_property
    def notices(self) -> int:
        return count_unread_notices(self.session, self.member.id)

    @cached_property
    def labelling(self) -> int:
        """Messages that wait for a label of this person."""
        return count_items(self.session, self.member)

    @cached_property
    def muted(self) -> set[int]:
        return list_muted(self.session, self.member, self.emergencies, at=self.now)

    def may(self, project_id: int | None, right: Right) -> bool:
        """Somebody unknown belongs to no project: whoever has the right anywhere has it there. A right in all
        projects counts before there is any."""
        if project_id is None:
            return has_right(self.member, None, right) or any(
                has_right(self.member, p.id, right) for p in self.projects
            )
        return has_right(self.member, project_id, right)

    def zone_of(self, project_id: int | None) -> str:
        """The time zone a page speaks in: the project's, else that of the first one the person sees."""
        known = [p for p in self.projects if p.id == project_id] or self.projects
        return known[0].timezone if known else "UTC"


def set_up_templates(app: web.Application, **names: object) -> None:
    """Undefined names fail loudly; whatever is printed is escaped. `names` are known to every template."""
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
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
        **names,
    )


def open_desk(session: Session, viewer: Viewer, now: datetime) -> Desk:
    """Everything around the page itself."""
    frame = read_frame(session, viewer.staff_id)
    return _make_desk(session, frame, now, partial(read_calls, at=now))


def _make_desk(
    session: Session,
    frame: Frame,
    now: datetime,
    listen: Callable[[Session, StaffMember], Calls],
) -> Desk:
    words = Words(supported(frame.member.language), now, frame.categories)
    return Desk(session, frame.member, words, frame.projects, listen)


def _open_for(request: web.Request, session: Session, calls_id: str) -> Desk:
    """The desk of a request. A page that refreshes itself shares what is known as of the latest news."""
    now, frame = request.app[CORE].clock(), request.get(FRAME)
    if frame is None:
        return open_desk(session, get_viewer(request), now)
    listen = partial(request.app[CALLS].read, at=now, news_id=calls_id)
    return _make_desk(session, frame.join(session), now, listen)


async def show(
    request: web.Request,
    template: str,
    build: Callable[[Session, Desk], Context],
    *,
    status: int = HTTPStatus.OK,
) -> web.Response:
    """Read and draw in one transaction, in a thread: templates may follow relations of what they show."""
    # Taken before reading: what changes while we read is told to the page again, never missed.
    live_id, calls_id = request.app[HUB].last_id, request.app[HUB].calls_id

    def draw(session: Session) -> str:
        desk = _open_for(request, session, calls_id)
        context = {
            "desk": desk,
            "w": desk.words,
            "_": desk.words._,
            "ngettext": desk.words.ngettext,
            "live_id": live_id,
            "theme": desk.member.theme,
            "path": request.path,
            "path_qs": request.path_qs,
            "nonce": secrets.token_hex(16),
            "notice": "",
            "kept": {},
            **build(session, desk),
        }
        return aiohttp_jinja2.render_string(template, request, context)

    text = await request.app[CORE].transact(draw)
    return web.Response(text=text, content_type="text/html", status=status)


async def show_part(
    request: web.Request,
    template: str,
    build: Callable[[Session, StaffMember, Words], Context],
    *,
    status: int = HTTPStatus.OK,
) -> web.Response:
    """A small part of a page, without what every page carries around it: it is asked for often."""
    calls_id = request.app[HUB].calls_id

    def draw(session: Session) -> str:
        desk = _open_for(request, session, calls_id)
        words = desk.words
        context = {"w": words, "_": words._, "ngettext": words.ngettext, "notice": ""}
        context |= build(session, desk.member, words)
        return aiohttp_jinja2.render_string(template, request, context)

    text = await request.app[CORE].transact(draw)
    return web.Response(text=text, content_type="text/html", status=status)


def show_plain(
    request: web.Request, template: str, context: Context, *, status: int = HTTPStatus.OK
) -> web.Response:
    """A page that reads nothing from the database: the log-in, and errors."""
    words = Words(choose_language(request), request.app[CORE].clock())
    text = aiohttp_jinja2.render_string(
        template,
        request,
        {
            "w": words,
            "_": words._,
            "path_qs": request.path_qs,
            "theme": choose_theme(request),
            **context,
        },
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


def choose_theme(request: web.Request) -> str:
    """For a page of nobody in particular: the last choice in this browser."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"
