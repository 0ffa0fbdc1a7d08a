"""Shadow runs: a candidate reads what comes in and acts on nothing; what it reads otherwise is listed for labelling."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_choice, parse_id, path_id
from console.keys import CORE
from console.render import Desk
from console.views.settings import models
from console.views.settings.common import Build, add_form, check_in_all, lead_to, make_page
from ownerdesk.model import ShadowReading, StaffMember
from ownerdesk.queries import trainings as queries
from ownerdesk.queries.masked_messages import read_masked
from ownerdesk.rules.access import Right
from ownerdesk.services.shadow_runs import end_shadow_run, start_shadow_run

BASE = "/settings/shadow-runs"
PAGE = 30


def build_one(request: web.Request) -> Build:
    run_id = path_id(request)
    try:
        before_id = parse_id(request.query["before"], "before")
    except (BadForm, KeyError):
        before_id = None

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        check_in_all(desk.member, Right.ADMINISTER)
        run = queries.get_shadow_run(session, run_id)
        found = queries.list_differences(session, run.id, before_id=before_id, limit=PAGE + 1)
        return models.words_of(desk) | {
            "run": run,
            "readings": queries.count_shadow_readings(session, run.id),
            "rows": [_show(session, row) for row in found[:PAGE]],
            "next": found[PAGE - 1].id if len(found) > PAGE else None,
        }

    return build


def _show(session: Session, row: ShadowReading) -> dict[str, Any]:
    text, item_id = read_masked(session, row.message)
    return {
        "text": text,
        "item": item_id,
        "message": row.message,
        "served": row.message.reading or {},
        "candidate": row.reading,
    }


one_page = make_page("settings/shadow_run.html", build_one)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


async def start(request: web.Request) -> web.StreamResponse:
    base, model_id = models.own_base(request.app[CORE].settings), path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        model = queries.get_model(session, model_id)
        hours = parse_choice(form, "hours", tuple(map(str, models.SHADOW_HOURS)))
        lasts = timedelta(hours=int(hours))
        run = start_shadow_run(session, model, by=by, base=base, lasts=lasts, at=at)
        return f"{BASE}/{run.id}"

    return await acting.act(request, work, models.one_page)


async def end(request: web.Request) -> web.StreamResponse:
    run_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        end_shadow_run(session, queries.get_shadow_run(session, run_id), by=by, at=at)
        return f"{BASE}/{run_id}"

    return await acting.act(request, work, one_page)


def add_routes(app: web.Application) -> None:
    to_model = lead_to(lambda request: f"{models.BASE}/{path_id(request)}")
    add_form(app, f"{models.BASE}/{{id}}/shadow", start, to_model)
    app.router.add_get(f"{BASE}/{{id}}", show_one)
    add_form(app, f"{BASE}/{{id}}/end", end, lead_to(lambda r: f"{BASE}/{path_id(r)}"))
