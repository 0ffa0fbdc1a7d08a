"""The queue of updates a bot has not yet confirmed, and long polling over it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from demo.errors import ApiError, Json
from demo.faults import Faults
from demo.journal import Journal
from demo.log import Log

TAKEN_OVER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
KEPT_SECONDS = 24 * 3600
HOLD_SECONDS = 3.0
FIRST_ID = 700_000_000


class UpdateQueue:
    """Updates in the order they will be handed over; each stays until it is confirmed."""

    def __init__(self, journal: Journal, log: Log, faults: Faults) -> None:
        self._journal = journal
        self._log = log
        self._faults = faults
        self._order = sorted(int(key) for key in self._records())
        self._held: int | None = None
        self.on_delivered: Callable[[Json], None] = lambda ids: None
        self._poller: asyncio.Future[ApiError] | None = None
        self._wake = asyncio.Event()

    def _records(self) -> dict[str, Json]:
        return self._journal.table("update")

    def _settings(self) -> Json:
        return self._journal.table("setting").get("updates", {})

    @property
    def allowed(self) -> list[str]:
        """The kinds asked for; empty means all that there are."""
        return list(self._settings().get("allowed", []))

    def allow(self, kinds: list[str] | None) -> None:
        """Remember what a getUpdates or setWebhook asked for; None keeps what was asked before."""
        if kinds is not None and kinds != self.allowed:
            self._journal.put("setting", "updates", self._settings() | {"allowed": kinds})

    def add(self, kind: str, payload: Json, **ids: object) -> int | None:
        """Queue one update and return its id, or None when the bot does not want that kind."""
        if self.allowed and kind not in self.allowed:
            return None
        settings = self._settings()
        number = int(settings.get("next", FIRST_ID))
        self._journal.put("setting", "updates", settings | {"next": number + 1})
        copies = 1
        if self._faults.duplicate > 0:
            self._faults.duplicate -= 1
            copies = 2
        record = {
            "update": {"update_id": number, kind: payload},
            "at": time.time(),
            "copies": copies,
            "delivered": False,
            "ids": ids,
        }
        self._journal.put("update", number, record)
        self._log.write("update_created", update_id=number, update_kind=kind, **ids)
        self._line_up(number)
        return number

    def _line_up(self, number: int) -> None:
        if self._faults.swap > 0 and self._held is None:
            self._faults.swap -= 1
            self._held = number
            asyncio.get_running_loop().call_later(HOLD_SECONDS, self._release, number)
            return
        self._order.append(number)
        if self._held is not None:
            self._release(self._held)
        self._wake.set()

    def _release(self, number: int) -> None:
        if self._held == number:
            self._held = None
            self._order.append(number)
            self._wake.set()

    def is_delivered(self, number: int | None) -> bool:
        """Has the bot been given this update? A confirmed one is no longer on record."""
        if number is None:
            return False
        record = self._records().get(str(number))
        return record is None or bool(record["delivered"])

    def count(self) -> int:
        return len(self._order) + (self._held is not None)

    def confirm(self, number: int) -> None:
        """Forget one update: the bot has it."""
        if number in self._order:
            self._order.remove(number)
        self._journal.drop("update", number)

    def confirm_below(self, offset: int) -> None:
        done = [number for number in self._order if number < offset]
        self._order = [number for number in self._order if number >= offset]
        for number in done:
            self._journal.drop("update", number)

    def drop_all(self) -> None:
        for number in [*self._order, *([self._held] if self._held is not None else [])]:
            self.confirm(number)
        self._held = None

    def next_batch(self, limit: int) -> list[Json]:
        """The first `limit` updates, marked as delivered; a doubled one appears twice."""
        self._forget_old()
        batch: list[Json] = []
        for number in self._order[:limit]:
            record = self._records()[str(number)]
            batch.extend([record["update"]] * record["copies"])
            if not record["delivered"]:
                self._journal.put("update", number, record | {"delivered": True, "copies": 1})
                self._log.write("update_delivered", update_id=number, **record["ids"])
                self.on_delivered(record["ids"])
        return batch

    def _forget_old(self) -> None:
        oldest = time.time() - KEPT_SECONDS
        while self._order and self._records()[str(self._order[0])]["at"] < oldest:
            self.confirm(self._order[0])

    async def wait(self, seconds: float) -> None:
        """Return when something is queued, or after `seconds`."""
        if self._order:
            return
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    def interrupt(self, error: ApiError) -> None:
        """End the poll that is waiting, if any, with this answer."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(error)

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Long polling as getUpdates does it; a later call ends an earlier one with a conflict."""
        self.interrupt(ApiError(409, TAKEN_OVER))
        if offset > 0:
            self.confirm_below(offset)
        elif offset < 0:
            for number in self._order[:offset]:
                self.confirm(number)
        if self._order or seconds <= 0:
            return self.next_batch(limit)
        mine = self._poller = asyncio.get_running_loop().create_future()
        waiting = asyncio.ensure_future(self.wait(seconds))
        try:
            await asyncio.wait({mine, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if mine.done():
            raise mine.result()
        self._poller = None
        return self.next_batch(limit)
