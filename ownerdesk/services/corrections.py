"""Corrections of what was misunderstood: done to the appeal, and kept with what the reader had said for retraining."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Correction, Message, StaffMember
from ownerdesk.model.labels import OPEN_STATES, SECOND
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import Actor

SAID = (
    "nature", "category", "kind", "nature_confidence", "category_confidence", "kind_confidence",
    "intent", "reader", "model", "language",
)  # fmt: skip


def correct_labels(
    session: Session,
    appeal: Appeal,
    *,
    nature: str,
    category: str,
    by: StaffMember,
    at: datetime,
    kind: str = "",
) -> Correction | None:
    """To call it an emergency raises the alarm as if the reader had seen it. None where nothing was to be corrected.

    Raises WrongState for what is over, and for an emergency without a message to raise it from.
    """
    if appeal.state not in OPEN_STATES:
        raise WrongState(state=appeal.state, action="correct")
    source = session.get(Message, appeal.source_message_id) if appeal.source_message_id else None
    before = _labels(appeal)
    actor = Actor.staff(by.id)
    if nature == "emergency" and appeal.nature != "emergency":
        if source is None:
            raise WrongState(state=appeal.state, action="alarm")
        correct_appeal(session, appeal, actor=actor, at=at, category=category)
        raise_emergency(
            session, appeal.conversation, source, kind=kind, found_by="staff", at=at,
            part=appeal.source_part,
        )  # fmt: skip
    else:
        correct_appeal(session, appeal, actor=actor, at=at, nature=nature, category=category)
    if _labels(appeal) == before:
        return None
    correction = Correction(
        appeal_id=appeal.id,
        message_id=appeal.source_message_id,
        part=appeal.source_part,
        said=said_of(source, part=appeal.source_part),
        before=before,
        after=_labels(appeal),
        staff_id=by.id,
        at=at,
    )
    session.add(correction)
    session.flush()
    return correction


def _labels(appeal: Appeal) -> dict[str, str | None]:
    return {"nature": appeal.nature, "category": appeal.category, "kind": appeal.kind}


def said_of(source: Message | None, *, part: int) -> dict[str, Any]:
    """What the reader said about the part of the message, with how sure it was."""
    reading = (source.reading or {}) if source else {}
    if part == SECOND:
        return {
            "nature": reading.get("second_nature"),
            "category": reading.get("second_category"),
        }
    return {name: reading[name] for name in SAID if name in reading}
