"""The numbers of a project: when the bot reminds and closes (S6), what is promised without a term, quiet hours, and when
several reports become an incident."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form
from console.problems import list_problems, version_in_form
from console.render import Desk, show
from console.settings_words import policy_groups, policy_names
from console.views.settings.scope import open_scope, read_scope, wanted_scope
from ownerdesk.model import Project, StaffMember
from ownerdesk.rules.access import Right
from ownerdesk.rules.policy_fields import DEFAULTS, FIELDS, GROUPS, parse_policy
from ownerdesk.rules.refusals import NotAllowed, Refusal
from ownerdesk.services.content_edits import version_of
from ownerdesk.services.projects import save_policy

BASE = "/settings/rules"
RIGHT = Right.MANAGE_STAFF


async def show_rules(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        projects = [p for p in desk.projects if desk.may(p.id, RIGHT)]
        wanted = (kept or {}).get("project") or wanted_scope(request)
        wanted = wanted or (str(projects[0].id) if projects else "")
        scope = open_scope(session, desk, wanted, RIGHT)
        if scope.project is None:
            raise NotAllowed
        settings = scope.project.settings
        stored = {name: str(settings.get(name, "")) for name in FIELDS}
        return {
            "scope": scope,
            "base": BASE,
            "here": BASE,
            "groups": [
                (*policy_groups(desk.words._)[group], names) for group, names in GROUPS.items()
            ],
            "labels": policy_names(desk.words._),
            "defaults": DEFAULTS,
            "typed": stored if kept is None else kept,
            "seen": version_in_form(refusal, kept, version_of(settings)),
            "problems": list_problems(refusal, kept, stored, desk.words),
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "settings/rules.html", build, status=status)


async def save(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project_id = read_scope(session, by, form.get("project", ""), RIGHT)
        if project_id is None:
            raise NotAllowed
        project = session.get_one(Project, project_id)
        numbers = parse_policy(form)
        save_policy(session, project, numbers, seen=form.get("seen", ""), by=by, at=at)
        return f"{BASE}?project={project_id}"

    return await acting.act(request, work, _page)


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_rules)
    app.router.add_post(BASE, save)
