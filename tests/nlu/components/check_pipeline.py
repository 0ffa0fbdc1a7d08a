"""Our own walk through a loaded model against Rasa's."""

from __future__ import annotations

import asyncio
import tempfile
import unittest
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.graph_components.converters.nlu_message_converter import NLUMessageConverter
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message

from nlu.components.language import LanguageDetector
from nlu.components.patterns import PART, PatternEntities
from nlu.components.tokenizer import MixedScriptTokenizer
from nlu.pipeline import MOST_LETTERS, Pipeline

TEXTS = ["There is no light on floor 3", "我家漏水了，3栋", "ok", ""]


class Breakable(GraphComponent):
    """Fails on a text with the word broken in it, and counts its calls."""

    calls = 0

    @classmethod
    def create(cls, *_: Any, **__: Any) -> Breakable:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        Breakable.calls += 1
        if any("broken" in message.get("text") for message in messages):
            raise ValueError
        return messages


def node(needs: str, uses: type, fn: str = "process") -> SchemaNode:
    return SchemaNode(
        needs={"messages": needs}, uses=uses, fn=fn, constructor_name="create", config={}, eager=True
    )  # fmt: skip


def runner_of(nodes: dict[str, SchemaNode]) -> DaskGraphRunner:
    schema = GraphSchema(nodes)
    with tempfile.TemporaryDirectory() as folder:
        return DaskGraphRunner.create(
            schema, LocalModelStorage(Path(folder)), ExecutionContext(schema)
        )


def small_model() -> DaskGraphRunner:
    # The order in which they stand is not the one in which they are needed.
    return runner_of(
        {
            "entities": node("language", PatternEntities),
            "language": node("tokens", LanguageDetector),
            "tokens": node("breakable", MixedScriptTokenizer),
            "breakable": node("converter", Breakable),
            "converter": node(PLACEHOLDER_MESSAGE, NLUMessageConverter, "convert_user_message"),
            "not needed": node("converter", MixedScriptTokenizer),
        }
    )


class Walking(unittest.TestCase):
    def setUp(self) -> None:
        self.runner = small_model()
        self.pipeline = Pipeline(self.runner, "entities")
        Breakable.calls = 0

    def test_several_messages_in_one_walk_are_read_as_rasa_reads_each(self) -> None:
        together = self.pipeline.walk([UserMessage(text) for text in TEXTS])
        for text, parse in zip(TEXTS, together, strict=True):
            found = self.runner.run({PLACEHOLDER_MESSAGE: [UserMessage(text)]}, ["entities"])
            [message] = found["entities"]
            alone = message.as_dict(only_output_properties=True)
            assert {key: parse[key] for key in alone} == alone, parse
            assert set(parse) - set(alone) <= {"text", "intent", "entities"}

    def test_the_entities_of_a_part_are_left_to_the_whole(self) -> None:
        whole, part = self.pipeline.walk(
            [UserMessage(TEXTS[0]), UserMessage(TEXTS[0], metadata={PART: True})]
        )
        assert [entity["entity"] for entity in whole["entities"]] != ["language"]
        assert [entity["entity"] for entity in part["entities"]] == ["language"]

    def test_a_model_that_needs_what_nobody_gives_is_refused(self) -> None:
        runner = runner_of({"tokens": node("nowhere", MixedScriptTokenizer)})
        with self.assertRaises(RasaException):  # noqa: PT027 - pytest is not in this environment
            Pipeline(runner, "tokens")


class SharingAWalk(unittest.TestCase):
    def setUp(self) -> None:
        self.pipeline = Pipeline(small_model(), "entities")
        Breakable.calls = 0

    def ask(self, *requests: list[str]) -> list[Any]:
        async def all_of_them() -> list[Any]:
            return await asyncio.gather(
                *(self.pipeline.parse([UserMessage(text) for text in texts]) for texts in requests),
                return_exceptions=True,
            )

        return asyncio.run(all_of_them())

    def test_those_who_ask_at_once_share_a_walk_and_get_their_own_answers(self) -> None:
        first, second = self.ask(["the lift is stuck", "漏水了"], ["no hay luz en el pasillo"])
        assert [parse["language"] for parse in first] == ["en", "zh"]
        assert [parse["language"] for parse in second] == ["es"]
        assert Breakable.calls == 1

    def test_a_message_that_fails_takes_nobody_elses_with_it(self) -> None:
        good, bad, other = self.ask(["the lift is stuck"], ["a broken lift"], ["漏水了"])
        assert good[0]["language"] == "en"
        assert isinstance(bad, Exception)
        assert other[0]["language"] == "zh"

    def test_a_walk_ends_where_it_would_take_too_long(self) -> None:
        long = "the lift is stuck " * (MOST_LETTERS // 18)
        answers = self.ask([long], [long], ["漏水了"])
        assert [answer[0]["language"] for answer in answers] == ["en", "en", "zh"]
        assert Breakable.calls == 2

    def test_it_is_ready_again_after_every_answer(self) -> None:
        for _ in range(2):
            [answer] = self.ask(["the lift is stuck"])
            assert answer[0]["language"] == "en"
