"""Telegram's limits: 30 messages a second over all, one a second per chat, and a pause when it asks for one."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

MAX_CHATS = 10_000


class SendingLimits:
    """Gives out times to send. One a process: more workers share the rate by their settings."""

    def __init__(self, *, per_second: float, per_chat_second: float) -> None:
        self._gap = 1.0 / per_second
        self._chat_gap = 1.0 / per_chat_second
        self._next = 0.0
        self._chats: OrderedDict[int, float] = OrderedDict()

    async def wait(self, chat_id: int) -> None:
        """Wait for this chat's turn. A turn is taken when it is given, in the order of asking.

        The chat's turn is waited for first, so that a busy chat holds no place in the common line.
        """
        now = time.monotonic()
        own = max(now, self._chats.get(chat_id, 0.0))
        self._remember(chat_id, own + self._chat_gap)
        if own > now:
            await asyncio.sleep(own - now)
        now = time.monotonic()
        common = max(now, self._next)
        self._next = common + self._gap
        if common > now:
            await asyncio.sleep(common - now)

    def pause(self, chat_id: int, seconds: float) -> None:
        """Telegram asked for a pause: nothing is sent before it is over."""
        until = time.monotonic() + seconds
        self._next = max(self._next, until)
        self._remember(chat_id, max(self._chats.get(chat_id, 0.0), until))

    def _remember(self, chat_id: int, until: float) -> None:
        self._chats[chat_id] = until
        self._chats.move_to_end(chat_id)
        while len(self._chats) > MAX_CHATS:
            self._chats.popitem(last=False)
