"""Who may use which address: every route, every role, in one's own project, in another, and logged out.

`DOORS` is the whole table. A route that is not in it fails the first test, which says what to add; an action of a
page that is not in it fails the second. Somebody without the right gets exactly what they would get for something
that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from aiohttp import ClientResponse, web
from sqlalchemy.orm import Session

from console.app import make_app
from console.auth import COOKIE
from console.views import (
    account,
    appeal_actions,
    clock_actions,
    dispatch,
    emergencies,
    emergency_plans,
    incident_actions,
    talk,
)
from console.views.settings import accounts as account_settings
from console.views.settings import buildings, calendars, models, owners, roster, staff
from console.views.settings import categories as category_settings
from console.views.settings import emergency_phrases as phrase_settings
from console.views.settings import texts as text_settings
from ownerdesk.model import StaffMember
from ownerdesk.model.staff import ROLES
from ownerdesk.rules.access import RIGHTS, Right
from ownerdesk.services.bot_texts import list_owner_texts
from ownerdesk.services.logins import Device, open_session
from ownerdesk.services.presence import DOING
from tests.console.conftest import Browser, Site, give_passwords
from tests.console.rows import ABSENT, make_rows
from tests.make import NOON, make_cast, make_staff

IN_ALL_PROJECTS = ("head_office", "admin")  # as a company gives them


@dataclass(frozen=True)
class Door:
    """Whom an address lets in: `right` in the project that the address or the form names. Without a name it asks
    for the right anywhere, or with `everywhere` in all projects. Without a right it lets in whoever is logged in,
    and with `public` anybody; with `personal` only the one whose row it is, which none of the visitors is. `path`
    and `form` hold names of `rows.py` in braces."""

    right: Right | None = None
    path: str = ""
    form: dict[str, str] = field(default_factory=dict)
    public: bool = False
    everywhere: bool = False
    personal: bool = False

    @property
    def names_rows(self) -> bool:
        return "{" in self.path or any("{" in value for value in self.form.values())

    def lets_in(self, role: str, *, is_own: bool) -> bool:
        if self.personal:
            return False
        if self.public or self.right is None:
            return True
        is_spread = role in IN_ALL_PROJECTS
        is_near = is_spread or (is_own and not self.everywhere)
        return self.right in RIGHTS[role] and is_near


def with_rights(path: str, rights: dict[str, Right], **form: str) -> list[Door]:
    """One door for each action of a page; the last part of the path is the action."""
    return [Door(right, f"{path}/{action}", form) for action, right in rights.items()]


PUBLIC, MEMBER = Door(public=True), Door()
SEE, WORK, ANSWER = Right.SEE_APPEALS, Right.WORK_APPEALS, Right.ANSWER_OWNERS
FIGURES, STAFF, ADMINISTER = Right.SEE_FIGURES, Right.MANAGE_STAFF, Right.ADMINISTER
CONTENT, ESTATE, LABEL = Right.MANAGE_CONTENT, Right.MANAGE_ESTATE, Right.LABEL_MESSAGES
IN_PROJECT = {"project": "{project}"}
ADMIN = Door(ADMINISTER, everywhere=True)
TEXT = f"/settings/texts/{list_owner_texts()[0].id}"


def for_admins(path: str) -> Door:
    return Door(ADMINISTER, path, everywhere=True)


def content_doors(page: str, row: str) -> dict[tuple[str, str], Door | list[Door]]:
    """A list, a form for a new one and one for each, and the switch."""
    base = f"/settings/{page}"
    one = f"{base}/{{{row}}}"
    return {
        ("GET", base): [
            Door(CONTENT, f"{base}?project={{project}}"),
            Door(ADMINISTER, f"{base}?project=all", everywhere=True),
        ],
        ("GET", f"{base}/new"): Door(CONTENT, f"{base}/new?project={{project}}"),
        ("POST", f"{base}/new"): [
            Door(CONTENT, f"{base}/new", IN_PROJECT),
            Door(ADMINISTER, f"{base}/new", {"project": "all"}, everywhere=True),
        ],
        ("GET", f"{base}/{{id}}"): Door(CONTENT, f"{one}?project={{project}}"),
        ("POST", f"{base}/{{id}}"): Door(CONTENT, one, IN_PROJECT),
        ("POST", f"{base}/{{id}}/offer"): Door(CONTENT, f"{one}/offer", IN_PROJECT),
        ("GET", f"{base}/{{id}}/offer"): Door(path=f"{base}/1/offer"),
    }


APPEAL_RIGHTS = {
    name: action.right
    for name, action in {**appeal_actions.ACTIONS, **clock_actions.CLOCK_ACTIONS}.items()
}

DOORS: dict[tuple[str, str], Door | list[Door]] = {
    ("GET", "/"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,
    ("GET", "/static/vendor/{name}"): Door(public=True, path="/static/vendor/htmx.min.js"),
    ("GET", "/static"): Door(public=True, path="/static/base.css"),
    ("GET", "/login"): PUBLIC,
    ("POST", "/login"): PUBLIC,
    ("GET", "/login/code"): PUBLIC,
    ("POST", "/login/code"): PUBLIC,
    ("POST", "/language"): Door(public=True, form={"language": "en"}),
    ("GET", "/welcome/{token}"): Door(public=True, path="/welcome/{link}"),
    ("POST", "/welcome/{token}"): Door(public=True, path="/welcome/{link}"),
    ("GET", "/calls"): MEMBER,
    ("POST", "/calls/mute"): MEMBER,
    ("POST", "/calls/unmute"): MEMBER,
    ("GET", "/notices"): MEMBER,
    ("GET", "/notices/read"): MEMBER,
    ("POST", "/notices/read"): Door(form={"up_to": "1"}),
    ("GET", "/notices/{id}/open"): Door(path="/notices/1/open"),
    ("POST", "/notices/{id}/open"): Door(path="/notices/{notice}/open", personal=True),
    ("GET", "/events"): MEMBER,
    ("GET", "/palette"): MEMBER,
    ("GET", "/password"): MEMBER,
    ("POST", "/password"): MEMBER,
    ("GET", "/account"): MEMBER,
    ("GET", "/account/proof"): MEMBER,
    ("POST", "/account/proof"): MEMBER,
    ("GET", "/account/second-step"): MEMBER,
    ("GET", "/account/second-step/{action}"): Door(path="/account/second-step/begin"),
    ("POST", "/account/second-step/begin"): MEMBER,
    ("POST", "/account/second-step/confirm"): MEMBER,
    ("POST", "/account/second-step/codes"): MEMBER,
    ("POST", "/account/second-step/off"): MEMBER,
    ("GET", "/account/{action}"): Door(path="/account/looks"),
    ("POST", "/account/{action}"): [Door(path=f"/account/{a}") for a in account.ACTIONS],
    ("GET", "/settings"): Door(CONTENT),
    ("GET", "/settings/accounts"): Door(STAFF),
    ("POST", "/settings/accounts/second-step"): Door(ADMINISTER, everywhere=True),
    ("GET", "/settings/accounts/{id}/{action}"): Door(path="/settings/accounts/1/invite"),
    ("POST", "/settings/accounts/{id}/{action}"): with_rights(
        "/settings/accounts/{member}", dict.fromkeys(["invite", *account_settings.ACTIONS], STAFF)
    ),
    ("GET", "/settings/categories"): Door(ADMINISTER, everywhere=True),
    ("POST", "/settings/categories"): Door(ADMINISTER, everywhere=True),
    ("GET", "/settings/categories/{id}"): Door(
        ADMINISTER, "/settings/categories/{category}", everywhere=True
    ),
    ("GET", "/settings/categories/{id}/{action}"): Door(path="/settings/categories/1/save"),
    ("POST", "/settings/categories/{id}/{action}"): [
        Door(ADMINISTER, f"/settings/categories/{{category}}/{action}", everywhere=True)
        for action in category_settings.ACTIONS
    ],
    ("GET", "/settings/emergency-phrases"): Door(ADMINISTER, everywhere=True),
    ("GET", "/settings/emergency-phrases/{action}"): Door(path="/settings/emergency-phrases/add"),
    ("POST", "/settings/emergency-phrases/{action}"): [
        Door(ADMINISTER, f"/settings/emergency-phrases/{action}", everywhere=True)
        for action in phrase_settings.ACTIONS
    ],
    ("GET", "/appeals"): MEMBER,
    ("GET", "/appeals/bulk"): Door(path="/appeals/bulk?do=note"),
    ("POST", "/appeals/bulk"): Door(form={"do": "note"}),
    ("GET", "/appeals/bulk/{id}"): Door(path="/appeals/bulk/{bulk}", personal=True),
    ("GET", "/saved-views"): MEMBER,
    ("POST", "/saved-views"): MEMBER,
    ("GET", "/saved-views/{id}/forget"): Door(path="/saved-views/1/forget"),
    ("POST", "/saved-views/{id}/forget"): Door(path="/saved-views/{view}/forget", personal=True),
    ("GET", "/appeals/{id}/row"): Door(SEE, "/appeals/{appeal}/row"),
    ("POST", "/appeals/{id}/resolve"): Door(WORK, "/appeals/{appeal}/resolve"),
    ("GET", "/appeals/{id}/undo/{held}"): Door(path="/appeals/1/undo/1"),
    ("POST", "/appeals/{id}/undo/{held}"): Door(SEE, "/appeals/{appeal}/undo/1"),
    ("GET", "/appeals/{id}"): Door(SEE, "/appeals/{appeal}"),
    ("GET", "/appeals/{id}/{action}"): Door(path="/appeals/1/accept"),
    ("POST", "/appeals/{id}/{action}"): with_rights("/appeals/{appeal}", APPEAL_RIGHTS),
    ("GET", "/handoffs"): MEMBER,
    ("POST", "/handoffs/{id}/take"): Door(ANSWER, "/handoffs/{conversation}/take"),
    ("GET", "/handoffs/{id}/take"): Door(path="/handoffs/1/take"),
    ("POST", "/handoffs/{id}/accept"): Door(ANSWER, "/handoffs/{conversation}/accept"),
    ("GET", "/handoffs/{id}/accept"): Door(path="/handoffs/1/accept"),
    ("GET", "/conversations/{id}"): Door(SEE, "/conversations/{conversation}"),
    ("GET", "/conversations/{id}/{action}"): Door(path="/conversations/1/note"),
    ("POST", "/conversations/{id}/{action}"): with_rights(
        "/conversations/{conversation}", dict.fromkeys(talk.TALK, ANSWER)
    ),
    **{
        ("GET", f"/conversations/{{id}}/{part}"): Door(ANSWER, f"/conversations/{{conversation}}/{part}")
        for part in ("replies", "articles", "colleagues")
    },
    ("GET", "/conversations/{id}/presence"): Door(SEE, "/conversations/{conversation}/presence"),
    ("POST", "/conversations/{id}/presence"): Door(
        SEE, "/conversations/{conversation}/presence", {"what": DOING[0]}
    ),
    ("POST", "/conversations/{id}/preview"): Door(ANSWER, "/conversations/{conversation}/preview"),
    ("POST", "/conversations/{id}/uploads"): Door(ANSWER, "/conversations/{conversation}/uploads"),
    ("POST", "/conversations/{id}/uploads/{upload_id}/remove"): Door(
        ANSWER, "/conversations/{conversation}/uploads/1/remove"
    ),
    ("GET", "/files/{id}"): Door(SEE, "/files/{file}"),
    ("GET", "/emergencies"): MEMBER,
    ("GET", "/emergencies/{action}"): Door(path="/emergencies/drill"),
    ("POST", "/emergencies/{action}"): Door(FIGURES, "/emergencies/drill", IN_PROJECT),
    ("GET", "/emergencies/{id}"): Door(SEE, "/emergencies/{emergency}"),
    ("GET", "/emergencies/{id}/{action}"): Door(path="/emergencies/1/warn"),
    ("POST", "/emergencies/{id}/{action}"): with_rights(
        "/emergencies/{emergency}", dict.fromkeys(emergencies.ACTIONS, WORK)
    ),
    ("GET", "/buildings"): MEMBER,
    ("GET", "/buildings/{id}"): Door(SEE, "/buildings/{building}"),
    ("GET", "/units/{id}"): Door(SEE, "/units/{unit}"),
    ("GET", "/figures"): Door(FIGURES, "/figures?project={project}"),
    ("GET", "/figures/cases"): Door(FIGURES, "/figures/cases?figure=open&project={project}"),
    ("GET", "/figures/cases.{form}"): Door(
        FIGURES, "/figures/cases.csv?figure=open&project={project}"
    ),
    ("GET", "/figures/table.{form}"): Door(FIGURES, "/figures/table.csv?project={project}"),
    ("GET", "/figures/progress/{key}"): Door(path="/figures/progress/a1"),
    ("GET", "/figures/plans"): Door(FIGURES),
    ("POST", "/figures/plans"): Door(FIGURES, "/figures/plans", IN_PROJECT),
    ("GET", "/figures/plans/{id}/finish"): Door(path="/figures/plans/1/finish"),
    ("POST", "/figures/plans/{id}/finish"): Door(FIGURES, "/figures/plans/{plan}/finish"),
    ("GET", "/figures/plans/{id}/check"): Door(path="/figures/plans/1/check"),
    ("POST", "/figures/plans/{id}/check"): Door(FIGURES, "/figures/plans/{plan}/check"),
    ("GET", "/dispatch"): MEMBER,
    ("GET", "/dispatch/{action}"): Door(path="/dispatch/own-code"),
    ("POST", "/dispatch/{action}"): [
        Door(None, "/dispatch/own-code"),
        Door(STAFF, "/dispatch/staff-code", {"staff": "{member}"}),
        Door(STAFF, "/dispatch/group-code", {"department": "{department}"}),
        Door(STAFF, "/dispatch/add-rule", {"department": "{department}", "position": "9"}),
        Door(STAFF, "/dispatch/remove-rule", {"rule": "{rule}"}),
    ],
    ("GET", "/incidents"): MEMBER,
    ("POST", "/incidents"): Door(WORK, "/incidents", {"place": "{project}:"}),
    ("GET", "/incidents/{id}"): Door(SEE, "/incidents/{incident}"),
    ("GET", "/incidents/{id}/{action}"): Door(path="/incidents/1/confirm"),
    ("POST", "/incidents/{id}/{action}"): with_rights(
        "/incidents/{incident}", dict.fromkeys(incident_actions.ACTIONS, WORK)
    ),
    ("GET", "/return-visits"): MEMBER,
    ("GET", "/return-visits/{id}/result"): Door(path="/return-visits/1/result"),
    ("POST", "/return-visits/{id}/result"): Door(WORK, "/return-visits/{visit}/result"),
    ("GET", "/early-warnings"): MEMBER,
    ("GET", "/early-warnings/{id}/feedback"): Door(path="/early-warnings/1/feedback"),
    ("POST", "/early-warnings/{id}/feedback"): Door(
        FIGURES, "/early-warnings/{warning}/feedback", {"feedback": "right"}
    ),
    ("GET", "/settings/calendars"): Door(STAFF, "/settings/calendars?project={project}"),
    ("GET", "/settings/calendars/{action}"): Door(path="/settings/calendars/term"),
    ("POST", "/settings/calendars/{action}"): with_rights(
        "/settings/calendars", dict.fromkeys(calendars.ACTIONS, STAFF), project="{project}",
        calendar="{calendar}", term="{term}", day="2026-12-25", minutes="30",
    ),
    ("GET", "/settings/rules"): Door(STAFF, "/settings/rules?project={project}"),
    ("POST", "/settings/rules"): Door(STAFF, "/settings/rules", IN_PROJECT),
    ("GET", "/settings/plans"): Door(STAFF, "/settings/plans?project={project}"),
    ("GET", "/settings/plans/{kind}"): Door(STAFF, "/settings/plans/fire?project={project}"),
    ("POST", "/settings/plans/{kind}"): Door(STAFF, "/settings/plans/fire", IN_PROJECT),
    ("GET", "/settings/texts"): [
        Door(CONTENT, "/settings/texts?project={project}"),
        Door(ADMINISTER, "/settings/texts?project=all", everywhere=True),
    ],
    ("GET", "/settings/texts/{text}"): Door(CONTENT, f"{TEXT}?project={{project}}"),
    ("POST", "/settings/texts/{text}"): [
        Door(CONTENT, TEXT, IN_PROJECT),
        Door(ADMINISTER, TEXT, {"project": "all"}, everywhere=True),
    ],
    ("GET", "/settings/texts/draft/{action}"): Door(path="/settings/texts/draft/put"),
    ("POST", "/settings/texts/draft/{action}"): [
        *with_rights(
            "/settings/texts/draft", dict.fromkeys(text_settings.ACTIONS, CONTENT),
            project="{project}",
        ),
        *(
            Door(ADMINISTER, f"/settings/texts/draft/{action}", {"project": "all"}, everywhere=True)
            for action in text_settings.ACTIONS
        ),
    ],
    ("GET", "/labelling"): Door(LABEL),
    ("GET", "/labelling/{id}"): Door(LABEL, "/labelling/{item}"),
    ("GET", "/labelling/{id}/decide"): Door(path="/labelling/1/decide"),
    ("POST", "/labelling/{id}/decide"): Door(
        LABEL, "/labelling/{item}/decide", {"verdict": "skip", "seen": "open"}
    ),
    ("GET", "/settings/data-set"): Door(LABEL),
    ("GET", "/settings/data-set/export"): Door(LABEL),
    ("GET", "/settings/data-set/check"): MEMBER,
    ("POST", "/settings/data-set/check"): Door(LABEL),
    **{
        ("GET", f"/settings/data-set/{{id}}/{action}"): Door(path=f"/settings/data-set/1/{action}")
        for action in ("remove", "relabel")
    },
    **{
        ("POST", f"/settings/data-set/{{id}}/{action}"): Door(
            LABEL, f"/settings/data-set/{{example}}/{action}"
        )
        for action in ("remove", "relabel")
    },
    ("GET", "/settings/log"): Door(STAFF),
    ("GET", "/settings/log/export"): Door(STAFF),
    **content_doors("replies", "reply"),
    **content_doors("articles", "article"),
    **content_doors("services", "service"),
    **content_doors("guides", "guide"),
    **content_doors("remedies", "remedy"),
    **content_doors("parties", "party"),
    ("GET", "/settings/roster"): Door(STAFF, "/settings/roster?project={project}"),
    ("GET", "/settings/roster/{id}/{action}"): Door(path="/settings/roster/1/add"),
    ("POST", "/settings/roster/{id}/{action}"): with_rights(
        "/settings/roster/{project}", dict.fromkeys(roster.ACTIONS, STAFF)
    ),
    ("GET", "/settings/owners"): Door(ESTATE),
    ("POST", "/settings/owners"): Door(ESTATE, "/settings/owners", {"building": "{building}"}),
    ("GET", "/settings/owners.{kind}"): Door(ESTATE, "/settings/owners.csv?project={project}"),
    ("GET", "/settings/owners/{id}"): Door(ESTATE, "/settings/owners/{owner}"),
    ("GET", "/settings/owners/{id}/{action}"): Door(path="/settings/owners/1/save"),
    ("POST", "/settings/owners/{id}/{action}"): with_rights(
        "/settings/owners/{owner}", dict.fromkeys(owners.ACTIONS, ESTATE), tie="{tie}",
        building="{building}",
    ),
    ("GET", "/settings/imports"): Door(ESTATE),
    ("POST", "/settings/imports"): Door(ESTATE),
    ("GET", "/settings/imports/{id}"): Door(path="/settings/imports/{import}", personal=True),
    **{
        ("GET", f"/settings/imports/{{id}}/{action}"): Door(path=f"/settings/imports/1/{action}")
        for action in ("apply", "drop")
    },
    **{
        ("POST", f"/settings/imports/{{id}}/{action}"): Door(
            path=f"/settings/imports/{{import}}/{action}", personal=True
        )
        for action in ("apply", "drop")
    },
    ("GET", "/settings/buildings"): Door(ESTATE, "/settings/buildings?project={project}"),
    ("POST", "/settings/buildings"): Door(ESTATE, "/settings/buildings", IN_PROJECT),
    ("GET", "/settings/buildings/{id}"): Door(ESTATE, "/settings/buildings/{building}"),
    ("GET", "/settings/buildings/{id}/plan"): Door(ESTATE, "/settings/buildings/{building}/plan"),
    ("GET", "/settings/buildings/{id}/generate"): Door(path="/settings/buildings/1/generate"),
    ("POST", "/settings/buildings/{id}/generate"): Door(
        ESTATE, "/settings/buildings/{building}/generate"
    ),
    ("GET", "/settings/buildings/{id}/{action}"): Door(path="/settings/buildings/1/save"),
    ("POST", "/settings/buildings/{id}/{action}"): with_rights(
        "/settings/buildings/{building}", dict.fromkeys(buildings.ACTIONS, ESTATE), active="yes"
    ),
    ("GET", "/settings/units/{id}"): Door(ESTATE, "/settings/units/{unit}"),
    ("GET", "/settings/units/{id}/{action}"): Door(path="/settings/units/1/save"),
    ("POST", "/settings/units/{id}/{action}"): with_rights(
        "/settings/units/{unit}", dict.fromkeys(buildings.UNIT_ACTIONS, ESTATE), active="yes"
    ),
    ("GET", "/settings/departments"): Door(STAFF, "/settings/departments?project={project}"),
    ("POST", "/settings/departments"): Door(STAFF, "/settings/departments", IN_PROJECT),
    ("GET", "/settings/departments/{id}"): Door(STAFF, "/settings/departments/{department}"),
    **{
        ("GET", f"/settings/departments/{{id}}/{action}"): Door(
            path=f"/settings/departments/1/{action}"
        )
        for action in ("save", "switch")
    },
    **{
        ("POST", f"/settings/departments/{{id}}/{action}"): Door(
            STAFF, f"/settings/departments/{{department}}/{action}", {"active": "yes"}
        )
        for action in ("save", "switch")
    },
    ("GET", "/settings/staff"): Door(STAFF, "/settings/staff?project={project}"),
    ("POST", "/settings/staff"): Door(STAFF),
    ("GET", "/settings/staff/{id}"): Door(STAFF, "/settings/staff/{member}"),
    ("GET", "/settings/staff/{id}/{action}"): Door(path="/settings/staff/1/save"),
    ("POST", "/settings/staff/{id}/{action}"): with_rights(
        "/settings/staff/{member}", dict.fromkeys(staff.ACTIONS, STAFF)
    ),
    ("GET", "/settings/projects"): Door(ADMINISTER, everywhere=True),
    ("POST", "/settings/projects"): Door(ADMINISTER, everywhere=True),
    ("GET", "/settings/projects/{id}"): Door(
        ADMINISTER, "/settings/projects/{project}", everywhere=True
    ),
    **{
        ("GET", f"/settings/projects/{{id}}/{action}"): Door(path=f"/settings/projects/1/{action}")
        for action in ("save", "switch")
    },
    **{
        ("POST", f"/settings/projects/{{id}}/{action}"): Door(
            ADMINISTER, f"/settings/projects/{{project}}/{action}", {"active": "yes"}, everywhere=True
        )
        for action in ("save", "switch")
    },
    ("GET", "/settings/models"): ADMIN,
    ("POST", "/settings/models"): ADMIN,
    ("GET", "/settings/models/roll-back"): Door(path="/settings/models/roll-back"),
    ("POST", "/settings/models/roll-back"): ADMIN,
    ("GET", "/settings/models/{id}"): for_admins("/settings/models/{model}"),
    ("GET", "/settings/models/{id}/report.json"): for_admins("/settings/models/{model}/report.json"),
    ("GET", "/settings/models/{id}/file"): for_admins("/settings/models/{model}/file"),
    ("GET", "/settings/models/{id}/{action}"): Door(path="/settings/models/1/put"),
    ("POST", "/settings/models/{id}/{action}"): [
        for_admins(f"/settings/models/{{model}}/{action}") for action in models.ACTIONS
    ],
    ("GET", "/settings/models/{id}/shadow"): Door(path="/settings/models/1/shadow"),
    ("POST", "/settings/models/{id}/shadow"): for_admins("/settings/models/{model}/shadow"),
    ("GET", "/settings/models/{id}/throw-away"): Door(path="/settings/models/1/throw-away"),
    ("POST", "/settings/models/{id}/throw-away"): for_admins("/settings/models/{model}/throw-away"),
    ("GET", "/settings/shadow-runs/{id}"): for_admins("/settings/shadow-runs/{shadow}"),
    ("GET", "/settings/shadow-runs/{id}/end"): Door(path="/settings/shadow-runs/1/end"),
    ("POST", "/settings/shadow-runs/{id}/end"): for_admins("/settings/shadow-runs/{shadow}/end"),
    ("GET", "/settings/trainings"): Door(path="/settings/trainings"),
    ("POST", "/settings/trainings"): ADMIN,
    ("GET", "/settings/trainings/{id}"): for_admins("/settings/trainings/{training}"),
    ("GET", "/settings/trainings/{id}/cancel"): Door(path="/settings/trainings/1/cancel"),
    ("POST", "/settings/trainings/{id}/cancel"): for_admins("/settings/trainings/{training}/cancel"),
    ("GET", "/settings/drift"): ADMIN,
    # The last: it ends the log-in with which the others are tried.
    ("POST", "/logout"): MEMBER,
}  # fmt: skip

# Telegram is let in by its secret and not by a log-in: tests/console/test_machines.py.
FOR_MACHINES = {("POST", "/telegram/webhook")}

# Pages with several actions under one route, and the actions there are.
ACTIONS_OF = {
    "/appeals/{id}/{action}": APPEAL_RIGHTS,
    "/conversations/{id}/{action}": talk.TALK,
    "/emergencies/{action}": emergency_plans.PLAN_ACTIONS,
    "/emergencies/{id}/{action}": emergencies.ACTIONS,
    "/dispatch/{action}": dispatch.ACTIONS,
    "/incidents/{id}/{action}": incident_actions.ACTIONS,
    "/settings/roster/{id}/{action}": roster.ACTIONS,
    "/settings/owners/{id}/{action}": owners.ACTIONS,
    "/settings/buildings/{id}/{action}": buildings.ACTIONS,
    "/settings/units/{id}/{action}": buildings.UNIT_ACTIONS,
    "/settings/staff/{id}/{action}": staff.ACTIONS,
    "/settings/calendars/{action}": calendars.ACTIONS,
    "/settings/models/{id}/{action}": models.ACTIONS,
    "/settings/categories/{id}/{action}": category_settings.ACTIONS,
    "/settings/emergency-phrases/{action}": phrase_settings.ACTIONS,
    "/settings/texts/draft/{action}": text_settings.ACTIONS,
    "/account/{action}": account.ACTIONS,
    "/settings/accounts/{id}/{action}": {"invite": None, **account_settings.ACTIONS},
}


def list_routes(app: web.Application) -> set[tuple[str, str]]:
    """HEAD is answered wherever GET is, by the same code."""
    return {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }


def doors_of(route: tuple[str, str]) -> list[Door]:
    doors = DOORS[route]
    return doors if isinstance(doors, list) else [doors]


def test_every_route_is_in_the_table_and_nothing_else(site: Site) -> None:
    routes = list_routes(make_app(site.core.settings, site.core)) - FOR_MACHINES
    missing, gone = sorted(routes - set(DOORS)), sorted(set(DOORS) - routes)
    assert not missing, f"say in DOORS of {__name__} whom these let in: {missing}"
    assert not gone, f"take these out of DOORS of {__name__}, no route is left: {gone}"


@pytest.mark.parametrize("route", sorted(ACTIONS_OF))
def test_every_action_of_a_page_is_in_the_table(route: str) -> None:
    tried = {door.path.rpartition("/")[2] for door in doors_of(("POST", route))}
    assert tried == set(ACTIONS_OF[route]), f"of {route} in DOORS"


def test_a_route_with_actions_is_known_to_have_them() -> None:
    several = {route for method, route in DOORS if method == "POST" and "{action}" in route}
    assert several == set(ACTIONS_OF), "name where its actions stand in ACTIONS_OF"


@dataclass(frozen=True)
class Places:
    """What the names in addresses stand for: in one's own project, in another, and nowhere."""

    own: dict[str, str]
    other: dict[str, str]

    @property
    def absent(self) -> dict[str, str]:
        return dict.fromkeys(self.own, ABSENT)


@pytest.fixture
def places(site: Site) -> Places:
    def make(session: Session) -> Places:
        admin = make_staff(session, None, "Ada", "admin")
        other = make_cast(session, code="U", chat_id=7002)
        files = site.core.settings.files_dir
        own = make_rows(session, site.cast, admin=admin, files=files)
        return Places(own, make_rows(session, other, admin=admin, files=files))

    return site.core.transact_now(make)


def make_visitor(session: Session, site: Site, role: str) -> StaffMember:
    project = None if role in IN_ALL_PROJECTS else site.cast.project
    department = site.cast.maintenance if role == "operator" else None
    member = make_staff(session, project, f"Visitor {role}", role, department=department)
    give_passwords(session)
    return member


async def knock(
    browser: Browser, route: tuple[str, str], door: Door, rows: dict[str, str]
) -> tuple[ClientResponse, str]:
    """The answer, and its text; of a stream without an end only the beginning."""
    method, canonical = route
    path = (door.path or canonical).format(**rows)
    form = {name: value.format(**rows) for name, value in door.form.items()}
    if method == "GET":
        response = await browser.get(path)
    else:
        response = await browser.post(path, **form)
    if response.headers.get("Content-Type", "").startswith("text/event-stream"):
        response.close()
        return response, ""
    return response, await response.text(errors="replace")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_its_rights_open_and_the_rest_does_not_exist(
    site: Site, places: Places, role: str
) -> None:
    visitor = site.core.transact_now(make_visitor, site, role)
    wrong: list[str] = []

    async def walk(browser: Browser) -> None:
        entered = site.core.transact_now(open_session, visitor, device=Device(), at=NOON)
        browser.http.cookie_jar.update_cookies({COOKIE: entered.token})
        nowhere = await (await browser.get("/no-such-page")).text()
        for route in DOORS:
            for door in doors_of(route):
                for where, rows in (("own", places.own), ("other", places.other)):
                    if where == "other" and not door.names_rows:
                        continue
                    is_open = door.lets_in(role, is_own=where == "own")
                    response, text = await knock(browser, route, door, rows)
                    name = f"{route[0]} {door.path or route[1]} ({where} project)"
                    if is_open:
                        wrong.extend(_not_open(name, door, response))
                    else:
                        _, absent = await knock(browser, route, door, places.absent)
                        twin = absent if door.names_rows else nowhere
                        wrong.extend(_not_absent(name, response, text, twin))

    site.visit(walk)
    assert not wrong, f"{role}:\n" + "\n".join(wrong)


def _not_open(name: str, door: Door, response: ClientResponse) -> list[str]:
    if not door.public and response.headers.get("Location", "").startswith("/login?"):
        return [f"{name} leads to the log-in"]
    if response.status in (404, 500):
        return [f"{name} should open, and answers {response.status}"]
    return []


def _not_absent(name: str, response: ClientResponse, text: str, twin: str) -> list[str]:
    if response.status != 404:
        return [f"{name} should not exist, and answers {response.status}"]
    if text != twin:
        return [f"{name} is refused in other words than what does not exist"]
    return []


def test_nobody_gets_further_than_the_log_in(site: Site, places: Places) -> None:
    wrong: list[str] = []

    async def walk(browser: Browser) -> None:
        for route in DOORS:
            for door in doors_of(route):
                response, _ = await knock(browser, route, door, places.own)
                name = f"{route[0]} {door.path or route[1]}"
                if door.public:
                    if response.status in (404, 500):
                        wrong.append(f"{name} is public, and answers {response.status}")
                elif (response.status, response.headers.get("Location", "")[:6]) != (303, "/login"):
                    wrong.append(f"{name} answers {response.status} to nobody in particular")

    site.visit(walk)
    assert not wrong, "\n".join(wrong)
