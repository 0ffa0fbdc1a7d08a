"""Emergency plans: who is alarmed in which order, which numbers are called, and what owners are told to do now (S12)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form
from console.problems import list_problems, version_in_form
from console.render import Desk, show
from console.views.settings.scope import Scope, open_scope, read_scope, wanted_scope
from console.words import Words
from ownerdesk.model import StaffMember
from ownerdesk.model.emergencies import NEIGHBOUR_RULES
from ownerdesk.model.labels import KINDS
from ownerdesk.queries.alarms import find_plan_row
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.staff import list_staff
from ownerdesk.rules.access import Right
from ownerdesk.rules.emergency_plans import (
    MOST_NUMBERS,
    MOST_STEPS,
    WHO,
    parse_numbers,
    parse_steps,
)
from ownerdesk.rules.fields import Choice, Problem, Texts, Unusable
from ownerdesk.rules.gaps import fill_gaps
from ownerdesk.rules.refusals import NotFound, Refusal
from ownerdesk.services.content_edits import version_of
from ownerdesk.services.emergency_plans import (
    drop_plan,
    list_faults,
    list_instructions,
    plan_values,
    save_instructions,
    save_plan,
)
from ownerdesk.texts import LANGUAGES
from ownerdesk.wording import fault_names, neighbour_rule_names, who_names

BASE = "/settings/plans"
RIGHT = Right.MANAGE_STAFF
SPARE_ROWS = 2
INSTRUCTIONS = Texts(
    "bodies", 3000, is_long=True, required=False, gaps=("phone", "emergency_number")
)


class KindNotFound(NotFound):
    """No such kind of emergency."""


async def show_list(request: web.Request) -> web.StreamResponse:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        scope = open_scope(session, desk, wanted_scope(request), RIGHT)
        return {
            "scope": scope,
            "base": BASE,
            "here": BASE,
            "plans": [_summary(session, desk, scope, kind) for kind in KINDS],
            "who": who_words(session, desk.words, scope.project_id),
            "fault": fault_names(desk.words._),
            "neighbour_rules": neighbour_rule_names(desk.words._),
        }

    return await show(request, "settings/plans.html", build)


def _summary(session: Session, desk: Desk, scope: Scope, kind: str) -> dict[str, Any]:
    row = find_plan_row(session, scope.project_id, kind)
    project = scope.project
    return {
        "kind": kind,
        "row": row,
        "is_own": row is not None and row.project_id == scope.project_id,
        "faults": list_faults(session, project, kind, at=desk.now) if project else [],
    }


def who_words(session: Session, words: Words, project_id: int | None) -> dict[str, str]:
    """Whom a step may alarm: roles, and those who work in the project (None: everybody) by name."""
    people = {
        f"staff:{m.id}": m.name
        for m in list_staff(session)
        if m.is_active
        and (project_id is None or any(r.project_id in (None, project_id) for r in m.roles))
    }
    return {**{who: who_names(words._)[who] for who in WHO}, **people}


async def show_plan(request: web.Request) -> web.StreamResponse:
    return await _page(request)


def _kind_of(request: web.Request) -> str:
    kind = request.match_info["kind"]
    if kind not in KINDS:
        raise KindNotFound
    return kind


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    kind = _kind_of(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        wanted = (kept or {}).get("project") or wanted_scope(request)
        scope = open_scope(session, desk, wanted, RIGHT)
        plan = _summary(session, desk, scope, kind)
        row = plan["row"]
        stored = _show_plan(plan_values(row)) if row else {}
        said = list_instructions(session, scope.project_id, kind)
        common = list_instructions(session, None, kind)
        spoken = {f"bodies.{language}": said.get(language, "") for language in LANGUAGES}
        is_about_words = (kept or {}).get("form") == "instructions"
        plan_kept = None if is_about_words else kept
        said_kept = kept if is_about_words else None
        project = scope.project
        return {
            **plan,
            "scope": scope,
            "base": BASE,
            "here": BASE,
            "who": who_words(session, desk.words, scope.project_id),
            "fault": fault_names(desk.words._),
            "neighbour_rules": list(neighbour_rule_names(desk.words._).items()),
            "typed": stored if plan_kept is None else plan_kept,
            "seen": version_in_form(
                refusal, plan_kept, version_of(plan_values(row)) if row else ""
            ),
            "steps": range(min(MOST_STEPS, _count(stored, kept, "step") + SPARE_ROWS)),
            "numbers": range(min(MOST_NUMBERS, _count(stored, kept, "number") + SPARE_ROWS)),
            "said": spoken if said_kept is None else said_kept,
            "otherwise": common,
            "said_seen": version_in_form(refusal, said_kept, version_of(said)),
            "problems": list_problems(
                refusal, kept, spoken if is_about_words else stored, desk.words
            ),
            "example": {
                "phone": project.phone if project else "+34 600 000 000",
                "emergency_number": project.emergency_number if project else "112",
            },
            "filled": fill_gaps,
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "settings/plan.html", build, status=status)


def _show_plan(values: dict[str, Any]) -> dict[str, str]:
    """What stands in the form. A number kept with one name for all shows it in every language."""
    shown = {"neighbours": str(values["neighbours"])}
    for index, step in enumerate(values["steps"]):
        shown[f"step.{index}.minutes"] = str(step.get("after_minutes", ""))
        shown[f"step.{index}.who"] = str(step.get("who", ""))
    for index, number in enumerate(values["numbers"]):
        name = number.get("name", "")
        for language in LANGUAGES:
            text = name.get(language, "") if isinstance(name, dict) else name
            shown[f"number.{index}.name.{language}"] = str(text)
        shown[f"number.{index}.phone"] = str(number.get("phone", ""))
    return shown


def _count(stored: dict[str, str], kept: Form | None, name: str) -> int:
    """How many rows of the form hold something."""
    used = [*stored, *(key for key, value in (kept or {}).items() if value)]
    return max((int(k.split(".")[1]) + 1 for k in used if _is_row(k, name)), default=0)


def _is_row(key: str, name: str) -> bool:
    head, _, rest = key.partition(".")
    return head == name and rest.partition(".")[0].isdecimal()


async def save(request: web.Request) -> web.StreamResponse:
    """One of the three forms of the page: the plan, the words to owners, or back to what all projects have."""
    kind = _kind_of(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project_id = read_scope(session, by, form.get("project", ""), RIGHT)
        seen = form.get("seen", "")
        match form.get("form"):
            case "instructions":
                bodies = INSTRUCTIONS.parse(form)
                save_instructions(session, project_id, kind, bodies, seen=seen, by=by, at=at)
            case "drop" if project_id is not None:
                drop_plan(session, project_id, kind, by=by, at=at)
            case _:
                plan = _parse_plan(
                    form,
                    who_words(
                        session, Words(by.language, at, read_categories(session)), project_id
                    ),
                )
                save_plan(session, project_id, kind, **plan, seen=seen, by=by, at=at)
        return f"{BASE}/{kind}?project={form['project']}"

    return await acting.act(request, work, _page)


def _parse_plan(form: Form, known: dict[str, str]) -> dict[str, Any]:
    """Steps, numbers and neighbours, with every problem of all. A step may name only who is there."""
    problems: list[Problem] = []
    plan: dict[str, Any] = {}
    neighbours = Choice("neighbours", NEIGHBOUR_RULES)
    for name, parse in (
        ("steps", parse_steps),
        ("numbers", parse_numbers),
        ("neighbours", neighbours.parse),
    ):
        try:
            plan[name] = parse(form)
        except Unusable as refusal:
            problems += refusal.problems
    problems += [
        Problem(field, "unknown")
        for field, who in form.items()
        if _is_row(field, "step") and field.endswith(".who") and who and who not in known
    ]
    if problems:
        raise Unusable(*{p.field: p for p in problems}.values())
    return plan


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_list)
    app.router.add_get(f"{BASE}/{{kind}}", show_plan)
    app.router.add_post(f"{BASE}/{{kind}}", save)
