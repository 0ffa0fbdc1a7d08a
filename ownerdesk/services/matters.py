"""The second matter of a message: noticed, asked about, and made an appeal of its own where the owner says so.

A message is read and answered as one. What it says about something else stays with its reading until the owner has
answered, so that the press needs no reader. Danger in it waits for nobody.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message
from ownerdesk.model.labels import SECOND
from ownerdesk.queries.appeals import find_appeal_of_message, is_recorded
from ownerdesk.queries.conversations import find_open_handoff
from ownerdesk.rules.buttons import button
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.services import outbox
from ownerdesk.services.appeals import create_appeal, summarize
from ownerdesk.services.cards import send_card
from ownerdesk.services.dispatch import dispatch_by_rules
from ownerdesk.services.emergencies import is_danger_second, kind_of_second, raise_emergency
from ownerdesk.services.events import BOT, OWNER, Actor, record
from ownerdesk.services.messages import lock_message
from ownerdesk.services.places import ask_which_home
from ownerdesk.services.promises import due_from_now, make_promise
from ownerdesk.services.voice import voice_of

# The first matter is dealt with, so that the owner can be asked about the second.
DEALT_WITH = frozenset({"registered", "joined", "offered", "answered", "emergency"})


def notice_second_matter(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """The first matter is dealt with: note in its appeal that the message holds another, and ask the owner whether
    that is to be an appeal of its own. Called again it notes and asks nothing new.

    A conversation that people have is not asked into: they see it in the record and with the message.
    """
    second = SecondMatter.of(message.reading)
    if second is None:
        return
    first = _first_appeal(session, message)
    if first is not None and not is_recorded(
        session, first, "matter.noticed", message_id=message.id
    ):
        record(
            session, first, "matter.noticed", actor=BOT, at=at, message_id=message.id,
            text=summarize(second.text), nature=second.nature, category=second.category,
        )  # fmt: skip
    is_stranger = conversation.owner_id is None  # nobody has said yet which home it would be about
    if is_stranger or is_danger_second(message) or _is_with_people(session, conversation, first):
        return
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        _("You also wrote: “{words}”. Shall I open a separate appeal for that?").format(
            words=summarize(second.text)
        ),
        key=f"second:{message.id}",
        at=at,
        appeal=first,
        buttons=[
            [button(_("Yes, open one"), "second", message.id)],
            [button(_("No, it belongs together"), "nosecond", message.id)],
        ],
    )


def _first_appeal(session: Session, message: Message) -> Appeal | None:
    return session.get(Appeal, message.appeal_id) if message.appeal_id else None


def _is_with_people(session: Session, conversation: Conversation, first: Appeal | None) -> bool:
    """The handoff that an emergency brings with it calls people to that emergency, not to what else was written."""
    if conversation.state == "waiting" and first is not None and first.nature == "emergency":
        handoff = find_open_handoff(session, conversation.id)
        return handoff is None or handoff.reason != "emergency"
    return conversation.state != "bot"


def open_second_matter(
    session: Session,
    conversation: Conversation,
    message: Message,
    second: SecondMatter,
    *,
    at: datetime,
) -> Appeal:
    """The owner wants an appeal for it. Pressed twice, or after "no", it is one all the same. What was read as danger
    and then denied is a fault like any other, as with `split_off`."""
    lock_message(session, message.id)
    known = find_appeal_of_message(session, message.id, part=SECOND)
    if known is not None:
        return known
    if is_danger_second(message):
        return raise_second_matter(session, conversation, message, second, found_by="reader", at=at)
    is_denied = second.nature is Nature.EMERGENCY
    appeal = create_appeal(
        session,
        conversation,
        message,
        nature=Nature.HELP_SEEKING if is_denied else second.nature,
        category=second.category,
        at=at,
        part=SECOND,
    )
    make_promise(
        session, appeal, "resolution", due_at=due_from_now(appeal, at=at), actor=BOT, at=at
    )
    send_card(session, appeal, at=at)
    ask_which_home(session, appeal, message, at=at)
    dispatch_by_rules(session, appeal, at=at)
    _note_opened(session, message, appeal, actor=OWNER, at=at)
    return appeal


def raise_second_matter(
    session: Session,
    conversation: Conversation,
    message: Message,
    second: SecondMatter,
    *,
    found_by: str,
    at: datetime,
    kind: str | None = None,
) -> Appeal:
    """The second matter is an emergency: raised like any other, beside what the message made first."""
    otherwise = (message.reading or {}).get("kind", "other")
    appeal = raise_emergency(
        session,
        conversation,
        message,
        kind=kind or kind_of_second(second, otherwise=otherwise),
        category=second.category,
        found_by=found_by,
        at=at,
        part=SECOND,
    )
    actor = OWNER if found_by == "owner" else BOT
    _note_opened(session, message, appeal, actor=actor, at=at)
    return appeal


def _note_opened(
    session: Session, message: Message, appeal: Appeal, *, actor: Actor, at: datetime
) -> None:
    first = _first_appeal(session, message)
    if first is None or first.id == appeal.id:
        return
    if not is_recorded(session, first, "matter.opened", message_id=message.id):
        record(
            session, first, "matter.opened", actor=actor, at=at, message_id=message.id,
            appeal_id=appeal.id, number=appeal.number,
        )  # fmt: skip


def keep_together(session: Session, message: Message, *, at: datetime) -> None:
    """The owner says that it belongs to the first matter; nothing changes once there is an appeal for it."""
    lock_message(session, message.id)
    first = _first_appeal(session, message)
    if first is None or find_appeal_of_message(session, message.id, part=SECOND) is not None:
        return
    if not is_recorded(session, first, "matter.kept", message_id=message.id):
        record(session, first, "matter.kept", actor=OWNER, at=at, message_id=message.id)
