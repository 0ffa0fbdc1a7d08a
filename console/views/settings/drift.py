"""Drift: whether owners are understood as well as before, week by week and language by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console.curves import Line, draw_line
from console.render import Desk
from console.views.settings import models
from console.views.settings.common import Build, check_in_all, make_page
from ownerdesk.queries.drift import SHOWN, list_behind, list_weeks
from ownerdesk.queries.masked_messages import read_masked
from ownerdesk.rules.access import Right
from ownerdesk.rules.drift import (
    COMPARED_WEEKS,
    LEAST_BEFORE,
    LEAST_MESSAGES,
    MEASURES,
    Week,
    find_drift,
    week_of,
)
from ownerdesk.wording import drift_names, format_drift

BASE = "/settings/drift"
WEEKS = 12
TOPS = (0.1, 0.25, 0.5, 1.0)


def build_page(request: web.Request) -> Build:
    asked = {name: request.query.get(name, "")[:40] for name in ("week", "language", "measure")}

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        check_in_all(desk.member, Right.ADMINISTER)
        this = week_of(desk.now)
        firsts = [this - timedelta(weeks=n) for n in reversed(range(WEEKS))]
        found = list_weeks(session, weeks=WEEKS, at=desk.now)
        judged = firsts[COMPARED_WEEKS:]
        _ = desk.words._
        return models.words_of(desk) | {
            "names": drift_names(_),
            "measures": MEASURES,
            "firsts": firsts,
            "languages_drift": _by_language(found, firsts),
            "warnings": [
                (one, format_drift(one.measure, one.language, one.before, one.after, _))
                for one in reversed(find_drift(found, looked_at=judged))
            ],
            "asked": asked,
            "behind": _list_behind(session, asked, firsts),
            "most": SHOWN,
            "least": LEAST_MESSAGES,
            "least_before": LEAST_BEFORE,
            "weeks_before": COMPARED_WEEKS,
        }

    return build


def _by_language(found: Sequence[Week], firsts: Sequence[date]) -> list[dict[str, Any]]:
    """The language that most owners write in comes first."""
    known = {(week.first, week.language): week for week in found}
    count = {
        language: sum(week.messages for week in found if week.language == language)
        for language in {week.language for week in found}
    }
    return [
        {
            "code": language,
            "count": count[language],
            "weeks": [known.get((first, language)) for first in firsts],
            "lines": {
                measure: _draw([known.get((first, language)) for first in firsts], measure)
                for measure in MEASURES
            },
        }
        for language in sorted(count, key=lambda code: (-count[code], code))
    ]


def _draw(weeks: Sequence[Week | None], measure: str) -> Line:
    values = [
        (week.value(measure) if week else None, week.messages if week else 0) for week in weeks
    ]
    highest = max((value for value, _ in values if value is not None), default=0.0)
    top = next(one for one in TOPS if one >= min(highest, 1.0))
    return draw_line(values, top=1.0 if measure == "confidence" else top)


def _list_behind(
    session: Session, asked: Mapping[str, str], firsts: Sequence[date]
) -> list[dict[str, Any]] | None:
    """None when the address asks for nothing, or for what there is not."""
    first = next((one for one in firsts if one.isoformat() == asked["week"]), None)
    if first is None or asked["measure"] not in MEASURES or not asked["language"].isalpha():
        return None
    rows = list_behind(session, first=first, language=asked["language"], measure=asked["measure"])
    return [
        {"text": read_masked(session, message)[0], "message": message, "item": item_id}
        for message, item_id in rows
    ]


page = make_page("settings/drift.html", build_page)


async def show_drift(request: web.Request) -> web.StreamResponse:
    return await page(request, refusal=None, kept=None)


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_drift)
