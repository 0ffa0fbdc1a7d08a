"""Language models: which serves, which could, how each reads, and the switch from one to another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_id, path_id
from console.keys import CORE, get_viewer
from console.model_reports import glance, list_changed, show_sets
from console.model_words import (
    gate_words,
    jump_words,
    model_states,
    set_name,
    stage_name,
    switch_kinds,
    training_error,
    training_states,
)
from console.render import Desk
from console.views.settings.common import (
    Build,
    add_form,
    check_in_all,
    lead_to,
    make_page,
)
from ownerdesk.model import NluModel, StaffMember
from ownerdesk.queries import trainings as queries
from ownerdesk.queries.health import is_alive, list_heartbeats
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.gates import find_closed
from ownerdesk.rules.model_files import MOST_MEGABYTES
from ownerdesk.services import model_files
from ownerdesk.services import nlu_models as service
from ownerdesk.services.trainings import request_report
from ownerdesk.settings import Settings
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import model_base

BASE = "/settings/models"
LABEL_PAGE = "/labelling"
SHADOW_HOURS = (1, 8, 24, 72, 168)


@lru_cache(maxsize=4)
def own_base(settings: Settings) -> str:
    """What models must be made on to serve here. Data and code change only with a new version of Ownerdesk."""
    return model_base(settings, REPOSITORY)


def format_share(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def words_of(desk: Desk) -> dict[str, Any]:
    """What every page of models says."""
    _ = desk.words._
    return {
        "zone": desk.zone_of(None),
        "share": format_share,
        "model_states": model_states(_),
        "training_states": training_states(_),
        "switch_kinds": switch_kinds(_),
        "stage": lambda name: stage_name(name, _),
        "why_failed": lambda error: training_error(error, _),
        "why_switched": lambda reason: jump_words(reason, _),
        "set_name": lambda name: set_name(name, _),
        "glance": glance,
        "label_page": LABEL_PAGE,
    }


def build_list(request: web.Request) -> Build:
    base = own_base(request.app[CORE].settings)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        check_in_all(desk.member, Right.ADMINISTER)
        current = queries.find_model_in_service(session)
        last = (current.data.get("last_example") if current else None) or 0
        run = queries.find_shadow_run(session)
        return words_of(desk) | {
            "current": current,
            "since": queries.find_last_switch(session, current.id) if current else None,
            "models": queries.list_models(session),
            "targets": _list_targets(session, base),
            "base": base,
            "under_way": queries.find_training_under_way(session),
            "trainings": queries.list_trainings(session),
            "switches": queries.list_switches(session),
            "run": run,
            "runs": queries.list_shadow_runs(session),
            "readings": queries.count_shadow_readings(session, run.id) if run else (0, 0),
            "examples": queries.count_examples(session),
            "new_examples": queries.count_examples(session, after_id=last),
            "trainer_runs": is_alive(list_heartbeats(session), "trainer", at=desk.now),
            "most": MOST_MEGABYTES,
        }

    return build


def _list_targets(session: Session, base: str) -> list[NluModel]:
    """Those that a roll back may go to, the one that served last first."""
    served = queries.list_served(session)[: queries.KEPT_MODELS + 1]
    return [model for model in served if model.state != "in_service" and model.base == base]


def build_one(request: web.Request) -> Build:
    base = own_base(request.app[CORE].settings)
    model_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        check_in_all(desk.member, Right.ADMINISTER)
        model = queries.get_model(session, model_id)
        current = queries.find_model_in_service(session)
        served = current if current is not None and current.id != model.id else None
        closed = find_closed(model.report, served.report if served else None)
        words = desk.words
        return words_of(desk) | {
            "model": model,
            "served": served,
            "last": queries.find_last_switch(session, model.id),
            "gates": [gate_words(gate, words.natures, words._) for gate in closed],
            "fits": model.base == base,
            "targets": [one.id for one in _list_targets(session, base)],
            "run": queries.find_shadow_run(session),
            "shadow_hours": SHADOW_HOURS,
            "sets": show_sets(model, served),
            "changed": list_changed(session, model, served),
        }

    return build


list_page = make_page("settings/models.html", build_list)
one_page = make_page("settings/model.html", build_one)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await list_page(request, refusal=None, kept=None)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


async def roll_back(request: web.Request) -> web.StreamResponse:
    """To the model that served before, or to the one that is named."""
    base = own_base(request.app[CORE].settings)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        wanted = form.get("to", "")
        to = queries.get_model(session, parse_id(wanted, "to")) if wanted else None
        service.roll_back(session, by=by, base=base, to=to, at=at)
        return BASE

    return await acting.act(request, work, list_page)


Act = Callable[[Session, NluModel, StaffMember, Form, str, datetime], str]


def _put(
    session: Session, model: NluModel, by: StaffMember, form: Form, base: str, at: datetime
) -> str:
    reason = form.get("reason", "").strip()
    if len(reason) > 500:
        raise BadForm("reason")
    service.put_into_service(session, model, by=by, base=base, override=reason, at=at)
    return f"{BASE}/{model.id}"


def _measure(
    session: Session, model: NluModel, by: StaffMember, form: Form, base: str, at: datetime
) -> str:
    request_report(session, model, by=by, at=at)
    return f"{BASE}/{model.id}"


ACTIONS: dict[str, Act] = {"put": _put, "measure": _measure}


async def act_on_one(request: web.Request) -> web.StreamResponse:
    action = ACTIONS.get(request.match_info["action"])
    if action is None:
        raise web.HTTPNotFound
    base, model_id = own_base(request.app[CORE].settings), path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        return action(session, queries.get_model(session, model_id), by, form, base, at)

    return await acting.act(request, work, one_page)


async def throw_away(request: web.Request) -> web.StreamResponse:
    """The file goes once its row says so: a row without its file would be offered in vain."""
    model_id = path_id(request)
    gone: list[str] = []

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        gone.append(
            model_files.throw_away(session, queries.get_model(session, model_id), by=by, at=at)
        )
        return BASE

    try:
        return await acting.act(request, work, one_page)
    except web.HTTPSeeOther:
        for file in gone:
            path = request.app[CORE].settings.models_dir / file
            await asyncio.to_thread(path.unlink, missing_ok=True)
        raise


async def send_report(request: web.Request) -> web.StreamResponse:
    """The figures of a model as JSON, and how it read each test message, by id."""
    model_id = path_id(request)
    core, viewer = request.app[CORE], get_viewer(request)

    def read(session: Session) -> dict[str, Any]:
        check_in_all(get_staff_member(session, viewer.staff_id), Right.ADMINISTER)
        model = queries.get_model(session, model_id)
        return {
            "model": model.id, "file": model.file, "size": model.size, "base": model.base,
            "made_at": model.made_at.isoformat(), "state": model.state, "data": model.data,
            "report": model.report, "reads_as": model.reads_as,
        }  # fmt: skip

    record = await core.transact(read)
    name = f'attachment; filename="model-{model_id}.json"'
    return web.json_response(record, headers={"Content-Disposition": name})


async def send_file(request: web.Request) -> web.StreamResponse:
    """The model itself, to be brought to another installation of the same version."""
    model_id = path_id(request)
    core, viewer = request.app[CORE], get_viewer(request)

    def read(session: Session) -> str:
        check_in_all(get_staff_member(session, viewer.staff_id), Right.ADMINISTER)
        return queries.get_model(session, model_id).file

    path = core.settings.models_dir / await core.transact(read)
    if not path.is_file():
        raise web.HTTPNotFound
    name = f'attachment; filename="{path.name}"'
    return web.FileResponse(path, headers={"Content-Disposition": name})


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_list)
    add_form(app, f"{BASE}/roll-back", roll_back, lead_to(lambda request: BASE))
    app.router.add_get(f"{BASE}/{{id}}", show_one)
    app.router.add_get(f"{BASE}/{{id}}/report.json", send_report)
    app.router.add_get(f"{BASE}/{{id}}/file", send_file)
    back = lead_to(lambda request: f"{BASE}/{path_id(request)}")
    add_form(app, f"{BASE}/{{id}}/throw-away", throw_away, back)
    add_form(app, f"{BASE}/{{id}}/{{action}}", act_on_one, back)
