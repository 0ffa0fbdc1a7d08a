"""How work finds people: dispatch rules, and the chats of staff and groups. One page a project's management uses, and
everybody for their own chat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from http import HTTPStatus

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_category, parse_choice, parse_id
from console.render import Desk, show
from ownerdesk.model import (
    Conversation,
    Department,
    DispatchRule,
    StaffMember,
)
from ownerdesk.model.labels import SEVERITIES
from ownerdesk.queries.assignments import list_dispatch_rules
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.staff import (
    check_right,
    get_staff_member,
    has_right,
    list_departments,
    list_staff,
)
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotAllowed, NotFound, Refusal, StaffNotFound
from ownerdesk.services.dispatch_rules import NewRule, add_rule, remove_rule
from ownerdesk.services.operator_chats import create_chat_code
from ownerdesk.texts import LANGUAGES

Do = Callable[[Session, StaffMember, Form, datetime], str]


def _own_code(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
    return create_chat_code(session, member=by, by=by, at=at)


def _staff_code(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
    member = get_staff_member(session, parse_id(form.get("staff", ""), "staff"))
    if not _manages(by, member):
        raise NotAllowed
    return create_chat_code(session, member=member, by=by, at=at)


def _manages(by: StaffMember, member: StaffMember) -> bool:
    """Somebody of one's own projects; who works in all of them is managed by who manages all."""
    return bool(member.roles) and all(
        has_right(by, role.project_id, Right.MANAGE_STAFF) for role in member.roles
    )


def _department_of(session: Session, by: StaffMember, form: Form, field: str) -> Department:
    department = session.get(Department, parse_id(form.get(field, ""), field))
    if department is None:
        raise NotFound
    check_right(by, department.project_id, Right.MANAGE_STAFF)
    return department


def _group_code(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
    department = _department_of(session, by, form, "department")
    return create_chat_code(session, department=department, by=by, at=at)


def _add_rule(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
    lead = _department_of(session, by, form, "department")
    support = form.get("supporting", "")
    new = NewRule(
        position=parse_id(form.get("position", ""), "position"),
        category=parse_category(session, form) if form.get("category") else None,
        severity=_optional(form, "severity", SEVERITIES),
        language=_optional(form, "language", tuple(LANGUAGES)),
        starts=_clock(form, "starts"),
        ends=_clock(form, "ends"),
        skill=form.get("skill", "").strip() or None,
        is_automatic=form.get("automatic") == "yes",
        supporting=[_department_of(session, by, form, "supporting")] if support else [],
    )
    if (new.starts is None) is not (new.ends is None):
        raise BadForm("ends")
    try:
        add_rule(session, lead, new, by=by, at=at)
    except StaffNotFound:  # the department that leads, or another project's, supports nobody here
        raise BadForm("supporting") from None
    return ""


def _optional(form: Form, field: str, choices: tuple[str, ...]) -> str | None:
    return parse_choice(form, field, choices) if form.get(field) else None


def _clock(form: Form, field: str) -> time | None:
    text = form.get(field, "")
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise BadForm(field) from None


def _remove_rule(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
    rule = session.get(DispatchRule, parse_id(form.get("rule", ""), "rule"))
    if rule is None:
        raise NotFound
    check_right(by, rule.project_id, Right.MANAGE_STAFF)
    remove_rule(session, rule, by=by, at=at)
    return ""


ACTIONS: dict[str, Do] = {
    "own-code": _own_code,
    "staff-code": _staff_code,
    "group-code": _group_code,
    "add-rule": _add_rule,
    "remove-rule": _remove_rule,
}


async def show_page(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """A code is shown once, in the answer to the press that made it; everything else leads back to the page."""
    do = ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound
    codes: list[str] = []

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        if code := do(session, by, form, at):
            codes.append(code)
        return "/dispatch"

    try:
        return await acting.act(request, work, _page)
    except web.HTTPSeeOther:
        if not codes:
            raise
    return await _page(request, code=codes[-1])


async def _page(
    request: web.Request,
    *,
    refusal: Refusal | None = None,
    kept: Form | None = None,
    code: str = "",
) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        managed = [p for p in desk.projects if desk.may(p.id, Right.MANAGE_STAFF)]
        chats = session.scalars(select(Conversation).where(Conversation.kind != "owner")).all()
        return {
            "code": code,
            "kept": kept or {},
            "notice": desk.words.refusal(refusal) if refusal else "",
            "own_chat": next((c for c in chats if c.staff_id == desk.member.id), None),
            "managed": [
                (p, list_departments(session, p.id), list_dispatch_rules(session, p.id))
                for p in managed
            ],
            "staff": [m for m in list_staff(session) if m.is_active and _manages(desk.member, m)],
            "staff_chats": {c.staff_id: c for c in chats if c.staff_id},
            "groups": {c.department_id: c for c in chats if c.department_id},
            "department_names": {
                d.id: desk.words.pick(d.names)
                for p in managed
                for d in list_departments(session, p.id)
            },
            "category_groups": read_categories(session).groups,
            "severities": SEVERITIES,
            "languages_spoken": LANGUAGES,
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "dispatch.html", build, status=status)


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/dispatch")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/dispatch", show_page)
    app.router.add_post("/dispatch/{action}", act)
    app.router.add_get("/dispatch/{action}", _back)
