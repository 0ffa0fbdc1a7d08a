"""Accounts of staff: who can log in, links for those who cannot, locks lifted, and which roles need a second step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, path_id, read_form
from console.keys import CORE, get_viewer
from console.places import origin_of
from console.render import Desk, show
from console.words import Words
from ownerdesk.model import StaffMember
from ownerdesk.model.staff import ROLES
from ownerdesk.queries.accounts import list_accounts
from ownerdesk.queries.staff import check_right, get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotAllowed, Refusal
from ownerdesk.services import accounts, second_steps
from ownerdesk.services.logins import FAILURE_WINDOW, MAX_FAILURES

HERE = "/settings/accounts"


async def show_accounts(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request,
    *,
    refusal: Refusal | None = None,
    kept: Form | None = None,
    link: str = "",
    link_for: int = 0,
) -> web.Response:
    """With `link` the page shows it, this once."""

    def build(session: Session, desk: Desk) -> dict[str, object]:
        if not desk.may(None, Right.MANAGE_STAFF):
            raise NotAllowed
        found = list_accounts(
            session, desk.member, window=FAILURE_WINDOW, most=MAX_FAILURES, at=desk.now
        )
        return {
            "here": HERE,
            "accounts": found,
            "state_names": state_names(desk.words),
            "role_names": role_names(desk.words),
            "may_demand": desk.may(None, Right.ADMINISTER),
            "roles": ROLES,
            "demanding": second_steps.list_demanding_roles(session),
            "link": link,
            "invited": next((a.member for a in found if a.member.id == link_for), None),
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "settings/accounts.html", build, status=status)


def state_names(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "none": _("No access"),
        "invited": _("Invited"),
        "expired": _("Invitation expired"),
        "active": _("Active"),
        "locked": _("Locked"),
        "left": _("Has left"),
    }


def role_names(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "operator": _("Operator"),
        "agent": _("Agent"),
        "manager": _("Manager"),
        "project_manager": _("Project manager"),
        "head_office": _("Head office"),
        "admin": _("Admin"),
    }


async def invite(request: web.Request) -> web.StreamResponse:
    """The link is on the page that answers, and nowhere afterwards; asked for again, it is another one."""
    core, viewer, staff_id = request.app[CORE], get_viewer(request), path_id(request)

    def work(session: Session) -> str:
        by = get_staff_member(session, viewer.staff_id)
        member = get_staff_member(session, staff_id)
        return accounts.invite_staff(session, member, by, core.clock())

    token = await core.transact(work)
    return await _page(request, link=f"{origin_of(request)}/welcome/{token}", link_for=staff_id)


def _cancel(session: Session, member: StaffMember, by: StaffMember, at: datetime) -> None:
    accounts.cancel_links(session, member, by=by, at=at)


def _unlock(session: Session, member: StaffMember, by: StaffMember, at: datetime) -> None:
    accounts.unlock(session, member, by=by, at=at)


def _log_out(session: Session, member: StaffMember, by: StaffMember, at: datetime) -> None:
    accounts.log_out_everywhere(session, member, by=by, at=at)


def _second_step_off(session: Session, member: StaffMember, by: StaffMember, at: datetime) -> None:
    accounts.take_second_step_off(session, member, by=by, at=at)


Do = Callable[[Session, StaffMember, StaffMember, datetime], None]
ACTIONS: dict[str, Do] = {
    "cancel-link": _cancel,
    "unlock": _unlock,
    "log-out": _log_out,
    "second-step-off": _second_step_off,
}


async def act(request: web.Request) -> web.StreamResponse:
    name, staff_id = request.match_info["action"], path_id(request)
    if name == "invite":
        return await invite(request)
    do = ACTIONS.get(name)
    if do is None:
        raise web.HTTPNotFound

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        do(session, get_staff_member(session, staff_id), by, at)
        return HERE

    return await acting.act(request, work, _page)


async def demand(request: web.Request) -> web.StreamResponse:
    chosen = [role for role in ROLES if (await read_form(request)).get(f"role-{role}") == "yes"]

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_right(by, None, Right.ADMINISTER)
        second_steps.demand_of_roles(session, chosen, by=by, at=at)
        return HERE

    return await acting.act(request, work, _page)


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(HERE)


def add_routes(app: web.Application) -> None:
    app.router.add_get(HERE, show_accounts)
    app.router.add_post(f"{HERE}/second-step", demand)
    app.router.add_post(f"{HERE}/{{id}}/{{action}}", act)
    app.router.add_get(f"{HERE}/{{id}}/{{action}}", _back)
