"""Categories: those shipped, and the company's own with their names, department and examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, path_id
from console.render import Desk
from console.views.settings.common import Build, add_form, check_in_all, lead_to, make_page
from ownerdesk.model import Category, StaffMember
from ownerdesk.model.labels import CATEGORY_GROUPS
from ownerdesk.queries.categories import get_own_category, list_own_categories
from ownerdesk.queries.departments import list_department_codes
from ownerdesk.rules.access import Right
from ownerdesk.rules.categories import TAUGHT_NATURES
from ownerdesk.rules.dataset_checks import LEAST_EXAMPLES
from ownerdesk.services import categories as service
from ownerdesk.texts import LANGUAGES

PAGE = "/settings/categories"
Do = Callable[[Session, Category, StaffMember, Form, datetime], object]


def _choices(session: Session, desk: Desk) -> dict[str, Any]:
    """Raises NotFound for who does not administer everything."""
    check_in_all(desk.member, Right.ADMINISTER)
    return {
        "groups": list(desk.words.category_groups.items()),
        "natures": [(nature, desk.words.natures[nature]) for nature in TAUGHT_NATURES],
        "departments": [
            (code, desk.words.pick(names)) for code, names in list_department_codes(session).items()
        ],
        "counts": service.count_examples(session),
        "least": LEAST_EXAMPLES,
        "languages_written": LANGUAGES,
        "longest_name": service.MAX_NAME,
    }


def _build_list(request: web.Request) -> Build:
    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        choices = _choices(session, desk)
        own = list_own_categories(session)
        return {"own": own, "shipped": CATEGORY_GROUPS, **choices}

    return build


def _build_one(request: web.Request) -> Build:
    category_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        choices = _choices(session, desk)
        return {"category": get_own_category(session, category_id), **choices}

    return build


list_page = make_page("settings/categories.html", _build_list)
one_page = make_page("settings/category.html", _build_one)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await list_page(request, refusal=None, kept=None)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


def _names(form: Form) -> dict[str, str]:
    return {language: form.get(f"name_{language}", "") for language in LANGUAGES}


def _examples(form: Form) -> dict[str, list[str]]:
    return {language: form.get(f"examples_{language}", "").split("\n") for language in LANGUAGES}


async def add(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        category = service.add_category(
            session,
            code=form.get("code", ""),
            group=form.get("group", ""),
            names=_names(form),
            department_code=form.get("department", ""),
            nature=form.get("nature", ""),
            examples=_examples(form),
            by=by,
            at=at,
        )
        return f"{PAGE}/{category.id}"

    return await acting.act(request, work, list_page)


def _save(session: Session, category: Category, by: StaffMember, form: Form, at: datetime) -> None:
    service.rename_category(
        session, category, names=_names(form), department_code=form.get("department", ""),
        by=by, at=at,
    )  # fmt: skip


def _teach(session: Session, category: Category, by: StaffMember, form: Form, at: datetime) -> None:
    service.teach_category(
        session, category, nature=form.get("nature", ""), examples=_examples(form), by=by, at=at
    )


def _retire(
    session: Session, category: Category, by: StaffMember, form: Form, at: datetime
) -> None:
    service.retire_category(session, category, by=by, at=at)


def _reinstate(
    session: Session, category: Category, by: StaffMember, form: Form, at: datetime
) -> None:
    service.reinstate_category(session, category, by=by, at=at)


ACTIONS: dict[str, Do] = {
    "save": _save,
    "teach": _teach,
    "retire": _retire,
    "reinstate": _reinstate,
}


async def act(request: web.Request) -> web.StreamResponse:
    category_id, do = path_id(request), ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        do(session, get_own_category(session, category_id), by, form, at)
        return f"{PAGE}/{category_id}"

    return await acting.act(request, work, one_page)


def add_routes(app: web.Application) -> None:
    app.router.add_get(PAGE, show_list)
    app.router.add_post(PAGE, add)
    app.router.add_get(f"{PAGE}/{{id}}", show_one)
    back = lead_to(lambda request: f"{PAGE}/{path_id(request)}")
    add_form(app, f"{PAGE}/{{id}}/{{action}}", act, back)
