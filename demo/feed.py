"""What phones listen to: changes of chats, fanned out to whoever has a page open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from demo.errors import Json

# A page that does not read for this many events is cut off and catches up when it reconnects.
WAITING = 2_000


class Feed:
    """Subscribers by topic: a person's id, or 0 for everybody's activity."""

    def __init__(self) -> None:
        self._queues: dict[int, set[asyncio.Queue[Json | None]]] = {}

    @contextmanager
    def subscribe(self, topic: int) -> Iterator[asyncio.Queue[Json | None]]:
        """A queue of events; None in it means that the subscriber must leave."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue(WAITING)
        self._queues.setdefault(topic, set()).add(queue)
        try:
            yield queue
        finally:
            self._queues[topic].discard(queue)

    def publish(self, topic: int, event: Json) -> None:
        for queue in list(self._queues.get(topic, ())):
            if queue.full():
                self._queues[topic].discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    def close(self) -> None:
        """Tell every subscriber to leave."""
        for queues in self._queues.values():
            for queue in queues:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(None)
