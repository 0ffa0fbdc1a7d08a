"""The numbers of a project: when the bot reminds and closes (S6), what is promised without a term, quiet hours, and when
several reports become an incident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form
from console.problems import list_problems, version_in_form
from console.render import Desk, show
from console.views.settings.scope import open_scope, read_scope, wanted_scope
from console.words import Words
from ownerdesk.model import Project, StaffMember
from ownerdesk.rules.access import Right
from ownerdesk.rules.policy_fields import DEFAULTS, FIELDS, GROUPS, parse_policy
from ownerdesk.rules.refusals import NotAllowed, Refusal
from ownerdesk.services.content_edits import version_of
from ownerdesk.services.projects import save_policy

BASE = "/settings/rules"
RIGHT = Right.MANAGE_STAFF


def _groups(words: Words) -> dict[str, tuple[str, str]]:
    """Name and explanation of each group."""
    _ = words._
    return {
        "silence": (
            _("When an owner is silent"),
            _(
                "Done is not closed: the owner is asked. Without an answer the bot reminds once, and in the end closes"
                " and says so; the owner can reopen."
            ),
        ),
        "promises": (
            _("What is promised"),
            _("Round the clock, where no term of the project says otherwise."),
        ),
        "people": (_("When people are asked"), ""),
        "quiet": (
            _("Quiet hours"),
            _(
                "What can wait goes out at their end, by the project’s clock; owners may choose their own."
            ),
        ),
        "incidents": (
            _("When several report one thing"),
            _("Then an incident is proposed; a person confirms it."),
        ),
    }


def _labels(words: Words) -> Mapping[str, str]:
    _ = words._
    return {
        "reminder_hours": _("Remind after (hours)"),
        "silence_hours": _("Close after (hours)"),
        "general_minutes": _("A general matter is solved within (minutes)"),
        "major_minutes": _("A major matter is solved within (minutes)"),
        "emergency_accept_minutes": _("An emergency is accepted within (minutes)"),
        "first_answer_minutes": _("First answer by a person within (minutes)"),
        "next_update_minutes": _("Next update within (minutes)"),
        "due_soon_minutes": _("A promise counts as due soon before its time by (minutes)"),
        "handoff_minutes": _("A waiting owner is answered within (minutes)"),
        "offer_minutes": _("An operator may think about a job for (minutes)"),
        "handover_minutes": _("A colleague may think about taking over for (minutes)"),
        "join_minutes": _("Messages about one thing join within (minutes)"),
        "quiet_from_hour": _("From (hour)"),
        "quiet_until_hour": _("Until (hour)"),
        "incident_window_minutes": _("Reports within (minutes)"),
        "incident_reporters": _("So many homes"),
        "incident_emergency_reporters": _("So many homes in an emergency"),
        "incident_likeness_percent": _("Likeness of their words (percent)"),
    }


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
            "groups": [(*_groups(desk.words)[group], names) for group, names in GROUPS.items()],
            "labels": _labels(desk.words),
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
