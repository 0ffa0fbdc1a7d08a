"""Reads a message: fast first, deeper when that was unsure, and once more part by part when it holds two matters.

The deep reader answers in another process and is awaited here, outside the graph, so that the half second it
takes holds up nobody else.
"""

from __future__ import annotations

from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from nlu.components.decision import ALARM, WANTS_DEEPER
from nlu.components.text import clean, shorten
from nlu.deep_reader import DEEP_VECTOR, MOST_LETTERS, DeepReaderClient
from nlu.matters import find_second_matter, is_danger, list_parts

SECOND = "second_matter"


async def read(agent: Agent, message: UserMessage, deep: DeepReaderClient | None) -> dict[str, Any]:
    """The parse of a message, as Rasa's processor takes it back."""
    parse = await _read_whole(agent, message, deep)
    parts = await _read_parts(agent, message)
    parse[SECOND] = find_second_matter(parse, parts)
    # Danger told in one breath with something harmless is still danger: somebody is to look.
    parse[ALARM] = parse[ALARM] or any(is_danger(part) for _, part in parts)
    return parse


async def _read_whole(
    agent: Agent, message: UserMessage, deep: DeepReaderClient | None
) -> dict[str, Any]:
    parse: dict[str, Any] = await agent.processor.parse_message(message)
    if deep is None or not parse.get(WANTS_DEEPER):
        return parse
    vector = await deep.vector(shorten(clean(message.text), MOST_LETTERS))
    if vector is None:
        return parse
    again = UserMessage(message.text, metadata={**(message.metadata or {}), DEEP_VECTOR: vector})
    parse = await agent.processor.parse_message(again)
    # Rasa keeps the metadata with the turn: three thousand numbers are not worth keeping.
    parse.pop("metadata", None)
    return parse


async def _read_parts(agent: Agent, message: UserMessage) -> list[tuple[str, dict[str, Any]]]:
    """The parts of a message with their parses; none when it has but one."""
    parts = list_parts(clean(message.text))
    if len(parts) < 2:
        return []
    # What the rules saw stands in one of the parts, and tips only one that looks like danger by itself.
    readings = [
        await agent.processor.parse_message(UserMessage(part, metadata=message.metadata))
        for part in parts
    ]
    return list(zip(parts, readings, strict=True))
