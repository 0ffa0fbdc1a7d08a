"""What may be done to an incident from its page: each action parses its form and calls one service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from console.forms import Form, parse_local_time, parse_nonce
from ownerdesk.model import Incident, StaffMember
from ownerdesk.services import incidents, planned_works
from ownerdesk.texts import LANGUAGES

Do = Callable[[Session, Incident, StaffMember, Form, datetime], None]


def titles_of(form: Form) -> dict[str, str]:
    """What staff typed, by language."""
    return {language: form.get(f"title-{language}", "") for language in LANGUAGES}


def confirm(
    session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime
) -> None:
    due_at = None
    if form.get("until"):
        due_at = parse_local_time(form["until"], incident.project.timezone)
    incidents.confirm_incident(
        session, incident, by=by, at=at, due_at=due_at, titles=titles_of(form)
    )


def dismiss(
    session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime
) -> None:
    incidents.dismiss_incident(session, incident, by=by, at=at)


def promise(
    session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime
) -> None:
    due_at = parse_local_time(form.get("until", ""), incident.project.timezone)
    reason = form.get("reason", "")
    incidents.promise_for_all(session, incident, due_at=due_at, by=by, at=at, reason=reason)


def update(session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime) -> None:
    incidents.update_all(
        session, incident, form.get("text", ""), by=by, key=parse_nonce(form), at=at
    )


def resolve(
    session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime
) -> None:
    resolution = form.get("resolution", "")
    incidents.resolve_incident(session, incident, resolution=resolution, by=by, at=at)


def move(session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime) -> None:
    zone = incident.project.timezone
    planned_works.change_works(
        session,
        incident,
        starts_at=parse_local_time(form.get("from", ""), zone),
        ends_at=parse_local_time(form.get("until", ""), zone),
        by=by,
        at=at,
    )


def cancel(session: Session, incident: Incident, by: StaffMember, form: Form, at: datetime) -> None:
    planned_works.cancel_works(session, incident, by=by, at=at)


ACTIONS: Mapping[str, Do] = {
    "confirm": confirm,
    "dismiss": dismiss,
    "promise": promise,
    "update": update,
    "resolve": resolve,
    "move": move,
    "cancel": cancel,
}
