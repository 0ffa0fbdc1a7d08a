"""The line of texts that wait for the engine: single questions first, long lists a few texts at a time."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from reader.engine import MOST_AT_ONCE, EncodingFailed, Vector

Encode = Callable[[Sequence[str]], Awaitable[list[Vector]]]

# How long one call of the engine should take: as long as a question may have to wait behind a training run.
CALL_SECONDS = 0.5
LONGEST_LINE = 256


class TooBusy(Exception):
    """It would not have begun within the asker's patience; nothing was done."""


class Order:
    """The texts of one request and what has been worked out of them so far."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.vectors: list[Vector] = []
        self.taken = 0  # so many texts went to the engine already
        self.begun = asyncio.Event()
        self.done: asyncio.Future[list[Vector]] = asyncio.get_running_loop().create_future()

    def is_open(self) -> bool:
        return not self.done.done() and self.taken < len(self.texts)


class Line:
    """`run` serves it; one text after the other goes through a single engine, so there is one line."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._questions: deque[Order] = deque()
        self._lists: deque[Order] = deque()
        self._filled = asyncio.Event()
        self._broken: Exception | None = None
        self._seconds_a_byte = (
            CALL_SECONDS / 100
        )  # one sentence at a time until the engine's pace is known

    async def wait_for(
        self, texts: Sequence[str], *, is_question: bool, patience: float | None
    ) -> list[Vector]:
        """The vectors, in order. Raises TooBusy when the first text is not taken up within `patience` seconds.
        Whoever is cancelled here leaves the line."""
        if self._broken is not None:
            raise self._broken
        line = self._questions if is_question else self._lists
        if len(line) >= LONGEST_LINE:
            raise TooBusy
        order = Order(texts)
        line.append(order)
        self._filled.set()
        try:
            if patience is not None:
                await asyncio.wait_for(order.begun.wait(), patience)
            return await order.done
        except TimeoutError:
            raise TooBusy from None
        finally:
            order.done.cancel()

    async def run(self) -> None:
        """Until cancelled, or until the engine dies: then everybody in the line hears it, and so does the caller."""
        try:
            while True:
                piece = self._take()
                if not piece:
                    self._filled.clear()
                    await self._filled.wait()
                    continue
                await self._serve(piece)
        except Exception as error:
            self._broken = error
            for order in (*self._questions, *self._lists):
                _fail(order, error)
            raise

    def _take(self) -> list[tuple[Order, str]]:
        """The next texts for the engine: at least one, and no more than it does in CALL_SECONDS."""
        for line in (self._questions, self._lists):
            piece: list[tuple[Order, str]] = []
            seconds = 0.0
            while line and len(piece) < MOST_AT_ONCE:
                order = line[0]
                if not order.is_open():
                    line.popleft()
                    continue
                text = order.texts[order.taken]
                seconds += len(text.encode()) * self._seconds_a_byte
                if piece and seconds > CALL_SECONDS:
                    break
                order.taken += 1
                order.begun.set()
                piece.append((order, text))
            if piece:
                return piece
        return []

    async def _serve(self, piece: list[tuple[Order, str]]) -> None:
        texts = [text for _, text in piece]
        started_at = time.monotonic()
        try:
            vectors = await self._encode(texts)
        except EncodingFailed as error:
            for order, _ in piece:
                _fail(order, error)
            return
        except Exception as error:
            for order, _ in piece:
                _fail(order, error)
            raise
        took = time.monotonic() - started_at
        self._seconds_a_byte += 0.2 * (
            took / sum(len(text.encode()) for text in texts) - self._seconds_a_byte
        )
        for (order, _), vector in zip(piece, vectors, strict=True):
            order.vectors.append(vector)
            if len(order.vectors) == len(order.texts) and not order.done.done():
                order.done.set_result(order.vectors)


def _fail(order: Order, error: Exception) -> None:
    order.begun.set()
    if not order.done.done():
        order.done.set_exception(error)
