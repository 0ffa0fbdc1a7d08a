"""Closing belongs to the owner (S6): yes closes and asks for stars; half done and not yet reopen it to the same
responsible person; silence has a stated rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Message, Rating
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import find_rating
from ownerdesk.rules.appeals import AppealAction, is_worked_on, next_state
from ownerdesk.rules.buttons import button
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services import outbox
from ownerdesk.services.aftercare import begin_aftercare, end_aftercare, follow_rating
from ownerdesk.services.awaiting import await_text
from ownerdesk.services.cards import closing_buttons, refresh_card
from ownerdesk.services.events import BOT, OWNER, record
from ownerdesk.services.incidents import note_answer
from ownerdesk.services.progress import silence_times
from ownerdesk.services.promises import due_from_now, make_promise
from ownerdesk.texts import format_when, translator


def confirm_solved(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The owner says yes. Pressed again on an appeal the owner closed, it changes nothing. Raises
    WrongState elsewhere."""
    if appeal.state == AppealState.CLOSED and appeal.closed_by == "owner":
        return
    appeal.state = next_state(appeal.state, AppealAction.CONFIRM)
    _close(session, appeal, closed_by="owner", at=at)
    record(session, appeal, "appeal.closed", actor=OWNER, at=at, by="owner")
    note_answer(session, appeal, "solved", at=at)
    refresh_card(session, appeal, at=at)
    _drop_question(session, appeal)
    _ = translator(appeal.conversation.language)
    outbox.send(
        session,
        appeal.conversation,
        _("Thank you, {number} is closed. How was it?").format(number=appeal.number),
        key=f"stars?:{appeal.id}:{appeal.reopened}",
        at=at,
        appeal=appeal,
        buttons=[[button("⭐" * n, "stars", appeal.id, str(n))] for n in range(5, 0, -1)],
    )


def _close(session: Session, appeal: Appeal, *, closed_by: str, at: datetime) -> None:
    appeal.closed_at, appeal.closed_by, appeal.next_due_at = at, closed_by, None
    session.flush()
    begin_aftercare(session, appeal, at=at)


def _drop_question(session: Session, appeal: Appeal) -> None:
    """The question was answered: its buttons would only mislead."""
    for key in (
        f"solved?:{appeal.id}:{appeal.reopened}",
        f"answer:{appeal.id}",
        f"reminder:{appeal.id}:{appeal.reopened}",
    ):
        question = session.scalar(select(Message).where(Message.key == key))
        if question is not None:
            outbox.revise(session, question)


def rate_appeal(session: Session, appeal: Appeal, *, stars: int, at: datetime) -> None:
    """One to five stars for a closed appeal; a second press changes the stars. Raises WrongState."""
    if appeal.state != AppealState.CLOSED:
        raise WrongState(state=appeal.state, action="rate")
    rating = find_rating(session, appeal.id)
    _ = translator(appeal.conversation.language)
    if rating is None:
        session.add(Rating(appeal_id=appeal.id, stars=stars, rated_at=at))
        text = _("Thank you for {stars}. If you like, add a word; or just leave it at that.")
        outbox.send(
            session, appeal.conversation, text.format(stars="⭐" * stars),
            key=f"rated:{appeal.id}", at=at, appeal=appeal,
        )  # fmt: skip
        await_text(appeal.conversation, "rating_comment", appeal_id=appeal.id, at=at)
    else:
        rating.stars, rating.rated_at = stars, at
    record(session, appeal, "appeal.rated", actor=OWNER, at=at, stars=stars)
    follow_rating(session, appeal, stars, at=at)


def comment_rating(session: Session, appeal: Appeal, comment: str, *, at: datetime) -> None:
    """The word that goes with the stars."""
    rating = find_rating(session, appeal.id)
    if rating is None:
        return
    rating.comment = comment
    record(session, appeal, "rating.commented", actor=OWNER, at=at)


def reopen_appeal(session: Session, appeal: Appeal, *, how: str, at: datetime) -> None:
    """Half done or not yet: back to the same responsible person, with a new promise. The owner is asked
    for a reason or a photo but never made to give one. Pressed twice, it reopens once. Raises WrongState."""
    if appeal.reopened and (is_worked_on(appeal.state) or appeal.state == AppealState.DEFERRED):
        return
    _drop_question(session, appeal)
    end_aftercare(session, appeal, at=at)
    due_at = due_from_now(appeal, at=at)
    appeal.state = next_state(appeal.state, AppealAction.REOPEN)
    appeal.next_due_at = due_at  # at once: a closed appeal has none, and an open one must
    appeal.reopened += 1
    appeal.resolved_at = appeal.closed_at = appeal.closed_by = None
    appeal.operator_id = appeal.on_the_way_at = appeal.arrived_at = None
    session.flush()
    session.refresh(appeal, ["operator"])
    record(session, appeal, "appeal.reopened", actor=OWNER, at=at, how=how)
    note_answer(session, appeal, "not_yet", at=at)
    make_promise(session, appeal, "resolution", due_at=due_at, actor=BOT, at=at)
    refresh_card(session, appeal, at=at)
    language = appeal.conversation.language
    _ = translator(language)
    when = format_when(due_at, timezone=appeal.project.timezone, language=language, now=at)
    who = appeal.responsible.name if appeal.responsible else _("the team")
    outbox.send(
        session,
        appeal.conversation,
        _(
            "I have reopened {number}; {who} has it again, to be solved by {when}."
            " What is still wrong? A few words or a photo help, but you need not."
        ).format(number=appeal.number, who=who, when=when),
        key=f"reopened:{appeal.id}:{appeal.reopened}",
        at=at,
        appeal=appeal,
    )
    await_text(appeal.conversation, "reopen_reason", appeal_id=appeal.id, at=at)


def remind_to_confirm(session: Session, appeal: Appeal, event_id: int, *, at: datetime) -> None:
    """Once, a day after it was resolved, unless the owner has answered meanwhile."""
    if not _is_still(session, appeal, event_id):
        return
    language = appeal.conversation.language
    _ = translator(language)
    policy = Policy.of(appeal.project.settings)
    assert appeal.resolved_at is not None, "a resolved appeal has its time"
    close_at = silence_times(policy, appeal.resolved_at)[1]
    if appeal.next_due_at == close_at:
        return  # reminded already
    appeal.next_due_at = close_at
    when = format_when(close_at, timezone=appeal.project.timezone, language=language, now=at)
    outbox.send(
        session,
        appeal.conversation,
        _(
            "Is {number} solved for you? If I hear nothing, I will close it on {when};"
            " you can reopen it after that too."
        ).format(number=appeal.number, when=when),
        key=f"reminder:{appeal.id}:{appeal.reopened}",
        at=at,
        appeal=appeal,
        can_wait=True,
        buttons=closing_buttons(appeal, _),
    )
    record(session, appeal, "owner.reminded", actor=BOT, at=at)


def close_in_silence(session: Session, appeal: Appeal, event_id: int, *, at: datetime) -> None:
    """The stated rule: three days without an answer close it, and the owner is told how to reopen."""
    if not _is_still(session, appeal, event_id):
        return
    appeal.state = next_state(appeal.state, AppealAction.LAPSE)
    _close(session, appeal, closed_by="silence", at=at)
    record(session, appeal, "appeal.closed", actor=BOT, at=at, by="silence")
    refresh_card(session, appeal, at=at)
    _drop_question(session, appeal)
    _ = translator(appeal.conversation.language)
    outbox.send(
        session,
        appeal.conversation,
        _(
            "I heard nothing about {number}, so I have closed it."
            " If it is not solved, press the button and it is open again."
        ).format(number=appeal.number),
        key=f"lapsed:{appeal.id}:{appeal.reopened}",
        at=at,
        appeal=appeal,
        can_wait=True,
        buttons=[[button(_("It is not solved: reopen"), "reopen", appeal.id)]],
    )


def _is_still(session: Session, appeal: Appeal, event_id: int) -> bool:
    """Whether the resolution that started this clock is the one that stands."""
    if appeal.state != AppealState.RESOLVED:
        return False
    latest = session.scalar(
        select(AppealEvent.id)
        .where(AppealEvent.appeal_id == appeal.id, AppealEvent.name == "appeal.resolved")
        .order_by(AppealEvent.id.desc())
        .limit(1)
    )
    return latest == event_id
