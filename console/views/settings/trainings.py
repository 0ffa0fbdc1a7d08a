"""Trainings: started, followed and cancelled; what one came to stands on its page with its log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, path_id
from console.render import Desk
from console.views.settings import models
from console.views.settings.common import Build, add_form, check_in_all, lead_to, make_page
from ownerdesk.model import StaffMember
from ownerdesk.queries.trainings import find_model_of, get_training
from ownerdesk.rules.access import Right
from ownerdesk.services.trainings import cancel_training, request_training

BASE = "/settings/trainings"


def build_one(request: web.Request) -> Build:
    training_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        check_in_all(desk.member, Right.ADMINISTER)
        training = get_training(session, training_id)
        return models.words_of(desk) | {
            "training": training,
            "made": find_model_of(session, training.id),
        }

    return build


one_page = make_page("settings/training.html", build_one)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


async def start(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        request_training(session, by=by, at=at)
        return models.BASE

    return await acting.act(request, work, models.list_page)


async def cancel(request: web.Request) -> web.StreamResponse:
    training_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        cancel_training(session, get_training(session, training_id), by=by, at=at)
        return f"{BASE}/{training_id}"

    return await acting.act(request, work, one_page)


def add_routes(app: web.Application) -> None:
    add_form(app, BASE, start, lead_to(lambda request: models.BASE))
    app.router.add_get(f"{BASE}/{{id}}", show_one)
    back = lead_to(lambda request: f"{BASE}/{path_id(request)}")
    add_form(app, f"{BASE}/{{id}}/cancel", cancel, back)
