"""Splitting at the desk: a part of an appeal becomes one of its own, with a number of its own, and its owner is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Message, StaffMember
from ownerdesk.model.labels import WHOLE, AppealState
from ownerdesk.queries.appeals import find_appeal_of_message
from ownerdesk.queries.categories import check_category
from ownerdesk.queries.staff import find_department_for
from ownerdesk.rules.policy import severity_of
from ownerdesk.rules.refusals import AlreadyExists, NotFound
from ownerdesk.services import outbox
from ownerdesk.services.appeals import find_receiver, summarize, take_number
from ownerdesk.services.cards import send_card
from ownerdesk.services.dispatch import dispatch_by_rules
from ownerdesk.services.events import Actor, record
from ownerdesk.services.jobs import LOOK_FOR_INCIDENT, enqueue
from ownerdesk.services.progress import MAX_REASON, check_text
from ownerdesk.services.promises import due_from_now, make_promise
from ownerdesk.services.repeats import link_repeats
from ownerdesk.services.voice import voice_of


class MessageElsewhere(NotFound):
    """The message is none of this appeal's."""


def split_appeal(
    session: Session,
    appeal: Appeal,
    *,
    words: str,
    nature: str,
    category: str,
    by: StaffMember,
    at: datetime,
    message: Message | None = None,
) -> Appeal:
    """`words` say what the new appeal is about; with a `message` of the appeal that one goes with it. It is for the same
    home and has clocks of its own.

    Raises MissingText, TooLong, InvalidField for the category, MessageElsewhere, and AlreadyExists for a message that made an appeal of its own.
    """
    words = check_text("part", words, MAX_REASON)
    check_category(session, category, present=appeal.category)
    if message is not None and message.appeal_id != appeal.id:
        raise MessageElsewhere
    if message is not None and find_appeal_of_message(session, message.id) is not None:
        raise AlreadyExists
    new = _make(session, appeal, words, nature, category, message, at=at)
    actor = Actor.staff(by.id)
    record(
        session, new, "appeal.received", actor=actor, at=at, nature=nature, category=category,
        severity=new.severity, number=appeal.number,
    )  # fmt: skip
    event = record(
        session, appeal, "appeal.split", actor=actor, at=at, other_id=new.id, number=new.number
    )
    session.flush()
    if message is not None:
        message.appeal_id = new.id
    make_promise(session, new, "resolution", due_at=due_from_now(new, at=at), actor=actor, at=at)
    _ = voice_of(appeal.conversation)
    text = _("I look after one part of {number} by itself from now on, as {new}: {words} — {name}")
    outbox.send(
        session,
        appeal.conversation,
        text.format(number=appeal.number, new=new.number, words=words, name=by.name),
        key=f"split:{event.id}",
        at=at,
        appeal=new,
        staff_id=by.id,
    )
    send_card(session, new, at=at)
    link_repeats(session, new, at=at)
    dispatch_by_rules(session, new, at=at)
    enqueue(session, LOOK_FOR_INCIDENT, appeal_id=new.id)
    return new


def _make(
    session: Session,
    appeal: Appeal,
    words: str,
    nature: str,
    category: str,
    message: Message | None,
    *,
    at: datetime,
) -> Appeal:
    new = Appeal(
        project=appeal.project,
        number=take_number(session, appeal.project),
        conversation=appeal.conversation,
        owner_id=appeal.owner_id,
        unit=appeal.unit,
        building_id=appeal.building_id,
        source_message_id=message.id if message else None,
        source_part=WHOLE,
        nature=nature,
        category=category,
        severity=severity_of(nature, category),
        state=AppealState.RECEIVED,
        summary=summarize(words),
        place=appeal.place,
        department=find_department_for(session, appeal.project_id, category),
        responsible=appeal.responsible or find_receiver(session, appeal.project, at),
        next_due_at=at,
        received_at=at,
        last_message_at=at,
    )
    session.add(new)
    session.flush()
    return new
