"""What may be done in a conversation, from its own page or from an appeal's: take it, answer, note, transfer, return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from console.forms import Form, parse_id, parse_nonce
from ownerdesk.model import Appeal, Conversation, Department, StaffMember
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.answering import NobodyToAsk
from ownerdesk.rules.refusals import StaffNotFound
from ownerdesk.services import handoffs, messages, transfers


@dataclass(frozen=True)
class Talk:
    """A conversation with who acts in it; the appeal is the one on whose page they do, if any."""

    session: Session
    conversation: Conversation
    appeal: Appeal | None
    by: StaffMember
    form: Form
    at: datetime


Do = Callable[[Talk], object]


def parse_ids(text: str, field: str) -> list[int]:
    """Ids with commas between them. Raises BadForm."""
    return [parse_id(part, field) for part in text.split(",") if part]


def take_over(talk: Talk) -> None:
    handoffs.accept_handoff(talk.session, talk.conversation, by=talk.by, at=talk.at)


def reply(talk: Talk) -> None:
    """A form that was shown while nobody held the conversation takes it as well, if that is still so."""
    seen = parse_id(talk.form.get("seen", ""), "seen")
    over = talk.form.get("over", "")
    nonce = parse_nonce(talk.form)
    uploads = parse_ids(talk.form.get("uploads", ""), "uploads")
    if talk.form.get("take"):
        handoffs.accept_if_free(talk.session, talk.conversation, by=talk.by, at=talk.at)
    handoffs.reply(
        talk.session,
        talk.conversation,
        talk.form.get("text", ""),
        by=talk.by,
        key=nonce,
        at=talk.at,
        appeal=talk.appeal,
        seen=seen,
        over=parse_id(over, "over") if over else None,
        uploads=uploads,
    )


def hand_back(talk: Talk) -> None:
    words = talk.form.get("words", "")
    handoffs.return_to_bot(talk.session, talk.conversation, by=talk.by, at=talk.at, words=words)


def note(talk: Talk) -> None:
    key = f"note:{talk.by.id}:{parse_nonce(talk.form)}" if "nonce" in talk.form else None
    messages.add_note(
        talk.session, talk.conversation, talk.form.get("text", ""), staff_id=talk.by.id,
        at=talk.at, appeal=talk.appeal, key=key,
    )  # fmt: skip


def transfer(talk: Talk) -> None:
    """The choice reads `person:7` or `department:3`, so that one list serves both."""
    kind, _, id_text = talk.form.get("to", "").partition(":")
    if kind not in ("person", "department"):
        raise NobodyToAsk
    to: StaffMember | Department | None
    if kind == "person":
        try:
            to = get_staff_member(talk.session, parse_id(id_text, "to"))
        except StaffNotFound:
            raise NobodyToAsk from None
    else:
        to = talk.session.get(Department, parse_id(id_text, "to"))
    if to is None:
        raise NobodyToAsk
    transfers.request_transfer(
        talk.session, talk.conversation, to=to, reason=talk.form.get("reason", ""), by=talk.by,
        at=talk.at,
    )  # fmt: skip


def accept_transfer(talk: Talk) -> None:
    transfers.accept_transfer(talk.session, talk.conversation, by=talk.by, at=talk.at)


def decline_transfer(talk: Talk) -> None:
    reason = talk.form.get("reason", "")
    transfers.decline_transfer(
        talk.session, talk.conversation, reason=reason, by=talk.by, at=talk.at
    )


def withdraw_transfer(talk: Talk) -> None:
    transfers.withdraw_transfer(talk.session, talk.conversation, by=talk.by, at=talk.at)


# On an appeal's page a note is work on the appeal; everything else there and here is answering an owner.
TALK: dict[str, Do] = {
    "take-over": take_over,
    "reply": reply,
    "hand-back": hand_back,
    "note": note,
    "transfer": transfer,
    "accept-transfer": accept_transfer,
    "decline-transfer": decline_transfer,
    "withdraw-transfer": withdraw_transfer,
}
RIGHTS = {name: Right.WORK_APPEALS if name == "note" else Right.ANSWER_OWNERS for name in TALK}
