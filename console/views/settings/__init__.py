"""Settings: a page for each thing that a company sets up, and the way to them.

A page adds its section here and its routes in its own module. Every change goes through a service that records it
in the audit log (`services/audit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.orm import Session

from console.keys import CORE, get_viewer
from console.render import Desk, open_desk
from console.views.settings import (
    accounts,
    articles,
    buildings,
    calendars,
    categories,
    data_set,
    departments,
    drift,
    emergency_phrases,
    guides,
    imports,
    log,
    model_files,
    models,
    owners,
    parties,
    plans,
    projects,
    remedies,
    replies,
    roster,
    rules,
    services,
    shadow_runs,
    staff,
    texts,
    trainings,
    unit_plans,
)
from console.words import Words
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right


@dataclass(frozen=True)
class Section:
    """A page of the settings: where it is, what its name is among the texts, and the right it asks for."""

    path: str
    name: str
    right: Right

    def is_open_to(self, desk: Desk) -> bool:
        if self.right == Right.ADMINISTER:  # it counts where a role holds in all projects
            return has_right(desk.member, None, self.right)
        return desk.may(None, self.right)


def list_sections(desk: Desk) -> list[Section]:
    """Those that the person may open, in the order of the menu."""
    return [section for section in _all(desk.words) if section.is_open_to(desk)]


def _all(words: Words) -> list[Section]:
    _ = words._
    return [
        Section("/settings/projects", _("Projects"), Right.ADMINISTER),
        Section("/settings/buildings", _("Buildings and homes"), Right.MANAGE_ESTATE),
        Section("/settings/owners", _("Owners"), Right.MANAGE_ESTATE),
        Section("/settings/imports", _("Import of owners"), Right.MANAGE_ESTATE),
        Section("/settings/departments", _("Departments"), Right.MANAGE_STAFF),
        Section("/settings/categories", _("Categories"), Right.ADMINISTER),
        Section("/settings/staff", _("Staff"), Right.MANAGE_STAFF),
        Section("/settings/accounts", _("Accounts"), Right.MANAGE_STAFF),
        Section("/settings/roster", _("Duty roster"), Right.MANAGE_STAFF),
        Section("/dispatch", _("Dispatch rules"), Right.MANAGE_STAFF),
        Section("/settings/calendars", _("Calendars and terms"), Right.MANAGE_STAFF),
        Section("/settings/rules", _("Silence and other rules"), Right.MANAGE_STAFF),
        Section("/settings/plans", _("Emergency plans"), Right.MANAGE_STAFF),
        Section("/settings/emergency-phrases", _("Emergency phrases"), Right.ADMINISTER),
        Section("/settings/replies", _("Canned replies"), Right.MANAGE_CONTENT),
        Section("/settings/articles", _("Knowledge articles"), Right.MANAGE_CONTENT),
        Section("/settings/services", _("Paid services"), Right.MANAGE_CONTENT),
        Section("/settings/texts", _("Texts of the bot"), Right.MANAGE_CONTENT),
        Section("/settings/data-set", _("Data set"), Right.LABEL_MESSAGES),
        Section("/settings/guides", _("Working guides"), Right.MANAGE_CONTENT),
        Section("/settings/remedies", _("Remedies"), Right.MANAGE_CONTENT),
        Section("/settings/parties", _("Who else to turn to"), Right.MANAGE_CONTENT),
        Section("/settings/models", _("Language models"), Right.ADMINISTER),
        Section("/settings/drift", _("Drift"), Right.ADMINISTER),
        Section("/settings/log", _("Audit log"), Right.MANAGE_STAFF),
    ]


async def show_first(request: web.Request) -> web.StreamResponse:
    """To the first page that the person may open."""
    core, viewer = request.app[CORE], get_viewer(request)

    def find(session: Session) -> str | None:
        desk = open_desk(session, viewer, core.clock())
        return next((section.path for section in list_sections(desk)), None)

    path = await core.transact(find)
    if path is None:
        raise web.HTTPNotFound
    raise web.HTTPSeeOther(path)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings", show_first)
    for page in (
        accounts,
        projects,
        buildings,
        unit_plans,
        owners,
        imports,
        departments,
        staff,
        roster,
        calendars,
        categories,
        rules,
        plans,
        emergency_phrases,
        texts,
        trainings,
        shadow_runs,
        model_files,
        models,
        drift,
        data_set,
        log,
    ):
        page.add_routes(app)
    for kind in (replies, articles, services, guides, remedies, parties):
        kind.PAGE.add_routes(app)
