"""The way from Rasa to the action server, with a memory of how each call went.

Rasa logs a failed custom action and carries on as if it had run. An owner must not be told nothing
happened to be wrong, so each turn keeps a record that the channel looks at before it answers.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

CALL_TIMEOUT = aiohttp.ClientTimeout(total=30)
# The action server closes an idle connection after five seconds; ours must be the first to let go.
IDLE_SECONDS = 3

_SCHEMA = RemoteAction.action_response_format_spec()
_ANSWER = validator_for(_SCHEMA)(_SCHEMA)


def _is_already_checked(self: RemoteAction, result: dict[str, Any]) -> bool:
    return True


def check_answers_here() -> None:
    """Rasa checks its own schema for answers anew at each answer, which takes 20 ms: more than the turn.

    The endpoint below checks answers against the same schema, prepared once, so Rasa need not.
    """
    RemoteAction._validate_action_result = _is_already_checked


@dataclass
class TurnRecord:
    """What became of the custom action of a turn: its name once it is called, and why it failed if it did."""

    action: str | None = None
    failure: str | None = None


current_turn: ContextVar[TurnRecord | None] = ContextVar("current_turn", default=None)


class RecordingEndpoint(EndpointConfig):
    """Calls the action server over kept connections and notes the outcome in the record of the turn."""

    _session: aiohttp.ClientSession | None = None

    @classmethod
    def around(cls, endpoint: EndpointConfig) -> RecordingEndpoint:
        """The same endpoint, recording and checking."""
        check_answers_here()
        return cls(
            endpoint.url,
            endpoint.params,
            endpoint.headers,
            endpoint.basic_auth,
            endpoint.token,
            endpoint.token_name,
            endpoint.cafile,
            **endpoint.kwargs,
        )

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        record = current_turn.get() or TurnRecord()
        record.action = kwargs["json"]["next_action"]
        try:
            answer = await self._call_twice_if_cut_off(kwargs["json"])
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            status = getattr(error, "status", None)
            record.failure = f"{type(error).__name__} {status}" if status else type(error).__name__
            raise
        if not _ANSWER.is_valid(answer):
            record.failure = "the answer is not one of an action server"
            raise aiohttp.ClientPayloadError(record.failure)
        return answer

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _call_twice_if_cut_off(self, body: dict[str, Any]) -> Any:
        """A kept connection may die in the very moment of use. Actions are idempotent by message, so ask again."""
        try:
            return await self._call(body)
        except aiohttp.ServerDisconnectedError:
            return await self._call(body)

    async def _call(self, body: dict[str, Any]) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS, limit=0),
                timeout=CALL_TIMEOUT,
            )
        async with self._session.post(
            self.url, json=body, headers=self.headers, params=self.combine_parameters()
        ) as response:
            if response.status >= 400:
                # Rasa logs this text, and wants an action's name in it when an action declined; the
                # server's own words stay out, because they may quote the owner's.
                declined = json.dumps({"action_name": body["next_action"]})
                raise ClientResponseError(response.status, response.reason or "", declined)
            return await response.json()
