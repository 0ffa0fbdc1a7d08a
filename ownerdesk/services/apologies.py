"""Apologies (S6): when a promise will not hold, the owner hears it first, with the reason and a new time.

The draft is made from the facts when maker and manager are warned. A person approves or edits it; where nobody does,
the truthful version goes out by itself before the old time passes. It never admits liability and gives nothing away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Apology, Appeal, AppealEvent, Promise, Remedy, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import find_open_promise, get_appeal, list_open_promises
from ownerdesk.queries.staff import check_right, list_supervisors
from ownerdesk.rules.access import Right
from ownerdesk.rules.buttons import button
from ownerdesk.rules.liability import check_admits_nothing
from ownerdesk.rules.policy import speak_at
from ownerdesk.rules.refusals import InThePast, NotFound, Refusal
from ownerdesk.services.cards import refresh_card
from ownerdesk.services.events import BOT, Actor, record
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.owner_news import list_heard, tell_owners
from ownerdesk.services.progress import check_text
from ownerdesk.services.promises import (
    SLIPPING,
    count_slips,
    note_update,
    promise_until,
    replace_promise,
)
from ownerdesk.services.remedies import format_remedy, grant_remedy
from ownerdesk.services.terms import Due, due_of
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import Translate, format_when, translator
from ownerdesk.wording import promise_sentences

MAX_WORDS = 1000
MOST_TIMES = 8  # what slips again and again is promised more and more cautiously, up to so many times its term


class NotADraft(Refusal):
    """The apology went out already, or the promise was kept meanwhile."""


class ManagerOnly(Refusal):
    """A second slip of an appeal is the manager's to approve."""


class ApologyNotFound(NotFound):
    """No such apology in this person's projects."""


def get_apology(session: Session, apology_id: int) -> Apology:
    """Raises ApologyNotFound."""
    apology = session.get(Apology, apology_id)
    if apology is None:
        raise ApologyNotFound
    return apology


def find_draft(session: Session, appeal_id: int) -> Apology | None:
    """What waits for a person's approval."""
    return session.scalar(
        select(Apology)
        .where(Apology.appeal_id == appeal_id, Apology.state == "draft")
        .order_by(Apology.send_at, Apology.id)
        .limit(1)
    )


def draft_apology(session: Session, appeal: Appeal, promise: Promise, *, at: datetime) -> Apology:
    """At the moment of the warning: put the facts into words, and warn the maker and the manager. A second slip
    makes the manager responsible, who has to approve it."""
    slips = count_slips(session, appeal.id) + 1
    if slips >= 2:
        _give_to_supervisor(session, appeal, at=at)
    _ = voice_of(appeal.conversation)
    reason = _reason(session, appeal, _)
    send_at = max(at, speak_at(promise.made_at, promise.due_at))
    values = {
        "appeal_id": appeal.id,
        "state": "draft",
        "slips": slips,
        "reason": reason,
        "remedy_id": None,
        "words": _words(appeal, promise, reason, _, at=at),
        "new_due_at": _new_due(session, appeal, promise, slips, at=at).at,
        "drafted_at": at,
        "send_at": send_at,
        "approved_by_id": None,
        "ended_at": None,
    }
    # A promise whose clock stood still may come to its warning once more.
    apology = session.scalar(select(Apology).where(Apology.promise_id == promise.id))
    if apology is None:
        apology = Apology(promise_id=promise.id, **values)
        session.add(apology)
    else:
        for name, value in values.items():
            setattr(apology, name, value)
    promise.warned_at, promise.look_at = at, send_at
    session.flush()
    record(session, appeal, "apology.drafted", actor=BOT, at=at, promise_id=promise.id, slips=slips)
    if send_at > at:
        _warn(session, appeal, promise, apology, at=at)
    return apology


def _warn(
    session: Session, appeal: Appeal, promise: Promise, apology: Apology, *, at: datetime
) -> None:
    """Whoever made the promise, whoever is responsible now, and the manager."""
    people = [session.get(StaffMember, promise.staff_id) if promise.staff_id else None]
    people += [appeal.responsible, *list_supervisors(session, appeal.project)[:1]]
    told: set[int] = set()
    for member in people:
        if member is None or member.id in told or not member.is_active:
            continue
        told.add(member.id)
        _ = translator(member.language)

        def when(time: datetime, language: str = member.language) -> str:
            return format_when(time, timezone=appeal.project.timezone, language=language, now=at)

        words = _(
            "{number}: what was promised for {due} may not hold. If nobody does anything, the owner is told at {send}:"
            " “{words}” Approve it, edit it, or keep the promise."
        ).format(
            number=appeal.number,
            due=when(promise.due_at),
            send=when(apology.send_at),
            words=apology.words,
        )
        tell_staff(
            session,
            member,
            words,
            topic="promise.warning",
            key=f"promise.warning:{promise.id}:{at.isoformat()}",
            at=at,
            appeal=appeal,
            buttons=[[button(_("Send it so"), "apologise", apology.id)]],
        )


def _new_due(
    session: Session, appeal: Appeal, promise: Promise, slips: int, *, at: datetime
) -> Due:
    times = min(2 ** (slips - 1), MOST_TIMES)
    return due_of(session, appeal, promise.kind, at=max(at, promise.due_at), times=times)


def _give_to_supervisor(session: Session, appeal: Appeal, *, at: datetime) -> None:
    supervisors = list_supervisors(session, appeal.project)
    if not supervisors or appeal.responsible_id in {member.id for member in supervisors}:
        return
    before, supervisor = appeal.responsible_id, supervisors[0]
    appeal.responsible_id = supervisor.id
    session.flush()
    session.refresh(appeal, ["responsible"])
    record(
        session, appeal, "appeal.escalated", actor=BOT, at=at, before=before, after=supervisor.id
    )
    _ = translator(supervisor.language)
    words = _(
        "{number} has slipped a second time and is yours now. The owner has to hear from you."
    )
    tell_staff(
        session, supervisor, words.format(number=appeal.number), topic="appeal.escalated",
        key=f"appeal.escalated:{appeal.id}:{at.isoformat()}", at=at, appeal=appeal,
    )  # fmt: skip


def _reason(session: Session, appeal: Appeal, _: Translate) -> str:
    """Why, from the facts, as a clause in a reader's language."""
    if appeal.state == AppealState.RECEIVED:
        return _("nobody has been free to take it on yet")
    deferral = session.scalar(
        select(AppealEvent)
        .where(
            AppealEvent.appeal_id == appeal.id,
            AppealEvent.name == "appeal.deferred",
            AppealEvent.undone_at.is_(None),
        )
        .order_by(AppealEvent.id.desc())
        .limit(1)
    )
    if appeal.operator is not None:
        name = appeal.operator.name
        if appeal.on_the_way_at is not None and appeal.arrived_at is None:
            return _("{name} is still on the way").format(name=name)
        return _("{name} needs more time for it").format(name=name)
    if deferral is not None and deferral.data.get("reason"):
        return _("it had to be put off ({reason}) and is not done yet").format(
            reason=deferral.data["reason"]
        )
    return _("the work is taking longer than I thought")


def _words(heard: Appeal, promise: Promise, reason: str, _: Translate, *, at: datetime) -> str:
    """Apology and reason, for one of those who hear it; the new time and the signature come with it when it is sent."""
    language = heard.conversation.language
    old = format_when(promise.due_at, timezone=heard.project.timezone, language=language, now=at)
    if promise.kind == "first_answer":
        text = _("{number}: I am sorry that you are still waiting for an answer: {reason}.")
    elif at > promise.due_at:
        text = _("{number}: I am sorry, {old} has passed: {reason}.")
    else:
        text = _("{number}: I am sorry, I cannot keep to {old}: {reason}.")
    return text.format(number=heard.number, old=old, reason=reason)


def approve_apology(
    session: Session,
    apology: Apology,
    *,
    by: StaffMember,
    words: str,
    new_due_at: datetime,
    at: datetime,
    remedy: Remedy | None = None,
    amount: Decimal | float = 1,
) -> None:
    """A person sends it as drafted or edited, with a time of their own and perhaps a remedy.

    Raises NotADraft when it went out or the promise ended meanwhile, ManagerOnly for a second slip, InThePast,
    MissingText, TooLong, AdmitsLiability, NotAllowed, and what `grant_remedy` raises.
    """
    appeal, promise = _lock(session, apology)
    check_right(by, appeal.project_id, Right.WORK_APPEALS)
    if apology.state != "draft":
        raise NotADraft
    if apology.slips >= 2:
        supervisors = {member.id for member in list_supervisors(session, appeal.project)}
        if by.id not in supervisors:
            raise ManagerOnly
    words = check_text("words", words, MAX_WORDS)
    check_admits_nothing(words)
    if new_due_at <= at:
        raise InThePast
    making_up = ""
    if remedy is not None:
        grant_remedy(
            session, appeal, remedy, amount=amount, by=by, key=f"apology:{apology.id}", at=at,
            tell=False,
        )  # fmt: skip
        _ = voice_of(appeal.conversation)
        making_up = _("As a sign of goodwill I have arranged this for you: {remedy}.").format(
            remedy=format_remedy(appeal, remedy, Decimal(str(amount)))
        )
        apology.remedy_id = remedy.id
    due = _new_due(session, appeal, promise, apology.slips, at=at)
    if due.at != new_due_at:
        due = Due(new_due_at, None, {"by_hand": True})
    apology.approved_by_id, apology.words = by.id, words

    def sentences(heard: Appeal, _: Translate) -> list[str]:
        # What makes up for it is given to the owner of the appeal alone.
        own = [making_up] if heard.id == appeal.id else []
        return [words.replace(appeal.number, heard.number), *own]

    _say(
        session, appeal, promise, apology, due, sentences, state="approved", signer=by, at=at,
    )  # fmt: skip


def send_by_itself(session: Session, apology: Apology, *, at: datetime) -> None:
    """Nobody approved it in time: the owner hears the truth before the old time passes (or, after an outage, as
    soon as there is somebody to say it). Does nothing when it went out or was dropped."""
    appeal, promise = _lock(session, apology)
    if apology.state != "draft":
        return
    # Anew: since the draft somebody may have set out, or the time may have passed.
    manager = next(iter(list_supervisors(session, appeal.project)), None)
    watcher = manager if manager is not None and manager.id != appeal.responsible_id else None
    reasons = {
        heard.id: _reason(session, appeal, voice_of(heard.conversation))
        for heard in list_heard(session, appeal)
    }
    apology.reason = reasons[appeal.id]
    apology.words = _words(appeal, promise, apology.reason, voice_of(appeal.conversation), at=at)

    def sentences(heard: Appeal, _: Translate) -> list[str]:
        said = [_words(heard, promise, reasons[heard.id], _, at=at)]
        if watcher is not None:
            told = _("I have told {manager}, who keeps an eye on it too.")
            said.append(told.format(manager=watcher.name))
        return said

    due = _new_due(session, appeal, promise, apology.slips, at=at)
    said = _say(
        session, appeal, promise, apology, due, sentences, state="sent_by_itself",
        signer=appeal.responsible, at=at,
    )  # fmt: skip
    if manager is not None:
        _ = translator(manager.language)
        words = _(
            "{number}: nobody approved the apology in time, so the owner has been told by itself."
        )
        # With what was said: a second slip would be told in the words of the first.
        tell_staff(
            session, manager, f"{words.format(number=appeal.number)} “{said}”",
            topic="promise.slipped", key=f"promise.slipped:{promise.id}", at=at, appeal=appeal,
        )  # fmt: skip


def _lock(session: Session, apology: Apology) -> tuple[Appeal, Promise]:
    """Whoever speaks about an appeal waits here for its turn, and then looks again."""
    session.flush()
    appeal = get_appeal(session, apology.appeal_id)
    session.refresh(apology)
    promise = session.get_one(Promise, apology.promise_id)
    session.refresh(promise)
    return appeal, promise


def _say(
    session: Session,
    appeal: Appeal,
    promise: Promise,
    apology: Apology,
    due: Due,
    sentences: Callable[[Appeal, Translate], list[str]],
    *,
    state: str,
    signer: StaffMember | None,
    at: datetime,
) -> str:
    """One message for all that slips now; the promises get their new time. Returns what the owner reads."""
    apology.state, apology.ended_at, apology.new_due_at = state, at, due.at
    actor = Actor.staff(signer.id) if state == "approved" and signer is not None else BOT
    event = record(
        session, appeal, "promise.slipped", actor=actor, at=at, promise_id=promise.id,
        slips=apology.slips,
    )  # fmt: skip
    replace_promise(session, promise, at=at)
    session.flush()
    staff_id = signer.id if signer is not None else None
    promise_until(session, appeal, promise.kind, due=due, actor=actor, at=at, staff_id=staff_id)
    _take_along(session, appeal, promise, due, at=at)
    by_person = state == "approved" and promise.kind != "first_answer"
    note_update(session, appeal, at=at, by_person=by_person)

    def write(heard: Appeal, _: Translate) -> str:
        language = heard.conversation.language
        when = format_when(due.at, timezone=appeal.project.timezone, language=language, now=at)
        said = " ".join(filter(None, sentences(heard, _)))
        text = f"{said} {promise_sentences(_)[promise.kind].format(when=when)}"
        return f"{text} — {signer.name}" if signer is not None else text

    tell_owners(
        session,
        appeal,
        write,
        key=f"slip:{event.id}",
        at=at,
        staff_id=staff_id if state == "approved" else None,
    )
    refresh_card(session, appeal, at=at)
    return write(appeal, voice_of(appeal.conversation))


def _take_along(
    session: Session, appeal: Appeal, slipped: Promise, due: Due, *, at: datetime
) -> None:
    """What else would slip before the same new time was told of with the same message, and is due then."""
    for other in list_open_promises(session, appeal.id):
        if other.kind not in SLIPPING or other.kind == slipped.kind or other.stopped_at is not None:
            continue
        if other.look_at <= at or other.due_at <= slipped.due_at:
            replace_promise(session, other, at=at)
            session.flush()
            if find_open_promise(session, appeal.id, other.kind) is None:
                promise_until(session, appeal, other.kind, due=due, actor=BOT, at=at)
