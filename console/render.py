"""Pages: what every page of somebody logged in carries, and drawing inside the transaction that read it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp_jinja2
import jinja2
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.keys import CORE, COUNTS, HUB, Viewer, find_viewer, get_viewer
from console.places import is_refresh
from console.words import Words
from ownerdesk.model import Appeal, Project, StaffMember
from ownerdesk.model.staff import THEMES
from ownerdesk.queries.alarm_mutes import list_muted
from ownerdesk.queries.appeals import list_open_emergencies
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.conversations import count_waiting_handoffs
from ownerdesk.queries.figures import WorkCounts, count_work
from ownerdesk.queries.label_items import count_items
from ownerdesk.queries.notices import count_unread_notices
from ownerdesk.queries.staff import get_staff_member, has_right, visible_project_ids
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
    count: Callable[[Session, StaffMember], WorkCounts]

    @property
    def now(self) -> datetime:
        return self.words.now

    @cached_property
    def counts(self) -> WorkCounts:
        return self.count(self.session, self.member)

    @cached_property
    def waiting(self) -> int:
        return count_waiting_handoffs(self.session, self.member)

    @cached_property
    def emergencies(self) -> list[Appeal]:
        return list(list_open_emergencies(self.session, self.member))

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


def open_desk(
    session: Session,
    viewer: Viewer,
    now: datetime,
    count: Callable[[Session, StaffMember], WorkCounts] | None = None,
) -> Desk:
    """Everything around the page itself. `count` is another way to come by the counters."""
    member = get_staff_member(session, viewer.staff_id)
    project_ids = visible_project_ids(session, member, Right.SEE_APPEALS)
    return Desk(
        session=session,
        member=member,
        words=Words(supported(member.language), now, read_categories(session)),
        projects=list(
            session.scalars(select(Project).where(Project.id.in_(project_ids)).order_by(Project.id))
        ),
        count=count or partial(count_work, at=now),
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

    def count(session: Session, member: StaffMember) -> WorkCounts:
        if is_refresh(request):
            counts = request.app[COUNTS]
            return counts.count(session, member, at=core.clock(), news_id=live_id)
        return count_work(session, member, at=core.clock())

    def draw(session: Session) -> str:
        desk = open_desk(session, viewer, core.clock(), count)
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

    text = await core.transact(draw)
    return web.Response(text=text, content_type="text/html", status=status)


async def show_part(
    request: web.Request,
    template: str,
    build: Callable[[Session, StaffMember, Words], Context],
    *,
    status: int = HTTPStatus.OK,
) -> web.Response:
    """A small part of a page, without what every page carries around it: it is asked for often."""
    core, viewer = request.app[CORE], get_viewer(request)

    def draw(session: Session) -> str:
        member = get_staff_member(session, viewer.staff_id)
        words = Words(supported(member.language), core.clock(), read_categories(session))
        context = {"w": words, "_": words._, "ngettext": words.ngettext, "notice": ""}
        context |= build(session, member, words)
        return aiohttp_jinja2.render_string(template, request, context)

    text = await core.transact(draw)
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
