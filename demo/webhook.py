"""Delivery of updates to a webhook: in order, one at a time, again until it is taken."""

from __future__ import annotations

import asyncio

from aiohttp import ClientError, ClientSession, ClientTimeout

from demo.botapi.intake import note_webhook_error, webhook
from demo.errors import Json
from demo.state import State

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
TIMEOUT = ClientTimeout(total=30)


async def deliver_forever(state: State) -> None:
    """Hand updates to the webhook whenever there is one, until cancelled."""
    pause = FIRST_PAUSE
    async with ClientSession(timeout=TIMEOUT) as session:
        while True:
            settings = webhook(state)
            if not settings["url"]:
                state.webhook_changed.clear()
                await state.webhook_changed.wait()
                continue
            await state.updates.wait(1.0)
            for update in state.updates.next_batch(1):
                error = await _deliver(session, settings, update)
                if error:
                    note_webhook_error(state, error)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
                    break
                pause = FIRST_PAUSE
                state.updates.confirm(update["update_id"])


async def _deliver(session: ClientSession, settings: Json, update: Json) -> str:
    """Why the update was not taken; empty when it was."""
    headers = {}
    if settings["secret"]:
        headers["X-Telegram-Bot-Api-Secret-Token"] = settings["secret"]
    try:
        async with session.post(
            settings["url"], json=update, headers=headers, allow_redirects=False
        ) as answer:
            if 200 <= answer.status < 300:
                return ""
            return f"Wrong response from the webhook: {answer.status} {answer.reason}"
    except TimeoutError:
        return "Read timeout expired"
    except ClientError as error:
        return f"Connection failed: {type(error).__name__}"
