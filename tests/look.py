"""What tests look at: messages, jobs, promises and facts, as they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Conversation, Handoff, Message, Promise


def list_keys(session: Session, conversation: Conversation) -> list[str]:
    """The causes of what the owner was told, in order, without ids."""
    sent = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.direction == "out")
        .order_by(Message.id)
    )
    return [(message.key or "note").split(":")[0] for message in sent]


def find_sent(session: Session, conversation: Conversation, prefix: str) -> list[Message]:
    """What was told for a cause, such as `slip` or `reminder`."""
    return list(
        session.scalars(
            select(Message)
            .where(
                Message.conversation_id == conversation.id,
                Message.direction == "out",
                Message.key.startswith(f"{prefix}:"),
            )
            .order_by(Message.id)
        )
    )


def list_events(session: Session, appeal: Appeal) -> list[str]:
    events = select(AppealEvent.name).where(AppealEvent.appeal_id == appeal.id)
    return list(session.scalars(events.order_by(AppealEvent.id)))


def list_open_promises(session: Session, appeal: Appeal, kind: str = "resolution") -> list[Promise]:
    """Promises of the kind that have not ended in any way."""
    promises = session.scalars(
        select(Promise).where(Promise.appeal_id == appeal.id, Promise.kind == kind)
    )
    return [p for p in promises if not count_ends(p)]


def count_ends(promise: Promise) -> int:
    ends = (promise.kept_at, promise.broken_at, promise.renegotiated_at, promise.withdrawn_at)
    return sum(end is not None for end in ends)


def list_jobs(session: Session, task: str) -> list[dict[str, Any]]:
    """Arguments of the jobs asked for, each with its time as `at`."""
    rows = session.execute(
        text(
            "select args, scheduled_at, lock from procrastinate_jobs"
            " where task_name = :task order by id"
        ),
        {"task": task},
    )
    return [{**args, "at": at, "lock": lock} for args, at, lock in rows]


def list_handoffs(session: Session, conversation: Conversation) -> Sequence[Handoff]:
    return session.scalars(
        select(Handoff).where(Handoff.conversation_id == conversation.id).order_by(Handoff.id)
    ).all()


def labels(message: Message) -> list[str]:
    """The actions of a message's buttons, row by row."""
    rows = (message.markup or {}).get("inline", [])
    return [button["data"].split(":")[1] for row in rows for button in row]
