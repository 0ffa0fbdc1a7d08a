"""Appeals: who may see which, their facts, and the lists owners look at. The list of staff is `work_list`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, Boolean, any_, func, literal_column, or_, select, union
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    AppealEvent,
    Building,
    Conversation,
    Promise,
    Rating,
    StaffMember,
    Unit,
)
from ownerdesk.model.appeals import CALLING_SQL
from ownerdesk.model.labels import OPEN_STATES, WHOLE
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import AppealNotFound
from ownerdesk.texts import Translate, translator


def get_own_appeal(session: Session, conversation: Conversation, appeal_id: int) -> Appeal:
    """An appeal of the asker: made in this chat, or by the same owner in another. Locked for change.

    Raises AppealNotFound for any other, so that a forged or forwarded button tells nothing.
    """
    same = Appeal.conversation_id == conversation.id
    if conversation.owner_id is not None:
        same = or_(same, Appeal.owner_id == conversation.owner_id)
    appeal = session.scalar(
        select(Appeal)
        .where(Appeal.id == appeal_id, same)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if appeal is None:
        raise AppealNotFound
    return appeal


def get_appeal_for_staff(
    session: Session, member: StaffMember, appeal_id: int, right: Right, *, lock: bool = False
) -> Appeal:
    """Raises AppealNotFound, also where the member lacks the right in the appeal's project."""
    appeal = _find_locked(session, appeal_id) if lock else session.get(Appeal, appeal_id)
    if appeal is None or appeal.project_id not in visible_project_ids(session, member, right):
        raise AppealNotFound
    return appeal


def get_appeal(session: Session, appeal_id: int) -> Appeal:
    """For jobs: locked for change. Raises AppealNotFound."""
    appeal = _find_locked(session, appeal_id)
    if appeal is None:
        raise AppealNotFound
    return appeal


def _find_locked(session: Session, appeal_id: int) -> Appeal | None:
    """As it is once the lock is ours. `Session.get` would compare versions and refuse what somebody changed while we
    waited, which is what the lock is for."""
    return session.scalar(
        select(Appeal)
        .where(Appeal.id == appeal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def find_appeal_of_message(
    session: Session, message_id: int, *, part: int = WHOLE
) -> Appeal | None:
    """The appeal that a message made; with part SECOND, the one made of its second matter."""
    return session.scalar(
        select(Appeal).where(Appeal.source_message_id == message_id, Appeal.source_part == part)
    )


def list_own_appeals(
    session: Session, conversation: Conversation, *, only_open: bool, limit: int = 10
) -> Sequence[Appeal]:
    """The asker's appeals, the latest first."""
    # Two lookups and one array: with a plain "or" all appeals may be walked past, the latest first.
    parts = [select(Appeal.id).where(Appeal.conversation_id == conversation.id)]
    if conversation.owner_id is not None:
        parts.append(select(Appeal.id).where(Appeal.owner_id == conversation.owner_id))
    same = union(*parts)
    own = func.array(same.scalar_subquery(), type_=ARRAY(BigInteger))
    query = select(Appeal).where(Appeal.id == any_(own))
    if only_open:
        query = query.where(Appeal.state.in_(OPEN_STATES))
    return session.scalars(query.order_by(Appeal.id.desc()).limit(limit)).all()


def find_latest_open(session: Session, conversation: Conversation) -> Appeal | None:
    """The open appeal of this chat that was last added to."""
    return session.scalar(
        select(Appeal)
        .where(Appeal.conversation_id == conversation.id, Appeal.state.in_(OPEN_STATES))
        .order_by(Appeal.last_message_at.desc(), Appeal.id.desc())
        .limit(1)
    )


def find_open_promise(session: Session, appeal_id: int, kind: str) -> Promise | None:
    return session.scalar(
        select(Promise)
        .where(
            Promise.appeal_id == appeal_id,
            Promise.kind == kind,
            Promise.kept_at.is_(None),
            Promise.broken_at.is_(None),
            Promise.renegotiated_at.is_(None),
            Promise.withdrawn_at.is_(None),
        )
        .order_by(Promise.id.desc())
        .limit(1)
    )


def list_open_promises(session: Session, appeal_id: int) -> Sequence[Promise]:
    """What is promised and still to come, `acceptance` before `resolution`."""
    return session.scalars(
        select(Promise)
        .where(
            Promise.appeal_id == appeal_id,
            Promise.kept_at.is_(None),
            Promise.broken_at.is_(None),
            Promise.renegotiated_at.is_(None),
            Promise.withdrawn_at.is_(None),
        )
        .order_by(Promise.kind, Promise.id)
    ).all()


def list_events(session: Session, appeal_id: int) -> Sequence[AppealEvent]:
    return session.scalars(
        select(AppealEvent).where(AppealEvent.appeal_id == appeal_id).order_by(AppealEvent.id)
    ).all()


def is_recorded(session: Session, appeal: Appeal, name: str, *, message_id: int) -> bool:
    """Whether the appeal's record holds this fact about a message already."""
    found = select(AppealEvent.id).where(
        AppealEvent.appeal_id == appeal.id,
        AppealEvent.name == name,
        AppealEvent.data.contains({"message_id": message_id}),
    )
    return session.scalar(found.limit(1)) is not None


def list_promises(session: Session, appeal_id: int) -> Sequence[Promise]:
    return session.scalars(
        select(Promise).where(Promise.appeal_id == appeal_id).order_by(Promise.id)
    ).all()


def find_rating(session: Session, appeal_id: int) -> Rating | None:
    return session.scalar(select(Rating).where(Rating.appeal_id == appeal_id))


def list_open_emergencies(session: Session, member: StaffMember) -> Sequence[Appeal]:
    """Emergencies nobody accepted yet, the oldest first."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    calling = literal_column(CALLING_SQL, Boolean)
    return session.scalars(
        select(Appeal).where(Appeal.project_id.in_(projects), calling).order_by(Appeal.id)
    ).all()


def format_unit(unit: Unit | None, building: Building | None, language: str) -> str:
    """A home as people write it: "Birch House, entrance 2, flat 14"."""
    if unit is None or building is None:
        return ""
    _ = translator(language)
    number = _name_door(unit, _)
    if not unit.entrance:
        return f"{building.name}, {number}"
    return _("{building}, entrance {entrance}, {number}").format(
        building=building.name, entrance=unit.entrance, number=number
    )


def _name_door(unit: Unit, _: Translate) -> str:
    """A bare number says what it numbers; a door that is called "1º A" needs nothing."""
    if not re.fullmatch(r"\d+[A-Za-z]?", unit.number):
        return unit.number
    names = {
        "flat": _("flat {number}"),
        "parking": _("parking place {number}"),
        "storage": _("store room {number}"),
    }
    return names[unit.kind].format(number=unit.number)
