"""Yes and no, as answers to the question whether something is solved."""

from __future__ import annotations

from actions.wiring import OwnerAction, OwnerTurn
from ownerdesk.services.closure import confirm_solved, reopen_appeal
from ownerdesk.services.intake import clarify
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.statuses import find_waiting_for_word


class ActionYes(OwnerAction):
    """Yes, while an appeal waits for the owner's word, closes it; elsewhere the bot asks what is meant."""

    def name(self) -> str:
        return "action_yes"

    def act(self, turn: OwnerTurn) -> None:
        appeal = find_waiting_for_word(turn.session, turn.conversation)
        if appeal is None:
            clarify(turn.session, turn.conversation, turn.message, turn.reading, at=turn.at)
            return
        confirm_solved(turn.session, appeal, at=turn.at)
        mark_answered(turn.session, turn.message, "confirmed", at=turn.at)


class ActionNo(OwnerAction):
    """No, while an appeal waits for the owner's word, reopens it."""

    def name(self) -> str:
        return "action_no"

    def act(self, turn: OwnerTurn) -> None:
        appeal = find_waiting_for_word(turn.session, turn.conversation)
        if appeal is None:
            clarify(turn.session, turn.conversation, turn.message, turn.reading, at=turn.at)
            return
        reopen_appeal(turn.session, appeal, how="said_no", at=turn.at)
        mark_answered(turn.session, turn.message, "reopened", at=turn.at)
