"""A question whose answer is expected as free text. It never blocks: it lapses, and the owner may ignore it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ownerdesk.model import Conversation

PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True)
class Awaited:
    """What is expected: rating_comment, reopen_reason, home, photo, invite_code or new_appeal; of an operator
    job_done, job_parts or job_reason, and of whoever is offered an appeal handover_reason, about `subject_id`."""

    kind: str
    appeal_id: int | None
    subject_id: int | None = None


def await_text(
    conversation: Conversation,
    kind: str,
    *,
    at: datetime,
    appeal_id: int | None = None,
    subject_id: int | None = None,
) -> None:
    """Expect an answer for half an hour; a newer question replaces an older one."""
    conversation.awaiting = {
        "kind": kind,
        "appeal_id": appeal_id,
        "subject_id": subject_id,
        "until": (at + PATIENCE).isoformat(),
    }


def is_new_expected(conversation: Conversation, at: datetime) -> bool:
    """Whether the owner said that the next message is a matter of its own. Looking changes nothing: it stays so
    until an appeal is made, also over a question asked back and over a restart."""
    awaiting = conversation.awaiting
    return (
        awaiting is not None
        and awaiting["kind"] == "new_appeal"
        and datetime.fromisoformat(awaiting["until"]) >= at
    )


def is_photo_expected(conversation: Conversation) -> bool:
    """Whether a photo was asked for: words alone are no answer, and leave the question as it is."""
    return conversation.awaiting is not None and conversation.awaiting["kind"] == "photo"


def stop_expecting_new(conversation: Conversation) -> None:
    """The appeal that was expected has been made."""
    stop_awaiting(conversation, "new_appeal")


def stop_awaiting(conversation: Conversation, kind: str) -> None:
    """What was asked is answered in another way; a newer question stays."""
    if conversation.awaiting is not None and conversation.awaiting["kind"] == kind:
        conversation.awaiting = None


def is_comment_expected(conversation: Conversation, appeal_id: int, at: datetime) -> bool:
    """Whether the owner may still add the word to the stars of this appeal; asked about once."""
    awaiting = conversation.awaiting
    if awaiting is None or (awaiting["kind"], awaiting["appeal_id"]) != (
        "rating_comment",
        appeal_id,
    ):
        return False
    return take_awaited(conversation, at) is not None


def take_awaited(conversation: Conversation, at: datetime) -> Awaited | None:
    """What is expected now, if anything; it is expected no longer."""
    awaiting, conversation.awaiting = conversation.awaiting, None
    if awaiting is None or datetime.fromisoformat(awaiting["until"]) < at:
        return None
    return Awaited(awaiting["kind"], awaiting["appeal_id"], awaiting.get("subject_id"))
