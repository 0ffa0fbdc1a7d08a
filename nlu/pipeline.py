"""The components of a loaded model, called in their order for several messages at once.

Rasa's own way, `processor.parse_message`, takes one message, has dask plan the graph anew each time, and compares
the parse with the domain: two milliseconds of ten. And a matrix that is read from memory for one message is as good
as free for the second: the parts of a message, and the messages of several people, share a walk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT

Parse = dict[str, Any]

# Of one walk; the event loop does nothing else meanwhile.
MOST_LETTERS = 2000


class Pipeline:
    """One for a loaded model, kept as long as that is."""

    def __init__(self, runner: DaskGraphRunner, target: str) -> None:
        self._target = target
        self._steps = _in_order(runner, target)
        self._waiting: list[tuple[Sequence[UserMessage], asyncio.Future[list[Parse]]]] = []

    @classmethod
    def of(cls, agent: Agent) -> Pipeline:
        processor = agent.processor
        runner = processor.graph_runner
        if runner not in _pipelines:
            _pipelines[runner] = cls(runner, processor.model_metadata.nlu_target)
        return _pipelines[runner]

    async def parse(self, messages: Sequence[UserMessage]) -> list[Parse]:
        """The parse of each message, as Rasa's processor takes it back. Who else asks in the same turn of the event
        loop shares the walk; a message that fails takes nobody else's with it."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Parse]] = loop.create_future()
        self._waiting.append((messages, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._answer_waiting)
        return await answer

    def _answer_waiting(self) -> None:
        taken, letters = 0, 0
        for messages, _ in self._waiting:
            letters += sum(len(message.text or "") for message in messages)
            if taken and letters > MOST_LETTERS:
                break
            taken += 1
        together, self._waiting = self._waiting[:taken], self._waiting[taken:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._answer_waiting)
        together = [(messages, answer) for messages, answer in together if not answer.done()]
        try:
            parses = iter(self.walk([message for messages, _ in together for message in messages]))
        except Exception:
            # Whatever one message did to the walk, the others are read without it, and only its own asker hears of it.
            for messages, answer in together:
                try:
                    answer.set_result(self.walk(messages))
                except Exception as error:
                    answer.set_exception(error)
            return
        for messages, answer in together:
            answer.set_result([next(parses) for _ in messages])

    def walk(self, messages: Sequence[UserMessage]) -> list[Parse]:
        """The parse of each message, now."""
        outputs: dict[str, Any] = {PLACEHOLDER_MESSAGE: list(messages)}
        for name, needs, node in self._steps:
            _, outputs[name] = node(*[(need, outputs[need]) for need in needs])
        nothing = {TEXT: "", INTENT: {"name": None, "confidence": 0.0}, ENTITIES: []}
        return [
            {**nothing, **message.as_dict(only_output_properties=True)}
            for message in outputs[self._target]
        ]


_pipelines: WeakKeyDictionary[DaskGraphRunner, Pipeline] = WeakKeyDictionary()


def _in_order(runner: DaskGraphRunner, target: str) -> list[tuple[str, list[str], GraphNode]]:
    """What the target needs, every node behind those it needs itself: name, names of what it needs, and node."""
    schema = runner._graph_schema.minimal_graph_schema([target])
    waiting = {name: list(node.needs.values()) for name, node in schema.nodes.items()}
    steps: list[tuple[str, list[str], GraphNode]] = []
    done = {PLACEHOLDER_MESSAGE}
    while waiting:
        ready = [name for name, needs in waiting.items() if done.issuperset(needs)]
        if not ready:
            raise RasaException(f"Nothing gives what these parts of the model need: {waiting}.")
        steps += [(name, waiting.pop(name), runner._instantiated_nodes[name]) for name in ready]
        done.update(ready)
    return steps
