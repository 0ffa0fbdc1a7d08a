"""The work list."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import TABS, ListQuery
from console.render import Desk, show
from console.words import Words
from ownerdesk.model import Department
from ownerdesk.model.labels import (
    CATEGORY_GROUPS,
    NATURES,
    SEVERITIES,
)
from ownerdesk.queries.appeals import (
    PAGE_SIZE,
    list_appeals,
)
from ownerdesk.queries.figures import WorkCounts
from ownerdesk.queries.staff import list_departments


def tab_names(words: Words, counts: WorkCounts) -> list[tuple[str, str, int | None]]:
    """Tab, name, and how many are in it."""
    _ = words._
    names: dict[str, tuple[str, int | None]] = {
        "open": (_("All open"), counts.open),
        "mine": (_("Mine"), counts.mine),
        "new": (_("New"), counts.new),
        "overdue": (_("Overdue"), counts.overdue),
        "emergencies": (_("Emergencies"), counts.emergencies),
        "awaiting": (_("Awaiting owner"), counts.awaiting_owner),
        "deferred": (_("Postponed"), counts.deferred),
        "all": (_("All"), None),
    }
    return [(tab, *names[tab]) for tab in TABS]


async def show_list(request: web.Request) -> web.StreamResponse:
    query = ListQuery.parse(request.query)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        found = list_appeals(session, desk.member, query.as_filter(desk.member.id), at=desk.now)
        departments: list[Department] = []
        for project in desk.projects:
            if query.project in (None, project.id):
                departments += list_departments(session, project.id)
        older = query.as_query(before=found[-1].id) if len(found) == PAGE_SIZE else None
        return {
            "query": query,
            "tabs": tab_names(desk.words, desk.counts),
            "appeals": found,
            "older": older,
            "newest": query.as_query(before=None) if query.before else None,
            "departments": departments,
            "natures": NATURES,
            "severities": SEVERITIES,
            "category_groups": CATEGORY_GROUPS,
            "cleared": replace(ListQuery(), tab=query.tab).as_query(),
        }

    return await show(request, "appeals.html", build)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/appeals", show_list)
