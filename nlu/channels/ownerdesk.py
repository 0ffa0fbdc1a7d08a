"""The door by which Ownerdesk's core speaks to Rasa: one call, one finished turn, one honest answer.

`POST /webhooks/ownerdesk/messages` walks a message through a turn, `POST /webhooks/ownerdesk/parse`
only reads texts, `GET /webhooks/ownerdesk/` says which model is loaded, `POST /webhooks/ownerdesk/model`
puts another in its place. All want the bearer token.
The other end is `ownerdesk/adapters/rasa.py`.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from nlu.action_endpoint import RecordingEndpoint, TurnRecord, current_turn
from nlu.components.decision import SIGN
from nlu.deep_reader import DeepReaderClient
from nlu.models import ModelRefused, load_beside, served_file
from nlu.reading import SECOND, read

logger = logging.getLogger(__name__)

MODEL = "model"
MOST_TEXTS = 200
LONGEST_ID = 255  # the width of the tracker store's column
# What Rasa notes on a response for itself.
_BOOKKEEPING = frozenset({"timestamp", "model_id", "assistant_id", "condition"})
View = Callable[[Request], Awaitable[HTTPResponse]]


class _BadRequest(Exception):
    """The body cannot be used; the text says what is missing, not what was sent."""


class TurnOutput(OutputChannel):
    """Keeps what Rasa says in a turn, as it says it; sending is the outbox's business."""

    def __init__(self) -> None:
        self.responses: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return "ownerdesk"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.responses.append(
            {key: value for key, value in message.items() if value and key not in _BOOKKEEPING}
        )


class OwnerdeskInput(InputChannel):
    """Takes messages from Ownerdesk's core, and from nobody else."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @classmethod
    def name(cls) -> str:
        return "ownerdesk"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> OwnerdeskInput:
        token = (credentials or {}).get("token")
        if not token:
            cls.raise_missing_credentials_exception()
        return cls(str(token))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("ownerdesk_channel", __name__)
        deep = DeepReaderClient.from_environment()

        @blueprint.route("/", methods=["GET"])
        @self._guarded
        async def ready(request: Request) -> HTTPResponse:
            agent = _agent(request)
            return response.json({"model": agent.model_id, "file": served_file(agent)})

        @blueprint.route("/model", methods=["POST"])
        @self._guarded
        async def change_model(request: Request) -> HTTPResponse:
            name = _body(request).get("file")
            try:
                request.app.ctx.agent = await load_beside(_agent(request), name)
            except ModelRefused as error:
                return response.json({"error": str(error)}, status=409)
            return response.json({"file": name})

        @blueprint.route("/parse", methods=["POST"])
        @self._guarded
        async def parse(request: Request) -> HTTPResponse:
            texts, metadata = _parse_texts(request)
            agent = _agent(request)
            readings = []
            for text, about in zip(texts, metadata, strict=True):
                message = UserMessage(text, TurnOutput(), metadata=about)
                readings.append(_reading(await read(agent, message, deep)))
                await asyncio.sleep(0)  # a long list must not hold up an owner's message
            return response.json({"parses": readings})

        @blueprint.route("/messages", methods=["POST"])
        @self._guarded
        async def receive(request: Request) -> HTTPResponse:
            message = _parse_message(request)
            return await _run_turn(_agent(request), message, deep, on_new_message)

        @blueprint.listener("after_server_stop")
        async def close_connections(app: Sanic, _: Any) -> None:
            agent = getattr(app.ctx, "agent", None)
            if agent and isinstance(agent.action_endpoint, RecordingEndpoint):
                await agent.action_endpoint.close()
            if deep is not None:
                await deep.close()

        return blueprint

    def _guarded(self, view: View) -> View:
        """Let in only who holds the token, and turn every outcome into JSON."""

        @wraps(view)
        async def guarded(request: Request) -> HTTPResponse:
            if not hmac.compare_digest((request.token or "").encode(), self._token):
                return response.json({"error": "wrong token"}, status=401)
            try:
                return await view(request)
            except _BadRequest as error:
                return response.json({"error": str(error)}, status=400)
            except SanicException:
                return response.json({"error": "the body is no JSON"}, status=400)
            except _NotReady:
                return response.json({"error": "no model is loaded yet"}, status=503)
            except Exception as error:
                # The type alone: the text of an exception may quote what the owner wrote.
                logger.error("A request failed in Rasa: %s", type(error).__name__)
                return response.json({"error": type(error).__name__}, status=500)

        return guarded


class _NotReady(Exception):
    """Rasa is up, but has no model."""


def _agent(request: Request) -> Agent:
    """The agent of the app, its way to the action server made to keep records (a reload makes a new one)."""
    agent: Agent | None = getattr(request.app.ctx, "agent", None)
    if agent is None or agent.processor is None:
        raise _NotReady
    endpoint = agent.action_endpoint
    if endpoint is not None and not isinstance(endpoint, RecordingEndpoint):
        agent.action_endpoint = RecordingEndpoint.around(endpoint)
    agent.processor.action_endpoint = agent.action_endpoint
    return agent


async def _run_turn(
    agent: Agent,
    message: UserMessage,
    deep: DeepReaderClient | None,
    on_new_message: Callable[[UserMessage], Awaitable[Any]],
) -> HTTPResponse:
    # Read here, so that the answer can tell what was understood; the processor takes a given reading.
    # Which model that was is kept with the turn: by its end another may serve.
    message.parse_data = {**await read(agent, message, deep), MODEL: served_file(agent)}
    record = TurnRecord()
    reset = current_turn.set(record)
    try:
        await on_new_message(message)
    finally:
        current_turn.reset(reset)
    if record.failure:
        logger.error(
            "%s failed for message %s: %s", record.action, message.message_id, record.failure
        )
        return response.json({"error": f"{record.action}: {record.failure}"}, status=502)
    return response.json(
        {
            "parse": _reading(message.parse_data),
            "responses": message.output_channel.responses,
            "action": record.action,
        }
    )


def _reading(parse: dict[str, Any]) -> dict[str, Any]:
    """The part of a parse that the core knows how to read."""
    return {
        "intent": parse["intent"]["name"],
        "confidence": parse["intent"]["confidence"],
        "intent_ranking": parse["intent_ranking"],
        "category": parse["category"]["name"],
        "category_confidence": parse["category"]["confidence"],
        "category_ranking": parse["category_ranking"],
        "kind": parse["kind"]["name"],
        "kind_confidence": parse["kind"]["confidence"],
        "language": parse.get("language"),
        "entities": parse["entities"],
        "decision": parse["decision"],
        "alarm": parse["alarm"],
        "reader": parse["reader"],
        "second_matter": parse[SECOND],
        "model": parse.get(MODEL),
    }


def _parse_message(request: Request) -> UserMessage:
    body = _body(request)
    sender_id = _required_id(body, "sender_id")
    message_id = _required_id(body, "message_id")
    return UserMessage(
        _parse_text(body.get("text")),
        TurnOutput(),
        sender_id,
        input_channel=OwnerdeskInput.name(),
        message_id=message_id,
        metadata={**_metadata(body), "message_id": message_id},
    )


def _parse_texts(request: Request) -> tuple[list[str], list[dict[str, Any]]]:
    """The texts, and what is known of each: the metadata of all, and its own sign of danger."""
    body = _body(request)
    texts, signs = body.get("texts"), body.get("signs")
    if not isinstance(texts, list) or len(texts) > MOST_TEXTS:
        raise _BadRequest(f"texts must be a list of at most {MOST_TEXTS}")
    if signs is None:
        signs = [None] * len(texts)
    if not isinstance(signs, list) or len(signs) != len(texts):
        raise _BadRequest("signs must be a list with an entry for each text")
    common = _metadata(body)
    return [_parse_text(text) for text in texts], [{**common, SIGN: sign} for sign in signs]


def _body(request: Request) -> dict[str, Any]:
    body = request.json
    if not isinstance(body, dict):
        raise _BadRequest("the body must be a JSON object")
    return body


def _metadata(body: dict[str, Any]) -> dict[str, Any]:
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise _BadRequest("metadata must be an object")
    return metadata


def _parse_text(text: Any) -> str:
    """Any string will do, the empty one included. What PostgreSQL cannot keep goes."""
    if not isinstance(text, str):
        raise _BadRequest("text must be a string")
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def _required_id(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise _BadRequest(f"{name} must be a string of 1 to {LONGEST_ID} characters")
    return value
