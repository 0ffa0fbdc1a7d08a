"""The first component: cleans the text, then cuts it into units of Latin and Chinese writing."""

from __future__ import annotations

import inspect
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT, TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import text as texts


class Unit(Token):
    """A token whose fingerprint is what it is: Rasa's own takes a training ten seconds for a cache that is turned off."""

    def fingerprint(self) -> str:
        return f"{self.start} {self.text}"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MixedScriptTokenizer(Tokenizer):
    """Replaces the text by its clean form, so that every later offset refers to that, and adds the tokens."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return inspect.getsource(texts)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        return [Unit(unit, start) for unit, start in texts.units(message.get(attribute))]

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            message.set(TEXT, texts.clean(message.get(TEXT) or ""))
            # Nobody reads the places of the tokens from a parse, and every event would store them.
            message.output_properties.discard(TEXT_TOKENS)
        return super().process(messages)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for example in training_data.training_examples:
            if example.get(TEXT):
                example.set(TEXT, texts.clean(example.get(TEXT)))
        return super().process_training_data(training_data)
