"""A turn of the conversation: the reader is asked between two transactions, and its absence is survived."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.adapters.rasa import RasaClient, RasaRefused, RasaUnavailable, Turn
from ownerdesk.bootstrap import Core
from ownerdesk.services.inbox import mark_handled
from ownerdesk.services.intake import Question, answer_without_reader, finish_turn

logger = logging.getLogger(__name__)

# However slow the reader is, an owner hears by then.
ANSWER_SECONDS = 7.0
# More at once would only queue inside Rasa; the rest of the conversations waits here, or is no matter for it.
SEATS = 24
# Three tries: at once, and after each of these pauses.
PAUSES_SECONDS = (0.4, 1.2)
START_PATIENCE_SECONDS = 30.0
START_PAUSE_SECONDS = 0.5


class Turns:
    """Asks Rasa, which runs the custom actions, and finishes what the turn began."""

    def __init__(self, core: Core, rasa: RasaClient) -> None:
        self._core = core
        self._rasa = rasa
        self._handled: set[int] = set()
        self._seats = asyncio.Semaphore(SEATS)
        self._patient_until = time.monotonic() + START_PATIENCE_SECONDS

    async def take_all(self, questions: Sequence[Question], update_id: int) -> None:
        """Answer messages one after another, in their order. The update that brought them is marked as handled
        in the transaction that finishes the last."""
        for number, question in enumerate(questions, start=1):
            turn = await self._ask(question)
            handled_id = update_id if number == len(questions) else None
            await self._core.transact(
                _finish, question.message_id, turn, handled_id, at=self._core.clock()
            )
        if questions:
            self._handled.add(update_id)

    def forget_handled(self, update_id: int) -> bool:
        """Whether a turn marked the update as handled; asked once per update."""
        is_handled = update_id in self._handled
        self._handled.discard(update_id)
        return is_handled

    async def _ask(self, question: Question) -> Turn | None:
        """Rasa is asked again after a short pause, because actions are idempotent by message.

        When everything has just been started Rasa still loads its model; it is waited for, so that what was
        written meanwhile does not all go to a person.
        """
        while time.monotonic() < self._patient_until:
            if await self._rasa.is_ready():
                self._patient_until = 0.0
                break
            await asyncio.sleep(START_PAUSE_SECONDS)
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._seats.acquire()
        except TimeoutError:
            logger.warning("message %s: Rasa is busy with others", question.message_id)
            return None
        try:
            return await self._send(question, deadline)
        finally:
            self._seats.release()

    async def _send(self, question: Question, deadline: float) -> Turn | None:
        for pause in (*PAUSES_SECONDS, None):
            try:
                return await self._rasa.send(
                    sender_id=question.sender_id,
                    message_id=str(question.message_id),
                    text=question.text,
                    language=question.language,
                    timeout=max(deadline - time.monotonic(), 0.1),
                    metadata={"may_join": question.may_join},
                )
            except RasaRefused as error:
                logger.error("message %s: %s", question.message_id, error)
                return None
            except RasaUnavailable as error:
                logger.warning("message %s: %s", question.message_id, error)
                if pause is None or time.monotonic() + pause > deadline:
                    return None
                await asyncio.sleep(pause)
        return None


def _finish(
    session: Session, message_id: int, turn: Turn | None, update_id: int | None, *, at: datetime
) -> None:
    """When the reader stayed away a person gets the message."""
    if turn is None:
        answer_without_reader(session, message_id, reason="reader_down", at=at)
    else:
        finish_turn(session, message_id, turn.reading, turn.responses, at=at)
    if update_id is not None:
        mark_handled(session, update_id, at=at)
