"""The job that handles one stored update, exactly once."""

from __future__ import annotations

import logging
from datetime import datetime

import procrastinate
from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import Application, ContextTypes

from bot.handlers.base import conversation_of, is_from_group
from bot.incoming import parse_message
from bot.turns import Turns
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import InboxUpdate, Message
from ownerdesk.queries.conversations import find_conversation
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.inbox import mark_handled, note_attempt, read_open_update
from ownerdesk.services.jobs import HANDLE_UPDATE
from ownerdesk.services.messages import store_message

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5


class HandlingFailed(Exception):
    """A handler raised; the job engine tries again."""


def add_update_job(
    jobs: procrastinate.App,
    core: Core,
    application: Application,  # type: ignore[type-arg]
    turns: Turns,
) -> None:
    """Register the task, and the error handler that carries a handler's exception out of the application."""
    failures: dict[int, BaseException] = {}

    async def carry_out(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        if isinstance(update, Update) and context.error is not None:
            failures[update.update_id] = context.error

    application.add_error_handler(carry_out)

    async def handle_update(update_id: int) -> None:
        body = await core.transact(read_open_update, update_id)
        if body is None:
            return
        update: Update | None = None
        error: BaseException | None = None
        try:
            update = Update.de_json(body, application.bot)
        except Exception as raised:
            error = raised  # Telegram sent what its library cannot read
        if update is not None:
            await application.process_update(update)
            error = failures.pop(update_id, None)
        if error is None:
            if not turns.forget_handled(update_id):
                await core.transact(mark_handled, update_id, at=core.clock())
            return
        attempts = await core.transact(note_attempt, update_id, error=type(error).__name__)
        logger.error(
            "update %s failed, attempt %s: %s", update_id, attempts, type(error).__name__,
            exc_info=error if logger.isEnabledFor(logging.DEBUG) else None,
        )  # fmt: skip
        if attempts < MAX_ATTEMPTS:
            raise HandlingFailed(type(error).__name__)
        await core.transact(_give_up, update_id, update, core)

    jobs.task(name=HANDLE_UPDATE, queue="updates", retry=BACKOFF)(handle_update)


def _give_up(session: Session, update_id: int, update: Update | None, core: Core) -> None:
    """What cannot be handled is not lost: a person gets the conversation with what was written, and the update keeps
    its error."""
    at = core.clock()
    stored = session.get_one(InboxUpdate, update_id)
    message = None if update is None else _keep_message(session, update, at=at)
    if stored.chat_id is not None:
        conversation = find_conversation(session, stored.chat_id)
        if conversation is not None and conversation.kind == "owner":
            request_handoff(session, conversation, reason="failed", message=message, at=at)
    mark_handled(session, update_id, at=at)


def _keep_message(session: Session, update: Update, *, at: datetime) -> Message | None:
    """The message itself, which went with every failed attempt; None where the update holds none, or where that is
    what fails."""
    if update.message is None or is_from_group(update):
        return None
    try:
        with session.begin_nested():
            conversation = conversation_of(session, update)
            return store_message(session, conversation, parse_message(update.message), at=at)
    except Exception as error:
        logger.error(
            "update %s: its message could not be kept: %s", update.update_id, type(error).__name__
        )
        return None
