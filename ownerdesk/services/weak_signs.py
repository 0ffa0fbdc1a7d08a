"""Weak signs of danger: too little to ring by the plan, enough to ask whoever is on duty, in their own chat, to look at
once (S12). The owner is asked the same; whoever answers first, staff or owner, ends the question for all.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Building, Conversation, Message, Project, StaffMember, StaffRole, Unit
from ownerdesk.model.labels import WHOLE
from ownerdesk.queries.appeals import format_unit
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import list_on_duty, list_supervisors
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from ownerdesk.services.live import announce
from ownerdesk.services.notices import tell_staff
from ownerdesk.texts import translator
from ownerdesk.wording import kind_names


def call_to_look(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    kind: str,
    at: datetime,
    part: int = WHOLE,
) -> None:
    """Alarm the console, and ask those on duty; where nobody is, the first of those who supervise. Called again for
    the same message it asks nobody anew."""
    announce(session, "alarm", conversation=conversation.id)
    project = get_project_of(session, conversation)
    people = list_on_duty(session, project, at) or list_supervisors(session, project)[:1]
    for member in people:
        tell_staff(
            session,
            member,
            _format(session, conversation, message, kind, member.language),
            topic="danger.asked",
            key=_key(message),
            at=at,
            buttons=_buttons(message, member, kind, part),
        )


def _key(message: Message) -> str:
    return f"danger?:{message.id}"


def _format(
    session: Session, conversation: Conversation, message: Message, kind: str, language: str
) -> str:
    _ = translator(language)
    unit = session.get(Unit, conversation.unit_id) if conversation.unit_id else None
    building = session.get(Building, unit.building_id) if unit else None
    place = format_unit(unit, building, language) or _("The place is not known yet.")
    return _(
        "❓ {what}, perhaps\n📍 {place}\n“{words}”\nIs somebody in danger? I have asked the owner too. Please look at once."
    ).format(what=kind_names(_)[kind], place=place, words=message.text)


def _buttons(message: Message, member: StaffMember, kind: str, part: int) -> outbox.Buttons:
    _ = translator(member.language)
    action = "lookyes" if part == WHOLE else "looksecond"
    return [
        [button(_("Yes, it is an emergency"), action, message.id, kind)],
        [button(_("No danger"), "lookno", message.id)],
    ]


def end_question(
    session: Session, conversation: Conversation, message: Message, *, by: StaffMember | None
) -> None:
    """Somebody has answered, the owner where `by` is None: wherever it was asked, the question has no buttons any more
    and says who that was."""
    project = get_project_of(session, conversation)
    for asked, chat in _list_asked(session, project, message):
        if not (asked.markup or {}).get("inline"):
            continue
        _ = translator(chat.language)
        answered = _("The owner has answered.")
        if by is not None:
            answered = _("Answered by {name}.").format(name=by.name)
        outbox.revise(session, asked, text=f"{asked.text}\n{answered}")


def _list_asked(
    session: Session, project: Project, message: Message
) -> list[tuple[Message, Conversation]]:
    """By key, for whoever of the project's staff may have been asked."""
    staff_ids = session.scalars(
        select(StaffRole.staff_id).where(
            or_(StaffRole.project_id == project.id, StaffRole.project_id.is_(None))
        )
    )
    keys = [f"notice:{staff_id}:{_key(message)}" for staff_id in set(staff_ids)]
    rows = session.execute(
        select(Message, Conversation)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.key.in_(keys))
        .order_by(Message.id)
    )
    return [(row[0], row[1]) for row in rows]
