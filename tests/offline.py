"""A Telegram that lives in the test's own process, and a reader that understands what it was told to.

The bot, its handlers and the actions are the real ones; only the two wires are cut.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import procrastinate
import yaml
from procrastinate.testing import InMemoryConnector
from telegram.ext import Application, ExtBot
from telegram.request import BaseRequest, RequestData

from actions.app import make_executor
from actions.wiring import wire
from bot.handlers import add_handlers
from bot.turns import Turns
from bot.updates import add_update_job
from ownerdesk.adapters.rasa import RasaUnavailable, Turn
from ownerdesk.bootstrap import Core
from ownerdesk.rules.readings import Reading
from ownerdesk.services.inbox import store_update
from ownerdesk.services.jobs import HANDLE_UPDATE
from tests.make import make_reading

REPOSITORY = Path(__file__).parents[1]
TOKEN = "100000001:DEMO-TOKEN"
ME = {"id": 100000001, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}


class Wire(BaseRequest):
    """Answers every call of the Bot API, and keeps the calls. `refuse` makes the next call of a method fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._answers: dict[str, list[tuple[int, dict[str, Any]] | Exception]] = {}
        self._ids = itertools.count(501)

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    def refuse(self, method: str, code: int, description: str, **parameters: int) -> None:
        body = {"ok": False, "error_code": code, "description": description}
        self._answers.setdefault(method, []).append((code, {**body, "parameters": parameters}))

    def break_down(self, method: str, error: Exception) -> None:
        """The next call of the method does not arrive."""
        self._answers.setdefault(method, []).append(error)

    def named(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every call of a method."""
        return [parameters for name, parameters in self.calls if name == method]

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        parameters = dict(request_data.parameters) if request_data else {}
        self.calls.append((name, parameters))
        if self._answers.get(name):
            answer = self._answers[name].pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer[0], json.dumps(answer[1]).encode()
        return 200, json.dumps({"ok": True, "result": self._result(name, parameters)}).encode()

    def _result(self, name: str, parameters: Mapping[str, Any]) -> Any:
        if name == "getMe":
            return ME
        if name in ("sendMessage", "editMessageText"):
            return {
                "message_id": parameters.get("message_id") or next(self._ids),
                "date": 1_800_000_000,
                "chat": {"id": parameters["chat_id"], "type": "private"},
                "text": parameters["text"],
            }
        if name in ("sendPhoto", "sendDocument"):
            return {
                "message_id": next(self._ids),
                "date": 1_800_000_000,
                "chat": {"id": parameters["chat_id"], "type": "private"},
                "caption": parameters.get("caption"),
            }
        return True


def make_offline_bot(wire_: Wire) -> ExtBot[None]:
    return ExtBot(token=TOKEN, request=wire_, get_updates_request=Wire())


@cache
def action_of(intent: str) -> str:
    """What the dialogue does for an intent, as the rules file has it."""
    rules = yaml.safe_load((REPOSITORY / "nlu" / "rules" / "intents.yml").read_text("utf-8"))
    for rule in rules["rules"]:
        first, second, *_ = rule["steps"]
        if first.get("intent") == intent:
            return str(second["action"])
    raise LookupError(intent)


def format_tracker(
    reading: Reading, *, sender_id: str, message_id: str, may_join: bool = True
) -> dict[str, Any]:
    """The tracker as Rasa sends it with a call of an action."""

    def ranking(weights: Mapping[str, float]) -> list[dict[str, Any]]:
        return [{"name": name, "confidence": weight} for name, weight in weights.items()]

    latest = {
        "text": "",
        "intent": {"name": reading.intent, "confidence": reading.intent_confidence},
        "intent_ranking": ranking(reading.ranking),
        "category": {"name": reading.category, "confidence": reading.category_confidence},
        "category_ranking": ranking(reading.category_ranking),
        "kind": {"name": reading.kind, "confidence": reading.kind_confidence},
        "language": reading.language,
        "entities": [
            {"entity": entity.name, "value": entity.value, "start": entity.start, "end": entity.end}
            for entity in reading.entities
        ],
        "decision": reading.decision,
        "alarm": reading.alarm,
        "reader": reading.reader,
        "model": reading.model,
        "second_matter": reading.second_matter and asdict(reading.second_matter),
        "metadata": {"message_id": message_id, "language": None, "may_join": may_join},
    }
    return {
        "sender_id": sender_id,
        "slots": {},
        "latest_message": latest,
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": None,
    }


@dataclass
class Reader:
    """Rasa as the bot sees it. `readings` says what a text means; anything else is a fault of the lighting."""

    core: Core
    readings: dict[str, Reading] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    is_down: bool = False
    still_loading: int = 0  # so many times it says that its model is not there yet

    def __post_init__(self) -> None:
        wire(self.core)
        self._executor = make_executor()

    async def act(self, action: str, tracker: dict[str, Any]) -> list[dict[str, Any]]:
        """Call an action as the action server does."""
        result = await self._executor.run(
            {"next_action": action, "tracker": tracker, "domain": {}, "sender_id": "1"}
        )
        assert result is not None
        return list(result.responses if hasattr(result, "responses") else result["responses"])

    async def is_ready(self) -> bool:
        """Whether its model is loaded; whether it answers is another matter."""
        self.still_loading -= 1
        return self.still_loading < 0

    async def send(
        self,
        *,
        sender_id: str,
        message_id: str,
        text: str,
        language: str | None,
        timeout: float,  # noqa: ASYNC109 - the client's own signature
        metadata: Mapping[str, Any] | None = None,
    ) -> Turn:
        self.asked.append({"text": text, "language": language, **(metadata or {})})
        if self.is_down:
            raise RasaUnavailable("ConnectError on /messages")
        reading = self.readings.get(text) or make_reading("help_seeking")
        action = action_of(reading.intent)
        if action.startswith("utter_"):
            return Turn(reading, ({"text": f"[{action}]"},), None)
        tracker = format_tracker(
            reading,
            sender_id=sender_id,
            message_id=message_id,
            may_join=bool((metadata or {}).get("may_join", True)),
        )
        return Turn(reading, tuple(await self.act(action, tracker)), action)


class Desk:
    """The bot, fed with updates as the inbox has them."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.wire = Wire()
        self.reader = Reader(core)
        self._updates = itertools.count(1)
        self._messages = itertools.count(1001)
        self._failed: list[str] = []

    def press(self, data: str, *, user: int = 7001, on: int | None = None, **fields: Any) -> str:
        """Press a button; `on` is Telegram's id of the message it hangs on. Returns the notice shown."""
        before = len(self.wire.named("answerCallbackQuery"))
        query: dict[str, Any] = {
            "id": str(next(self._updates)),
            "from": person(user),
            "chat_instance": "1",
            "data": data,
            "message": {
                "message_id": on or 1,
                "date": 1_800_000_000,
                "chat": {"id": user, "type": "private"},
                "text": "…",
            },
        }
        self.feed({"callback_query": {**query, **fields}})
        answers = self.wire.named("answerCallbackQuery")[before:]
        assert len(answers) == 1, "every callback is answered, once"
        return str(answers[0].get("text", ""))

    def write(self, text: str, *, user: int = 7001, **fields: Any) -> dict[str, Any]:
        """Send words, or with `text=""` whatever the fields say. Returns the update."""
        message: dict[str, Any] = {
            "message_id": next(self._messages),
            "date": 1_800_000_000,
            "chat": {"id": user, "type": "private", "first_name": "Alma"},
            "from": person(user),
            **fields,
        }
        if text:
            message["text"] = text
            if text.startswith("/"):
                length = len(text.split()[0])
                message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return self.feed({"message": message})

    def feed(self, body: dict[str, Any]) -> dict[str, Any]:
        """Store an update and handle it, as the intake and the job do."""
        update = {"update_id": next(self._updates), **body}
        self.core.transact_now(store_update, update, at=self.core.clock())
        self.handle(update["update_id"])
        return update

    def handle(self, update_id: int) -> None:
        """Run the job of a stored update, perhaps again."""

        async def run() -> None:
            turns = Turns(self.core, self.reader)  # type: ignore[arg-type]
            bot = make_offline_bot(self.wire)
            application = Application.builder().bot(bot).updater(None).job_queue(None).build()
            add_handlers(application, self.core, turns)
            jobs = procrastinate.App(connector=InMemoryConnector())
            add_update_job(jobs, self.core, application, turns)
            await application.initialize()
            await jobs.tasks[HANDLE_UPDATE].func(update_id)
            await application.shutdown()

        asyncio.run(run())

    def understand(self, text: str, intent: str, **fields: Any) -> None:
        """From now the reader takes `text` for `intent`."""
        self.reader.readings[text] = replace(make_reading(intent), **fields)


def person(user: int) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": "Alma", "language_code": "en"}
