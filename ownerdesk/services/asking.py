"""Asking an owner: the clocks stand still until the owner writes, a day at most."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, StaffMember
from ownerdesk.queries.appeals import find_open_promise
from ownerdesk.rules.appeals import is_worked_on
from ownerdesk.rules.liability import check_admits_nothing
from ownerdesk.rules.policy import ASKING_LASTS
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services import outbox
from ownerdesk.services.cards import refresh_card
from ownerdesk.services.events import BOT, OWNER, Actor, record
from ownerdesk.services.jobs import END_ASKING, enqueue
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.progress import check_text
from ownerdesk.services.promises import note_update, start_clocks, stop_clocks
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when, translator

MAX_QUESTION = 1000


def ask_owner(
    session: Session, appeal: Appeal, question: str, *, by: StaffMember, key: str, at: datetime
) -> None:
    """Ask the owner what the work cannot go on without; until they write, no time passes. The same `key` again asks
    nothing more. Raises WrongState, MissingText, TooLong, AdmitsLiability."""
    if not is_worked_on(appeal.state):
        raise WrongState(state=appeal.state, action="ask")
    question = check_text("question", question, MAX_QUESTION)
    check_admits_nothing(question)
    _ = voice_of(appeal.conversation)
    note = _("Until you answer, the time for {number} stands still, for a day at most.")
    message = outbox.send(
        session,
        appeal.conversation,
        f"{appeal.number}: {question}\n\n{note.format(number=appeal.number)} — {by.name}",
        key=f"ask:{by.id}:{key}",
        at=at,
        appeal=appeal,
        staff_id=by.id,
    )
    if message.created_at != at:
        return  # the form was sent twice
    note_update(session, appeal, at=at, by_person=True)
    stop_clocks(session, appeal, reason="asked_owner", at=at)
    appeal.asked_owner_at = at
    # An emergency that nobody has accepted keeps the time at which somebody must have.
    if find_open_promise(session, appeal.id, "acceptance") is None:
        appeal.next_due_at = at + ASKING_LASTS
    session.flush()
    record(session, appeal, "question.asked", actor=Actor.staff(by.id), at=at, question=question)
    enqueue(session, END_ASKING, at=at + ASKING_LASTS, appeal_id=appeal.id, asked_at=at.isoformat())
    refresh_card(session, appeal, at=at)


def owner_spoke(session: Session, conversation: Conversation, *, at: datetime) -> None:
    """The owner wrote something: whatever they were asked, the clocks of their appeals go on."""
    asked = session.scalars(
        select(Appeal)
        .where(Appeal.conversation_id == conversation.id, Appeal.asked_owner_at.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for appeal in asked:
        start_clocks(session, appeal, at=at)
        record(session, appeal, "owner.spoke", actor=OWNER, at=at)
        refresh_card(session, appeal, at=at)


def end_asking(session: Session, appeal: Appeal, asked_at: str, *, at: datetime) -> None:
    """A day without an answer: the clocks go on, and both sides are told. A question that was answered, or asked
    anew, is left alone."""
    asked = appeal.asked_owner_at
    if asked is None or asked != datetime.fromisoformat(asked_at) or at < asked + ASKING_LASTS:
        return
    start_clocks(session, appeal, at=at)
    record(session, appeal, "owner.silent", actor=BOT, at=at)
    promise = find_open_promise(session, appeal.id, "resolution")
    zone = appeal.project.timezone
    if promise is not None:
        language = appeal.conversation.language
        _ = voice_of(appeal.conversation)
        when = format_when(promise.due_at, timezone=zone, language=language, now=at)
        text = _(
            "{number}: I have not heard from you, so I am going on as well as I can without an answer, to have it"
            " solved by {when}."
        )
        outbox.send(
            session, appeal.conversation, text.format(number=appeal.number, when=when),
            key=f"unanswered:{appeal.id}:{asked_at}", at=at, appeal=appeal, can_wait=True,
        )  # fmt: skip
    member = appeal.responsible
    if member is not None:
        _ = translator(member.language)
        words = _("{number}: the owner has not answered for a day. The clocks go on.")
        tell_staff(
            session, member, words.format(number=appeal.number), topic="owner.silent",
            key=f"owner.silent:{appeal.id}:{asked_at}", at=at, appeal=appeal,
        )  # fmt: skip
    refresh_card(session, appeal, at=at)
