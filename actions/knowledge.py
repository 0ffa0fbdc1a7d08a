"""Consultations."""

from __future__ import annotations

from actions.wiring import OwnerAction, OwnerTurn
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.services.knowledge import answer_question


class ActionAnswerQuestion(OwnerAction):
    """Answer from the knowledge base, or register the question for a person."""

    def name(self) -> str:
        return "action_answer_question"

    def act(self, turn: OwnerTurn) -> None:
        answer_question(
            turn.session,
            turn.conversation,
            turn.message,
            category=turn.reading.category,
            vector=list(encode(turn.message.text)),
            at=turn.at,
        )
