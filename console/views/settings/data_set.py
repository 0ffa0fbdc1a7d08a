"""The data set: what the company's own messages teach, with its history, what is wrong in it, and the way to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_id, path_id
from console.keys import CORE, get_viewer
from console.labelling_words import (
    finding_names,
    finding_words,
    intent_names,
    labels_words,
    reason_names,
    use_names,
)
from console.render import Desk
from console.views.settings.common import Build, add_form, lead_to, make_page
from console.words import Words
from ownerdesk.adapters.rasa_yaml import format_together
from ownerdesk.model import DataCheck, Example, StaffMember
from ownerdesk.model.labels import CATEGORY_GROUPS
from ownerdesk.queries.examples import (
    PAGE_SIZE,
    USES,
    ExampleFilter,
    check_may_see,
    count_examples,
    find_latest_check,
    get_visible_example,
    is_outdated,
    list_by_ids,
    list_shown,
    list_taught,
)
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.dataset_checks import MOST_ALIKE
from ownerdesk.services import examples as service

BASE = "/settings/data-set"
SHOWN = ("now", "removed", "all")
ACTIONS = ("remove", "relabel")
# What is alike stops being wrong when so many are left.
_ENOUGH = {"contradiction": 1, "duplicate": 1, "frame": MOST_ALIKE, "leak": 0}
_ABOUT_LABELS = ("few", "nothing")


@dataclass(frozen=True)
class DataSetQuery:
    """The filters of an address; what it says wrongly is left out."""

    language: str = ""
    intent: str = ""
    category: str = ""
    use: str = ""
    shown: str = "now"
    before: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> DataSetQuery:
        def read(name: str) -> str:
            return query.get(name, "").replace("\x00", "")[:40]

        return cls(
            language=read("language"),
            intent=read("intent"),
            category=read("category"),
            use=query["use"] if query.get("use") in USES else "",
            shown=query["shown"] if query.get("shown") in SHOWN else "now",
            before=read("before"),
        )

    def as_filter(self) -> ExampleFilter:
        try:
            before = parse_id(self.before, "before") if self.before else None
        except BadForm:
            before = None
        return ExampleFilter(
            self.language, self.intent, self.category, self.use, self.shown, before
        )

    def address(self, **changes: object) -> str:
        values = {**self.__dict__, "before": "", **changes}
        said = {name: value for name, value in values.items() if value and value != "now"}
        return f"{BASE}?{urlencode(said)}" if said else BASE


@dataclass(frozen=True)
class ShownFinding:
    """Something wrong, in words, with the examples it is about that are still there."""

    kind: str
    name: str
    words: str
    examples: list[tuple[Example, str]]
    intent: str = ""


def build_page(request: web.Request) -> Build:
    query = DataSetQuery.parse(request.query)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        check_may_see(session, desk.member)
        _ = desk.words._
        rows = list_shown(session, desk.member, query.as_filter(), limit=PAGE_SIZE + 1)
        counts = count_examples(session, desk.member)
        check = find_latest_check(session)
        return {
            "query": query,
            "rows": [
                (row, labels_words(_labels(row.example), _), reason_names(_).get(row.example.source, row.example.source))
                for row in rows[:PAGE_SIZE]
            ],
            "older": query.address(before=rows[PAGE_SIZE - 1].example.id) if len(rows) > PAGE_SIZE else "",
            "intent_names": intent_names(_),
            "use_names": use_names(_),
            "shown_names": {"removed": _("Removed ones"), "all": _("All there ever were")},
            "category_groups": CATEGORY_GROUPS,
            "table": _count_table(counts),
            "total": {use: sum(n for _i, _l, used, n in counts if used == use) for use in USES},
            "language_options": [(c, desk.words.language_name(c)) for c in sorted({row[1] for row in counts})],
            "check": check,
            "is_outdated": check is not None and is_outdated(session, check),
            "findings": list_findings(session, desk.member, check, desk.words) if check else [],
            "zone": desk.zone_of(None),
        }  # fmt: skip

    return build


def _labels(example: Example) -> dict[str, str]:
    return {"intent": example.intent, "category": example.category, "kind": example.kind}


def _count_table(counts: list[tuple[str, str, str, int]]) -> dict[str, dict[str, int]]:
    """By intent: how many are trained on and how many tested with."""
    table: dict[str, dict[str, int]] = {}
    for intent, _language, use, count in counts:
        row = table.setdefault(intent, dict.fromkeys(USES, 0))
        row[use] += count
    return table


def list_findings(
    session: Session, member: StaffMember, check: DataCheck, words: Words
) -> list[ShownFinding]:
    """What a check found and nobody has mended since, about examples that this person may see."""
    ids = [one for finding in check.findings for one in finding["ids"]]
    there = list_by_ids(session, member, ids)
    shown = []
    names = finding_names(words._)
    for finding in check.findings:
        kind, subject, count = finding["kind"], finding["subject"], finding["count"]
        left = [there[one] for one in finding["ids"] if one in there]
        still = count - len(finding["ids"]) + len(left) if kind != "leak" else len(left)
        if kind not in _ABOUT_LABELS and (not left or still <= _ENOUGH[kind]):
            continue
        shown.append(
            ShownFinding(
                kind,
                names.get(kind, kind),
                finding_words(kind, subject, still if left else count, words._),
                [(example, labels_words(_labels(example), words._)) for example in left],
                subject if kind == "few" else "",
            )
        )
    return shown


page = make_page("settings/data_set.html", build_page)


async def show_page(request: web.Request) -> web.StreamResponse:
    return await page(request, refusal=None, kept=None)


async def start_check(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_may_see(session, by)
        service.request_check(session, by=by, at=at)
        return f"{BASE}#check"

    return await acting.act(request, work, page)


async def remove(request: web.Request) -> web.StreamResponse:
    """Back to the list as it was filtered."""
    example_id, query = path_id(request), DataSetQuery.parse(request.query)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        service.take_out(session, get_visible_example(session, by, example_id), by=by, at=at)
        return query.address()

    return await acting.act(request, work, page)


async def relabel(request: web.Request) -> web.StreamResponse:
    """Into the inbox again, and there at once."""
    example_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        example = get_visible_example(session, by, example_id)
        item = service.send_back(session, example, by=by, at=at)
        return f"/labelling/{item.id}"

    return await acting.act(request, work, page)


async def export(request: web.Request) -> web.StreamResponse:
    """What is trained on, as one file that Rasa reads."""
    core, viewer = request.app[CORE], get_viewer(request)

    def read(session: Session) -> str:
        return format_together(list_taught(session, get_staff_member(session, viewer.staff_id)))

    return web.Response(
        text=await core.transact(read),
        content_type="application/yaml",
        headers={"Content-Disposition": 'attachment; filename="ownerdesk-examples.yml"'},
    )


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_page)
    app.router.add_get(f"{BASE}/export", export)
    back = lead_to(lambda request: BASE)
    add_form(app, f"{BASE}/check", start_check, back)
    add_form(app, f"{BASE}/{{id}}/remove", remove, back)
    add_form(app, f"{BASE}/{{id}}/relabel", relabel, back)
