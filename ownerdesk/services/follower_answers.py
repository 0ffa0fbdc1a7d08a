"""What somebody who only followed an incident says at its end. "Not yet" becomes an appeal of their own (S6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Incident
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import format_unit
from ownerdesk.queries.incidents import find_follower
from ownerdesk.queries.owners import list_homes
from ownerdesk.queries.staff import find_department_for
from ownerdesk.rules.policy import severity_of
from ownerdesk.services import outbox
from ownerdesk.services.appeals import find_receiver, take_number
from ownerdesk.services.cards import send_card
from ownerdesk.services.events import BOT, OWNER, record
from ownerdesk.services.incident_news import heading_of
from ownerdesk.services.incidents import answer_as_follower
from ownerdesk.services.promises import due_from_now, make_promise
from ownerdesk.services.voice import voice_of


def say_solved(
    session: Session, conversation: Conversation, incident_id: int, *, at: datetime
) -> None:
    """Raises IncidentNotFound, IncidentOver."""
    follower = answer_as_follower(session, conversation, incident_id, "solved")
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        _("Thank you, I am glad that it is solved."),
        key=f"incident.solved:{follower.id}:{follower.incident.updates}",
        at=at,
    )


def say_not_yet(
    session: Session, conversation: Conversation, incident_id: int, *, at: datetime
) -> Appeal:
    """Somebody has to look at it at this home: an appeal of its own, which is in no incident. Said twice it is one.

    Raises IncidentNotFound, IncidentOver.
    """
    before = find_follower(session, incident_id, conversation.id)
    if before is not None and before.answer == "not_yet" and before.appeal_id is not None:
        return session.get_one(Appeal, before.appeal_id)
    follower = answer_as_follower(session, conversation, incident_id, "not_yet")
    appeal = _make_appeal(session, conversation, follower.incident, at=at)
    follower.appeal_id = appeal.id
    make_promise(
        session, appeal, "resolution", due_at=due_from_now(appeal, at=at), actor=BOT, at=at
    )
    send_card(session, appeal, at=at)
    return appeal


def _make_appeal(
    session: Session, conversation: Conversation, incident: Incident, *, at: datetime
) -> Appeal:
    """Of a press, not of a message: it says what the incident says. The home is the one in its building."""
    project = incident.project
    homes = list_homes(session, conversation.owner_id) if conversation.owner_id else []
    near = [u for u in homes if incident.building_id in (None, u.building_id)]
    unit = next((u for u in near if u.id == conversation.unit_id), None) or next(iter(near), None)
    appeal = Appeal(
        project=project,
        number=take_number(session, project),
        conversation=conversation,
        owner_id=conversation.owner_id,
        unit=unit,
        building_id=unit.building_id if unit else incident.building_id,
        nature="help_seeking",
        category=incident.category,
        severity=severity_of("help_seeking", incident.category),
        state=AppealState.RECEIVED,
        summary=heading_of(incident, project.language),
        place=format_unit(unit, unit.building if unit else None, project.language),
        department=find_department_for(session, project.id, incident.category),
        responsible=find_receiver(session, project, at),
        next_due_at=at,
        received_at=at,
        last_message_at=at,
    )
    session.add(appeal)
    session.flush()
    record(
        session, appeal, "appeal.received", actor=OWNER, at=at, nature=appeal.nature,
        category=appeal.category, severity=appeal.severity,
    )  # fmt: skip
    record(session, appeal, "incident.not_over", actor=OWNER, at=at, incident_id=incident.id)
    return appeal
