"""The work list: its tabs, filters, search and pages, and one row of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from markupsafe import Markup
from sqlalchemy.orm import Session

from console.forms import path_id
from console.keys import ROWS
from console.listing import ListQuery
from console.render import Desk, show
from console.words import Words
from ownerdesk.model import Appeal
from ownerdesk.model.labels import NATURES, SEVERITIES
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.projects import list_buildings
from ownerdesk.queries.saved_views import list_saved_views, may_manage_view
from ownerdesk.queries.staff import list_colleagues, list_departments_of
from ownerdesk.queries.work_list import read_page
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import AppealNotFound
from ownerdesk.services.bulk_actions import MOST

HANDOFFS = "handoffs"  # leads to a page of its own, and stands where people look for it


def tab_names(words: Words) -> dict[str, str]:
    """In the order they are shown in."""
    _ = words._
    return {
        "mine": _("Mine"),
        "new": _("New"),
        HANDOFFS: _("Handoffs"),
        "soon": _("Due soon"),
        "overdue": _("Overdue"),
        "emergencies": _("Emergencies"),
        "awaiting": _("Awaiting owner"),
        "returned": _("Returned"),
        "deferred": _("Postponed"),
        "open": _("All open"),
        "all": _("All"),
    }


def what_appears(words: Words) -> dict[str, str]:
    """What an empty tab says: when something appears there by itself."""
    _ = words._
    new = _("When an owner writes, their appeal appears here by itself.")
    return {
        "mine": _("Nothing waits for you. Look at what is new, or at what is due soon."),
        "new": new,
        "soon": _("What has to be done soon appears here by itself."),
        "overdue": _("No promise is late. One whose time passes appears here by itself."),
        "emergencies": _(
            "No emergency is open. One calls on every page until somebody accepts it."
        ),
        "awaiting": _("What is resolved or asked back waits here for the owner."),
        "returned": _("What an owner says is not done comes back here."),
        "deferred": _("What is put off waits here until its day."),
        "open": new,
    }


def list_tabs(desk: Desk) -> list[tuple[str, str, int | None]]:
    """Tab, name, and how many are in it; nobody counts all there ever were."""
    counts: dict[str, int] = asdict(desk.calls.work)
    counts |= {"mine": desk.mine, HANDOFFS: desk.calls.handoffs}
    return [(tab, name, counts.get(tab)) for tab, name in tab_names(desk.words).items()]


def order_names(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "newest": _("Newest first"),
        "oldest": _("Oldest first"),
        "due": _("Due next"),
        "last": _("Last word of the owner"),
        "severity": _("Severity"),
    }


def age_names(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "day": _("Within a day"),
        "week": _("Within a week"),
        "month": _("Within 30 days"),
        "over_day": _("Older than a day"),
        "over_week": _("Older than a week"),
        "over_month": _("Older than 30 days"),
    }


async def show_list(request: web.Request) -> web.StreamResponse:
    """The page; or, for a page that is open already and heard news, the list and its tabs alone."""
    query = ListQuery.parse(request.query)
    is_part = request.headers.get("HX-Target") == "list"

    def build(session: Session, desk: Desk) -> dict[str, object]:
        context = _read_list(request, session, desk, query)
        return context if is_part else context | _read_choices(session, desk, query)

    return await show(request, "appeal_list.html" if is_part else "appeals.html", build)


async def show_row(request: web.Request) -> web.StreamResponse:
    """One row anew: somebody wrote, or something was done."""
    appeal_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        rows = _draw_rows(request, session, desk, [appeal_id])
        if not rows:
            raise AppealNotFound
        return {"rows": rows}

    return await show(request, "appeal_row.html", build)


def _read_list(
    request: web.Request, session: Session, desk: Desk, query: ListQuery
) -> dict[str, object]:
    page = read_page(session, desk.member, query.as_filter(), at=desk.now)
    previous = following = None
    if page.ids and page.has_before:
        first = session.get_one(Appeal, page.ids[0])
        previous = query.as_query(before=query.key_after(first), after="")
    if page.ids and page.has_after:
        last = session.get_one(Appeal, page.ids[-1])
        following = query.as_query(after=query.key_after(last), before="")
    return {
        "query": query,
        "tabs": list_tabs(desk),
        "rows": _draw_rows(request, session, desk, page.ids),
        "previous": previous,
        "following": following,
        "first": query.as_view() if query.after or query.before else None,
    }


def _draw_rows(
    request: web.Request, session: Session, desk: Desk, ids: Sequence[int]
) -> list[Markup]:
    template = aiohttp_jinja2.get_env(request.app).get_template("appeal_row_macro.html")
    row, words = template.module.row, desk.words  # type: ignore[attr-defined]
    return request.app[ROWS].draw(
        session,
        desk.member,
        ids,
        lambda appeal: row(desk, words, words._, appeal),
        language=words.language,
        has_many_projects=len(desk.projects) > 1,
        at=desk.now,
    )


def _read_choices(session: Session, desk: Desk, query: ListQuery) -> dict[str, Any]:
    """What the filters, the views and the bulk actions offer."""
    words = desk.words
    chosen = [p.id for p in desk.projects if query.project in (None, p.id)]
    views = list_saved_views(session, desk.member)
    return {
        "departments": list_departments_of(session, chosen),
        "people": list_colleagues(session, chosen),
        # Without a project there would be the buildings of a whole company to choose from.
        "buildings": list_buildings(session, chosen[0]) if len(chosen) == 1 else [],
        "natures": NATURES,
        "severities": SEVERITIES,
        "category_groups": read_categories(session).groups,
        "orders": order_names(words),
        "what_appears": what_appears(words),
        "ages": age_names(words),
        "views": views,
        "may_manage": {view.id for view in views if may_manage_view(desk.member, view)},
        "sharing": [p for p in desk.projects if desk.may(p.id, Right.MANAGE_CONTENT)],
        "bulk_names": bulk_names(words),
        "most": MOST,
    }


def bulk_names(words: Words) -> dict[str, str]:
    """What may be done to many at once, in the order of use."""
    _ = words._
    return {
        "accept": _("Accept"),
        "hand-over": _("Hand over to a colleague"),
        "dispatch": _("Dispatch"),
        "defer": _("Postpone"),
        "note": _("Add a note"),
    }


def add_routes(app: web.Application) -> None:
    app.router.add_get("/appeals", show_list)
    app.router.add_get("/appeals/{id}/row", show_row)
