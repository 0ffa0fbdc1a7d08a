"""Closing belongs to the owner (S6): yes closes and asks for stars; half done and not yet reopen it to the same
responsible person; silence has a stated rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Message, Rating
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import find_rating
from ownerdesk.queries.merging import follow_merge, has_confirmed, list_merged
from ownerdesk.rules.appeals import AppealAction, is_worked_on, next_state, reopening_of
from ownerdesk.rules.buttons import button
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services import outbox
from ownerdesk.services.aftercare import begin_aftercare, end_aftercare, follow_rating
from ownerdesk.services.awaiting import await_text
from ownerdesk.services.cards import closing_buttons, refresh_card, reopening_buttons
from ownerdesk.services.events import BOT, OWNER, Actor, record
from ownerdesk.services.incidents import note_answer
from ownerdesk.services.jobs import CLOSE_IN_SILENCE, enqueue
from ownerdesk.services.owner_news import list_heard, tell_owners
from ownerdesk.services.progress import silence_times
from ownerdesk.services.promises import due_from_now, make_promise
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import Translate, format_when


def confirm_solved(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The owner says yes. Pressed again on an appeal the owner closed, it changes nothing. Of a merged one it is noted,
    and closes only what they asked for. Raises WrongState elsewhere."""
    if appeal.merged_into_id is not None:
        _confirm_merged(session, appeal, at=at)
        return
    if appeal.state == AppealState.CLOSED and appeal.closed_by == "owner":
        return
    appeal.state = next_state(appeal.state, AppealAction.CONFIRM)
    _close(session, appeal, closed_by="owner", at=at)
    record(session, appeal, "appeal.closed", actor=OWNER, at=at, by="owner")
    note_answer(session, appeal, "solved", at=at)
    refresh_card(session, appeal, at=at)
    _drop_question(session, appeal)
    _ask_for_stars(session, appeal, appeal, at=at)


def _confirm_merged(session: Session, merged: Appeal, *, at: datetime) -> None:
    """One of several owners says yes; the others answer for themselves."""
    target = follow_merge(session, merged)
    if has_confirmed(session, merged, target):
        return
    if target.state not in (AppealState.RESOLVED, AppealState.CLOSED):
        raise WrongState(state=target.state, action="confirm")
    for told in (merged, target):
        record(
            session, told, "owner.confirmed", actor=OWNER, at=at, closure=target.reopened,
            target_id=target.id, number=merged.number,
        )  # fmt: skip
    _drop_question(session, target, heard=merged)
    _ask_for_stars(session, merged, target, at=at)


def _ask_for_stars(session: Session, appeal: Appeal, target: Appeal, *, at: datetime) -> None:
    """`target` is what was closed: the appeal itself, or what it goes on as."""
    _ = voice_of(appeal.conversation)
    outbox.send_in_place(
        session,
        _find_question(session, appeal, target),
        appeal.conversation,
        _("Thank you, {number} is closed. How was it?").format(number=appeal.number),
        key=f"stars?:{appeal.id}:{target.reopened}",
        at=at,
        appeal=appeal,
        buttons=[[button("⭐" * n, "stars", appeal.id, str(n))] for n in range(5, 0, -1)],
    )


def _close(session: Session, appeal: Appeal, *, closed_by: str, at: datetime) -> None:
    appeal.closed_at, appeal.closed_by, appeal.next_due_at = at, closed_by, None
    session.flush()
    begin_aftercare(session, appeal, at=at)


def _drop_question(session: Session, appeal: Appeal, *, heard: Appeal | None = None) -> None:
    """The question was answered: its buttons would only mislead. Each owner has one of their own; `heard` is the
    merged appeal whose owner has answered."""
    heard = heard or appeal
    answer = outbox.find_message(session, f"answer:{appeal.id}{_suffix(heard, appeal)}")
    for question in (*_list_questions(session, heard, appeal), answer):
        if question is not None:
            outbox.revise(session, question)


def _suffix(heard: Appeal, target: Appeal) -> str:
    """What `tell_owners` adds to a key for the owner of a merged appeal."""
    return "" if heard is target else f":{heard.number}"


def _list_questions(session: Session, heard: Appeal, target: Appeal) -> Sequence[Message]:
    """What the owner of `heard` was asked about this closing of `target`, in order."""
    asked = [f"{kind}:{target.id}:{target.reopened}" for kind in ("solved?", "reminder")]
    keys = [key + _suffix(heard, target) for key in asked]
    keys.append(f"stars?:{heard.id}:{target.reopened}")
    return session.scalars(select(Message).where(Message.key.in_(keys)).order_by(Message.id)).all()


def _find_question(session: Session, heard: Appeal, target: Appeal) -> Message | None:
    """The one asked last. An article that answered a question stays as it is."""
    return next(reversed(_list_questions(session, heard, target)), None)


def rate_appeal(session: Session, appeal: Appeal, *, stars: int, at: datetime) -> None:
    """One to five stars for a closed appeal; a second press changes the stars. Raises WrongState."""
    target = follow_merge(session, appeal)
    is_over = appeal.state == AppealState.CLOSED or (
        target is not appeal and has_confirmed(session, appeal, target)
    )
    if not is_over:
        raise WrongState(state=appeal.state, action="rate")
    rating = find_rating(session, appeal.id)
    appeal.stars = stars
    _ = voice_of(appeal.conversation)
    if rating is None:
        session.add(Rating(appeal_id=appeal.id, stars=stars, rated_at=at))
        text = _("Thank you for {stars}. If you like, add a word; or just leave it at that.")
        outbox.send_in_place(
            session, _find_question(session, appeal, target), appeal.conversation,
            text.format(stars="⭐" * stars), key=f"rated:{appeal.id}", at=at, appeal=appeal,
        )  # fmt: skip
        await_text(appeal.conversation, "rating_comment", appeal_id=appeal.id, at=at)
    else:
        rating.stars, rating.rated_at = stars, at
    for told in {appeal.id: appeal, target.id: target}.values():
        record(session, told, "appeal.rated", actor=OWNER, at=at, stars=stars)
    if target is appeal:
        follow_rating(session, appeal, stars, at=at)


def comment_rating(session: Session, appeal: Appeal, comment: str, *, at: datetime) -> None:
    """The word that goes with the stars."""
    rating = find_rating(session, appeal.id)
    if rating is None:
        return
    rating.comment = comment
    record(session, appeal, "rating.commented", actor=OWNER, at=at)


def reopen_appeal(
    session: Session,
    appeal: Appeal,
    *,
    how: str,
    at: datetime,
    by: Actor = OWNER,
    reason: str = "",
) -> None:
    """Half done or not yet: back to the same responsible person, with a new promise. The owner is asked
    for a reason or a photo but never made to give one. Pressed twice, it reopens once. What was merged opens what it
    goes on as again. Staff give a `reason`, which the owner reads. Raises WrongState."""
    asked, appeal = appeal, follow_merge(session, appeal)
    if appeal.reopened and (is_worked_on(appeal.state) or appeal.state == AppealState.DEFERRED):
        return
    for heard in list_heard(session, appeal):
        _drop_question(session, appeal, heard=heard if heard is not appeal else None)
    end_aftercare(session, appeal, at=at)
    due_at = due_from_now(appeal, at=at)
    appeal.state = next_state(appeal.state, reopening_of(appeal.state, appeal.closed_by))
    appeal.next_due_at = due_at  # at once: a closed appeal has none, and an open one must
    appeal.reopened += 1
    appeal.resolved_at = appeal.closed_at = appeal.closed_by = appeal.ended_reason = None
    appeal.cause = appeal.parts = None
    appeal.operator_id = appeal.on_the_way_at = appeal.arrived_at = None
    appeal.deferred_until = appeal.deferred_reason = None
    session.flush()
    session.refresh(appeal, ["operator"])
    record(session, appeal, "appeal.reopened", actor=by, at=at, how=how, reason=reason)
    note_answer(session, appeal, "not_yet", at=at)
    make_promise(session, appeal, "resolution", due_at=due_at, actor=BOT, at=at)
    refresh_card(session, appeal, at=at)

    def write(heard: Appeal, _: Translate) -> str:
        language = heard.conversation.language
        when = format_when(due_at, timezone=appeal.project.timezone, language=language, now=at)
        who = appeal.responsible.name if appeal.responsible else _("the team")
        if reason:
            text = _(
                "I have reopened {number}: {reason} {who} has it again, to be solved by {when}."
            )
        elif heard.id == asked.id:
            text = _(
                "I have reopened {number}; {who} has it again, to be solved by {when}."
                " What is still wrong? A few words or a photo help, but you need not."
            )
        else:
            text = _(
                "I have reopened {number}: it is not over for everybody who reported it. {who} has it again, to be"
                " solved by {when}."
            )
        return text.format(number=heard.number, reason=reason, who=who, when=when)

    tell_owners(session, appeal, write, key=f"reopened:{appeal.id}:{appeal.reopened}", at=at)
    if by == OWNER:
        await_text(asked.conversation, "reopen_reason", appeal_id=asked.id, at=at)


def remind_to_confirm(session: Session, appeal: Appeal, event_id: int, *, at: datetime) -> None:
    """Once, a day after it was resolved, unless the owner has answered meanwhile. What the reminder says of the end
    holds, whatever the rule was before or becomes; after one that comes late there is as much time as after any."""
    key = f"reminder:{appeal.id}:{appeal.reopened}"
    if not _is_still(session, appeal, event_id) or outbox.find_message(session, key) is not None:
        return
    assert appeal.resolved_at is not None, "a resolved appeal has its time"
    policy = Policy.of(appeal.project.settings)
    remind_at, silent_at = silence_times(policy, appeal.resolved_at)
    close_at = max(silent_at, at + (silent_at - remind_at))
    appeal.next_due_at = close_at
    enqueue(session, CLOSE_IN_SILENCE, at=close_at, appeal_id=appeal.id, event_id=event_id)

    def write(heard: Appeal, _: Translate) -> str:
        language = heard.conversation.language
        when = format_when(close_at, timezone=appeal.project.timezone, language=language, now=at)
        text = _(
            "Is {number} solved for you? If I hear nothing, I will close it on {when};"
            " you can reopen it after that too."
        )
        return text.format(number=heard.number, when=when)

    tell_owners(
        session,
        appeal,
        write,
        key=key,
        at=at,
        can_wait=True,
        offer=closing_buttons,
        leave_out=_answered(session, appeal),
    )
    record(session, appeal, "owner.reminded", actor=BOT, at=at)


def close_in_silence(session: Session, appeal: Appeal, event_id: int, *, at: datetime) -> None:
    """The stated rule: three days without an answer close it, and the owner is told how to reopen. Not before the time
    that the owner has read: another job comes then."""
    if not _is_still(session, appeal, event_id):
        return
    if appeal.next_due_at is not None and at < appeal.next_due_at:
        return
    appeal.state = next_state(appeal.state, AppealAction.LAPSE)
    _close(session, appeal, closed_by="silence", at=at)
    record(session, appeal, "appeal.closed", actor=BOT, at=at, by="silence")
    refresh_card(session, appeal, at=at)
    for heard in list_heard(session, appeal):
        _drop_question(session, appeal, heard=heard if heard is not appeal else None)

    def write(heard: Appeal, _: Translate) -> str:
        text = _(
            "I heard nothing about {number}, so I have closed it."
            " If it is not solved, press the button and it is open again."
        )
        return text.format(number=heard.number)

    tell_owners(
        session,
        appeal,
        write,
        key=f"lapsed:{appeal.id}:{appeal.reopened}",
        at=at,
        can_wait=True,
        offer=reopening_buttons,
        leave_out=_answered(session, appeal),
    )


def _answered(session: Session, appeal: Appeal) -> frozenset[int]:
    """Those of the merged appeals whose owners have said yes already."""
    merged = list_merged(session, appeal.id)
    return frozenset(m.id for m in merged if has_confirmed(session, m, appeal))


def _is_still(session: Session, appeal: Appeal, event_id: int) -> bool:
    """Whether the resolution that started this clock is the one that stands."""
    if appeal.state != AppealState.RESOLVED:
        return False
    latest = session.scalar(
        select(AppealEvent.id)
        .where(
            AppealEvent.appeal_id == appeal.id,
            AppealEvent.name == "appeal.resolved",
            AppealEvent.undone_at.is_(None),
        )
        .order_by(AppealEvent.id.desc())
        .limit(1)
    )
    return latest == event_id
