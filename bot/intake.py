"""The intake: long polling, unless a public address makes Telegram call the console's webhook.

An update counts as received by Telegram when the next call names a higher offset, and that call is made only after
the transaction that stored it. One process polls, chosen by a lock in the database; replicas wait for their turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from telegram import Update
from telegram.error import Conflict, RetryAfter, TelegramError
from telegram.ext import ExtBot

from ownerdesk.bootstrap import Core
from ownerdesk.services.inbox import store_update

logger = logging.getLogger(__name__)

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_SECONDS = 25
BATCH = 100
PAUSE_SECONDS = 1.0
POLLING_LOCK = 0x6F776E6572  # "owner": any number will do that nothing else locks


async def keep_taking_in(core: Core, bot: ExtBot[None], stopping: asyncio.Event) -> None:
    """Take updates in until told to stop; trouble is waited out."""
    if core.settings.public_url:
        await _until_it_works(lambda: _set_webhook(core, bot), stopping, "webhook")
        await stopping.wait()
        return
    with core.engine.connect() as connection:
        while not stopping.is_set():
            got = connection.scalar(
                text("SELECT pg_try_advisory_lock(:key)"), {"key": POLLING_LOCK}
            )
            connection.commit()
            if got:
                break
            await _sleep(stopping, PAUSE_SECONDS)
        await _until_it_works(bot.delete_webhook, stopping, "webhook")
        await _poll(core, bot, stopping)


async def _set_webhook(core: Core, bot: ExtBot[None]) -> object:
    return await bot.set_webhook(
        f"{core.settings.public_url}/telegram/webhook",
        secret_token=core.webhook_secret,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=40,
    )


async def _poll(core: Core, bot: ExtBot[None], stopping: asyncio.Event) -> None:
    offset: int | None = None
    while not stopping.is_set():
        poll = asyncio.create_task(
            bot.get_updates(
                offset=offset, limit=BATCH, timeout=POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
            )
        )
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({poll, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if stopping.is_set():
            poll.cancel()
            with contextlib.suppress(asyncio.CancelledError, TelegramError):
                await poll
            return
        try:
            updates = await poll
            if updates:
                await core.transact(store_batch, updates, at=core.clock())
                offset = updates[-1].update_id + 1
        except RetryAfter as error:
            await _sleep(stopping, float(str(error.retry_after)))
        except Conflict:
            logger.warning("another program polls with this token; waiting for it to stop")
            await _sleep(stopping, PAUSE_SECONDS * 3)
        except (TelegramError, SQLAlchemyError) as error:
            logger.warning("updates not taken in, trying again: %s", type(error).__name__)
            await _sleep(stopping, PAUSE_SECONDS)


def store_batch(session: Session, updates: Sequence[Update], *, at: datetime) -> None:
    """Store what one call brought, in one transaction."""
    for update in updates:
        store_update(session, update.to_dict(), at=at)


async def _until_it_works(
    call: Callable[[], Awaitable[object]], stopping: asyncio.Event, what: str
) -> None:
    while not stopping.is_set():
        try:
            await call()
        except TelegramError as error:
            logger.warning("%s not set yet: %s", what, type(error).__name__)
            await _sleep(stopping, PAUSE_SECONDS)
        else:
            return


async def _sleep(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
