"""Handing over: whoever is responsible stays so until another person accepts (S8).

Everything here wants the appeal locked. A handover that nobody answers in time ends where it began.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Handover, StaffMember
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.appeals import list_open_promises
from ownerdesk.queries.handovers import find_open_handover, get_handover
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.buttons import button
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import (
    HandoverOpen,
    HandoverOver,
    NotAllowed,
    NotFound,
    StaffNotFound,
    WrongState,
)
from ownerdesk.services.cards import refresh_card
from ownerdesk.services.events import BOT, Actor, record
from ownerdesk.services.jobs import CHECK_HANDOVER, enqueue
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.owner_news import tell_owners
from ownerdesk.services.progress import MAX_REASON, check_text
from ownerdesk.texts import Translate, format_when, translator


def request_handover(
    session: Session,
    appeal: Appeal,
    *,
    to: StaffMember,
    reason: str,
    by: StaffMember,
    at: datetime,
) -> Handover:
    """Ask a colleague to take an appeal. Whoever is responsible may, an operator too, and so may those who supervise;
    an appeal that waits in a queue is first its asker's.

    Raises NotAllowed, WrongState, MissingText, HandoverOpen, and StaffNotFound for a colleague who cannot have it.
    """
    if appeal.state not in OPEN_STATES:
        raise WrongState(state=appeal.state, action="hand_over")
    giver_id = appeal.responsible_id or by.id
    if by.id != giver_id and not may_hand_over_for_others(by, appeal):
        raise NotAllowed
    can_have_it = has_right(to, appeal.project_id, Right.SEE_APPEALS)
    if to.id == giver_id or not to.is_active or not can_have_it:
        raise StaffNotFound
    reason = check_text("handover", reason, MAX_REASON)
    running = find_open_handover(session, appeal.id)
    if running is not None:
        raise HandoverOpen(session.get_one(StaffMember, running.to_id).name)
    minutes = Policy.of(appeal.project.settings).handover_minutes
    handover = Handover(
        appeal=appeal,
        from_id=giver_id,
        to_id=to.id,
        reason=reason,
        requested_at=at,
        respond_by=at + timedelta(minutes=minutes),
    )
    appeal.responsible_id = giver_id
    session.add(handover)
    session.flush()
    record(
        session, appeal, "handover.requested", actor=Actor.staff(by.id), at=at,
        handover_id=handover.id, to_id=to.id, reason=reason,
    )  # fmt: skip
    enqueue(session, CHECK_HANDOVER, at=handover.respond_by, handover_id=handover.id)
    _ask(session, handover, to, by, at=at)
    return handover


def may_hand_over_for_others(member: StaffMember, appeal: Appeal) -> bool:
    """Those who supervise the work, not those who only watch."""
    return all(
        has_right(member, appeal.project_id, right)
        for right in (Right.SEE_FIGURES, Right.WORK_APPEALS)
    )


def _ask(
    session: Session, handover: Handover, to: StaffMember, by: StaffMember, *, at: datetime
) -> None:
    appeal = handover.appeal
    _ = translator(to.language)
    when = format_when(
        handover.respond_by, timezone=appeal.project.timezone, language=to.language, now=at
    )
    words = _(
        "{name} asks you to take over {number} ({summary}): {reason} Please answer by {when}."
    )
    tell_staff(
        session,
        to,
        words.format(
            name=by.name, number=appeal.number, summary=appeal.summary,
            reason=handover.reason, when=when,
        ),
        topic="handover.requested",
        key=f"handover:{handover.id}",
        at=at,
        appeal=appeal,
        buttons=[
            [
                button(_("Take it over"), "handyes", handover.id),
                button(_("Decline"), "handno", handover.id),
            ]
        ],
    )  # fmt: skip


def accept_handover(session: Session, handover: Handover, *, by: StaffMember, at: datetime) -> None:
    """The appeal and what was promised of it are the colleague's now, and the owner hears the new name. Accepted
    again, nothing changes. Raises NotFound for anybody else, HandoverOver."""
    appeal = _check_open(handover, by)
    if handover.accepted_at is not None:
        return
    if appeal.state not in OPEN_STATES or appeal.responsible_id != handover.from_id:
        raise HandoverOver
    handover.accepted_at = at
    record(
        session, appeal, "handover.accepted", actor=Actor.staff(by.id), at=at,
        handover_id=handover.id, before=handover.from_id, after=by.id,
    )  # fmt: skip
    make_responsible(session, appeal, by, key=f"handover:{handover.id}:accepted", at=at)
    giver = session.get_one(StaffMember, handover.from_id)
    _ = translator(giver.language)
    words = _("{name} has taken over {number}.").format(name=by.name, number=appeal.number)
    _tell(session, handover, giver, words, "accepted", at=at)


def make_responsible(
    session: Session, appeal: Appeal, member: StaffMember, *, key: str, at: datetime
) -> None:
    """The appeal and what was promised of it are the member's now, and the owner hears the new name, once for a `key`."""
    appeal.responsible_id = member.id
    for promise in list_open_promises(session, appeal.id):
        promise.staff_id = member.id  # the time stands, and whoever has it now stands for it
    session.flush()
    session.refresh(appeal, ["responsible"])
    refresh_card(session, appeal, at=at)
    _introduce(session, appeal, member, key=key, at=at)


def _introduce(
    session: Session, appeal: Appeal, by: StaffMember, *, key: str, at: datetime
) -> None:
    def write(heard: Appeal, _: Translate) -> str:
        text = _("{number}: I am {name}. From now I look after this and stay responsible for it.")
        return text.format(number=heard.number, name=by.name)

    tell_owners(session, appeal, write, key=key, at=at)


def take_appeal(session: Session, appeal: Appeal, *, by: StaffMember, at: datetime) -> None:
    """A colleague takes it to themselves: they accept it by doing so (S8). Whoever had it is told, and so is the owner.
    Taken by whoever has it already, nothing changes. Raises WrongState; one that nobody accepted is accepted."""
    if appeal.state not in OPEN_STATES:
        raise WrongState(state=appeal.state, action="take")
    if appeal.responsible_id == by.id:
        return
    before = appeal.responsible_id
    event = record(
        session, appeal, "appeal.taken", actor=Actor.staff(by.id), at=at, before=before, after=by.id
    )
    session.flush()
    _close_handover(session, appeal, at=at)
    make_responsible(session, appeal, by, key=f"taken:{event.id}", at=at)
    giver = session.get(StaffMember, before) if before is not None else None
    if giver is not None and giver.is_active:
        _ = translator(giver.language)
        words = _("{name} has taken over {number}.").format(name=by.name, number=appeal.number)
        tell_staff(
            session, giver, words, topic="appeal.taken", key=f"taken:{event.id}", at=at,
            appeal=appeal,
        )  # fmt: skip


def _close_handover(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Whoever was asked need not answer any more."""
    running = find_open_handover(session, appeal.id)
    if running is not None:
        running.declined_at = at
        session.flush()


def _check_open(handover: Handover, by: StaffMember) -> Appeal:
    if handover.to_id != by.id:
        raise NotFound
    if handover.declined_at is not None:
        raise HandoverOver
    return handover.appeal


def decline_handover(
    session: Session, handover: Handover, *, reason: str, by: StaffMember, at: datetime
) -> None:
    """It stays with whoever asked, who hears why. Raises NotFound, HandoverOver, MissingText."""
    _check_open(handover, by)
    if handover.accepted_at is not None:
        raise HandoverOver
    handover.decline_reason = check_text("handover", reason, MAX_REASON)
    handover.declined_at = at
    appeal = handover.appeal
    record(
        session, appeal, "handover.declined", actor=Actor.staff(by.id), at=at,
        handover_id=handover.id, reason=handover.decline_reason,
    )  # fmt: skip
    giver = session.get_one(StaffMember, handover.from_id)
    _ = translator(giver.language)
    words = _("{name} cannot take over {number}: {reason} It stays with you.").format(
        name=by.name, number=appeal.number, reason=handover.decline_reason
    )
    _tell(session, handover, giver, words, "declined", at=at)


def expire_handover(session: Session, handover_id: int, *, at: datetime) -> None:
    """Nobody answered: the appeal stays with the giver, and both hear it. Called early, late or twice it does what
    is still to be done, once. A handover that expired has no reason for being declined."""
    handover = get_handover(session, handover_id)
    ended = handover.accepted_at is not None or handover.declined_at is not None
    if ended or at < handover.respond_by:
        return
    handover.declined_at = at
    appeal = handover.appeal
    record(session, appeal, "handover.expired", actor=BOT, at=at, handover_id=handover.id)
    if appeal.state not in OPEN_STATES:
        return
    giver, asked = (
        session.get_one(StaffMember, staff_id) for staff_id in (handover.from_id, handover.to_id)
    )
    _ = translator(giver.language)
    words = _("{name} has not answered: {number} stays with you.").format(
        name=asked.name, number=appeal.number
    )
    _tell(session, handover, giver, words, "expired", at=at)
    _ = translator(asked.language)
    words = _("You have not answered in time: {number} stays with {name}.").format(
        name=giver.name, number=appeal.number
    )
    _tell(session, handover, asked, words, "expired", at=at)


def _tell(
    session: Session, handover: Handover, member: StaffMember, words: str, end: str, *, at: datetime
) -> None:
    tell_staff(
        session, member, words, topic=f"handover.{end}", key=f"handover:{handover.id}:{end}",
        at=at, appeal=handover.appeal,
    )  # fmt: skip
