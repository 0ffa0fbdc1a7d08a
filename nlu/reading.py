"""Reads a message: fast first, deeper when that was unsure; when it may hold two matters, its parts are read too.

The deep reader answers in another process and is awaited here, outside the graph, so that the half second it
takes holds up nobody else.
"""

from __future__ import annotations

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from nlu.components.decision import ALARM, WANTS_DEEPER
from nlu.components.patterns import PART
from nlu.components.text import clean, shorten
from nlu.deep_reader import DEEP_VECTOR, MOST_LETTERS, DeepReaderClient
from nlu.matters import find_second_matter, is_danger, list_parts
from nlu.pipeline import Parse, Pipeline

SECOND = "second_matter"


async def read(agent: Agent, message: UserMessage, deep: DeepReaderClient | None) -> Parse:
    """The parse of a message, as Rasa's processor takes it back."""
    text = clean(message.text)
    pipeline, parts = Pipeline.of(agent), list_parts(text)
    if len(parts) < 2:
        parts = []
    # What the rules saw stands in one of the parts, and tips only one that looks like danger by itself.
    metadata = {**(message.metadata or {}), PART: True}
    parse, *readings = await pipeline.parse(
        [message, *(UserMessage(part, metadata=metadata) for part in parts)]
    )
    if deep is not None and parse.get(WANTS_DEEPER):
        vector = await deep.vector(shorten(text, MOST_LETTERS))
        if vector is not None:
            about, was_alarming = {**(message.metadata or {}), DEEP_VECTOR: vector}, parse[ALARM]
            [parse] = await pipeline.parse([UserMessage(message.text, metadata=about)])
            # The second look may see danger where the first saw none; it calls nobody off who was to look.
            parse[ALARM] = parse[ALARM] or was_alarming
            # Rasa keeps the metadata with the turn: three thousand numbers are not worth keeping.
            parse.pop("metadata", None)
    pairs = list(zip(parts, readings, strict=True))
    parse[SECOND] = find_second_matter(parse, pairs)
    # Danger told in one breath with something harmless is still danger: somebody is to look.
    parse[ALARM] = parse[ALARM] or any(is_danger(reading) for reading in readings)
    return parse
