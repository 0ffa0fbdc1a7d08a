"""Flood control: how much a bot may send over all and to one chat."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from demo.errors import ApiError

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_DATA = 64
MAX_CALLBACK_ANSWER = 200
MAX_BUTTONS = 100
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024


@dataclass
class Bucket:
    """Tokens that come back at `rate` a second up to `size`."""

    rate: float
    size: float
    level: float
    seen: float

    def wait_for(self, amount: float, now: float) -> float:
        """Seconds until `amount` may be taken; 0 means now."""
        self.level = min(self.size, self.level + (now - self.seen) * self.rate)
        self.seen = now
        # An album larger than the bucket would otherwise never go through.
        missing = min(amount, self.size) - self.level
        return max(0.0, missing / self.rate)

    def take(self, amount: float) -> None:
        self.level -= amount


@dataclass
class Limits:
    """About 30 messages a second over all; 1 a second to one person, 20 a minute to one group.

    `chat_burst` messages may go to one chat at once before its rate bites.
    """

    rate: float = 30.0
    chat_rate: float = 1.0
    chat_burst: int = 5
    _all: Bucket | None = None
    _chats: dict[int, Bucket] = field(default_factory=dict)

    def take(self, chat_id: int, amount: int = 1) -> None:
        """Count `amount` messages to a chat, or raise 429 and count nothing."""
        now = time.monotonic()
        if self._all is None:
            self._all = Bucket(self.rate, self.rate, self.rate, now)
        chat = self._chats.get(chat_id)
        if chat is None:
            rate, burst = self._chat_limits(chat_id)
            chat = self._chats[chat_id] = Bucket(rate, burst, burst, now)
        wait = max(self._all.wait_for(amount, now), chat.wait_for(amount, now))
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        self._all.take(amount)
        chat.take(amount)

    def _chat_limits(self, chat_id: int) -> tuple[float, float]:
        if chat_id < 0:
            return self.chat_rate / 3, max(20.0, float(self.chat_burst))
        return self.chat_rate, float(self.chat_burst)
