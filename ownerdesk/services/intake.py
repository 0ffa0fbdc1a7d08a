"""What happens to a message before and after the reader: danger first, then people, then what was asked for.

Rasa reads in between, outside any transaction; both halves may run twice for one message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Handoff, Message
from ownerdesk.model.labels import SECOND, WHOLE
from ownerdesk.queries.appeals import find_latest_open
from ownerdesk.queries.categories import settle_reading
from ownerdesk.queries.conversations import find_open_handoff
from ownerdesk.queries.emergency_phrases import detect_danger
from ownerdesk.rules.buttons import button
from ownerdesk.rules.emergencies import EmergencySign
from ownerdesk.rules.moods import Mood, mood_of
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.readings import Reading, SecondMatter
from ownerdesk.services import outbox
from ownerdesk.services.appeals import FILE_KINDS, add_detail, attach_message, follow_edit
from ownerdesk.services.awaiting import (
    Awaited,
    is_comment_expected,
    is_new_expected,
    is_photo_expected,
    take_awaited,
)
from ownerdesk.services.closure import comment_rating
from ownerdesk.services.conversations import (
    acknowledge_while_waiting,
    follow_language,
    with_english_note,
)
from ownerdesk.services.emergencies import (
    ask_whether_danger,
    is_danger_second,
    kind_of_second,
    raise_emergency,
)
from ownerdesk.services.events import OWNER, record
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.label_items import ask_if_teaching
from ownerdesk.services.matters import DEALT_WITH, notice_second_matter, raise_second_matter
from ownerdesk.services.messages import lock_message, mark_answered
from ownerdesk.services.places import format_placed, take_home
from ownerdesk.services.voice import say_response, voice_of
from ownerdesk.services.weak_signs import call_to_look
from ownerdesk.texts import is_foreign
from ownerdesk.wording import nature_names

MAX_MISSES = 2
ANSWERED_IN_WORDS = ("rating_comment", "reopen_reason", "home", "photo")
REREAD_WITHIN = timedelta(days=30)  # as long as the invitation that they may be waiting for
LIKELY = 0.1
RECENT = timedelta(hours=2)


@dataclass(frozen=True)
class Question:
    """A message for the reader. `language` is the owner's own choice, None to go by the text."""

    message_id: int
    sender_id: str
    text: str
    language: str | None
    may_join: bool


def take_in_text(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> Question | None:
    """The first half: everything that needs no reader. None when the message needs nothing more.

    An emergency the rules are certain of is raised here, before and without any model (S12).
    """
    if message.answered_at is not None:
        return None
    sign = detect_danger(session, message.text)
    if sign is not None and sign.certain:
        raise_emergency(session, conversation, message, kind=sign.kind, found_by="rule", at=at)
        return None
    if conversation.state != "bot":
        leave_to_people(session, conversation, message, at=at)
        if sign is not None and conversation.state == "waiting":
            # Nobody reads along yet, and no reader weighs it.
            ask_whether_danger(session, conversation, message, kind=sign.kind, at=at)
        return None
    is_new = is_new_expected(conversation, at)
    is_left = is_new or (is_photo_expected(conversation) and message.kind not in FILE_KINDS)
    awaited = None if is_left else take_awaited(conversation, at)
    if awaited is not None and _take_awaited_text(session, conversation, message, awaited, at=at):
        return None
    return ask_reader(conversation, message, may_join=not is_new)


def leave_to_people(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """A person holds the conversation: the bot is silent. Nobody accepted yet: the owner hears that it is
    kept."""
    handoff = find_open_handoff(session, conversation.id)
    if handoff is not None and handoff.appeal_id is not None and message.appeal_id is None:
        appeal = session.get_one(Appeal, handoff.appeal_id)
        attach_message(session, appeal, message, at=at)
        if is_comment_expected(conversation, appeal.id, at):
            comment_rating(session, appeal, message.text, at=at)  # low stars brought the person
    if conversation.state == "waiting":
        acknowledge_while_waiting(session, conversation, message, at=at)
        mark_answered(session, message, "waiting", at=at)


def _take_awaited_text(
    session: Session,
    conversation: Conversation,
    message: Message,
    awaited: Awaited,
    *,
    at: datetime,
) -> bool:
    """Whether the text, or the photo with its words, was the answer to what was asked last."""
    if awaited.kind not in ANSWERED_IN_WORDS or awaited.appeal_id is None:
        return False
    appeal = session.get_one(Appeal, awaited.appeal_id)
    if awaited.kind == "home":
        return _take_home(session, appeal, message, at=at)
    _ = voice_of(conversation)
    attach_message(session, appeal, message, at=at)
    if awaited.kind == "rating_comment":
        comment_rating(session, appeal, message.text, at=at)
        text = _("Thank you, I have passed your words on.")
    else:
        text = _("Thank you, it is with {number}.").format(number=appeal.number)
    # What was taken for the answer may have been a new matter: nothing an owner writes ends in a drawer.
    split = [[button(_("This is something else"), "split", message.id)]]
    outbox.send(
        session, conversation, text, key=f"reply:{message.id}", at=at, appeal=appeal, buttons=split
    )
    mark_answered(session, message, awaited.kind, at=at)
    return True


def _take_home(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> bool:
    if not take_home(session, appeal, message, at=at):
        return False
    attach_message(session, appeal, message, at=at)
    outbox.send(
        session, appeal.conversation, format_placed(appeal), key=f"reply:{message.id}", at=at,
        appeal=appeal,
    )  # fmt: skip
    mark_answered(session, message, "placed", at=at)
    return True


def take_in_edit(
    session: Session, conversation: Conversation, message: Message, *, earlier: str, at: datetime
) -> None:
    """An edited message: danger in the new words is raised, unless it was raised already; otherwise the owner hears
    that the change is kept, and the appeal's record keeps what the message said before. Whoever works on the appeal
    reads the new words."""
    sign = detect_danger(session, message.text)
    appeal = session.get(Appeal, message.appeal_id) if message.appeal_id else None
    is_raised = appeal is not None and appeal.nature == "emergency"
    if sign is not None and sign.certain and not is_raised:
        raise_emergency(session, conversation, message, kind=sign.kind, found_by="rule", at=at)
        return
    if appeal is None:
        return
    record(
        session, appeal, "message.edited", actor=OWNER, at=at, message_id=message.id, before=earlier
    )
    follow_edit(session, appeal, message, earlier=earlier, at=at)
    if conversation.state == "person":
        return
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        _("I have noted your change for {number}.").format(number=appeal.number),
        key=f"edited:{message.id}:{at.isoformat()}",
        at=at,
        appeal=appeal,
    )


def keep_reading(session: Session, message: Message, reading: Reading) -> Reading:
    """Keep what was understood with the message, and follow its language. A category that is not in use is read as
    `other`: the model may have been trained with one that was retired since. Returns what was kept."""
    reading = settle_reading(session, reading, message_id=message.id)
    message.reading = reading.as_record()
    message.language = reading.language
    conversation = session.get_one(Conversation, message.conversation_id)
    follow_language(conversation, reading.language)
    session.flush()
    return reading


def finish_turn(
    session: Session,
    message_id: int,
    reading: Reading,
    responses: Sequence[Mapping[str, Any]],
    *,
    at: datetime,
) -> None:
    """The second half: say what Rasa itself had to say, ask about danger where the signs are weak and about a second
    matter, and make sure that the message was answered at all."""
    message = lock_message(session, message_id)
    conversation = session.get_one(Conversation, message.conversation_id)
    if message.reading is None:
        reading = keep_reading(session, message, reading)
    for number, response in enumerate(responses):
        text = say_response(conversation, str(response.get("text", "")).strip())
        if text:
            outbox.send(session, conversation, text, key=f"reply:{message.id}:{number}", at=at)
            mark_answered(session, message, "replied", at=at)
    _look_for_danger(session, conversation, message, reading, at=at)
    if message.answered_how in DEALT_WITH:
        notice_second_matter(session, conversation, message, at=at)
    if message.answered_at is None:
        request_handoff(session, conversation, reason="not_understood", message=message, at=at)
    ask_if_teaching(session, message)


def _look_for_danger(
    session: Session,
    conversation: Conversation,
    message: Message,
    reading: Reading,
    *,
    at: datetime,
) -> None:
    """The low bar: a weak sign by rule or by the reader. A person is alarmed to look, the owner is asked.

    A second matter that reads as an emergency was read without the words around it, and the whole with them was
    not one: the two disagree, and the owner is asked about it as well. Where the whole is an emergency they agree,
    and the second is raised too.
    """
    sign: EmergencySign | None = detect_danger(session, message.text)
    appeal = session.get(Appeal, message.appeal_id) if message.appeal_id else None
    second = SecondMatter.of(message.reading) if is_danger_second(message) else None
    if appeal is not None and appeal.nature == "emergency":
        if second is not None:
            raise_second_matter(session, conversation, message, second, found_by="reader", at=at)
        return
    if not (reading.alarm or second):  # the reader has weighed the sign of the rules
        return
    kind = _kind_of_danger(reading, sign, second)
    part = WHOLE if second is None else SECOND
    if message.answered_how == "clarified":
        # The one question asked about danger too.
        call_to_look(session, conversation, message, kind=kind, at=at, part=part)
    else:
        ask_whether_danger(session, conversation, message, kind=kind, at=at, part=part)
    request_handoff(
        session, conversation, reason="emergency", appeal=appeal, message=message, at=at, tell=False
    )


def _kind_of_danger(
    reading: Reading, sign: EmergencySign | None, second: SecondMatter | None
) -> str:
    kind = sign.kind if sign else reading.kind
    return kind if second is None else kind_of_second(second, otherwise=kind)


def answer_without_reader(session: Session, message_id: int, *, reason: str, at: datetime) -> None:
    """The reader is down: the message is recorded and given to a person, unless a late turn answered it
    meanwhile. A weak sign of danger is enough to alarm somebody now."""
    message = lock_message(session, message_id)
    if message.answered_at is not None:
        return
    conversation = session.get_one(Conversation, message.conversation_id)
    sign = detect_danger(session, message.text)
    if sign is not None:
        ask_whether_danger(session, conversation, message, kind=sign.kind, at=at)
        reason = "emergency"
    request_handoff(session, conversation, reason=reason, message=message, at=at)


def clarify(
    session: Session,
    conversation: Conversation,
    message: Message,
    reading: Reading,
    *,
    at: datetime,
) -> None:
    """Ask once, with the likeliest readings as buttons; after two misses a person takes over."""
    if message.answered_at is not None:
        return
    sign = detect_danger(session, message.text)
    second = reading.second_matter
    if second is not None and second.nature is not Nature.EMERGENCY:
        second = None
    is_danger = reading.alarm or second is not None
    if reading.decision == "handoff" or is_foreign(reading.language):
        # Another language, or nothing the reader has ever seen: buttons would only cost the owner time.
        reason = "other_language" if is_foreign(reading.language) else "not_understood"
        reason = "emergency" if is_danger else reason
        request_handoff(session, conversation, reason=reason, message=message, at=at)
        return
    running = find_latest_open(session, conversation)
    if running is not None and at - running.last_message_at >= RECENT:
        running = None
    is_sharp = mood_of(message.text) is Mood.SHARP
    if running is not None and (message.kind in FILE_KINDS or is_sharp) and not is_danger:
        # "Look": the picture says what its words do not, and the owner can split it off. And nobody who has had
        # enough is asked what it is about: the appeal turns, and a person comes.
        add_detail(session, running, message, at=at)
        return
    conversation.misses += 1
    if conversation.misses >= MAX_MISSES:
        request_handoff(session, conversation, reason="two_misses", message=message, at=at)
        return
    _ = voice_of(conversation)
    names = nature_names(_)
    rows = []
    if running is not None:
        label = _("It belongs to {number}").format(number=running.number)
        rows.append([button(label, "addto", message.id, str(running.id))])
    likely = _likely(reading)
    text = _("I want to get this right. What is it about?")
    if is_danger:
        # One question, not two: whether there is danger comes first, and any other answer denies it.
        text = _("Is anybody in danger right now? If not, what is it about?")
        kind = _kind_of_danger(reading, sign, second)
        rows.insert(0, [button(_("Yes, it is an emergency"), "danger", message.id, kind)])
        likely = [nature for nature in likely if nature is not Nature.EMERGENCY]
    rows += [[button(names[nature], "read", message.id, nature)] for nature in likely]
    rows.append([button(_("Talk to a person"), "human", message.id)])
    outbox.send(
        session,
        conversation,
        text,
        key=f"clarify:{message.id}",
        at=at,
        buttons=rows,
    )
    mark_answered(session, message, "clarified", at=at)


def _likely(reading: Reading) -> list[Nature]:
    """The two or three natures worth a button; `other` is none of them, because a person is offered anyway."""
    ranked = sorted(reading.natures.items(), key=lambda pair: -pair[1])
    real = [(nature, weight) for nature, weight in ranked if nature is not Nature.OTHER]
    return [
        nature for place, (nature, weight) in enumerate(real[:3]) if place < 2 or weight >= LIKELY
    ]


def join_latest(
    session: Session,
    conversation: Conversation,
    message: Message,
    reading: Reading,
    *,
    at: datetime,
) -> None:
    """A detail goes to the appeal last added to; without one, the message is asked about like any unsure one."""
    latest = find_latest_open(session, conversation)
    if latest is None:
        clarify(session, conversation, message, reading, at=at)
    else:
        add_detail(session, latest, message, at=at)


def is_stranger(conversation: Conversation) -> bool:
    """Nobody has proved yet which home this chat belongs to."""
    return conversation.owner_id is None


def ask_to_register(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """Somebody unknown is asked who they are; what they wrote is read again once they have said so. A question
    in English may not be understood: who writes in a language that is not answered yet gets a person at once."""
    _ = voice_of(conversation)
    text = _(
        "I do not know your home yet. Press the button to share your phone number, or type the code from"
        " your invitation. Then I will deal with what you wrote. A person can help you too: /human"
    )
    if is_foreign(message.language):
        text = with_english_note(conversation, text)
        request_handoff(
            session, conversation, reason="other_language", message=message, at=at, tell=False
        )
    outbox.send(
        session,
        conversation,
        text,
        key=f"register:{message.id}",
        at=at,
        markup={"contact": _("Share my phone number")},
    )
    mark_answered(session, message, "asked_to_register", at=at)


def list_unread(session: Session, conversation: Conversation, *, at: datetime) -> list[Message]:
    """What a newly registered owner wrote before, to be dealt with now: they never repeat themselves (S13).

    They count as unanswered again, and are found again by a second call until they are answered: the process
    may die between the registration and the reader. What a person has had before them is theirs.
    """
    read_by_person = (
        select(func.max(Handoff.accepted_at))
        .where(Handoff.conversation_id == conversation.id)
        .scalar_subquery()
    )
    messages = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.answered_how == "asked_to_register",
            Message.created_at > at - REREAD_WITHIN,
            or_(read_by_person.is_(None), Message.created_at > read_by_person),
        )
        .order_by(Message.id)
    ).all()
    for message in messages:
        message.answered_at = None
    session.flush()
    return list(messages)


def ask_reader(conversation: Conversation, message: Message, *, may_join: bool = True) -> Question:
    """The question to the reader. Without a choice of the owner's own, the text shows its language."""
    return Question(
        message_id=message.id,
        sender_id=str(conversation.id),
        text=message.text,
        language=conversation.language if conversation.language_chosen else None,
        may_join=may_join,
    )
