"""The audit log: who changed what and when, with the old and the new values; to read and to take along."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import BadForm, parse_id
from console.keys import CORE, get_viewer
from console.render import Desk, open_desk, show
from console.words import Words
from ownerdesk.model import AuditEntry, Project, StaffMember
from ownerdesk.queries.audit import (
    AuditFilter,
    check_may_read,
    list_changes,
    list_people,
    list_subjects,
)
from ownerdesk.rules.differences import list_differences

BASE = "/settings/log"
PAGE_SIZE = 50
CHUNK = 1000
SYSTEM = "system"


@dataclass(frozen=True)
class LogQuery:
    """What the address asks for. What it says wrongly is left out: a filter less, shown empty."""

    subject: str
    who: str
    project: str
    since: str
    until: str
    before: str

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> LogQuery:
        def read(name: str) -> str:
            return query.get(name, "").replace("\x00", "").strip()[:40]

        return cls(*(read(n) for n in ("subject", "who", "project", "since", "until", "before")))

    def as_filter(self, zone: str) -> AuditFilter:
        """Days are those of a clock in `zone`, both included."""
        until = _day(self.until, zone)
        return AuditFilter(
            subject=self.subject,
            staff_id=_number(self.who),
            by_system=self.who == SYSTEM,
            project_id=_number(self.project),
            since=_day(self.since, zone),
            until=until + timedelta(days=1) if until else None,
            before_id=_number(self.before),
        )

    def as_query(self, **changes: object) -> str:
        values = {**self.__dict__, **changes}
        return urlencode({name: value for name, value in values.items() if value})


def _number(text: str) -> int | None:
    try:
        return parse_id(text, "number")
    except BadForm:
        return None


def _day(text: str, zone: str) -> datetime | None:
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return None
    return day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=ZoneInfo(zone))


async def show_log(request: web.Request) -> web.StreamResponse:
    asked = LogQuery.parse(request.query)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        check_may_read(session, desk.member)
        zone = desk.zone_of(_number(asked.project))
        wanted = asked.as_filter(zone)
        rows = list_changes(session, desk.member, wanted, limit=PAGE_SIZE + 1)
        shown, names = rows[:PAGE_SIZE], _names(session)
        subjects = subject_names(desk.words)
        older = asked.as_query(before=shown[-1].id) if len(rows) > PAGE_SIZE else ""
        return {
            "base": BASE,
            "here": BASE,
            "asked": asked,
            "zone": zone,
            "entries": [_show_entry(row, names, desk.words) for row in shown],
            "older": older,
            "newest": asked.as_query(before="") if asked.before else "",
            "export": asked.as_query(before=""),
            "subjects": [(s, subjects.get(s, s)) for s in list_subjects(session, desk.member)],
            "people": [(str(m.id), m.name) for m in list_people(session, desk.member)],
            "system": SYSTEM,
            "projects": [(str(p.id), p.name) for p in desk.projects],
        }

    return await show(request, "settings/log.html", build)


@dataclass(frozen=True)
class Names:
    staff: Mapping[int, str]
    projects: Mapping[int, str]


def _names(session: Session) -> Names:
    return Names(
        {m.id: m.name for m in session.query(StaffMember)},
        {p.id: p.name for p in session.query(Project)},
    )


def _show_entry(row: AuditEntry, names: Names, words: Words) -> dict[str, Any]:
    before, after = dict(row.before or {}), dict(row.after or {})
    code = after.pop("code", None) or before.get("code", "")
    before.pop("code", None)
    return {
        "at": row.at,
        "who": names.staff.get(row.staff_id or 0, "") or words._("the system"),
        "what": subject_names(words).get(row.subject, row.subject),
        "how": action_name(row.action, words),
        "code": str(code or (f"#{row.subject_id}" if row.subject_id else "")),
        "project": names.projects.get(row.project_id or 0, ""),
        "differences": list_differences(before, after),
    }


def subject_names(words: Words) -> dict[str, str]:
    """What is changed. A subject that is not here is called by its own name."""
    _ = words._
    return {
        "article": _("Knowledge article"),
        "bot_text": _("Text of the bot"),
        "building": _("Building"),
        "calendar": _("Calendar"),
        "canned_reply": _("Canned reply"),
        "category": _("Category"),
        "chat": _("Chat of staff"),
        "chat_code": _("Chat code"),
        "department": _("Department"),
        "dispatch_rule": _("Dispatch rule"),
        "duty_shift": _("Duty shift"),
        "emergency_instruction": _("Emergency instructions"),
        "emergency_phrases": _("Emergency phrases"),
        "emergency_plan": _("Emergency plan"),
        "example": _("Example of the data set"),
        "guide": _("Working guide"),
        "nlu_model": _("Language model"),
        "outside_party": _("Outside party"),
        "owner": _("Owner"),
        "policy": _("Rules of a project"),
        "project": _("Project"),
        "remedy": _("Remedy"),
        "service_item": _("Paid service"),
        "staff": _("Member of staff"),
        "term": _("Term"),
        "training": _("Training"),
        "unit": _("Home"),
    }


def action_name(action: str, words: Words) -> str:
    """What happened to it, from the fact's last word."""
    _ = words._
    whole = {
        "model.put": _("put into service"),
        "model.roll_back": _("put back into service"),
        "model.safety": _("put back into service for safety"),
        "shadow.started": _("began to read in the shadow"),
        "shadow.ended": _("stopped reading in the shadow"),
        "training.requested": _("started"),
        "training.cancelled": _("cancelled"),
        "nlu_model.measured": _("measured"),
    }
    if action in whole:
        return whole[action]
    verb = action.rpartition(".")[2]
    return {
        "added": _("added"),
        "created": _("added"),
        "saved": _("changed"),
        "updated": _("changed"),
        "dropped": _("removed"),
        "removed": _("removed"),
        "deleted": _("removed"),
        "linked": _("linked"),
        "unlinked": _("unlinked"),
        "relabelled": _("sent back to be labelled"),
        "put": _("put into service"),
        "rolled_back": _("rolled back"),
        "discarded": _("discarded"),
        "renamed": _("changed"),
        "retired": _("retired"),
        "reinstated": _("used again"),
    }.get(verb, verb.replace("_", " "))


async def export(request: web.Request) -> web.StreamResponse:
    """The same as CSV, in pieces: however long it is, only one piece is in memory."""
    core, viewer = request.app[CORE], get_viewer(request)
    asked = LogQuery.parse(request.query)

    def read(session: Session, wanted: AuditFilter | None) -> tuple[AuditFilter | None, str]:
        desk = open_desk(session, viewer, core.clock())
        check_may_read(session, desk.member)
        zone = desk.zone_of(_number(asked.project))
        is_first = wanted is None
        if wanted is None:
            wanted = asked.as_filter(zone)
        rows = list_changes(session, desk.member, wanted, limit=CHUNK)
        following = replace(wanted, before_id=rows[-1].id) if len(rows) == CHUNK else None
        return following, _write_csv(rows, _names(session), zone, with_head=is_first)

    wanted, piece = await core.transact(read, None)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="audit-log.csv"',
        }
    )
    await response.prepare(request)
    await response.write(b"\xef\xbb\xbf" + piece.encode())
    while wanted is not None:
        wanted, piece = await core.transact(read, wanted)
        await response.write(piece.encode())
    await response.write_eof()
    return response


def _write_csv(rows: Any, names: Names, zone: str, *, with_head: bool) -> str:
    """One line a value that changed. The words of the head and of the actions stay as they are stored, so that
    programs can read them."""
    text = io.StringIO()
    out = csv.writer(text)
    if with_head:
        out.writerow(
            ["at", "person", "project", "action", "subject", "subject_id", "field", "old", "new"]
        )
    for row in rows:
        head = [
            row.at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"),
            names.staff.get(row.staff_id or 0, ""),
            names.projects.get(row.project_id or 0, ""),
            row.action,
            row.subject,
            row.subject_id or "",
        ]
        differences = list_differences(row.before, row.after)
        changes = [(one.name, one.old, one.new) for one in differences] or [("", "", "")]
        for change in changes:
            out.writerow([_harmless(value) for value in (*head, *change)])
    return text.getvalue()


def _harmless(value: object) -> str:
    """A spreadsheet must not take what somebody typed for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_log)
    app.router.add_get(f"{BASE}/export", export)
