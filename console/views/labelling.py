"""The inbox of messages to label: the list, one message in view, and what a person says that it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_choice, parse_id, path_id
from console.label_items import parse_labels, read_item
from console.labelling_words import (
    entity_names,
    intent_names,
    reason_names,
    view_names,
    what_appears,
)
from console.render import Desk, show
from ownerdesk.model import LabelItem, StaffMember
from ownerdesk.model.label_items import ITEM_STATES
from ownerdesk.model.labels import CATEGORY_GROUPS
from ownerdesk.queries.label_items import (
    PAGE_SIZE,
    VIEWS,
    count_views,
    get_item,
    list_alike,
    list_items,
    list_languages,
)
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.labelling import OUT_OF_SCOPE, Why
from ownerdesk.rules.refusals import LabelItemNotFound, Refusal, StillPersonal
from ownerdesk.services.label_items import vote_alike

BASE = "/labelling"
VERDICTS = {"accept": "labels", "out_of_scope": OUT_OF_SCOPE, "delete": "delete", "skip": "skip"}
CHOICES = tuple(VERDICTS)
DIGITS = "1234567890"


@dataclass(frozen=True)
class InboxQuery:
    """What the address says. What it says wrongly is left out. `after` is worth and id of the last one seen, `done` the
    item that was just decided."""

    view: str = "waiting"
    reason: str = ""
    language: str = ""
    after: str = ""
    done: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> InboxQuery:
        def one_of(name: str, choices: tuple[str, ...], default: str = "") -> str:
            return query[name] if query.get(name) in choices else default

        language = query.get("language", "")[:10]
        done = query.get("done", "")
        return cls(
            view=one_of("view", VIEWS, "waiting"),
            reason=one_of("reason", tuple(Why)),
            language=language if language.isascii() and language.isalnum() else "",
            after=query.get("after", "")[:40],
            done=done if done.isascii() and done.isdecimal() and len(done) < 19 else "",
        )

    @property
    def before(self) -> tuple[float, int] | None:
        worth, _, item_id = self.after.partition("~")
        try:
            return float(worth), parse_id(item_id, "after")
        except (ValueError, BadForm):
            return None

    def address(self, **changes: str) -> str:
        """A neighbouring list: this one with something changed, from its beginning."""
        values = asdict(replace(self, after="", done="")) | changes
        usual = asdict(InboxQuery())
        said = {name: value for name, value in values.items() if value != usual[name]}
        return f"?{urlencode(said)}" if said else ""


async def show_inbox(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    """The list with the message that the address names, else with the first."""
    query = InboxQuery.parse(request.query)
    item_id = path_id(request) if "id" in request.match_info else None

    def build(session: Session, desk: Desk) -> dict[str, object]:
        _check_may_label(session, desk.member)
        rows = list_items(
            session, desk.member, view=query.view, reason=query.reason, language=query.language,
            before=query.before,
        )  # fmt: skip
        item: LabelItem | None = rows[0].item if rows else None
        if item_id is not None:
            item = get_item(session, desk.member, item_id)
        _ = desk.words._
        intents = intent_names(_)
        del intents[OUT_OF_SCOPE], intents["nlu_fallback"]
        last = rows[-1] if len(rows) == PAGE_SIZE else None
        return {
            "query": query,
            "rows": rows,
            "shown": read_item(session, desk, item, kept) if item else None,
            "counts": count_views(session, desk.member),
            "view_names": view_names(_),
            "what_appears": what_appears(_),
            "reason_names": reason_names(_),
            "entity_names": entity_names(_),
            "intents": [
                (intent, name, DIGITS[place] if place < len(DIGITS) else "")
                for place, (intent, name) in enumerate(intents.items())
            ],
            "category_groups": CATEGORY_GROUPS,
            "language_options": [
                (code, desk.words.language_name(code))
                for code in list_languages(session, desk.member)
            ],
            "more": query.address(after=f"{last.worth}~{last.item.id}") if last else "",
            "asks_twice": isinstance(refusal, StillPersonal),
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "labelling.html", build, status=status)


def _check_may_label(session: Session, member: StaffMember) -> None:
    if not visible_project_ids(session, member, Right.LABEL_MESSAGES):
        raise LabelItemNotFound


async def decide(request: web.Request) -> web.StreamResponse:
    """One verdict, also for the near-duplicates that were ticked; then on to the next message."""
    item_id, query = path_id(request), InboxQuery.parse(request.query)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        item = get_item(session, by, item_id)
        verdict = VERDICTS[parse_choice(form, "verdict", CHOICES)]
        labels, text = parse_labels(form)
        seen = parse_choice(form, "seen", ITEM_STATES)
        ticked = {name.removeprefix("same-") for name in form if name.startswith("same-")}
        alike = [one for one in list_alike(session, by, item) if str(one.id) in ticked]
        vote_alike(
            session, item, alike, by=by, verdict=verdict, labels=labels, text=text, at=at,
            seen=seen, is_checked=form.get("checked") == "yes",
        )  # fmt: skip
        return BASE + query.address(done=str(item_id))

    return await acting.act(request, work, _page)


async def show_again(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"{BASE}/{path_id(request)}")


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_inbox)
    app.router.add_get(f"{BASE}/{{id}}", show_inbox)
    app.router.add_post(f"{BASE}/{{id}}/decide", decide)
    app.router.add_get(f"{BASE}/{{id}}/decide", show_again)
