"""Telegram's limits, on a clock that tests turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from worker import limits
from worker.limits import SendingLimits


class Loop:
    """A time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(limits.time, "monotonic", loop.monotonic)
    monkeypatch.setattr(limits.asyncio, "sleep", loop.sleep)
    return loop


def walk(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


def test_one_chat_gets_one_message_a_second(time: Loop) -> None:
    line = SendingLimits(per_second=30, per_chat_second=1)

    async def work() -> None:
        for _ in range(5):
            await line.wait(7001)

    walk(work)
    assert time.now == pytest.approx(104.0, abs=0.05)


def test_many_chats_together_get_thirty_a_second(time: Loop) -> None:
    line = SendingLimits(per_second=30, per_chat_second=1)

    async def work() -> None:
        for chat in range(91):
            await line.wait(chat)

    walk(work)
    assert time.now == pytest.approx(103.0, abs=0.05)


def test_nothing_is_sent_before_a_pause_is_over(time: Loop) -> None:
    line = SendingLimits(per_second=30, per_chat_second=1)

    async def work() -> None:
        line.pause(7001, 9)
        await line.wait(7002)
        assert time.now == pytest.approx(109.0)
        await line.wait(7001)

    walk(work)
    assert time.now >= 109.0


def test_chats_of_long_ago_are_forgotten(time: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CHATS", 10)
    line = SendingLimits(per_second=1000, per_chat_second=1000)

    async def work() -> None:
        for chat in range(50):
            await line.wait(chat)

    walk(work)
    assert len(line._chats) == 10
