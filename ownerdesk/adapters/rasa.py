"""Rasa over HTTP: send an owner's message through a turn, or only have it read.

Rasa lives in an environment of its own, so this client is all that the rest of Ownerdesk knows of it.
The other end is `nlu/channels/ownerdesk.py`.
"""

# ruff: noqa: ASYNC109 - how long an answer may take is the caller's to say, and httpx's to keep
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from ownerdesk.rules.emergencies import detect, strength_of
from ownerdesk.rules.natures import nature_of
from ownerdesk.rules.readings import Entity, Reading, SecondMatter

TURN_PATH = "/webhooks/ownerdesk/messages"
READ_PATH = "/webhooks/ownerdesk/parse"
READY_PATH = "/webhooks/ownerdesk/"
MODEL_PATH = "/webhooks/ownerdesk/model"


class RasaUnavailable(Exception):
    """Rasa, or the action server behind it, did not finish the turn; it may be sent again under the same id."""


class RasaRefused(Exception):
    """Rasa answered that the request itself is wrong: another token, or a body it cannot use."""


@dataclass(frozen=True)
class Turn:
    """One finished turn: what was read, what Rasa's own responses say, and the custom action that ran, if any."""

    reading: Reading
    responses: Sequence[Mapping[str, Any]]
    action: str | None


class RasaClient:
    """One connection pool to Rasa; share it, and close it in the end."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _http(self) -> aiohttp.ClientSession:
        """Made on first use, because it belongs to the running event loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers, connector=aiohttp.TCPConnector(limit=64)
            )
        return self._session

    async def send(
        self,
        *,
        sender_id: str,
        message_id: str,
        text: str,
        language: str | None,
        timeout: float,
        metadata: Mapping[str, Any] | None = None,
    ) -> Turn:
        """Walk a message through a whole turn, its custom action included.

        `language` is the owner's explicit choice, or None to go by the text. `timeout` is in seconds.
        Sending the same `message_id` again runs the action again; actions are idempotent by message.
        """
        body = {
            "sender_id": sender_id,
            "message_id": message_id,
            "text": text,
            "metadata": {
                **(metadata or {}),
                "message_id": message_id,
                "language": language,
                "sign": strength_of(detect(text)),
            },
        }
        answer = await self._post(TURN_PATH, body, timeout)
        return Turn(
            reading=parse_reading(answer["parse"]),
            responses=tuple(answer["responses"]),
            action=answer["action"],
        )

    async def parse(
        self, text: str, *, language: str | None = None, timeout: float = 10.0
    ) -> Reading:
        """Only read a message: nothing is remembered and no action runs."""
        return (await self.parse_many([text], language=language, timeout=timeout))[0]

    async def parse_many(
        self,
        texts: Sequence[str],
        *,
        language: str | None = None,
        timeout: float = 60.0,
        with_signs: bool = True,
    ) -> list[Reading]:
        """Read many messages in one request, in order; at most 200, which the channel holds to.

        Without signs the model reads alone, for measuring what it is worth without the rules.
        """
        body = {
            "texts": list(texts),
            "signs": [strength_of(detect(text)) if with_signs else None for text in texts],
            "metadata": {"language": language},
        }
        answer = await self._post(READ_PATH, body, timeout)
        return [parse_reading(reading) for reading in answer["parses"]]

    async def is_ready(self) -> bool:
        """True when Rasa has its model loaded and accepts our token."""
        try:
            async with self._http().get(
                f"{self._base_url}{READY_PATH}", timeout=aiohttp.ClientTimeout(total=2.0)
            ) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def find_model(self) -> str | None:
        """The file of the model that this Rasa reads with; None when it does not answer."""
        try:
            async with self._http().get(
                f"{self._base_url}{READY_PATH}", timeout=aiohttp.ClientTimeout(total=2.0)
            ) as response:
                if response.status != 200:
                    return None
                return str((await response.json())["file"])
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
            return None

    async def load_model(self, file: str, *, timeout: float = 120.0) -> None:
        """Have another file of its models folder read from now on. Messages are answered meanwhile.

        Raises RasaRefused with the reason, or RasaUnavailable.
        """
        await self._post(MODEL_PATH, {"file": file}, timeout)

    async def _post(self, path: str, body: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        try:
            async with self._http().post(
                f"{self._base_url}{path}", json=body, timeout=aiohttp.ClientTimeout(total=timeout)
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RasaUnavailable(f"{type(error).__name__} on {path}") from error
        if response.status >= 500:
            raise RasaUnavailable(f"{path} answered {response.status}: {_reason(content)}")
        if response.status != 200:
            raise RasaRefused(f"{path} answered {response.status}: {_reason(content)}")
        answer: dict[str, Any] = json.loads(content)
        return answer


def parse_reading(payload: Mapping[str, Any]) -> Reading:
    """Read the channel's JSON into a Reading; the fallback is no reading of its own and leaves the ranking."""
    return Reading(
        language=payload["language"],
        intent=payload["intent"],
        intent_confidence=payload["confidence"],
        ranking={row["name"]: row["confidence"] for row in payload["intent_ranking"]},
        category=payload["category"],
        category_confidence=payload["category_confidence"],
        category_ranking={row["name"]: row["confidence"] for row in payload["category_ranking"]},
        kind=payload["kind"],
        kind_confidence=payload["kind_confidence"],
        entities=tuple(
            Entity(row["entity"], str(row["value"]), row.get("start"), row.get("end"))
            for row in payload["entities"]
        ),
        decision=payload["decision"],
        alarm=payload["alarm"],
        reader=payload["reader"],
        second_matter=_parse_second(payload["second_matter"]),
        model=payload.get("model") or "",
    )


def _parse_second(found: Mapping[str, Any] | None) -> SecondMatter | None:
    if found is None:
        return None
    return SecondMatter(found["text"], nature_of(found["nature"]), found["category"])


def _reason(content: bytes) -> str:
    """The channel's own reasons name ids and states, never the owner's text."""
    try:
        return str(json.loads(content).get("error", ""))[:200]
    except (ValueError, AttributeError):
        return "no reason given"
