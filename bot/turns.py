"""A turn of the conversation: the reader is asked between two transactions, and its absence is survived."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from ownerdesk.adapters.rasa import RasaClient, RasaRefused, RasaUnavailable
from ownerdesk.bootstrap import Core
from ownerdesk.services.intake import Question, answer_without_reader, finish_turn

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 6.0
PAUSES_SECONDS = (0.4, 1.2)


class Turns:
    """Asks Rasa, which runs the custom actions, and finishes what the turn began."""

    def __init__(self, core: Core, rasa: RasaClient) -> None:
        self._core = core
        self._rasa = rasa

    async def take_all(self, questions: Sequence[Question]) -> None:
        """Answer messages one after another, in their order."""
        for question in questions:
            await self.take(question)

    async def take(self, question: Question) -> None:
        """Answer one message. Rasa is asked again after a short pause, because actions are idempotent by
        message; when it stays away a person gets the message."""
        for pause in (*PAUSES_SECONDS, None):
            try:
                turn = await self._rasa.send(
                    sender_id=question.sender_id,
                    message_id=str(question.message_id),
                    text=question.text,
                    language=question.language,
                    timeout=TIMEOUT_SECONDS,
                    metadata={"may_join": question.may_join},
                )
            except (RasaUnavailable, RasaRefused) as error:
                logger.warning("message %s: %s", question.message_id, error)
                if pause is None or isinstance(error, RasaRefused):
                    break
                await asyncio.sleep(pause)
            else:
                await self._core.transact(
                    finish_turn,
                    question.message_id,
                    turn.reading,
                    turn.responses,
                    at=self._core.clock(),
                )
                return
        await self._core.transact(
            answer_without_reader,
            question.message_id,
            reason="reader_down",
            at=self._core.clock(),
        )
