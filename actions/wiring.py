"""How every action gets what it needs: the core of this process, the message it answers, and a transaction.

rasa-sdk makes every non-abstract `Action` in the process without arguments, so that the base is abstract and the
core is found here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from ownerdesk.adapters.rasa import parse_reading
from ownerdesk.bootstrap import Core
from ownerdesk.model import Conversation, Message
from ownerdesk.rules.readings import Reading
from ownerdesk.services.intake import ask_to_register, is_stranger, keep_reading
from ownerdesk.services.messages import lock_message

_core: Core | None = None


def wire(core: Core) -> None:
    """Give the actions of this process their core."""
    global _core
    _core = core


def core() -> Core:
    if _core is None:
        raise RuntimeError("the actions are not wired: start them with `ownerdesk run actions`")
    return _core


@dataclass(frozen=True)
class OwnerTurn:
    """What an action answers: one message in its conversation, as it was read, inside an open transaction."""

    session: Session
    conversation: Conversation
    message: Message
    reading: Reading
    may_join: bool
    at: datetime


class OwnerAction(Action):  # type: ignore[misc]  # rasa-sdk comes without types
    """Answers one message of an owner, once: a message that was answered already is left alone."""

    is_for_strangers: ClassVar[bool] = False

    @abstractmethod
    def name(self) -> str: ...

    @abstractmethod
    def act(self, turn: OwnerTurn) -> None:
        """Call one service."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        latest: Mapping[str, Any] = tracker.latest_message
        metadata = latest["metadata"]
        await core().transact(
            self._answer,
            int(metadata["message_id"]),
            read_latest(latest),
            may_join=bool(metadata.get("may_join", True)),
            at=core().clock(),
        )
        return []

    def _answer(
        self, session: Session, message_id: int, reading: Reading, *, may_join: bool, at: datetime
    ) -> None:
        message = lock_message(session, message_id)
        if message.answered_at is not None:
            return
        conversation = session.get_one(Conversation, message.conversation_id)
        reading = keep_reading(session, message, reading)
        if is_stranger(conversation) and not self.is_for_strangers:
            ask_to_register(session, conversation, message, at=at)
        else:
            self.act(OwnerTurn(session, conversation, message, reading, may_join, at))


def read_latest(latest: Mapping[str, Any]) -> Reading:
    """The reading that Rasa keeps with the latest message, in the shape the channel gives it."""
    return parse_reading(
        {
            "intent": latest["intent"]["name"],
            "confidence": latest["intent"]["confidence"],
            "intent_ranking": latest["intent_ranking"],
            "category": latest["category"]["name"],
            "category_confidence": latest["category"]["confidence"],
            "category_ranking": latest["category_ranking"],
            "kind": latest["kind"]["name"],
            "kind_confidence": latest["kind"]["confidence"],
            "language": latest.get("language"),
            "entities": latest["entities"],
            "decision": latest["decision"],
            "alarm": latest["alarm"],
            "reader": latest["reader"],
            "second_matter": latest.get("second_matter"),
            "model": latest.get("model"),
        }
    )
